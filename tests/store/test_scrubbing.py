"""An erasure costs what there is about the person, in batches that each cost the same, and reads no large table."""

import sqlalchemy as sa

from tests.scenarios import event
from tests.stages.fleet import MONDAY, WORLD, decide, deliver_all, take, take_all
from tests.store.crowd import gather
from tests.store.statements import Statement, analyse, counted, full_scans
from tests.store.test_due import LARGE
from tests.world import utc
from workers.stages import scrub
from workers.store import tables
from workers.store.database import Database

TOLD = utc("2026-06-01T08:00")


def mailed(database: Database, mails: int) -> None:
    """Greta, who is responsible for a deal, was told so often of it; then she is erased."""
    take(database, *WORLD, event("deal.saved", MONDAY, id="D-1", company="K-1", title="Sails", responsible=["U-2"]))
    said = [event("activity.recorded", TOLD, object="deal/D-1", action=f"step_{n}") for n in range(mails)]
    take_all(database, said, at=TOLD)
    decide(database, TOLD)
    deliver_all(database, TOLD)
    take(database, event("user.erased", TOLD, id="U-2"), at=TOLD)


def batches(database: Database) -> list[list[Statement]]:
    """The statements of each batch."""
    found = []
    while True:
        with counted(database) as statements:
            if not scrub.scrub(database):
                return found
        found.append(statements)


def empty(database: Database) -> None:
    with database.write() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(table.delete())


def test_a_batch_of_many_costs_as_many_statements_as_one_of_one(database: Database) -> None:
    mailed(database, 1)
    of_one = [len(each) for each in batches(database)]
    empty(database)
    mailed(database, scrub.BATCH - 1)
    assert [len(each) for each in batches(database)] == of_one


def test_it_goes_on_batch_by_batch_until_nothing_is_left(database: Database) -> None:
    mailed(database, 2 * scrub.BATCH + 1)
    by_people = len(batches(database)) - 3  # the end of each step
    assert by_people == 3
    with database.read() as connection:
        names = connection.execute(sa.select(tables.people.c.name).distinct()).scalars().all()
        addresses = connection.execute(sa.select(tables.deliveries.c.address).distinct()).scalars().all()
    assert (names, addresses) == ([""], [""])


def test_no_large_table_is_read_from_end_to_end(database: Database) -> None:
    mailed(database, 20)
    gather(database, 20_000)
    with database.write() as connection:
        connection.execute(sa.text("UPDATE people SET ref = 'user/Z' || notice WHERE ref IS NULL"))
    analyse(database)
    assert [full_scans(database, each) & LARGE for each in batches(database)] == [set()] * 4
