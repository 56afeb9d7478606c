"""Pages served over a fresh database of each kind."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.web.site import Served, serving_pages


@pytest.fixture(autouse=True)
def no_settings_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("RAPPEL_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def site(database_url: str) -> Iterator[Served]:
    """The pages over an empty database of each kind, signed in."""
    with serving_pages(database_url) as served:
        yield served.sign_in()


@pytest.fixture
def stranger(sqlite_url: str) -> Iterator[Served]:
    """The pages over an empty database, not signed in."""
    with serving_pages(sqlite_url) as served:
        yield served


def opened(browser: Browser, served: Served, **context: object) -> Page:
    """A page of a new context, signed in by the link; `java_script_enabled`, `locale`, `color_scheme` are options."""
    page = browser.new_context(base_url=served.address, **context).new_page()  # type: ignore[arg-type]
    page.goto(served.link)
    return page
