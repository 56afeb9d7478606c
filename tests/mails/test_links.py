"""Where a mail leads, what it fetches, how large it is, and that its text part has all of it, too."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest

from tests.mails.mails import LOGO, Mail, written
from tests.render.desk import EVERY_SCENARIO, Page
from workers.domain.contents import SetPasswordContent
from workers.render.scenarios import Scenario

FETCHED = ("src", "srcset", "background", "poster", "data", "action", "formaction", "cite", "longdesc", "manifest")
"""Attributes that make a mail program load something, or send something somewhere."""

every_mail = pytest.mark.parametrize(
    "mail", [pytest.param(each, id=".".join(each)) for each in EVERY_SCENARIO], indirect=True
)


@pytest.fixture
def mail(request: pytest.FixtureRequest) -> Mail:
    return written(*request.param)


def link_of(mail: Mail) -> str | None:
    """Where the mail may lead: nowhere, if the link it was given is none to a page on the web."""
    content = mail.content
    if mail.scenario is Scenario.HOSTILE:
        return None
    return content.url if isinstance(content, SetPasswordContent) else getattr(content, "link", None)


def addresses(text: str) -> list[str]:
    return re.findall(r"[a-z][a-z0-9+.-]*://[^\s\"'<>)]+|(?:mailto|tel|sms|data|javascript|cid):[^\s\"'<>)]+", text)


@every_mail
def test_a_mail_leads_only_where_its_content_says(mail):
    page = Page(mail.letter.html)

    assert page.links == [link_of(mail)] * len(page.links)
    assert {urlsplit(link).scheme for link in page.links} <= {"https"}
    assert len(page.links) == (link_of(mail) is not None), "one thing to do per mail"


@every_mail
def test_a_mail_fetches_nothing_but_the_logo(mail):
    page = Page(mail.letter.html)

    loaded = [(tag, name, value) for tag, attributes in page.tags for name, value in attributes if name in FETCHED]
    assert loaded == [("img", "src", LOGO.url)]
    assert {tag for tag, _ in page.tags}.isdisjoint({"link", "script", "iframe", "object", "embed", "form", "base"})
    assert "@import" not in mail.letter.html
    assert "url(" not in mail.letter.html


@every_mail
def test_no_other_address_hides_anywhere(mail):
    link, quoted = link_of(mail), addresses("\n".join(getattr(mail.content, "text", ())))

    assert set(addresses(unescape(mail.letter.html))) <= {link, LOGO.url, *quoted}
    assert addresses(mail.letter.text) == [*quoted, *([link] if link else [])]


@every_mail
def test_the_text_part_says_all_that_the_page_says_in_the_same_order(mail):
    page, text = Page(mail.letter.html), " ".join(mail.letter.text.split())
    at = 0
    for piece in page.pieces[1:]:  # the first one is the preheader
        found = text.find(" ".join(piece.split()), at)
        assert found >= 0, f"the text part lacks {piece!r}, or says it earlier"
        at = found


@every_mail
def test_a_mail_is_small_and_complete(mail):
    page = Page(mail.letter.html)

    assert len(mail.letter.html.encode()) < 30_000
    assert len(mail.letter.text.encode()) < 4_000
    assert page.preheader
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert any(piece in page.pieces for piece in ("Team Alsterblick",)), "no signature"
    assert page.html.count('class="small"') == 2  # why the reader gets it, and the sender's address
    [logo] = [dict(attributes) for tag, attributes in page.tags if tag == "img"]
    assert logo["alt"] == "Agentur Alsterblick"


def test_addresses_are_found_in_whatever_form():
    text = 'a http://a.example/1 <b href="javascript:alert(1)"> ftp://c.example mailto:d@example.com data:text/html,x'

    assert addresses(text) == [
        "http://a.example/1",
        "javascript:alert(1",
        "ftp://c.example",
        "mailto:d@example.com",
        "data:text/html,x",
    ]
