"""What the pages say of somebody who was erased: that they were, in words, in each language, and nothing more."""

import re

import pytest

from tests.scenarios import event
from tests.stages.fleet import take
from tests.stages.support import NOON, TOLD, live
from tests.web.site import Served
from workers.stages import scrub

WORDS = {
    "en": ("erased", "Erased person (contact/C-1)", "was deleted with somebody", "name and address are not"),
    "de": ("gelöscht", "Gelöschte Person (contact/C-1)", "wurde mit einer Person gelöscht", "Name und Adresse nicht"),
    "fr": ("effacé", "Personne effacée (contact/C-1)", "supprimé avec une personne effacée", "son nom et son adresse"),
}
"""Of a copy, of a person, of the letter's text, of the whole mail."""


@pytest.fixture
def without_anna(site: Served) -> Served:
    """Anna got the invoice of the support world, was erased, and the sweep came by."""
    live(site.house.database)
    take(site.house.database, event("contact.erased", TOLD, id="C-1"), at=NOON)
    while scrub.scrub(site.house.database) or scrub.scrub_left(site.house.database):
        pass
    return site


@pytest.mark.parametrize("language", WORDS)
def test_every_page_names_her_as_erased(without_anna: Served, language: str) -> None:
    copy, person, letter, mail = WORDS[language]
    pages = {path: without_anna.get(f"{path}?lang={language}") for path in ("/notice/1", "/mail/1", "/invoice/55")}
    pages["list"] = without_anna.get(f"/mails/sent?lang={language}")
    pages["search"] = without_anna.get(f"/?q=C-1&lang={language}")
    assert {path: answer.status for path, answer in pages.items()} == dict.fromkeys(pages, 200)
    assert not [path for path, answer in pages.items() if "anna" in answer.html.casefold()]
    assert person in pages["/notice/1"].text
    assert not re.search(r'[^\s>]<a href="/mail/', pages["/notice/1"].html.partition('class="decided"')[2])
    assert person in pages["/invoice/55"].text
    assert person in pages["search"].text
    assert f">{copy}</span>" in pages["list"].html
    assert letter in pages["/mail/1"].text
    assert mail in pages["/mail/1"].text
    assert "Bruno Petit" in pages["/notice/1"].text


@pytest.mark.parametrize("part", ["letter", "source", "eml"])
def test_nothing_of_the_mail_can_be_had_any_more(without_anna: Served, part: str) -> None:
    assert without_anna.get(f"/mail/1/{part}").status == 404


def test_her_own_page_tells_what_became_of_her_mails(without_anna: Served) -> None:
    answer = without_anna.get("/contact/C-1")
    assert answer.status == 200
    assert "anna" not in answer.html.casefold()
    assert "sent" in answer.text.partition("Timeline")[2]


ERASED = {
    "en": "This person was erased: what became of their mails is kept, and nothing else.",
    "de": "Diese Person wurde gelöscht: Was aus ihren Mails wurde, ist aufbewahrt, sonst nichts.",
    "fr": "Cette personne a été effacée: ce que ses messages sont devenus est conservé, et rien d’autre.",
}


@pytest.mark.parametrize("language", ERASED)
@pytest.mark.parametrize("path", ["/contact/C-1", "/user/U-1", "/contact/C-5"])
def test_their_page_is_one_sentence_and_the_timeline(without_anna: Served, path: str, language: str) -> None:
    """No switch, no language, no address and no company; also of Emil, to whom no mail ever went."""
    database = without_anna.house.database
    take(database, event("user.erased", TOLD, id="U-1"), event("contact.erased", TOLD, id="C-5"), at=NOON)
    answer = without_anna.get(f"{path}?lang={language}")
    assert answer.status == 200
    assert ERASED[language] in answer.text
    assert [mark for mark in ("<aside", 'class="badge bad"', 'class="switches"', "Lumi") if mark in answer.html] == []
    there = without_anna.get(f"/contact/C-2?lang={language}")
    assert ERASED[language] not in there.text
    assert 'class="switches"' in there.html
