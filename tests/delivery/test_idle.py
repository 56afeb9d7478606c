"""A fleet that has nothing to do looks, and changes nothing: ingest, decisions and mailers need not wait for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from traceback import extract_stack

import pytest
import sqlalchemy as sa

from tests.delivery import office as cast
from tests.delivery.office import LEAD, RENEWAL, RUN
from tests.delivery.test_away import LIFE, Fleet
from tests.servers.smtpd import Answer, Smtpd
from tests.waiting import until
from workers.actors.presence import Presence
from workers.stages import resolve, send, sweep
from workers.store import tables
from workers.store.clock import lead_clock
from workers.store.database import Database


@contextmanager
def changes(database: Database) -> Iterator[list[list[str]]]:
    """The writing transactions that this thread begins, by the functions of the house that led to each.

    Heartbeats are written in a thread of their own.
    """
    found: list[list[str]] = []

    def note(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("rappel_write") and threading.current_thread() is here:
            found.append([frame.name for frame in extract_stack() if "/workers/" in frame.filename])

    here = threading.current_thread()
    sa.event.listen(database.engine, "begin", note)
    try:
        yield found
    finally:
        sa.event.remove(database.engine, "begin", note)


def has_lived_for_long(presence: Presence) -> bool:
    """From now on, unless a heartbeat is late at this moment."""
    presence._unbroken_since -= LIFE["dead_after"].total_seconds()
    return presence.is_settled()


@pytest.fixture
def fleet(database_url: str, redis_url: str, server: Smtpd) -> Iterator[Fleet]:
    """Its scheduler is trusted to bury others, as one that has lived for long."""
    fleet = Fleet(database_url, redis_url, server)
    lead_clock(fleet.house.database, RUN)
    fleet.begin()
    try:
        until(lambda: has_lived_for_long(fleet.metronome_presence))
        yield fleet
    finally:
        fleet.end()


def work(fleet: Fleet) -> None:
    """Until nothing is due."""
    fleet.scheduler.tick()
    house = fleet.house
    while resolve.resolve(house.database, house.rules, house.clock(), "example.org").notices:
        pass
    while send.send(fleet.mailroom()).claimed:
        pass


def changes_of_a_tick(fleet: Fleet) -> list[list[str]]:
    with changes(fleet.house.database) as found:
        fleet.scheduler.tick()
    return found


def test_a_tick_of_an_empty_fleet_opens_no_writing_transaction(fleet: Fleet) -> None:
    fleet.scheduler.tick()
    until(lambda: changes_of_a_tick(fleet) == [])


def test_a_tick_opens_no_writing_transaction_while_what_is_there_waits(fleet: Fleet, server: Smtpd) -> None:
    """A mail was sent, others were put off by their server; the day's run is made, and its changes are carried."""
    server.misbehave("rcpt", Answer(450, "4.3.0 later"), recipient=cast.GRETA)
    fleet.take_in(RUN, *LEAD, *RENEWAL[len(cast.PEOPLE) :])

    def states_after_work() -> set[str]:
        work(fleet)
        return {row.state for row in fleet.all(tables.deliveries)}

    until(lambda: states_after_work() == {"sent", "pending"})
    until(lambda: changes_of_a_tick(fleet) == [])


def test_a_scheduler_that_begins_on_a_day_that_is_noted_changes_no_facts(fleet: Fleet) -> None:
    fleet.scheduler.tick()
    with changes(fleet.house.database) as found:
        sweep.note_rules(fleet.house.database, fleet.house.rules)
        sweep.note_day(fleet.house.database, fleet.house.rules.daily, fleet.house.clock())
    assert found == []
