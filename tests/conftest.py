"""Fixtures for tests on real servers: each run starts its own, each worker one, each test gets a fresh database."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.scenarios.story")  # before anybody imports it

from playwright.sync_api import Browser  # noqa: E402

from tests.servers import browser as browsers  # noqa: E402
from tests.servers import postgres, schema, valkey  # noqa: E402
from tests.servers.postgres import Postgres  # noqa: E402
from tests.servers.valkey import Valkey  # noqa: E402
from workers.store.database import Database  # noqa: E402
from workers.watch import logs  # noqa: E402


@pytest.fixture(autouse=True)
def logging_given_back() -> Iterator[None]:
    """Commands set up logging for the whole process: the next test finds it as it was."""
    root, of_dramatiq = logging.getLogger(), logging.getLogger("dramatiq.worker")
    handlers, levels = root.handlers[:], (root.level, of_dramatiq.level)
    yield
    logs.be_discreet()
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    of_dramatiq.setLevel(levels[1])


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[Valkey]:
    with valkey.running() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium; open a context of your own in it."""
    with browsers.running() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    schema.migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def redis_url(valkey_server: Valkey) -> str:
    """An empty database on a real Valkey."""
    return valkey_server.url()


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database, as a SQLAlchemy URL."""
    with postgres_server.database(schema.migrate) as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database, as a SQLAlchemy URL."""
    path = tmp_path / "rappel.db"
    with closing(sqlite3.connect(sqlite_template)) as source, closing(sqlite3.connect(path)) as copy:
        source.backup(copy)  # not a copied file: the newest pages may still be in the write-ahead log
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The test runs twice: on a fresh, migrated database of each kind."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The store on a fresh, migrated database of each kind."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The test runs twice: on a database of each kind without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    with server.database() as url:
        yield url
