"""Due times are columns with an index: what a fleet does costs what is due, not what exists."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from tests.scenarios import event
from tests.stages.fleet import (
    DAILY,
    JONAS,
    MONDAY,
    NORDWIND,
    RENEWAL,
    RULES,
    SALES,
    WORLD,
    decide,
    fan_out,
    lead,
    make_run,
    run_and_decide,
    take,
)
from tests.store.crowd import gather
from tests.store.statements import Statement, analyse, counted, full_scans
from tests.world import utc
from workers.stages import resolve, schedule, sweep
from workers.store import fleet, outbox, tables
from workers.store.database import Database

LARGE = {"leads", "renewals", "lead_entries", "notices", "people", "letters", "deliveries", "notice_refs"}
"""Tables that grow; on a small one PostgreSQL rightly prefers to look at all of it."""


def a_day_of_work(database: Database, size: int) -> list[Statement]:
    """Ten leads and ten renewals are due among so many; what it costs to bring them to the mailer and to fence them."""
    renewals = [
        event("renewal.saved", MONDAY, id=f"R-{n}", company="K-1", product="Hub", renews_on="2026-08-31")
        for n in range(10)
    ]
    take(database, *WORLD[:-1], *renewals, *(lead(f"L-{n}") for n in range(10)))
    fan_out(database, MONDAY)
    gather(database, size)
    now = utc("2026-06-03T07:00")
    with database.write() as connection:
        fleet.enlist(connection, "w-1", "worker", "localhost", 1)
    analyse(database)
    with counted(database) as statements:
        assert len(make_run(database, "2026-06-03")) == 20
        assert len(decide(database, now)) == 20
        assert len(sweep.wake(database, DAILY, now).deliveries) == 20
        with database.write() as connection:
            claimed = outbox.claim(connection, None, "w-1", now, DAILY.day(now), 100)
            assert len(outbox.begin_sending(connection, claimed[:5], "w-1", now)) == 5
            fleet.retire(connection, "w-1")
        sweep.bury(database, timedelta(seconds=20), "w-2", now)
        take(database, event("user.deactivated", now, id="U-1"), at=now)
        sweep.wake(database, DAILY, now)
        sweep.review(database, DAILY, now + timedelta(days=1))
    return statements


def kinds(statements: list[Statement]) -> Counter[str]:
    return Counter(" ".join(statement.split()[:3]) for statement, _ in statements)


def test_ten_due_of_many_cost_what_ten_of_a_thousand_cost(database: Database) -> None:
    few = a_day_of_work(database, 1_000)
    empty(database)
    many = a_day_of_work(database, 100_000)
    assert kinds(many) == kinds(few)
    assert full_scans(database, many) & LARGE == set()


@pytest.mark.parametrize("size", [5_000, pytest.param(50_000, marks=pytest.mark.long)])
def test_a_changed_process_reaches_its_leads_in_batches_and_the_run_sees_them_all(
    database: Database, size: int
) -> None:
    take(database, *WORLD[:-1])
    fan_out(database, MONDAY)
    gather(database, size, due_on=None)
    changed = SALES["data"] | {"follow_up": {"enabled": True, "interval": {"value": 2, "unit": "weeks"}}}
    take(database, event("process.saved", MONDAY + timedelta(hours=1), **changed))
    batches = [0]
    while sweep.fan_out(database, DAILY, MONDAY):
        batches.append(count_due(database))
    assert max(after - before for before, after in pairwise(batches)) <= sweep.FAN_OUT
    assert batches[-1] == size


def count_due(database: Database) -> int:
    due = sa.select(sa.func.count()).where(tables.leads.c.due_on == date(2026, 6, 1))
    with database.read() as connection:
        return connection.execute(due).scalar_one()


def test_a_run_waits_for_a_change_that_has_not_reached_all_its_rows(database: Database) -> None:
    """Ten leads that nothing was foreseen for; the process that gives them follow-ups arrives just before the run."""
    take(database, *WORLD[1:-1], *(lead(f"L-{n}") for n in range(10)))
    assert run_and_decide(database, "2026-06-02") == []
    take(database, SALES)
    assert len(run_and_decide(database, "2026-06-03")) == 10


def test_a_batch_costs_as_many_statements_as_one_row(database: Database) -> None:
    one = costs_of_deciding(database, 1)
    empty(database)
    assert costs_of_deciding(database, 100) == one


def costs_of_deciding(database: Database, rows: int) -> dict[str, int]:
    """Statements for so many leads and as many renewals, step by step."""
    renewals = (event("renewal.saved", MONDAY, **RENEWAL["data"] | {"id": f"R-{n}"}) for n in range(rows))
    take(database, *WORLD[:-1], *renewals, *(lead(f"L-{n}") for n in range(rows)))
    fan_out(database, MONDAY)
    now = utc("2026-06-03T07:00")
    schedule.open_due_run(database, RULES, now, "test")
    found: dict[str, int] = {}

    def cost(step: str, work: Callable[[], object]) -> None:
        with counted(database) as statements:
            work()
        found[step] = len(statements)

    def decide_batch() -> None:
        done = resolve.resolve(database, RULES, now, "mail.example.org")
        assert done.notices == rows

    cost("plan leads", lambda: schedule.plan(database, RULES, now.date(), now))
    cost("decide leads", decide_batch)
    cost("plan renewals", lambda: schedule.plan(database, RULES, now.date(), now))
    cost("decide renewals", decide_batch)
    take(database, event("partner.saved", now, **NORDWIND["data"] | {"name": "Nordwind"}), at=now)
    mark = sa.update(tables.notices).values(needs_decision=tables.notices.c.kind == "lead.follow_up")
    with database.write() as connection:
        connection.execute(mark)
    cost("leads again, the same", decide_batch)
    take(database, event("user.saved", now, **JONAS["data"] | {"language": "de"}), at=now)
    with database.write() as connection:
        connection.execute(mark)
    cost("leads again, other words", decide_batch)
    return found


def empty(database: Database) -> None:
    with database.write() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(table.delete())
