"""The search that answers while one types: never an old answer under a new question."""

from playwright.sync_api import Browser

from tests.web.conftest import opened
from tests.web.site import Served


def test_a_refusal_takes_the_place_of_the_old_answer(browser: Browser, lived: Served) -> None:
    page = opened(browser, lived)
    page.get_by_role("searchbox").fill("Morvan")
    page.locator("#found table").first.wait_for()
    page.context.clear_cookies()
    page.get_by_role("searchbox").fill("Thatcher")
    page.get_by_role("heading", name="You are not signed in").wait_for()
    assert "Morvan" not in page.locator("main").inner_text()
    assert page.get_by_role("searchbox").input_value() == "Thatcher"
    page.context.close()


def test_the_next_answer_takes_the_place_of_a_refusal(browser: Browser, lived: Served) -> None:
    page = opened(browser, lived)
    page.get_by_role("searchbox").fill("Morvan")
    page.locator("#found table").first.wait_for()
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.get_by_role("searchbox").fill("Thatcher")
    page.locator("#found.refusal").wait_for()
    page.context.add_cookies(cookies)  # type: ignore[arg-type] - what it gave us, it takes
    page.get_by_role("searchbox").fill("Morvan")
    page.locator("#found table").first.wait_for()
    assert page.locator(".refusal").count() == 0
    page.context.close()


def test_another_language_asks_the_same(browser: Browser, lived: Served) -> None:
    page = opened(browser, lived)
    page.get_by_role("searchbox").fill("Morvan")
    page.locator("#tongues a[lang=fr][href*='q=Morvan']").click()
    page.wait_for_url("**/?q=Morvan&lang=fr")
    assert page.get_by_role("searchbox").input_value() == "Morvan"
    page.context.close()


def test_where_no_answer_comes_the_browser_asks_itself(browser: Browser, lived: Served) -> None:
    page = opened(browser, lived)
    page.get_by_role("searchbox").fill("Morvan")
    page.locator("#found table").first.wait_for()
    page.route("**/?q=Thatcher", lambda route: route.abort(), times=1)
    page.get_by_role("searchbox").fill("Thatcher")
    page.locator("#found table", has_text="thatcher").first.wait_for()
    assert page.evaluate("performance.getEntriesByType('navigation')[0].name").endswith("/?q=Thatcher")
    page.context.close()
