"""Fixtures for tests on real servers: each run starts its own, each worker one, each test gets a fresh database."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
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
    return f"sqlite:///{_copied(sqlite_template, tmp_path / 'rappel.db')}"


def _copied(template: Path, path: Path) -> Path:
    with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(path)) as copy:
        source.backup(copy)  # not a copied file: the newest pages may still be in the write-ahead log
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """The test runs twice, on a database of each kind."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database of its kind: for processes, and for those who change more than rows."""
    url: str = request.getfixturevalue("sqlite_url" if database_kind == "sqlite" else "postgres_url")
    return url


Emptied = tuple[Database, Callable[[], None]]


@pytest.fixture(scope="session")
def kept_sqlite(sqlite_template: Path) -> Iterator[Emptied]:
    """One for all tests that ask for no other: their statements are compiled once."""
    with closing(Database(f"sqlite:///{_copied(sqlite_template, sqlite_template.with_name('kept.db'))}")) as database:
        yield database, schema.emptier(database)


@pytest.fixture(scope="session")
def kept_postgresql(postgres_server: Postgres) -> Iterator[Emptied]:
    with postgres_server.database(schema.migrate) as url, closing(Database(url)) as database:
        yield database, schema.emptier(database)


@pytest.fixture
def database(database_kind: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """The store on an empty, migrated database of each kind: that of `database_url` where a test asks for both."""
    if "database_url" in request.fixturenames:
        with closing(Database(request.getfixturevalue("database_url"))) as own:
            yield own
        return
    kept, empty = request.getfixturevalue(f"kept_{database_kind}")
    empty()
    yield kept


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The test runs twice: on a database of each kind without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    with server.database() as url:
        yield url
