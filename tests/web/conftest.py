"""Pages served over a fresh database of each kind."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.web.every import fill
from tests.web.example import live, vary
from tests.web.site import Served, serving_pages
from workers.settings import Settings
from workers.store.database import Database
from workers.store.vault import new_key


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


@pytest.fixture(scope="session")
def first_day(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the example's first day took place, and not all went well."""
    path = tmp_path_factory.mktemp("first-day") / "rappel.db"
    _copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    live(database)
    vary(database)
    database.close()
    return path


@pytest.fixture
def lived(first_day: Path, tmp_path: Path) -> Iterator[Served]:
    """The pages over that day, signed in; each test has its own copy."""
    _copy(first_day, tmp_path / "lived.db")
    settings = Settings.model_validate({"clock": {"source": "database"}})
    with serving_pages(f"sqlite:///{tmp_path / 'lived.db'}", settings) as served:
        yield served.sign_in()


@pytest.fixture(scope="session")
def world_of_everything(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one of everything; see `tests/web/every.py`."""
    path = tmp_path_factory.mktemp("everything") / "rappel.db"
    _copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    fill(database)
    database.close()
    return path


@pytest.fixture
def every(world_of_everything: Path, tmp_path: Path) -> Iterator[Served]:
    """The pages over one of everything, signed in; each test has its own copy."""
    with serving_copy(world_of_everything, tmp_path / "every.db") as served:
        yield served


@contextmanager
def serving_copy(source: Path, copy: Path) -> Iterator[Served]:
    """The pages over a copy of this database, by its own clock, signed in."""
    _copy(source, copy)
    settings = Settings.model_validate({"clock": {"source": "database"}, "secrets": {"key": new_key()}})
    with serving_pages(f"sqlite:///{copy}", settings) as served:
        yield served.sign_in()


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as before, closing(sqlite3.connect(target)) as after:
        before.backup(after)


def opened(browser: Browser, served: Served, **context: object) -> Page:
    """A page of a new context, signed in by the link; `java_script_enabled`, `locale`, `color_scheme` are options."""
    page = browser.new_context(base_url=served.address, **context).new_page()  # type: ignore[arg-type]
    page.goto(served.link)
    return page
