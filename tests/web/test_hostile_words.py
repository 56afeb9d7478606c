"""Whatever words upstream, servers and visitors use: on every page they are words, and nothing else changes."""

import re
from collections.abc import Iterator
from difflib import unified_diff
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from tests.security.corpus import HOSTILE, LINKS, MARKUP, TEMPLATES
from tests.security.world import acceptable
from tests.web.conftest import opened, serving_copy
from tests.web.every import ADDRESSES, KINDS, PARTS
from tests.web.site import Answer, Served
from workers.domain.direction import straight
from workers.domain.letters import Letter
from workers.stages.letters import packed
from workers.store import tables
from workers.store.search import LONGEST_QUESTION

LINES = " ".join(words for words in HOSTILE if acceptable(words))
"""All that a producer can write into a name or a title, about two hundred attacks."""

TEXTS = "\n".join(words for words in HOSTILE if "\ud83d" not in words and "\0" not in words)
"""All that a server can answer, line breaks and control characters included."""

SAID = {
    "companies": ("name",),
    "partners": ("name",),
    "users": ("name",),
    "contacts": ("first_name", "last_name", "position"),
    "leads": ("title",),
    "renewals": ("product",),
    "deals": ("title",),
    "projects": ("title",),
    "tickets": ("title",),
    "people": ("name",),
    "letters": ("subject_line", "to_line", "body"),
    "attempts": ("reply", "route"),
    "interventions": ("operator", "why"),
    "reports": ("status", "words", "said_by"),
    "addresses": ("diagnostic",),
    "routes": ("name", "reason"),
    "problems": ("reason",),
    "events": ("source",),
}
"""Where words of others stand that pages show: columns by table."""

READER = "reader.0@example.org"
_BY_SERVERS = frozenset({"attempts", "reports", "routes", "problems", "addresses"})


def words_of(table: str, column: str) -> str:
    """What is put there; its beginning tells where it comes from."""
    words = TEXTS if table in _BY_SERVERS else LINES
    return f"⟦{table}.{column}⟧ {words[:400] if table == 'letters' else words}"  # a header has its own limits


@pytest.fixture
def hostile(world_of_everything: Path, tmp_path: Path) -> Iterator[Served]:
    """The pages over a world in which every word is an attacker's."""
    with serving_copy(world_of_everything, tmp_path / "hostile.db") as served:
        with served.house.database.write() as connection:
            for name, columns in SAID.items():
                table = tables.metadata.tables[name]
                values: dict[str, object] = {column: words_of(name, column) for column in columns}
                if name == "letters":
                    del values["to_line"]
                    values["body"] = packed(Letter("", words_of(name, "body"), "<p>harmless</p>"))
                named = tables.people.c.ref.is_not(None) if name == "people" else sa.true()
                connection.execute(sa.update(table).where(named).values(values))
            to_line = [[words_of("letters", "to_line"), READER]]
            connection.execute(sa.update(tables.letters).where(tables.letters.c.notice == 7).values(to_line=to_line))
        yield served


Elements = list[tuple[str, tuple[tuple[str, str | None], ...]]]


class Shape(HTMLParser):
    """A page's elements with all attributes but those that repeat what was asked, and apart from them its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: Elements = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple((name, self._kept(name, value)) for name, value in attrs)))

    @staticmethod
    def _kept(name: str, value: str | None) -> str | None:
        return None if name == "value" else (value or "").partition("?")[0] if name == "href" else value

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.elements.append(("<!--", ()))

    def handle_decl(self, decl: str) -> None:
        self.elements.append((f"<!{decl}", ()))


def changed(before: Elements, after: Elements) -> list[str]:
    """What is in only one of two pages, a line each."""
    lines = ([str(element) for element in elements] for elements in (before, after))
    return [line for line in unified_diff(*lines, n=0, lineterm="") if line[:3] not in ("---", "+++")]


def headers(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in ("date", "content-length")}


def test_hostile_words_change_no_element_and_no_header_of_any_page(every: Served, hostile: Served) -> None:
    shown = ""
    for address in ADDRESSES:
        plain, answer = every.get(address), hostile.get(address)
        shape = Shape(answer.html)
        assert (address, changed(Shape(plain.html).elements, shape.elements)) == (address, [])
        assert (address, headers(answer)) == (address, headers(plain))
        inline = {name for _, given in shape.elements for name, _ in given if name == "style" or name.startswith("on")}
        assert (address, inline) == (address, set())
        shown += shape.text
    unseen = {f"{table}.{column}" for table, columns in SAID.items() for column in columns}
    assert {name for name in unseen if straight(words_of(*name.split("."))) not in shown} == set()
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_the_audit_log_and_the_access_log_hold_none_of_them(hostile: Served, capfd: pytest.CaptureFixture[str]) -> None:
    for address in (*ADDRESSES, *PARTS.values(), f"/?q={quote(LINES[:200])}"):
        hostile.get(address)
    with hostile.house.database.read() as connection:
        seen = {ref for refs in connection.execute(sa.select(tables.views.c.refs)).scalars() for ref in refs}
    assert {ref for ref in seen if not re.fullmatch(r"[a-z_]+/[A-Za-z0-9-]+", ref)} == set()
    assert {"contact/K-1-0", "company/C-1-0", "lead/L-1-0", "notice/7", "delivery/8"} <= seen
    printed = "".join(capfd.readouterr())
    assert "/contact/{id}" in printed
    assert "⟦" not in printed
    assert "broken out" not in printed


def questions() -> list[str]:
    """As many attacks at a time as a question may hold; with a word that nobody has, so that none finds much."""
    asked = ["zzzz"]
    for words in (*MARKUP, *LINKS, *TEMPLATES):
        if len(asked[-1]) + len(words) > LONGEST_QUESTION:
            asked.append("zzzz")
        asked[-1] += f" {words}"
    return asked


def test_a_hostile_question_is_repeated_as_it_was_asked_and_no_more(every: Served) -> None:
    nothing = Shape(every.get("/?q=zzzz").html)
    for question in questions():
        answer = every.get(f"/?q={quote(question, errors='surrogatepass')}")
        assert (answer.status, changed(nothing.elements, Shape(answer.html).elements)) == (200, []), ascii(question)


def test_in_a_browser_nothing_happens_and_nothing_is_added(browser: Browser, hostile: Served) -> None:
    page = opened(browser, hostile)
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text))
    page.on("dialog", lambda dialog: seen.append(dialog.message))
    for address in (*KINDS, "/mail/8?view=text", "/mail/8?view=headers", "/not-sent?reason=no_recipients"):
        page.goto(address)
        expected = [tag for tag, _ in Shape(hostile.get(address).html).elements if tag[0] != "<"]
        assert (address, page.evaluate("document.querySelectorAll('*').length")) == (address, len(expected))
        assert page.url == hostile.address + address
    assert [words for words in seen if "Failed to load resource" not in words] == []
    page.context.close()


def test_a_letter_that_is_nothing_but_attacks_gets_out_of_no_frame(browser: Browser, hostile: Served) -> None:
    """Its HTML is the whole list as it stands: tags, schemes, comments that never end."""
    with hostile.house.database.write() as connection:
        body = packed(Letter("", TEXTS, f"<p id=first>first</p>\n{TEXTS}"))
        connection.execute(sa.update(tables.letters).values(body=body))
    page = opened(browser, hostile)
    seen: list[str] = []
    page.on("dialog", lambda dialog: seen.append(dialog.message))
    for address in ("/mail/8?images=true", "/mail/8/letter?images=true"):
        page.goto(address)
        frame = page.frame_locator("iframe") if "letter" not in address else page
        assert frame.locator("#first").text_content() == "first"
        assert page.url == hostile.address + address
    assert seen == []
    page.goto("/mail/8")
    assert page.locator("h1").count() == 1
    page.context.close()
