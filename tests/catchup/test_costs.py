"""Catching up costs a batch what any other day costs it: a constant number of statements, mails included."""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from tests.scenarios import event
from tests.stages.fleet import DAILY, INTAKE, MONDAY, RENEWAL, RULES, WORLD, fan_out, lead, take
from tests.store.statements import counted
from tests.world import utc
from workers.house import policy_of, renderer_of
from workers.postbox.capture import ROUTE, CapturePostbox
from workers.settings import Settings
from workers.stages import resolve, schedule, send
from workers.stages.mailroom import Mailroom
from workers.store import fleet, tables
from workers.store.database import Database

FIRST, ORDINARY, BACK = utc("2026-06-03T07:00"), utc("2026-06-10T07:00"), utc("2026-07-04T07:00")
"""The first mail of all leads and the first offset of all renewals; an ordinary grid day; after 24 days without a
fleet, on which three grid days and the day of the second offset were missed."""

RENDERER, POLICY = renderer_of(Settings()), policy_of(Settings())
Costs = dict[str, int]


def test_f8_r20_a_batch_that_catches_up_costs_as_many_statements_as_one_row_and_as_on_any_other_day(
    database: Database,
) -> None:
    of_one = lived(database, 1)
    with database.write() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(table.delete())
    of_many = lived(database, 50)
    assert of_many == of_one
    (first, ordinary, caught_up) = of_many
    assert caught_up == first
    assert ordinary["leads"] == caught_up["leads"]


def lived(database: Database, rows: int) -> list[Costs]:
    """The three runs of so many leads and as many renewals: statements, step by step."""
    renewals = (event("renewal.saved", MONDAY, **RENEWAL["data"] | {"id": f"R-{n}"}) for n in range(rows))
    take(database, *WORLD[:-1], *renewals, *(lead(f"L-{n}") for n in range(rows)))
    fan_out(database, MONDAY)
    with database.write() as connection:
        fleet.enlist(connection, "w-1", "worker", "localhost", 1)
    return [run(database, at, rows) for at in (FIRST, ORDINARY, BACK)]


def run(database: Database, at: datetime, rows: int) -> Costs:
    assert schedule.open_due_run(database, RULES, at, "test") == at.date()
    found: Costs = {}

    def cost(step: str, work: Callable[[], object]) -> None:
        with counted(database) as statements:
            work()
        found[step] = len(statements)

    cost("leads", lambda: schedule.plan(database, RULES, at.date(), at))
    cost("leads decided", lambda: resolve.resolve(database, RULES, at, "mail.example.org"))
    cost("renewals", lambda: schedule.plan(database, RULES, at.date(), at))
    cost("renewals decided", lambda: resolve.resolve(database, RULES, at, "mail.example.org"))
    cost("mails", lambda: send.send(mailroom(database, at)))
    while send.send(mailroom(database, at)).claimed:
        pass
    assert schedule.plan(database, RULES, at.date(), at) is None
    with database.read() as connection:
        sent = sa.select(tables.notices.c.id).where(tables.notices.c.outcome == "sent", tables.notices.c.at == at)
        assert len(connection.execute(sent).all()) == (rows if at == ORDINARY else 2 * rows)
    return found


def mailroom(database: Database, at: datetime) -> Mailroom:
    return Mailroom(
        database=database,
        renderer=RENDERER,
        carrier=CapturePostbox(lambda: at),
        policy=POLICY,
        vault=INTAKE.vault,
        daily=DAILY,
        clock=lambda: at,
        routes=(ROUTE,),
        worker=lambda: "w-1",
    )
