"""A ledger with something of everything, made by the real stages: sent, refused, open, held, leased and uncertain."""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tests.delivery.office import (
    INTAKE,
    LEAD,
    POLICY,
    RENEWAL,
    RULES,
    VAULT,
    lead,
    renderer,
    renewal,
    said,
)
from tests.servers import schema
from tests.world import utc
from workers.postbox.outcomes import Kind, Outcome, Phase, silence
from workers.postbox.parcels import Gate, Parcel, Record
from workers.stages import resolve, schedule, send
from workers.stages.incoming import Incoming
from workers.stages.ingest import ingest
from workers.stages.mailroom import Mailroom
from workers.stages.simulate import WORKER, Simulation
from workers.store import outbox, tables
from workers.store.database import Database

WEDNESDAY, THURSDAY = utc("2026-06-03T12:00"), utc("2026-06-04T07:00")

FIRST = [*LEAD, *RENEWAL, lead("L-0", acceptor="U-9")]
"""On Wednesday a follow-up goes out, and a letter to three with a copy for a fourth; nobody knows L-0's acceptor."""

THEN = [
    lead("L-2"),
    renewal("2026-06-04T06:50:00Z", id="R-2", renews_on="2026-09-02"),
    said("activity.recorded", "2026-06-04T06:51:00Z", object="deal/D-9", action="note_added"),
    said(
        "contact.password_requested",
        "2026-06-04T06:52:00Z",
        id="C-1",
        url="https://portal.example.com/T0KEN",
        issued_at="2026-06-04T06:52:00Z",
    ),
]
"""On Thursday L-2 and R-2 are decided, one copy of them is leased; a deal that nobody knows is waited for; and the mail
with a password link leaves without an answer."""


@dataclass(frozen=True, slots=True)
class Deaf:
    """A postbox whose bodies leave, and no answer ever comes."""

    now: datetime

    def deliver(self, parcels: Sequence[Parcel], gate: Gate, record: Record, **_: Any) -> None:
        allowed = gate([parcel.delivery_id for parcel in parcels])
        lost = silence(Phase.BODY, "the connection was lost")
        record([Outcome(id, "relay", Kind.UNCERTAIN, lost, self.now, 1.0) for id in sorted(allowed)])


def tell(url: str) -> None:
    """Prepare an empty database: migrate it, and let it all happen."""
    schema.migrate(url)
    with closing(Database(url)) as database:
        story = Simulation(database, RULES, renderer(), POLICY, vault=VAULT)
        story.run(enumerate(map(json.dumps, sorted(FIRST, key=_time)), start=1), WEDNESDAY)
        ingest(database, [Incoming(number, each, THURSDAY) for number, each in enumerate(THEN, start=1)], INTAKE)
        _decide(database)
        password = _ids(database, tables.notices.c.kind == "contact.set_password")
        send.send(_room(database), password)
        with database.write() as connection:
            outbox.claim(connection, None, WORKER, THURSDAY, RULES.daily.day(THURSDAY), 1)


def _time(event: dict[str, Any]) -> str:
    return str(event["time"])


def _decide(database: Database) -> None:
    day = schedule.open_due_run(database, RULES, THURSDAY, "test")
    assert day
    while schedule.plan(database, RULES, day, THURSDAY) is not None:
        pass
    while resolve.resolve(database, RULES, THURSDAY, "example.org").notices:
        pass


def _ids(database: Database, where: sa.ColumnElement[bool]) -> list[int]:
    query = sa.select(tables.deliveries.c.id).join(tables.notices, tables.notices.c.id == tables.deliveries.c.notice)
    with database.read() as connection:
        return list(connection.execute(query.where(where)).scalars())


def _room(database: Database) -> Mailroom:
    return Mailroom(
        database=database,
        renderer=renderer(),
        carrier=Deaf(THURSDAY),
        policy=POLICY,
        vault=VAULT,
        daily=RULES.daily,
        clock=lambda: THURSDAY,
        routes=("relay",),
        worker=lambda: WORKER,
    )
