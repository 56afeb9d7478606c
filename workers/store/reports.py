"""What came back about deliveries and their addresses: bounces, complaints, and the releases by operators."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.bounces import Verdict
from workers.domain.delivery import State
from workers.domain.reasons import Note, Reason
from workers.store import settlement, tables
from workers.store.database import insert_or_ignore

reports, deliveries, notices, letters = tables.reports, tables.deliveries, tables.notices, tables.letters

RELEASED = "released"
"""Kind of the row that keeps who released an address, and why."""


@dataclass(frozen=True, slots=True)
class Reported:
    """One thing that was reported. `verified`: to the return path of its delivery, which only we can write."""

    at: datetime
    kind: str
    delivery: int | None
    verified: bool
    status: str | None
    words: str
    said_by: str


@dataclass(frozen=True, slots=True)
class Returned:
    """A delivery that a report may be about.

    `left_at`: when its body was last about to leave; `ended_at`: when its answer came, or was given up.
    """

    id: int
    notice: int
    address: str
    state: str
    left_at: datetime | None
    ended_at: datetime | None


def add(connection: Connection, row: dict[str, Any]) -> bool:
    """Keep a report: a row of `reports`. False if it was kept before."""
    statement = insert_or_ignore(reports, connection).values(row).returning(reports.c.id)
    return connection.execute(statement).first() is not None


def delivery(connection: Connection, id: int) -> Returned | None:
    """The delivery with this id."""
    row = connection.execute(_RETURNED.where(deliveries.c.id == id)).first()
    return Returned(**row._mapping) if row else None


def is_erased(connection: Connection, id: int) -> bool:
    """Whether this delivery went to somebody who was erased after its letter was written."""
    people, erasures = tables.people, tables.erasures
    reader = (people.c.notice == deliveries.c.notice) & (people.c.position == deliveries.c.person)
    query = sa.select(erasures.c.ref).join(people, people.c.ref == erasures.c.ref).join(deliveries, reader)
    query = query.where(deliveries.c.id == id, deliveries.c.letter <= erasures.c.letter)
    return connection.execute(query.limit(1)).first() is not None


def copies_of(connection: Connection, message_ids: Collection[str]) -> list[Returned]:
    """The copies of the first of these letters that is ours."""
    first = sa.select(sa.func.min(letters.c.id)).where(letters.c.message_id.in_(message_ids)).scalar_subquery()
    query = _RETURNED.where(deliveries.c.letter == first).order_by(deliveries.c.id)
    return [Returned(**row._mapping) for row in connection.execute(query)]


_RETURNED = sa.select(*(deliveries.c[name] for name in Returned.__dataclass_fields__))


def count_of(connection: Connection, delivery: int, *, verified: bool) -> int:
    """How many reports are kept of a delivery."""
    query = sa.select(sa.func.count()).where(reports.c.delivery == delivery, reports.c.verified == verified)
    return connection.execute(query).scalar_one()


def soft_bounces(connection: Connection, address_key: str, since: datetime) -> int:
    """Copies that bounced softly, and surely from this address, since then and since it was last released."""
    of_address = reports.c.address_key == address_key
    released = sa.select(sa.func.max(reports.c.at)).where(of_address, reports.c.kind == RELEASED)
    last = connection.execute(released).scalar()
    soft = of_address & (reports.c.kind == Verdict.SOFT) & reports.c.verified & (reports.c.at >= since)
    soft &= reports.c.at > last if last else sa.true()
    return connection.execute(sa.select(sa.func.count(reports.c.delivery.distinct())).where(soft)).scalar_one()


def end_uncertain(connection: Connection, found: Returned, state: State, reason: Reason, now: datetime) -> list[int]:
    """A report tells what became of a copy whose answer was lost (promise 3). Ids of the Cc copies that may follow.

    What was sent after all was sent when its body left (LT-7), not when that was told.
    """
    at = found.left_at or found.ended_at or now if state is State.SENT else now
    here = (deliveries.c.id == found.id) & (deliveries.c.state == State.UNCERTAIN)
    connection.execute(deliveries.update().where(here).values(state=state, reason=reason, ended_at=at))
    return settlement.settle(connection, [found.notice], now, {found.notice: at})


def note_bounce(connection: Connection, notice: int) -> None:
    """Say on a notice that a copy came back; its outcome stays what it was (promise 3)."""
    notes = list(connection.execute(sa.select(notices.c.notes).where(notices.c.id == notice)).scalar_one())
    if Note.COPY_BOUNCED not in notes:
        connection.execute(
            notices.update().where(notices.c.id == notice).values(notes=[*notes, Note.COPY_BOUNCED.value])
        )


def forget_releases(connection: Connection, before: datetime) -> None:
    """Releases by operators before then: they hang on no delivery, with which they could go."""
    connection.execute(reports.delete().where(reports.c.kind == RELEASED, reports.c.arrived_at < before))


def of_delivery(connection: Connection, id: int) -> list[Reported]:
    """What was reported of a delivery, in order."""
    return _reported(connection, reports.c.delivery == id)


def of_address(connection: Connection, key: str, limit: int) -> list[Reported]:
    """What was reported of an address, the newest first."""
    return _reported(connection, reports.c.address_key == key, limit)


def _reported(connection: Connection, where: sa.ColumnElement[bool], limit: int | None = None) -> list[Reported]:
    order = (reports.c.at, reports.c.id) if limit is None else (reports.c.at.desc(), reports.c.id.desc())
    columns: Sequence[sa.Column[Any]] = [reports.c[name] for name in Reported.__dataclass_fields__]
    query = sa.select(*columns).where(where).order_by(*order).limit(limit)
    return [Reported(**row._mapping) for row in connection.execute(query)]
