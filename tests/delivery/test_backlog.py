"""Copies that wait for long do not fill Redis: the wake-up queues stay short, and nothing is the later for it."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import redis

from tests.delivery import office as cast
from tests.delivery.office import GRETA, LEAD, RUN
from tests.delivery.test_away import Fleet, mails
from tests.servers.smtpd import Smtpd
from tests.waiting import until
from workers.actors import declare
from workers.stages import resolve, sweep
from workers.store import tables
from workers.store.clock import lead_clock

COPIES = 6_000
"""More than one look, and more messages than a short queue has."""

LOOKS = 20


@contextmanager
def without_workers(database_url: str, redis_url: str, server: Smtpd) -> Iterator[Fleet]:
    """A scheduler alone: what it puts into the queues stays there."""
    fleet = Fleet(database_url, redis_url, server)
    lead_clock(fleet.house.database, RUN)
    fleet.begin()
    try:
        yield fleet
    finally:
        fleet.end()


def told(client: redis.Redis, queue: str) -> Counter[int]:
    """How often each id is in the queue."""
    messages = client.hvals(f"dramatiq:{queue}.msgs")
    return Counter(id for message in messages for id in json.loads(message)["args"][1])


def multiply(fleet: Fleet, copies: int) -> None:
    """So many of the only copy, all due, and all decided today."""
    (row,) = fleet.all(tables.deliveries)
    more = [{**row._mapping, "id": row.id + n, "person": n} for n in range(1, copies)]
    with fleet.house.database.write() as connection:
        connection.execute(tables.deliveries.insert(), more)


def look(fleet: Fleet) -> None:
    for _ in range(LOOKS):
        fleet.scheduler.tick()


def test_thousands_of_copies_that_nobody_fetches_are_in_the_queue_once_however_long_that_lasts(
    database_url: str, redis_url: str, server: Smtpd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "AGAIN", timedelta(days=1))
    with without_workers(database_url, redis_url, server) as fleet, redis.Redis.from_url(redis_url) as client:
        fleet.take_in(RUN, *LEAD)
        fleet.scheduler.tick()
        resolve.resolve(fleet.house.database, fleet.house.rules, RUN, "example.org")
        multiply(fleet, COPIES)
        look(fleet)
        all_of_them = Counter(row.id for row in fleet.all(tables.deliveries))
        assert (told(client, "mail"), len(all_of_them)) == (all_of_them, COPIES)
        monkeypatch.setattr(sweep, "AGAIN", timedelta())  # from now on each look is as good as one much later
        look(fleet)
        assert told(client, "mail") == all_of_them
        assert client.llen("dramatiq:mail") == COPIES / fleet.house.settings.fleet.batch


def test_a_short_queue_is_filled_up_to_what_workers_can_use_and_no_further(
    database_url: str, redis_url: str, server: Smtpd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(declare, "SHORT", 5)
    monkeypatch.setattr(sweep, "AGAIN", timedelta())
    with without_workers(database_url, redis_url, server) as fleet, redis.Redis.from_url(redis_url) as client:
        fleet.take_in(RUN, *LEAD)
        look(fleet)
        (notice,) = fleet.all(tables.notices)
        assert told(client, "resolve") == {notice.id: 5}
        resolve.resolve(fleet.house.database, fleet.house.rules, RUN, "example.org")
        look(fleet)
        (copy,) = fleet.all(tables.deliveries)
        assert told(client, "mail") == {copy.id: 5}


@pytest.mark.parametrize("lost", [False, True])
def test_once_workers_are_back_everything_goes_out_whatever_redis_kept(
    lost: bool, database_url: str, redis_url: str, server: Smtpd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(declare, "SHORT", 3)
    monkeypatch.setattr(sweep, "AGAIN", timedelta())
    with without_workers(database_url, redis_url, server) as fleet, redis.Redis.from_url(redis_url) as client:
        fleet.take_in(RUN, *LEAD, *(cast.lead(f"L-{number}") for number in range(2, 121)))
        for _ in range(LOOKS):
            fleet.scheduler.tick()
            resolve.resolve(fleet.house.database, fleet.house.rules, RUN, "example.org")
        if lost:
            client.flushdb()
        monkeypatch.setattr(sweep, "AGAIN", timedelta(seconds=0.2))
        fleet.run()
        until(lambda: mails(server) == [GRETA] * 120, 60)
        fleet.verify_sent(120)
        until(lambda: not any(client.hlen(f"dramatiq:{queue}.msgs") for queue in ("resolve", "mail")))
