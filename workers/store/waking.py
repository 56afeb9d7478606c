"""Whom to tell what is due: copies for the mailer, notices for the resolver; once in a while, whoever asks."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.calendar import Day
from workers.domain.delivery import LONGEST_WAIT, State
from workers.domain.suspicion import MOST
from workers.store import fresh, tables
from workers.store.database import skip_locked
from workers.store.decisions import POISON

deliveries, notices = tables.deliveries, tables.notices


@dataclass(frozen=True, slots=True)
class Due:
    """What somebody must work on: ids for the queue, and those that had all their claims (`domain/suspicion`).

    `stale`: notices whose copies are due, but were decided on another day, or for a time that is over.
    """

    ids: list[int] = field(default_factory=list)
    spent: list[int] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)


def wake(connection: Connection, now: datetime, today: Day, real: datetime, again: datetime | None, limit: int) -> Due:
    """Due copies that nobody was told of since `again` (`real`, `again`: by the database's clock), or ever, with None.

    A time that no rule sets, too far ahead, was set before the fleet's clock went back: those copies are due now.
    Nobody is told of what no claim would take.
    """
    connection.execute(deliveries.update().where(_moved(now)).values(next_attempt_at=now, woken_at=None))
    query = _due_copies(now, today, real, again).limit(limit)
    due = Due()
    for id, claims, notice, is_fresh in connection.execute(skip_locked(query, connection, of=deliveries)):
        if claims >= MOST:
            due.spent.append(id)
        elif is_fresh:
            due.ids.append(id)
        else:
            due.stale.append(notice)
    connection.execute(deliveries.update().where(deliveries.c.id.in_(due.ids)).values(woken_at=real))
    return due


def any_copy_due(connection: Connection, now: datetime, today: Day, real: datetime, again: datetime | None) -> bool:
    """Whether `wake` has something to do."""
    queries = sa.select(deliveries.c.id).where(_moved(now)), _due_copies(now, today, real, again)
    return any(connection.execute(query.limit(1)).first() for query in queries)


def _moved(now: datetime) -> sa.ColumnElement[bool]:
    return (deliveries.c.state == State.PENDING) & (deliveries.c.next_attempt_at > now + LONGEST_WAIT)


def _due_copies(now: datetime, today: Day, real: datetime, again: datetime | None) -> sa.Select[Any]:
    stands = fresh.stands(now, today)
    query = sa.select(deliveries.c.id, deliveries.c.claims, deliveries.c.notice, stands.label("stands"))
    query = query.join(notices, notices.c.id == deliveries.c.notice).where(
        deliveries.c.state == State.PENDING,
        deliveries.c.next_attempt_at <= now,
        ~notices.c.needs_decision,
        _nobody_was_told(deliveries.c.woken_at, real, again) | ~stands,
    )
    return query.order_by(deliveries.c.next_attempt_at, deliveries.c.id)


def _nobody_was_told(woken_at: sa.Column[Any], real: datetime, again: datetime | None) -> sa.ColumnElement[bool]:
    """Not since `again`; a time that is yet to come was written before the clock was set back."""
    never = woken_at.is_(None) | (woken_at > real)
    return never if again is None else never | (woken_at < again)


def wake_notices(connection: Connection, real: datetime, again: datetime | None, limit: int) -> Due:
    """Undecided notices that nobody was told of since `again`, or ever, with None."""
    due = Due()
    for id, claims in connection.execute(skip_locked(_due_notices(real, again).limit(limit), connection)):
        (due.spent if claims >= MOST else due.ids).append(id)
    connection.execute(notices.update().where(notices.c.id.in_(due.ids)).values(woken_at=real))
    return due


def any_notice_due(connection: Connection, real: datetime, again: datetime | None) -> bool:
    """Whether `wake_notices` has something to do."""
    return connection.execute(_due_notices(real, again).limit(1)).first() is not None


def _due_notices(real: datetime, again: datetime | None) -> sa.Select[Any]:
    query = sa.select(notices.c.id, notices.c.claims).where(
        notices.c.needs_decision,
        notices.c.failures < POISON,
        _nobody_was_told(notices.c.woken_at, real, again),
    )
    return query.order_by(notices.c.id)
