"""One mail: what is known of it in one sentence, and the letter in a frame that nothing gets out of."""

import zlib
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from threading import Thread

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from tests.web.conftest import opened
from tests.web.example import NOW
from tests.web.site import Served
from workers.domain.delivery import State
from workers.domain.reasons import Reason
from workers.postbox.outcomes import Kind
from workers.store import tables
from workers.web.harmless import harmless, redacted

deliveries, letters = tables.deliveries, tables.letters


def change(served: Served, id: int, **values: object) -> None:
    with served.house.database.write() as connection:
        connection.execute(deliveries.update().where(deliveries.c.id == id).values(values))


def rewrite(served: Served, id: int, text: str, html: str, subject: str = "S") -> None:
    """The letter of a copy says something else."""
    with served.house.database.write() as connection:
        letter = sa.select(deliveries.c.letter).where(deliveries.c.id == id).scalar_subquery()
        body = zlib.compress(dumps([text, html]).encode())
        connection.execute(letters.update().where(letters.c.id == letter).values(body=body, subject_line=subject))


VERDICTS = {
    State.SENT: "Accepted by the receiving server on 1 Jun 2026, 07:00 UTC; whether it was read cannot be known.",
    State.FAILED: "It did not arrive. Given up on 1 Jun 2026, 12:00 UTC: the mail server refused it.",
    State.UNCERTAIN: "It left us, but no answer came by 1 Jun 2026, 12:00 UTC: the mail server refused it. It may",
    State.CANCELLED: "Taken back on 1 Jun 2026, 12:00 UTC before it left: the mail server refused it.",
    State.SUPPRESSED: "Not sent, on purpose. Decided on 1 Jun 2026, 12:00 UTC: the mail server refused it.",
    State.HELD: "Held: the mail server refused it. It does not leave until an operator decides.",
    State.WAITING: "Not sent yet: this copy goes out as soon as the mail itself was accepted for somebody.",
    State.PENDING: "Not sent yet: it goes out from 1 Jun 2026, 12:00 UTC on.",
    State.LEASED: "It is being sent at this moment.",
    State.SENDING: "It is being sent at this moment.",
}


def test_one_sentence_says_what_is_known_of_each_state(lived: Served) -> None:
    assert set(VERDICTS) == set(State)
    for state, sentence in VERDICTS.items():
        change(lived, 1, state=state, reason=Reason.REFUSED_BY_SERVER, ended_at=NOW)
        assert sentence in lived.get("/mail/1").text
        for language in ("de", "fr"):
            assert sentence not in lived.get(f"/mail/1?lang={language}").text


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (Kind.DEFERRED, "Not delivered yet: the server asked for patience. It is tried again from"),
        (Kind.UNCERTAIN, "It left us, but no answer came. It is sent again from"),
        (Kind.UNREACHABLE, "Not sent yet: it goes out from"),
    ],
)
def test_what_waits_for_its_next_attempt_says_what_came_of_the_last(lived: Served, kind: Kind, sentence: str) -> None:
    change(lived, 1, state=State.PENDING, reason=None, ended_at=NOW)
    with lived.house.database.write() as connection:
        connection.execute(tables.attempts.update().where(tables.attempts.c.delivery == 1).values(kind=kind))
    assert f"{sentence} 1 Jun 2026, 12:00 UTC on." in lived.get("/mail/1").text


def test_what_only_the_catcher_took_never_left(lived: Served) -> None:
    with lived.house.database.write() as connection:
        connection.execute(tables.attempts.update().values(route="catcher"))
    text = lived.get("/mail/1").text
    assert "Captured on 1 Jun 2026, 07:00 UTC: it was kept on this machine and never left." in text
    assert "Accepted by the receiving server" not in text


def test_what_came_back_is_on_top_unless_nobody_can_prove_it(lived: Served) -> None:
    report = {
        "key": "r-1",
        "arrived_at": NOW,
        "at": NOW,
        "kind": "hard",
        "address_key": "a@b",
        "delivery": 1,
        "verified": False,
        "status": "5.1.1",
        "words": "no such person",
        "said_by": "mx.example.org",
    }
    with lived.house.database.write() as connection:
        connection.execute(tables.reports.insert().values(report))
    text = lived.get("/mail/1").text
    assert VERDICTS[State.SENT] in text
    assert "came back for good not proven 1 Jun 2026, 12:00 UTC · mx.example.org 5.1.1 no such person" in text
    for kind, sentence in RETURNED.items():
        with lived.house.database.write() as connection:
            connection.execute(tables.reports.update().values(verified=True, kind=kind))
        text = lived.get("/mail/1").text
        assert sentence in text
        assert (VERDICTS[State.SENT] in text) is (kind == "delayed")


RETURNED = {
    "hard": "on 1 Jun 2026, 07:00 UTC, but it came back on 1 Jun 2026, 12:00 UTC: it did not reach its reader.",
    "soft": "on 1 Jun 2026, 07:00 UTC, but it came back on 1 Jun 2026, 12:00 UTC: it did not reach its reader.",
    "complaint": "on 1 Jun 2026, 07:00 UTC; on 1 Jun 2026, 12:00 UTC its reader complained of it.",
    "delayed": "is delayed on its way",
}


def test_what_an_operator_called_sent_is_not_said_to_be_accepted(lived: Served) -> None:
    with lived.house.database.write() as connection:
        connection.execute(tables.attempts.delete())
        decided = {"delivery": 1, "at": NOW, "verb": "mark_sent", "operator": "mara", "why": "seen in their inbox."}
        connection.execute(tables.interventions.insert().values(decided | {"state_before": "uncertain"}))
    change(lived, 1, state=State.SENT, reason=Reason.OPERATOR)
    text = lived.get("/mail/1").text
    assert "On 1 Jun 2026, 12:00 UTC an operator (mara) called it sent: seen in their inbox." in text
    assert "called sent 1 Jun 2026, 12:00 UTC · mara" in text
    assert "Accepted by the receiving server" not in text
    change(lived, 1, state=State.FAILED, reason=Reason.OPERATOR, ended_at=NOW)
    text = lived.get("/mail/1").text
    assert "Given up by an operator on 1 Jun 2026, 12:00 UTC, after no answer had come." in text
    assert "It did not arrive" not in text


def test_a_copy_that_no_server_was_asked_about(lived: Served) -> None:
    with lived.house.database.write() as connection:
        connection.execute(tables.attempts.delete())
    change(lived, 1, state=State.PENDING, reason=None, ended_at=None, next_attempt_at=NOW)
    text = lived.get("/mail/1").text
    assert "Not sent yet: it goes out from 1 Jun 2026, 12:00 UTC on." in text
    assert "No server was asked yet." in text


def test_the_servers_words_and_what_they_mean(lived: Served) -> None:
    text = lived.get("/mail/6").text
    assert "550 5.1.1 no such user" in text
    assert "nobody has this address." in text
    assert "niemand hat diese Adresse." in lived.get("/mail/6?lang=de").text
    assert "perhaps" not in text
    change(lived, 6, possible_duplicate=True)
    assert "It may have arrived twice" in lived.get("/mail/6").text


def test_every_view_of_the_letter_says_the_same(lived: Served) -> None:
    eml = lived.get("/mail/1/eml")
    assert (eml.status, eml.headers["content-type"]) == (200, "message/rfc822")
    assert eml.headers["content-disposition"] == 'attachment; filename="mail-1.eml"'
    message = message_from_bytes(eml.body, policy=default)
    subject = str(message["Subject"])
    assert subject in lived.get("/mail/1").text
    assert subject in lived.get("/mail/1?view=headers").text
    assert str(message["Message-ID"]).strip("<>") in lived.get("/mail/1?view=source").html
    first_line = message.get_body(("plain",)).get_content().splitlines()[0]  # type: ignore[union-attr]
    assert first_line in lived.get("/mail/1?view=text").text
    source = lived.get("/mail/1/source")
    assert (source.headers["content-type"], source.body) == ("text/plain; charset=utf-8", eml.body)


def test_a_letter_that_is_not_there(lived: Served) -> None:
    with lived.house.database.write() as connection:
        connection.execute(letters.update().values(body=None))
    assert "was forgotten after its time" in lived.get("/mail/1").text
    with lived.house.database.write() as connection:
        connection.execute(letters.update().values(rendered_at=None, subject_line=None))
        connection.execute(deliveries.update().values(state="pending"))
    assert "This letter is not written yet" in lived.get("/mail/1?view=source").text
    with lived.house.database.write() as connection:
        connection.execute(deliveries.update().values(state="cancelled"))
    assert "This letter was never written" in lived.get("/mail/1").text
    for path in ("/mail/1/letter", "/mail/1/eml", "/mail/1/source", "/mail/999", "/mail/0", "/mail/x", "/mail/9e99"):
        assert lived.get(path).status == 404
    assert lived.get("/mail/1?view=x").status == 400


def test_each_look_is_recorded(lived: Served) -> None:
    for path in ("/mail/1", "/mail/1/letter", "/mail/1/eml", "/mail/1/source"):
        assert lived.get(path).status == 200
    with lived.house.database.read() as connection:
        rows = connection.execute(sa.select(tables.views.c.page, tables.views.c.refs).order_by(tables.views.c.id))
        assert [tuple(row) for row in rows][-4:] == [
            ("mail", ["delivery/1"]),
            ("letter", ["delivery/1"]),
            ("source", ["delivery/1"]),
            ("source", ["delivery/1"]),
        ]


class TestHarmless:
    def test_links_lead_nowhere_and_say_where_they_led(self) -> None:
        html = '<p><a href="https://a.example/x?t=abcdefghij0123456789xyz" style="c">Go</a> &amp; &#65;<br/></p>'
        assert harmless(html) == ('<p><a style="c" title="https://a.example/x?t=REDACTED">Go</a> &amp; &#65;<br/></p>')

    def test_what_refreshes_rebases_or_posts_is_gone(self) -> None:
        html = (
            '<meta http-equiv="refresh" content="0;url=//e"><base href="//e"><form action="//e"><button formaction=x>'
        )
        assert harmless(html) == "<form><button>"

    @pytest.mark.parametrize("around", ["svg", "math", "SVG", "svg><desc></svg></desc", "svg/"])
    @pytest.mark.parametrize("raw", ["style", "script", "title", "textarea", "STYLE"])
    def test_what_an_image_holds_is_read_as_tags_as_browsers_do(self, around: str, raw: str) -> None:
        html = f'<{around}><{raw}><p><a href="//e">go</a><b title="</{raw}><a href=//e>">'
        assert harmless(html) == f'<{around}><p><a title="//e">go</a><b title="</{raw}><a href=//e>">'

    def test_the_whole_can_have_the_focus(self) -> None:
        assert harmless('<body tabindex="-1" class="a">') == '<body tabindex="0" class="a">'

    def test_the_scheme_is_the_one_asked_for(self) -> None:
        html = "<style>@media (prefers-color-scheme: dark) {a}@media ( PREFERS-COLOR-SCHEME : light ) {b}</style>"
        assert harmless(html, "dark") == "<style>@media (min-width: 0) {a}@media (max-width: 0) {b}</style>"
        assert harmless(html, "light") == "<style>@media (max-width: 0) {a}@media (min-width: 0) {b}</style>"

    @pytest.mark.parametrize(
        ("shown", "seen"),
        [
            ("<https://r.example/u/AbCdEfGhIjKlMnOpQr12.34>", "<https://r.example/u/REDACTED>"),
            ("https://r.example/invoices/2026-0055", "https://r.example/invoices/2026-0055"),
            ("<c8af06523c9c4df28a46092103d41f8d@r.example>", "<c8af06523c9c4df28a46092103d41f8d@r.example>"),
        ],
    )
    def test_tokens_in_links_are_redacted(self, shown: str, seen: str) -> None:
        assert redacted(shown) == seen


class _Snitch(BaseHTTPRequestHandler):
    """Remembers who called."""

    def __init__(self, calls: list[str], *given: object) -> None:
        self._calls = calls
        super().__init__(*given)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._calls.append(self.path)
        self.send_response(200)
        self.send_header("content-type", "image/gif")
        self.end_headers()

    do_POST = do_GET  # noqa: N815 - the base class wants it so

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A server that no letter may call: its address, and the calls it got."""
    calls: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Snitch, calls))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", calls
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_frame_blocks_script_forms_and_remote_images(
    browser: Browser, lived: Served, elsewhere: tuple[str, list[str]]
) -> None:
    address, calls = elsewhere
    html = f"""<!doctype html><html><head><link rel=stylesheet href="{address}/style"><base href="{address}/">
      <meta http-equiv=refresh content="0;url={address}/refresh">
      <style>@import "{address}/import"; p {{ background: url({address}/background); color: rgb(1, 2, 3) }}</style>
      </head>
      <body onload="top.hacked=1;fetch('{address}/onload')"><p id=said>unchanged</p>
      <script>document.getElementById('said').textContent = 'changed'; top.location = '{address}/top'</script>
      <img src="{address}/image" onerror="top.hacked=2"><svg onload="top.hacked=3"></svg>
      <iframe src="{address}/in"></iframe>
      <form action="{address}/form" method=post><input name=a><button id=send>send</button></form>
      <a id=link href="{address}/link" target=_top>go</a><a id=js href="javascript:top.hacked=4">js</a></body></html>"""
    rewrite(lived, 1, "t", html)
    page = opened(browser, lived)
    page.goto("/mail/1")
    frame = page.frame_locator("iframe")
    for id in ("send", "link", "js"):
        frame.locator(f"#{id}").click()
    assert frame.locator("#said").text_content() == "unchanged"
    assert frame.locator("#said").evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)"
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.hacked") is None
    assert page.url == f"{lived.address}/mail/1"
    assert calls == []
    # opened by itself, outside our frame, it is just as powerless
    page.goto("/mail/1/letter")
    assert page.locator("#said").text_content() == "unchanged"
    assert calls == []
    page.goto("/mail/1?images=true")
    page.frame_locator("iframe").locator("#said").wait_for()
    page.wait_for_load_state("networkidle")
    assert calls == ["/image"] or set(calls) == {"/image", "/background"}
    page.context.close()
