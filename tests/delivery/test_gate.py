"""The commit of `sending` against one ingest that comes at the worst moment (DESIGN promises 2 and 3)."""

import threading

import pytest
import sqlalchemy as sa

from tests.delivery.office import LEAD, RULES, RUN, WORKER, Office
from tests.waiting import until
from workers.store import ledger, outbox, tables
from workers.store.database import Database
from workers.store.outbox import Claimed


@pytest.fixture
def leased(office: Office) -> Claimed:
    office.ingest(*LEAD)
    office.make_run()
    with office.database.write() as connection:
        (copy,) = outbox.claim(connection, None, WORKER, RUN, RULES.daily.day(RUN), 10)
    return copy


def test_the_gate_is_closed_while_a_decision_is_due_even_if_the_token_fits(database: Database, leased: Claimed) -> None:
    """A claim that looked before an ingest committed and locked after it holds a fresh token."""
    with database.write() as connection:
        connection.execute(tables.notices.update().values(needs_decision=True))
    with database.write() as connection:
        assert outbox.begin_sending(connection, [leased], WORKER, RUN) == set()


def test_a_lease_opens_the_gate_once(database: Database, leased: Claimed) -> None:
    with database.write() as connection:
        connection.execute(tables.letters.update().values(subject_line="Hello"))
        assert outbox.begin_sending(connection, [leased], WORKER, RUN) == {leased.id}
        assert outbox.begin_sending(connection, [leased], WORKER, RUN) == set()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_mailer_waits_for_an_ingest_under_way_and_neither_waits_in_a_circle(
    database: Database, leased: Claimed
) -> None:
    allowed: list[set[int]] = []

    def gate() -> None:
        with database.write() as connection:
            allowed.append(outbox.begin_sending(connection, [leased], WORKER, RUN))

    def is_waiting() -> bool:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        with database.read() as connection:
            return connection.execute(sa.text(query)).scalar() == 1

    mailer = threading.Thread(target=gate)
    with database.write_facts() as connection:
        ledger.lock(connection, [leased.notice])
        mailer.start()
        until(is_waiting)
        ledger.decide_again(connection, [leased.notice])
    mailer.join(60)
    assert allowed == [set()]
