"""Outages in virtual time, hour by hour: the mail server is down for two days, the clock goes back, the disk is full.

Whatever happens, the ledger is looked at afterwards (conftest).
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.delivery.office import (
    BRUNO,
    CLAIRE,
    DAY,
    GRETA,
    HOUR,
    JONAS,
    LATER,
    LEAD,
    MINUTE,
    ODILE,
    PEOPLE,
    QUICK,
    RENEWAL,
    RULES,
    RUN,
    WORKER,
    Office,
    contact,
    fill_disk,
    lead,
    make_room,
    renewal,
    route_to,
    said,
    user,
)
from tests.servers.smtpd import Smtpd
from workers.domain.delivery import PROBE_STEPS
from workers.house import real_clock
from workers.postbox.parcels import Route
from workers.postbox.postbox import Postbox
from workers.stages import schedule, sweep
from workers.store import fleet, tables, today
from workers.store.database import real_now

BACK = RUN + 2 * DAY + 5 * HOUR
"""When the mail server answers again: Friday noon."""


@pytest.fixture
def narrow(server: Smtpd) -> Iterator[Postbox]:
    """A postbox with a single connection: over several, which of the first four mails lands first is chance."""
    route = replace(route_to(server), pool_size=1)
    with Postbox([route], clock=real_clock, timeouts=QUICK, hostname="client.example.org") as postbox:
        yield postbox
        postbox.close(grace=0)


@pytest.fixture
def silent() -> Iterator[Postbox]:
    """A postbox whose server does not answer: nobody listens on its port."""
    with Smtpd() as gone:
        route = Route("relay", gone.host, gone.port)
    with Postbox([route], clock=real_clock, timeouts=QUICK, hostname="client.example.org") as postbox:
        yield postbox
        postbox.close(grace=0)


def hours(office: Office, until: Any) -> Iterator[None]:
    """What the fleet does by itself, each hour."""
    while office.now < until:
        office.now += HOUR
        if (office.now.hour, office.now.minute) == (7, 0):
            office.review()
            make_run(office)
        woken = office.wake()
        assert len(woken.deliveries) <= 20
        office.finish()
        yield


def make_run(office: Office) -> None:
    """If the day has none yet."""
    if day := schedule.open_due_run(office.database, RULES, office.now, WORKER):
        while schedule.plan(office.database, RULES, day, office.now) is not None:
            pass


def ends(office: Office) -> list[tuple[str, str | None, str | None]]:
    return sorted((row.subject, row.outcome, row.reason) for row in office.rows(tables.notices))


def test_smtp_is_down_for_two_days_then_all_goes_out_once_the_oldest_first_but_for_what_lost_its_sense(
    office: Office, silent: Postbox, narrow: Postbox
) -> None:
    whole, office.room = replace(office.room, carrier=narrow), replace(office.room, carrier=silent)
    stops = [lead("L-2", acceptor="U-3"), user("U-3", "hanna@nordwind.example.org")]
    expires = renewal(id="R-9", renews_on="2026-06-04")
    link = {"id": "C-1", "url": "https://portal.example.com/T0KEN", "issued_at": "2026-06-03T06:30:00Z"}
    office.ingest(*LEAD, *RENEWAL[len(PEOPLE) :], *stops, expires)
    office.ingest(said("contact.password_requested", "2026-06-03T06:30:00Z", **link))
    office.make_run()
    office.finish()
    for _ in hours(office, BACK - HOUR):
        if office.now == RUN + HOUR:
            office.ingest(said("lead.closed", office.now, id="L-2", outcome="won"))
        if office.now == RUN + DAY - HOUR:
            office.ingest(renewal(office.now.isoformat(), id="R-2", renews_on="2026-09-02"))
    assert office.server.connections == 0
    assert {row.attempts for row in office.rows(tables.deliveries)} == {0}, "a dead route consumes no attempt"

    office.room = whole
    for _ in hours(office, BACK + HOUR):
        pass
    assert ends(office) == [
        ("contact/C-1", "suppressed", "link_expired"),
        ("lead/L-1", "sent", "follow_up_first"),
        ("lead/L-2", "suppressed", "lead_closed"),
        ("renewal/R-1", "sent", "hubspot_owner_default"),
        ("renewal/R-2", "sent", "hubspot_owner_default"),
        ("renewal/R-9", "suppressed", "expired"),
        ("renewal/R-9", "suppressed", "skipped_late"),
        ("renewal/R-9", "suppressed", "skipped_late"),
    ]
    letter = [BRUNO, CLAIRE, ODILE]
    arrived = [address for mail in office.server.mails for address in mail.recipients]
    assert sorted(arrived) == sorted([GRETA, *letter, *letter, JONAS, JONAS])
    assert set(arrived[:4]) == {GRETA, *letter}, "what waited longest goes first"
    assert office.alerts().count(("route/relay", "route_paused")) <= 3


def test_the_clock_goes_back_and_nothing_is_sent_twice_and_no_run_made_again(office: Office) -> None:
    office.now -= DAY
    office.ingest(*LEAD, *RENEWAL[len(PEOPLE) :])
    for _ in range(2):  # lived, and lived again after the clock went back
        office.now = RUN - DAY - HOUR
        for _ in hours(office, RUN + 3 * HOUR):
            pass
    runs = sorted((row.day.isoformat(), row.made_at) for row in office.rows_of(tables.runs))
    assert runs == [("2026-06-02", RUN - DAY), ("2026-06-03", RUN)]
    assert office.recipients == sorted([GRETA, BRUNO, CLAIRE, ODILE, JONAS])
    assert {row.possible_duplicate for row in office.rows(tables.deliveries)} == {False}


def test_what_was_put_off_before_the_clock_went_back_does_not_wait_until_it_is_there_again(office: Office) -> None:
    office.ingest(*LEAD)
    office.make_run()
    office.server.misbehave("rcpt", LATER, times=1)
    office.now += 365 * DAY
    office.resolve()
    with office.database.write() as connection:
        connection.execute(tables.notices.update().values(decided_at=office.now))
    office.send()
    assert [row.next_attempt_at > office.now for row in office.rows(tables.deliveries)] == [True]
    office.now = RUN + 2 * HOUR
    assert office.wake().deliveries == [], "its text was written for another day"
    assert office.wake().notices == [office.notice.id]
    office.finish()
    assert office.recipients == [GRETA]
    assert office.notice.decided_at == office.now


def test_a_route_that_was_paused_before_the_clock_went_back_is_tried_at_once_and_operators_are_told_again(
    office: Office, silent: Postbox
) -> None:
    whole, office.room = office.room, replace(office.room, carrier=silent)
    office.ingest(*LEAD, lead("L-2"))
    office.now = RUN + 30 * DAY
    office.make_run()
    office.send()
    assert office.alerts() == [("route/relay", "route_paused")]

    office.now = RUN
    office.wake()
    office.finish()
    assert office.alerts() == [("route/relay", "route_paused")] * 2
    with office.database.read() as connection:
        assert fleet.resting(connection, RUN) == {"relay": RUN + 2 * MINUTE}
        shown = today.trouble(connection, RUN, RUN - DAY, 10).routes
    assert [(route.name, route.until) for route in shown] == [("relay", RUN + 2 * MINUTE)]

    office.room = whole
    office.now += 2 * MINUTE
    office.wake()
    office.finish()
    assert office.recipients == [GRETA, GRETA]


def test_a_probe_that_was_under_way_before_the_clock_went_back_is_taken_by_another(office: Office) -> None:
    office.ingest(*LEAD)
    office.make_run()
    with office.database.write() as connection:
        fleet.pause_route(connection, "relay", "it never answered", RUN + 29 * DAY)
        assert fleet.take_probes(connection, ["relay"], RUN + 30 * DAY) == {"relay": RUN + 30 * DAY + MINUTE}
    office.finish()
    assert office.recipients == [GRETA]
    assert [row.paused_until for row in office.rows_of(tables.routes)] == [None]


def test_a_rest_of_half_an_hour_is_kept_by_a_machine_whose_clock_is_behind(office: Office) -> None:
    with office.database.write() as connection:
        for _ in PROBE_STEPS:
            office.now += HOUR
            fleet.pause_route(connection, "relay", "it never answered", office.now)
        behind = office.now - MINUTE
        assert fleet.resting(connection, behind) == {"relay": office.now + PROBE_STEPS[-1]}
        assert fleet.take_probes(connection, ["relay"], behind) == {}


def test_the_patience_with_a_server_that_answered_before_the_clock_went_back_is_two_days_from_now(
    office: Office,
) -> None:
    office.ingest(*LEAD)
    office.make_run()
    with office.database.write() as connection:
        connection.execute(tables.deliveries.update().values(first_answer_at=RUN + 30 * DAY, attempts=1))
    office.server.misbehave("rcpt", LATER)
    while (row := office.rows(tables.deliveries)[-1]).state == "pending":
        office.now = max(office.now, row.next_attempt_at)
        office.wake()
        office.finish()
    assert (office.outcome, row.reason) == (("failed", "retries_exhausted"), "retries_exhausted")
    assert RUN + DAY < office.now <= RUN + 2 * DAY


def test_the_machines_clock_goes_back_and_the_dead_are_buried_and_the_forgotten_woken_all_the_same(
    office: Office,
) -> None:
    office.ingest(*LEAD)
    office.make_run()
    with office.database.write() as connection:
        tomorrow = real_now(connection) + DAY
        connection.execute(tables.workers.update().values(beat_at=tomorrow))
        connection.execute(tables.deliveries.update().values(woken_at=tomorrow))
    assert len(office.wake().deliveries) == 1
    after = timedelta(seconds=20)
    assert sweep.bury(office.database, after, "", office.now) == [], "it may live: its time begins anew"
    with office.database.write() as connection:
        connection.execute(tables.workers.update().values(beat_at=real_now(connection) - timedelta(seconds=21)))
    assert sweep.bury(office.database, after, "", office.now) == [WORKER]
    with office.database.write() as connection:
        fleet.enlist(connection, "worker-2", "worker", "localhost", 1)
    office.room = replace(office.room, worker=lambda: "worker-2")
    office.finish()
    assert office.recipients == [GRETA]


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.usefixtures("database_url")
class TestFullDisk:
    """SQLite may not grow any more, as on a disk without room."""

    def test_events_are_refused_with_a_clear_error_and_taken_when_there_is_room(self, office: Office) -> None:
        events = [contact(f"C-{number}", f"c{number}@lumiere.example.com") for number in range(400)]
        fill_disk(office.database)
        with pytest.raises(sa.exc.OperationalError, match="database or disk is full") as full:
            office.ingest(*RENEWAL, *events)
        assert isinstance(full.value.orig, sqlite3.OperationalError)
        assert office.rows_of(tables.events) == [], "nothing of the batch is stored"
        make_room(office.database)
        office.ingest(*RENEWAL, *events)
        assert len(office.rows_of(tables.events)) == len(RENEWAL) + len(events)

    def test_mails_wait_and_go_out_once_when_there_is_room(self, office: Office) -> None:
        office.ingest(*LEAD, *(lead(f"X-{number}") for number in range(40)))
        office.make_run()
        fill_disk(office.database)
        with pytest.raises(sa.exc.OperationalError, match="full"):
            office.send()  # the letters are kept before they go out, and find no room
        assert {state for _, state, _ in office.copies()} == {"pending"}
        assert office.recipients == []
        make_room(office.database)
        office.finish()
        assert office.recipients == [GRETA] * 41
