"""Whom to tell what is due: copies for the mailer, notices for the resolver; once in a while, whoever asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.delivery import LONGEST_WAIT, State
from workers.domain.suspicion import MOST
from workers.store import tables
from workers.store.database import skip_locked
from workers.store.decisions import POISON

deliveries, notices = tables.deliveries, tables.notices


@dataclass(frozen=True, slots=True)
class Due:
    """What somebody must work on: ids for the queue, and those that had all their claims (`domain/suspicion`)."""

    ids: list[int]
    spent: list[int]


def wake(connection: Connection, now: datetime, real: datetime, again: datetime, limit: int) -> Due:
    """Due copies that nobody was told of since `again` (both by the database's clock).

    A time that no rule sets, too far ahead, was set before the fleet's clock went back: those copies are due now.
    """
    moved = (deliveries.c.state == State.PENDING) & (deliveries.c.next_attempt_at > now + LONGEST_WAIT)
    connection.execute(deliveries.update().where(moved).values(next_attempt_at=now))
    query = sa.select(deliveries.c.id, deliveries.c.claims).join(notices, notices.c.id == deliveries.c.notice)
    query = query.where(
        deliveries.c.state == State.PENDING,
        deliveries.c.next_attempt_at <= now,
        ~notices.c.needs_decision,
        _nobody_was_told(deliveries.c.woken_at, real, again),
    )
    query = query.order_by(deliveries.c.next_attempt_at, deliveries.c.id).limit(limit)
    due = _divided(connection.execute(skip_locked(query, connection, of=deliveries)))
    connection.execute(deliveries.update().where(deliveries.c.id.in_(due.ids)).values(woken_at=real))
    return due


def _nobody_was_told(woken_at: sa.Column[Any], real: datetime, again: datetime) -> sa.ColumnElement[bool]:
    """Not since `again`; a time that is yet to come was written before the clock was set back."""
    return woken_at.is_(None) | (woken_at < again) | (woken_at > real)


def _divided(rows: Iterable[Any]) -> Due:
    due = Due([], [])
    for id, claims in rows:
        (due.spent if claims >= MOST else due.ids).append(id)
    return due


def wake_notices(connection: Connection, real: datetime, again: datetime, limit: int) -> Due:
    """Undecided notices that nobody was told of since `again`."""
    query = sa.select(notices.c.id, notices.c.claims).where(
        notices.c.needs_decision,
        notices.c.failures < POISON,
        _nobody_was_told(notices.c.woken_at, real, again),
    )
    due = _divided(connection.execute(skip_locked(query.order_by(notices.c.id).limit(limit), connection)))
    connection.execute(notices.update().where(notices.c.id.in_(due.ids)).values(woken_at=real))
    return due
