"""Who waits for whom on PostgreSQL: always in one order, so nobody waits in a circle."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
import sqlalchemy as sa

from tests.delivery.office import LEAD, PEOPLE, RENEWAL, RULES, RUN, WORKER, Office
from tests.waiting import until
from workers.store import ledger, outbox, tables, texts
from workers.store.database import Database

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"])


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[None]:
    """It runs at the same time as the block, and has ended without an error afterwards."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(work)
        yield
        running.result(20)


def waiting(database: Database) -> int:
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with database.read() as connection:
        return int(connection.execute(sa.text(query)).scalar_one())


@pytest.fixture
def decided(office: Office) -> Office:
    office.ingest(*RENEWAL, *LEAD[len(PEOPLE) :])
    office.make_run()
    return office


def test_mailers_that_write_the_same_letters_do_not_wait_in_a_circle(database: Database, decided: Office) -> None:
    first, *_ = ids = [row.id for row in decided.rows(tables.letters)]
    assert len(ids) == 2

    def keep(order: Sequence[int]) -> None:
        with database.write() as connection:
            texts.store_heads(connection, [{"key": id, "head": {"of": id}} for id in order])

    with ExitStack() as stack:
        connection = stack.enter_context(database.write())
        connection.execute(sa.select(tables.letters.c.id).where(tables.letters.c.id == first).with_for_update())
        with beside(lambda: keep(ids)):
            until(lambda: waiting(database) == 1)
            with beside(lambda: keep(ids[::-1])):
                until(lambda: waiting(database) == 2)
                stack.close()
    assert [row.head for row in decided.rows(tables.letters)] == [{"of": id} for id in ids]


def give_back(office: Office) -> None:
    """What a mailer does whose batch broke."""
    with office.database.write() as connection:
        leased = outbox.claim(connection, None, WORKER, RUN, RULES.daily.day(RUN), 10)
    with office.database.write() as connection:
        outbox.release(connection, leased, WORKER)


def hold(office: Office) -> None:
    """What it does with copies that may not go out."""
    office.with_policy(domains=frozenset({"nowhere.example.org"}))
    office.send()


@pytest.mark.parametrize("work", [give_back, hold])
def test_who_changes_copies_waits_for_their_notices_first(
    database: Database, decided: Office, work: Callable[[Office], None]
) -> None:
    """A fact that is being stored has their notices, and is about to change the same copies, in an order of its own."""
    with ExitStack() as stack:
        connection = stack.enter_context(database.write())
        concerned = [row.id for row in decided.rows(tables.notices)]
        ledger.lock(connection, concerned)
        with beside(lambda: work(decided)):
            until(lambda: waiting(database) == 1)
            ledger.decide_again(connection, concerned)
            stack.close()
    assert {row.needs_decision for row in decided.rows(tables.notices)} == {True}
