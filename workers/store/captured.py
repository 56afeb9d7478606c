"""What only the catcher took, and whether somebody has said that it counts as sent (DESIGN part 4)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.delivery import State
from workers.domain.reasons import Outcome, Reason
from workers.domain.standing import Capture
from workers.store import fleet, ledger, settlement, tables
from workers.store.bench import chunks
from workers.store.types import BigId

CATCHER = "catcher"
"""The route of `mail.mode = "capture"`."""

attempts, deliveries, notices, flags = tables.attempts, tables.deliveries, tables.notices, tables.flags


def capture() -> sa.ScalarSelect[Any]:
    """Over deliveries: the `Capture` of one that the mail catcher took, else null."""
    of = notices.alias()
    last = sa.select(sa.cast(flags.c.value, BigId)).where(flags.c.name == fleet.CAPTURE_JUDGED).scalar_subquery()
    said = sa.case(
        (of.c.reason == Reason.ONLY_CAPTURED, Capture.NOT_COUNTED),
        (attempts.c.id <= sa.func.coalesce(last, 0), Capture.COUNTED),
        else_=Capture.CAPTURED,
    )
    query = sa.select(sa.case((attempts.c.route == CATCHER, said), else_=sa.null())).select_from(attempts)
    accepted = (attempts.c.delivery == deliveries.c.id) & (attempts.c.kind == "accepted")
    query = query.join(of, of.c.id == deliveries.c.notice).where(accepted, deliveries.c.state == State.SENT)
    return query.order_by(attempts.c.id.desc()).limit(1).correlate(deliveries).scalar_subquery()


def only_captured() -> sa.ColumnElement[bool]:
    """Over deliveries that are sent: whether it was the mail catcher that took it, whatever was said of it since."""
    took = (attempts.c.route == CATCHER) & (attempts.c.kind == "accepted")
    return sa.exists().where(attempts.c.delivery == deliveries.c.id, took)


def count(connection: Connection) -> int:
    """Copies of which nobody has said yet whether they count."""
    return connection.execute(sa.select(sa.func.count()).select_from(_unjudged(connection))).scalar_one()


def cancel(connection: Connection, now: datetime) -> int:
    """They do not count: their notices are cancelled, and hold no occurrence. How many notices.

    What has not left of them goes nowhere: the next decision has letters of its own.
    """
    of = sa.select(_unjudged(connection).c.notice)
    sent = sa.select(notices.c.id).where(notices.c.id.in_(of), notices.c.outcome == Outcome.SENT)
    ids = sorted(connection.execute(sent).scalars())
    for some in chunks(ids):
        ledger.lock(connection, some)
        ended = {"outcome": Outcome.CANCELLED, "reason": Reason.ONLY_CAPTURED, "at": now, "blocks": False}
        connection.execute(notices.update().where(notices.c.id.in_(some)).values(ended))
        settlement.settle(connection, some, now)
    return len(ids)


def judge(connection: Connection) -> None:
    """Something was said of everything that the catcher took until now."""
    newest = connection.execute(sa.select(sa.func.max(attempts.c.id))).scalar() or 0
    fleet.set_flag(connection, fleet.CAPTURE_JUDGED, str(newest))


def _unjudged(connection: Connection) -> sa.Subquery:
    judged = int(fleet.flag(connection, fleet.CAPTURE_JUDGED) or 0)
    query = sa.select(deliveries.c.id, deliveries.c.notice).join(attempts, attempts.c.delivery == deliveries.c.id)
    query = query.where(attempts.c.route == CATCHER, attempts.c.kind == "accepted", attempts.c.id > judged)
    return query.distinct().subquery()
