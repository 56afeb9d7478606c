"""What is forgotten after its time: keys of events, secrets, texts of letters, at last the whole record of a notice.

An erased person leaves the ledger before that time (`store/scrubbing`).
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.delivery import OPEN, State
from workers.store import tables

events, notices, secrets = tables.events, tables.notices, tables.secrets
letters, deliveries = tables.letters, tables.deliveries


FORGOTTEN: dict[str, Any] = {"body": None, "content": {}}
"""What is left of a letter's text, and of what it was written from."""


def forget_events(connection: Connection, before: datetime, limit: int) -> int:
    """Keys by which repeated events are known; how many. The newest stays: arrival numbers go on from it."""
    newest = sa.select(sa.func.max(events.c.seq)).scalar_subquery()
    old = sa.select(events.c.seq).where(events.c.received_at < before, events.c.seq < newest).limit(limit)
    return connection.execute(events.delete().where(events.c.seq.in_(old))).rowcount


def forget_texts(connection: Connection, before: datetime, limit: int) -> int:
    """Texts of letters written before then, of which no copy can go out any more; how many."""
    old = sa.select(letters.c.id).where(
        letters.c.rendered_at < before,
        letters.c.body.is_not(None),
        ~may_still_go_out(deliveries.c.letter == letters.c.id),
    )
    found = letters.update().where(letters.c.id.in_(old.order_by(letters.c.id).limit(limit)))
    return connection.execute(found.values(FORGOTTEN)).rowcount


def forget_notices(connection: Connection, before: datetime, limit: int) -> int:
    """Notices that ended before then, with people, letters, deliveries and attempts; how many."""
    old = sa.select(notices.c.id).where(notices.c.at < before, ~may_still_go_out(deliveries.c.notice == notices.c.id))
    found = notices.delete().where(notices.c.id.in_(old.order_by(notices.c.at).limit(limit)))
    return connection.execute(found).rowcount


def forget_outlived_secrets(connection: Connection, now: datetime) -> None:
    """Links that expired are good for nothing, whatever became of their mails."""
    over = notices.c.outcome.is_not(None) & (notices.c.stands_until <= now)
    outlived = sa.select(notices.c.id).where(notices.c.id == secrets.c.notice, over).exists()
    connection.execute(secrets.delete().where(outlived))


def forget_erasures(connection: Connection, before: datetime) -> None:
    """Who was erased before then: nothing of theirs is in the ledger any more."""
    erasures, left = tables.erasures, tables.erasures_left
    done = erasures.c.step.is_(None) & ~sa.exists().where(left.c.ref == erasures.c.ref)
    connection.execute(erasures.delete().where(erasures.c.at < before, done))


def may_still_go_out(of: sa.ColumnElement[bool]) -> sa.Exists:
    """A copy that may still go out, or about which an operator may still decide."""
    return sa.exists().where(of, deliveries.c.state.in_([*OPEN, State.UNCERTAIN]))
