"""An office on a database of each kind."""

from collections.abc import Iterator

import pytest

from tests.delivery.office import QUICK, RULES, Office, renderer, route_to
from tests.servers.smtpd import Smtpd
from workers.house import real_clock
from workers.postbox.postbox import Postbox
from workers.stages.verify import verify
from workers.store.database import Database


@pytest.fixture(scope="session", autouse=True)
def _warm_renderer() -> None:
    renderer()


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
