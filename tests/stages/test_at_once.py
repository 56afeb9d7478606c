"""Two of everything at once: one run, one decision, and no fact that arrives in between is lost (promise 2)."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from tests.scenarios import event
from tests.stages.fleet import DAILY, GRETA, JONAS, MONDAY, RULES, WORLD, decide, fan_out, lead, make_run, rows, take
from tests.world import utc
from workers.stages import resolve
from workers.store import fleet, outbox, tables
from workers.store.database import Database

WEDNESDAY = utc("2026-06-03T07:00")
PATIENCE = 60.0


@pytest.fixture
def three(database_url: str) -> Iterator[list[Database]]:
    """As three processes see one database: each with its own connections."""
    databases = [Database(database_url) for _ in range(3)]
    yield databases
    for database in databases:
        database.close()


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do all of it at the same moment; what each returned."""
    start = Barrier(len(works))

    def begin(work: Callable[[], Any]) -> Any:
        start.wait(PATIENCE)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(PATIENCE) for future in [pool.submit(begin, work) for work in works]]


def prepare(database: Database, leads: int) -> None:
    take(database, *WORLD, GRETA, *(lead(f"L-{n}") for n in range(leads)))
    fan_out(database, MONDAY)


def test_schedulers_at_once_make_one_run_and_each_notice_once(three: list[Database]) -> None:
    prepare(three[0], 250)
    planned = at_once(*(lambda each=each: make_run(each, "2026-06-03", by=str(id(each))) for each in three))
    make_run(three[0], "2026-06-03")  # whoever found rows locked leaves them to the next tick
    subjects = Counter(subject for (subject,) in rows(three[0], tables.notices, "subject"))
    assert subjects == Counter(["renewal/R-1", *(f"lead/L-{n}" for n in range(250))])
    assert max(Counter(chain(*planned)).values()) == 1
    assert len(rows(three[0], tables.runs, "day")) == 1


def test_resolving_the_same_ids_at_once_decides_each_once(three: list[Database]) -> None:
    prepare(three[0], 60)
    ids = make_run(three[0], "2026-06-03")
    ready = at_once(*(lambda each=each: decide(each, WEDNESDAY, ids) for each in three))
    copies = rows(three[0], tables.deliveries, "id", "line")
    assert sorted(chain(*ready)) == [id for id, line in copies if line == "to"]
    assert Counter(line for _, line in copies) == {"to": 61, "cc": 1}
    assert decide(three[0], WEDNESDAY, ids) == []


def test_facts_decisions_and_claims_at_once_lose_no_change(three: list[Database]) -> None:
    """Leads change hands while they are decided and claimed, again and again: in the end each copy goes to the new one.

    A copy may begin to leave only if it goes to whom the facts named when its `sending` was committed.
    """
    take(three[0], *WORLD[:-1], *(lead(f"L-{n}") for n in range(30)))
    fan_out(three[0], MONDAY)
    with three[0].write() as connection:
        fleet.enlist(connection, "w-1", "worker", "localhost", 1)
    make_run(three[0], "2026-06-03")

    def change() -> None:
        for turn in range(12):
            email = f"jonas{turn}@nordwind.example.org"
            take(three[0], event("user.saved", WEDNESDAY, **JONAS["data"] | {"email": email}), at=WEDNESDAY)

    def resolve_all() -> int:
        return sum(resolve.resolve(three[1], RULES, WEDNESDAY, "mail.example.org").notices for _ in range(40))

    def claim_and_send() -> list[tuple[str, str]]:
        left = []
        for _ in range(40):
            with three[2].write() as connection:
                claimed = outbox.claim(connection, None, "w-1", WEDNESDAY, DAILY.day(WEDNESDAY), 2)
            with three[2].write() as connection:
                allowed = outbox.begin_sending(connection, claimed, "w-1", WEDNESDAY)
                # Fenced rows would not be allowed; so what the facts say in this transaction is what counts.
                now = connection.execute(sa.select(tables.users.c.address).where(tables.users.c.id == "U-1")).scalar()
                left += [(copy.address, str(now)) for copy in claimed if copy.id in allowed]
        return left

    _, _, left = at_once(change, resolve_all, claim_and_send)
    decide(three[0], WEDNESDAY)
    assert [pair for pair in left if pair[0] != pair[1]] == []
    open_copies = tables.deliveries.c.state == "pending"
    with three[0].read() as connection:
        waiting = connection.execute(sa.select(tables.deliveries.c.address).where(open_copies)).scalars().all()
    assert (len(waiting) + len(left), set(waiting) - {"jonas11@nordwind.example.org"}) == (30, set())
