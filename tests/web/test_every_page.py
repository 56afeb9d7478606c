"""What holds on every page: that it is known here, is safe, can be read by everybody, and fits on a phone."""

import re

import pytest
from playwright.sync_api import Browser
from starlette.routing import Route

from tests.servers.browser import serious_findings
from tests.web.conftest import opened
from tests.web.every import ADDRESSES, KINDS, PAGES, PARTS
from tests.web.site import Served
from workers.web.front import HEADERS
from workers.web.routers import PUBLIC, SUPPORT

TOUCHING = re.compile(r"\w+[.!][A-ZÄÖÜÉ“„«]\w*")
"""Two sentences without a blank between them."""

REFUSED = {"/nowhere": 404, "/mails/sent?before=x": 400, "/sign-in": 401, "/u/wrong": 404, "/u/a/b": 404}


def test_every_page_is_among_them() -> None:
    """Whoever adds a page names it in tests/web/every.py, and everything below holds for it too."""
    known = {"/sign-in", "/sign-out", "/u/{token}", "/u/open/{name}"}
    routes = {route.path for router in (*SUPPORT, *PUBLIC) for route in router.routes if isinstance(route, Route)}
    assert routes - known == {*PAGES, *PARTS} - {"elsewhere"}


def test_each_opens_and_keeps_to_itself(every: Served) -> None:
    for address in (*ADDRESSES, *PARTS.values()):
        answer = every.get(address)
        assert (address, answer.status) == (address, REFUSED.get(address, 200))
        own_policy = {"content-security-policy"} if address.endswith("/letter") else set()
        expected = {name: value for name, value in HEADERS.items() if name not in own_policy}
        assert {name: answer.headers[name] for name in expected} == expected
        if not own_policy:
            assert "unsafe" not in answer.headers["content-security-policy"]


def test_none_is_kept_or_framed_or_told_to_others() -> None:
    assert HEADERS["cache-control"] == "no-store"
    assert HEADERS["x-content-type-options"] == "nosniff"
    assert HEADERS["referrer-policy"] == "no-referrer"
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(HEADERS["content-security-policy"].split("; "))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_the_browser_nothing_to_refuse(
    browser: Browser, every: Served, scheme: str
) -> None:
    page = opened(browser, every, color_scheme=scheme)
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    for address in ADDRESSES:
        page.goto(address)
        assert (address, serious_findings(page)) == (address, [])
    assert [words for words in refused if "Failed to load resource" not in words] == []
    page.context.close()


@pytest.mark.parametrize(("language", "width"), [("de", 360), ("fr", 360), ("de", 1200)])
def test_none_scrolls_sideways_on_a_phone_or_anywhere(
    browser: Browser, every: Served, language: str, width: int
) -> None:
    page = opened(browser, every, locale=language, viewport={"width": width, "height": 740})
    for address in (*KINDS, "/mail/8?view=source", "/mail/8?view=headers", "/notice/27"):
        page.goto(address)
        assert (address, page.evaluate("document.documentElement.scrollWidth")) == (address, width)
        assert page.evaluate("document.documentElement.lang") == language
        assert (address, TOUCHING.findall(page.locator("body").inner_text())) == (address, [])
    page.context.close()


def test_a_phone_breaks_no_word_of_the_templates_and_needs_no_scrolling(browser: Browser, every: Served) -> None:
    page = opened(browser, every, locale="fr", viewport={"width": 360, "height": 740})
    page.goto("/templates")
    table = page.locator("table.catalogue")
    assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")
    name = table.locator("tbody th", has_text="Rappel pour un lead").first
    assert name.evaluate("name => name.getBoundingClientRect().height") < 60, "a line for the name, one for its code"
    assert "Français" in table.locator("tbody tr").first.evaluate(
        "row => [...row.children].map(cell => getComputedStyle(cell, '::before').content).join()"
    )
    page.context.close()


def test_every_state_of_a_mail_is_among_them(every: Served) -> None:
    """So that the tests above are about something."""
    pages = [every.get(address).html for address in PAGES["/mail/{id}"]]
    verdicts = {html.partition('class="verdict ')[2].partition('"')[0] for html in pages}
    assert verdicts == {
        *("sent", "called_sent", "returned", "complained", "cancelled", "suppressed"),
        *("waiting", "put_off", "held", "uncertain", "failed"),
    }
    assert "No mail goes to" in every.get("/contact/K-3-0").text
    assert "All sending is paused" in every.get("/").text


def test_paper_is_white_and_holds_the_whole(browser: Browser, every: Served) -> None:
    page = opened(browser, every, color_scheme="dark", viewport={"width": 720, "height": 1000})  # a sheet of A4
    page.emulate_media(media="print", color_scheme="dark")
    for address in KINDS:
        page.goto(address)
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
        cut = "[...document.querySelectorAll('main *:not(.unseen)')].filter(e => e.clientWidth && e.scrollWidth > 720)"
        assert (address, page.evaluate(f"{cut}.map(e => e.outerHTML.slice(0, 80))")) == (address, [])
    page.goto("/mail/8")
    assert not page.locator("iframe").is_visible()
    assert page.locator("pre.on-paper").is_visible()
    text = page.locator("pre.on-paper").text_content()
    page.goto("/mail/8?view=text")
    assert page.locator("pre").text_content() == text
    page.goto("/mail/8")
    page.emulate_media(media="screen")
    assert not page.locator("pre.on-paper").is_visible()
    page.context.close()
