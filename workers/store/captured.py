"""What only the catcher took, and whether somebody has said that it counts as sent (DESIGN part 4)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.reasons import Outcome, Reason
from workers.store import fleet, ledger, tables
from workers.store.bench import chunks

CATCHER = "catcher"
"""The route of `mail.mode = "capture"`."""

attempts, deliveries, notices = tables.attempts, tables.deliveries, tables.notices


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
        ledger.settle(connection, some, now)
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
