"""A fact that very many open notices lean on: only the fence is stored, and no body leaves that waits for it.

Promise 2 holds meanwhile: an event that was accepted before the `sending` commit of a copy is honoured by it.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import sqlalchemy as sa

from tests.delivery.office import (
    CLIENTS,
    GRETA,
    JONAS,
    LEAD,
    PEOPLE,
    RENEWAL,
    RULES,
    RUN,
    WORKER,
    Office,
    lead,
    said,
    user,
)
from tests.waiting import until
from workers.stages import sweep
from workers.store import fences, outbox, tables
from workers.store.database import Database
from workers.store.outbox import Claimed

LEADS = [f"L-{number}" for number in range(1, 6)]
OFF = said("template.switched", RUN, template="lead.follow_up", enabled=False)
OF_THE_RENEWAL = sorted([*CLIENTS, JONAS])
MAILS_OF_GRETA = [GRETA] * len(LEADS)


@pytest.fixture(autouse=True)
def _many_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fences, "AT_ONCE", 2)
    monkeypatch.setattr(sweep, "FAN_OUT", 2)


@pytest.fixture
def ready(office: Office) -> Office:
    """The first mails of five leads may leave, and those of a renewal."""
    office.ingest(*RENEWAL, *LEAD[len(PEOPLE) :], *(lead(id) for id in LEADS[1:]))
    office.make_run()
    return office


def fan_out(office: Office) -> None:
    while sweep.fan_out(office.database, RULES.daily, office.now):
        pass


def undecided(office: Office) -> int:
    return sum(row.needs_decision for row in office.rows(tables.notices))


def test_the_event_is_stored_without_touching_what_leans_on_it_and_holds_it_back(ready: Office) -> None:
    ready.ingest(OFF)
    assert undecided(ready) == 0
    while ready.send():
        pass
    assert ready.recipients == OF_THE_RENEWAL, "the others go on"
    fan_out(ready)
    assert undecided(ready) == len(LEADS)
    assert ready.rows_of(tables.fences) == []
    ready.finish()
    assert ready.recipients == OF_THE_RENEWAL
    ended = {(row.outcome, row.reason) for row in ready.rows(tables.notices) if row.subject.startswith("lead/")}
    assert ended == {("suppressed", "template_disabled")}


def test_who_was_told_goes_on_while_the_fence_is_on_its_way_to_the_others(ready: Office) -> None:
    ready.ingest(user("U-2", GRETA, "2026-06-03T07:00:00Z", name="Greta Voss-Keller"))
    ready.finish()
    assert GRETA not in ready.recipients
    sweep.fan_out(ready.database, RULES.daily, ready.now)
    ready.finish()
    assert [address for address in ready.recipients if address == GRETA] == [GRETA] * 2
    fan_out(ready)
    ready.finish()
    mails = [mail for mail in ready.server.mails if GRETA in mail.recipients]
    assert len(mails) == len(LEADS)
    assert all(b"Voss-Keller" in mail.message for mail in mails)


def test_a_fact_that_changes_again_is_brought_to_everybody_again(ready: Office) -> None:
    ready.ingest(OFF)
    sweep.fan_out(ready.database, RULES.daily, ready.now)
    ready.ingest(said("template.switched", "2026-06-03T07:00:01Z", template="lead.follow_up", enabled=True))
    ready.finish()
    assert GRETA not in ready.recipients, "also those that heard of the first one only"
    fan_out(ready)
    ready.finish()
    assert [address for address in ready.recipients if address == GRETA] == MAILS_OF_GRETA


def test_an_address_is_fenced_at_once_whoever_leans_on_it(ready: Office) -> None:
    """Who suppresses one has locked all the notices that lean on it: that must not wait for a mailer."""
    ready.ingest(said("address.bounced", RUN, address=GRETA, kind="hard"))
    assert (undecided(ready), ready.rows_of(tables.fences)) == (len(LEADS), [])


# --- at the gate -----------------------------------------------------------------------------------------------------


def lease(office: Office) -> list[Claimed]:
    with office.database.write() as connection:
        connection.execute(tables.letters.update().values(subject_line="Hello"))
        return outbox.claim(connection, None, WORKER, RUN, RULES.daily.day(RUN), 100)


def test_a_lease_that_is_older_than_the_fence_does_not_open_the_gate(ready: Office) -> None:
    leased = lease(ready)
    ready.ingest(OFF)
    with ready.database.write() as connection:
        allowed = outbox.begin_sending(connection, leased, WORKER, RUN)
    assert {copy.address for copy in leased if copy.id in allowed} == set(CLIENTS)
    assert len(leased) == len(CLIENTS) + len(LEADS)


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[None]:
    """It runs at the same time as the block, and has ended afterwards."""
    thread = threading.Thread(target=work)
    thread.start()
    yield
    thread.join(20)
    assert not thread.is_alive()


def is_somebody_waiting(database: Database) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with database.read() as connection:
        return connection.execute(sa.text(query)).scalar() == 1


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_mailer_waits_for_a_fence_that_is_being_stored(database: Database, ready: Office) -> None:
    leased = lease(ready)
    allowed: set[int] = set()

    def gate() -> None:
        with database.write() as connection:
            allowed.update(outbox.begin_sending(connection, leased, WORKER, RUN))

    with ExitStack() as stack:
        connection = stack.enter_context(database.write_facts())
        assert fences.fence(connection, {"template/lead.follow_up"}) == []
        with beside(gate):
            until(lambda: is_somebody_waiting(database))
            stack.close()
    assert {copy.address for copy in leased if copy.id in allowed} == set(CLIENTS)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_fence_waits_for_a_mailer_that_lets_bodies_leave(database: Database, ready: Office) -> None:
    """So the event is accepted after they did, and is not theirs to honour."""
    leased = lease(ready)
    with ExitStack() as stack:
        connection = stack.enter_context(database.write())
        assert len(outbox.begin_sending(connection, leased, WORKER, RUN)) == len(leased)
        with beside(lambda: ready.ingest(OFF)):
            until(lambda: is_somebody_waiting(database))
            assert ready.rows_of(tables.fences) == []
            stack.close()
    assert [row.ref for row in ready.rows_of(tables.fences)] == ["template/lead.follow_up"]
    fan_out(ready)
    assert {row.state for row in ready.rows(tables.deliveries)} == {"sending", "waiting"}
