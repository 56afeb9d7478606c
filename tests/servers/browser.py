"""Debian's Chromium, driven by Playwright, and axe-core's verdict on what it shows."""

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.servers.need import need

_ALONE = (
    "--no-sandbox",  # it refuses to start as root with one, and sees only our own pages
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def running() -> Iterator[Browser]:
    """A headless Chromium that calls nobody by itself. Each test opens a context of its own in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=need("chromium"), args=_ALONE)
        yield browser
        browser.close()


def serious_findings(page: Page) -> list[str]:
    """What axe-core finds serious or critical on the page: rule, and the first element that breaks it."""
    return [
        f"{found['id']}: {found['help']} {found['nodes'][0]['target']}"
        for found in Axe().run(page).response["violations"]
        if found["impact"] in ("serious", "critical")
    ]
