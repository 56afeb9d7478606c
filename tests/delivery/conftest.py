"""An office on a database of each kind."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.delivery.office import QUICK, RULES, Office, renderer, route_to
from tests.servers import schema
from tests.servers.postgres import Postgres
from tests.servers.smtpd import Smtpd
from workers.house import real_clock
from workers.postbox.postbox import Postbox
from workers.stages.verify import verify
from workers.store import tables
from workers.store.database import Database


@pytest.fixture(scope="session", autouse=True)
def _warm_renderer() -> None:
    renderer()


@pytest.fixture(scope="session")
def kept_postgres(postgres_server: Postgres) -> Iterator[Database]:
    """One for all tests of this folder: emptying it takes a tenth of the time that making one takes."""
    with postgres_server.database(schema.migrate) as url, closing(Database(url)) as database:
        yield database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The test runs twice: on an empty, migrated database of each kind."""
    if request.param == "sqlite":
        with closing(Database(request.getfixturevalue("sqlite_url"))) as fresh:
            yield fresh
        return
    kept: Database = request.getfixturevalue("kept_postgres")
    with kept.write() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(table.delete())
    yield kept


@pytest.fixture
def server() -> Iterator[Smtpd]:
    with Smtpd() as running:
        yield running


@pytest.fixture
def office(database: Database, server: Smtpd) -> Iterator[Office]:
    with Postbox([route_to(server)], clock=real_clock, timeouts=QUICK, hostname="client.example.org") as postbox:
        office = Office(database, server, postbox)
        yield office
        postbox.close(grace=0)
    assert [(each.audit.name, each.rows) for each in verify(database, RULES.daily, office.now)] == []
