"""Mails that only the catcher took: before mail leaves for real, somebody says whether they count as sent.

DESIGN part 4. What does not count is free again: its occurrence is not consumed, and the next daily run looks at every
lead and renewal.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.reasons import Outcome, Reason
from workers.postbox.outcomes import Kind
from workers.stages.ingest import add_fan_out
from workers.store import fleet, ledger, tables
from workers.store.bench import chunks
from workers.store.database import Database

CATCHER = "catcher"
"""The route of `mail.mode = "capture"`."""

attempts, deliveries, notices = tables.attempts, tables.deliveries, tables.notices


def unjudged(database: Database) -> int:
    """How many copies were only captured, and nobody has said yet whether they count."""
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(_captured(connection))).scalar_one()


def count_as_sent(database: Database) -> int:
    """They count: what was captured is as sent. How many copies."""
    with database.write() as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(_captured(connection))).scalar_one()
        _judge(connection)
        return count


def forget(database: Database, now: datetime) -> int:
    """They do not count: their notices are cancelled and hold no occurrence any more. How many notices.

    What has not left of them goes nowhere: the next decision has letters of its own.
    """
    with database.write_facts() as connection:
        of = sa.select(_captured(connection).c.notice)
        sent = sa.select(notices.c.id).where(notices.c.id.in_(of), notices.c.outcome == Outcome.SENT)
        ids = sorted(connection.execute(sent).scalars())
        for some in chunks(ids):
            ledger.lock(connection, some)
            ended = {"outcome": Outcome.CANCELLED, "reason": Reason.ONLY_CAPTURED, "at": now, "blocks": False}
            connection.execute(notices.update().where(notices.c.id.in_(some)).values(ended))
            ledger.settle(connection, some, now)
        _judge(connection)
        for kind in ("all_leads", "all_renewals"):
            add_fan_out(connection, kind, "")
        return len(ids)


def _captured(connection: Connection) -> sa.Subquery:
    judged = int(fleet.flag(connection, fleet.CAPTURE_JUDGED) or 0)
    query = sa.select(deliveries.c.id, deliveries.c.notice).join(attempts, attempts.c.delivery == deliveries.c.id)
    query = query.where(attempts.c.route == CATCHER, attempts.c.kind == Kind.ACCEPTED, attempts.c.id > judged)
    return query.distinct().subquery()


def _judge(connection: Connection) -> None:
    newest = connection.execute(sa.select(sa.func.max(attempts.c.id))).scalar() or 0
    fleet.set_flag(connection, fleet.CAPTURE_JUDGED, str(newest))
