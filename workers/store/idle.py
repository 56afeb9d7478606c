"""Whether a fleet has anything left to do at its present time: then its clock may be led on."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.delivery import State
from workers.store import decisions, fan_outs, fences, ledger, runs, tables

deliveries, notices = tables.deliveries, tables.notices

_UNDER_WAY = (State.LEASED, State.SENDING)


def is_idle(connection: Connection, now: datetime, run: date | None) -> bool:
    """No decision, copy, fan-out, fence or erasure is waiting that could be worked on now, and `run` is finished."""
    if run is not None and (not runs.is_made(connection, run) or runs.unfinished_run(connection, run)):
        return False
    if ledger.outlived(connection, now, limit=1):
        return False
    due = (deliveries.c.state == State.PENDING) & (deliveries.c.next_attempt_at <= now)
    waiting = (
        sa.select(tables.erasures.c.ref).where(tables.erasures.c.step.is_not(None)),
        sa.select(notices.c.id).where(notices.c.needs_decision, notices.c.failures < decisions.POISON),
        sa.select(deliveries.c.id).where(sa.or_(deliveries.c.state.in_(_UNDER_WAY), due)),
    )
    if fan_outs.any_left(connection) or fences.any_left(connection):
        return False
    return not any(connection.execute(query.limit(1)).first() for query in waiting)
