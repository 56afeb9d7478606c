"""The example, at noon of its first day: what the pages are looked at with."""

from datetime import date, datetime, timedelta
from functools import cache

import sqlalchemy as sa

from tests.cli.terminal import EXAMPLE
from workers.contract.relative import resolve_all
from workers.domain.delivery import OPEN, State
from workers.domain.reasons import Reason
from workers.house import policy_of, renderer_of, rules_of
from workers.settings import Settings
from workers.stages.simulate import Simulation
from workers.store import tables
from workers.store.clock import lead_clock
from workers.store.database import Database

TODAY = date(2026, 6, 1)
NOW = datetime.fromisoformat("2026-06-01T12:00:00Z")


@cache
def _lines() -> tuple[str, ...]:
    files = (EXAMPLE / "01-state.ndjson", EXAMPLE / "02-fortnight.ndjson")
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    return tuple(resolve_all(lines, TODAY))


def live(database: Database) -> None:
    """Lead the real pipeline through the first day on this database, and stop the clock there."""
    settings = Settings()
    run = Simulation(database, rules_of(settings), renderer_of(settings), policy_of(settings))
    run.run(enumerate(_lines(), start=1), NOW)
    lead_clock(database, NOW, runs=False)


def vary(database: Database) -> None:
    """Mails left for a server of the world, and not all went well: ids of copies by what became of them."""
    with database.write() as connection:
        left = {"route": "main", "reply": sa.literal("2.0.0 Ok: queued as 4F2C") + sa.cast(attempts.c.id, sa.Text)}
        connection.execute(attempts.update().values(left))
        for id, (state, reason, answer) in FATES.items():
            ended = None if state in OPEN else NOW
            values = {
                "state": state,
                "reason": reason,
                "next_attempt_at": NOW + timedelta(minutes=15 if state is State.PENDING else 0),
                "ended_at": ended,
            }
            connection.execute(deliveries.update().where(deliveries.c.id == id).values(values))
            connection.execute(attempts.update().where(attempts.c.delivery == id).values(answer))


attempts, deliveries = tables.attempts, tables.deliveries

FATES: dict[int, tuple[State, Reason | None, dict[str, object]]] = {
    6: (
        State.FAILED,
        Reason.ADDRESS_REFUSED,
        {
            "kind": "refused",
            "phase": "rcpt",
            "code": 550,
            "enhanced": "5.1.1",
            "reply": "5.1.1 no such user",
        },
    ),
    8: (
        State.UNCERTAIN,
        Reason.CONNECTION_LOST,
        {"kind": "uncertain", "phase": "body", "code": None, "enhanced": None, "reply": "the connection was lost"},
    ),
    9: (
        State.PENDING,
        None,
        {"kind": "deferred", "phase": "rcpt", "code": 452, "enhanced": "4.2.2", "reply": "4.2.2 The mailbox is full"},
    ),
    20: (
        State.HELD,
        Reason.OUTSIDE_ALLOWED_DOMAINS,
        {"kind": "gated", "phase": "gate", "code": None, "enhanced": None, "reply": "the gate said no"},
    ),
}
