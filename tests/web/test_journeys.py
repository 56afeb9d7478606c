"""The three questions that support is asked, each from the sign-in link to its answer; and the same by keys alone."""

import pytest
from playwright.sync_api import Browser, Page

from tests.waiting import until
from tests.web.conftest import opened
from tests.web.site import Served

SCRIPTED = pytest.mark.parametrize("scripted", [True, False], ids=["with JavaScript", "without"])
LANGUAGES = pytest.mark.parametrize("language", ["en", "de", "fr"])

FIND = {"en": "Find", "de": "Suchen", "fr": "Chercher"}
SENT = {"en": "sent", "de": "gesendet", "fr": "envoyé"}
ACCEPTED = {
    "en": "Accepted by the receiving server on 1 Jun 2026, 07:00 UTC; whether it was read cannot be known.",
    "de": "Vom empfangenden Server am 1. Juni 2026, 07:00 UTC angenommen; ob sie gelesen wurde, ist nicht zu erfahren.",
    "fr": "Accepté par le serveur destinataire le 1er juin 2026, 07:00 UTC ; on ne peut pas savoir s’il a été lu.",
}
LEFT_OUT = {
    "en": "Olivia Thatcher was left out: mails of this kind are switched off for this person.",
    "de": "Olivia Thatcher wurde nicht berücksichtigt: Mails dieser Art sind für diese Person ausgeschaltet.",
    "fr": (
        "Olivia Thatcher n’est pas destinataire de ce message : ce type de messages est désactivé pour cette personne."
    ),
}


@SCRIPTED
@LANGUAGES
def test_did_the_customer_get_the_mail(browser: Browser, lived: Served, language: str, scripted: bool) -> None:
    """A name, a word in the list, and a click to the sentence that says what is known."""
    page = opened(browser, lived, locale=language, java_script_enabled=scripted)
    ask(page, "Morvan", language, scripted)
    row = page.locator("#found table tbody tr").first
    assert SENT[language] == row.locator(".badge").inner_text()
    row.get_by_role("link", name="Marketing Hub").click()
    page.wait_for_url("**/mail/*")
    assert ACCEPTED[language] in said(page, ".verdict")
    page.context.close()


@SCRIPTED
@LANGUAGES
def test_what_did_it_say(browser: Browser, lived: Served, language: str, scripted: bool) -> None:
    """The letter in its frame, in its own language; on a phone; as text; and as a file."""
    page = opened(browser, lived, locale=language, java_script_enabled=scripted)
    ask(page, "helene.morvan@etoile.example.org", language, scripted)
    page.locator("#found table a[href^='/mail/']").first.click()
    page.wait_for_url("**/mail/*")
    letter = "Votre renouvellement se rapproche"
    assert letter in page.frame_locator("iframe").locator("body").inner_text()
    page.locator(".looks a[href*='width=phone']").click()
    page.wait_for_url("**width=phone")
    assert letter in page.frame_locator("iframe").locator("body").inner_text()
    page.locator(".tabs a[href*='view=text']").click()
    assert letter in page.locator("pre").inner_text()
    with page.expect_download() as download:
        page.locator(".tabs a[download]").click()
    assert download.value.suggested_filename.endswith(".eml")
    page.context.close()


@SCRIPTED
@LANGUAGES
def test_why_did_one_get_it_and_the_other_not(browser: Browser, lived: Served, language: str, scripted: bool) -> None:
    """Given a mail that the accountant got, its notice tells in a sentence why Olivia did not, and what to answer."""
    page = opened(browser, lived, locale=language, java_script_enabled=scripted)
    ask(page, "accounts@thatcher", language, scripted)
    page.locator("#found table a[href^='/mail/']").first.click()
    page.wait_for_url("**/mail/*")
    page.locator(".facts a[href^='/notice/']").click()
    page.wait_for_url("**/notice/*")
    assert LEFT_OUT[language] in said(page, ".sentences")
    assert said(page, ".sentences li.sent .badge").startswith(SENT[language])
    row = page.locator(".grid tbody tr", has_text="Olivia Thatcher")
    assert row.locator("td.check strong").inner_text() == "✗"
    page.locator(f".choices a[href*='answer={language}']").click()
    assert f"– {LEFT_OUT[language]}" in page.locator("#answer").input_value().replace("\xa0", " ")
    assert page.locator("button[data-copy]").is_visible() is scripted
    page.context.close()


def test_keys_are_enough_for_all_three(browser: Browser, lived: Served) -> None:
    """Nothing but typing, Tab and Enter; what has the focus can be seen."""
    page = opened(browser, lived)
    page.keyboard.type("accounts@thatcher")
    page.keyboard.press("Enter")
    page.wait_for_url("**?q=accounts*")
    follow(page, "a[href^='/mail/']")
    page.wait_for_url("**/mail/*")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    follow(page, ".tabs a[href*='view=text']")
    page.wait_for_url("**view=text")
    follow(page, "a[href^='/notice/']")
    page.wait_for_url("**/notice/*")
    follow(page, "button[data-copy]", press=False)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.context.close()


@pytest.mark.parametrize("address", ["/mail/9", "/templates/invoice.sent/fr?scenario=long"])
def test_keys_read_a_letter_to_its_end(browser: Browser, lived: Served, address: str) -> None:
    """Its links lead nowhere and cannot have the focus, so the frame itself has it."""
    page = opened(browser, lived, viewport={"width": 1280, "height": 900})
    page.goto(address)
    letter = page.frame_locator("iframe").locator("html")
    letter.evaluate("html => html.style.height = '3000px'")
    follow(page, "iframe", press=False)
    assert letter.locator("body").evaluate("body => getComputedStyle(body, '::after').outlineStyle") == "solid"
    page.keyboard.press("End")
    until(lambda: letter.evaluate("html => html.scrollTop + innerHeight >= html.scrollHeight - 1"))
    page.context.close()


def ask(page: Page, question: str, language: str, scripted: bool) -> None:
    """Type it into the box; with JavaScript the answer comes by itself."""
    page.get_by_role("searchbox").fill(question)
    if not scripted:
        page.get_by_role("button", name=FIND[language]).click()
    page.wait_for_url("**/?q=*")


def said(page: Page, selector: str) -> str:
    return page.locator(selector).first.inner_text().replace("\xa0", " ")


def follow(page: Page, selector: str, *, press: bool = True) -> None:
    """Tab to it, however many presses that takes, and Enter."""
    for _ in range(200):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            break
        page.keyboard.press("Tab")
    assert page.evaluate("selector => document.activeElement.matches(selector)", selector), selector
    if press:
        page.keyboard.press("Enter")
