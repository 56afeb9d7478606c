"""What is forgotten after its time: keys of events, secrets, texts of letters, at last the whole record of a notice."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.delivery import OPEN, State
from workers.store import tables

events, notices, secrets = tables.events, tables.notices, tables.secrets
letters, deliveries = tables.letters, tables.deliveries


def forget_events(connection: Connection, before: datetime, limit: int) -> int:
    """Keys by which repeated events are known; how many. The newest stays: arrival numbers go on from it."""
    newest = sa.select(sa.func.max(events.c.seq)).scalar_subquery()
    old = sa.select(events.c.seq).where(events.c.received_at < before, events.c.seq < newest).limit(limit)
    return connection.execute(events.delete().where(events.c.seq.in_(old))).rowcount


def forget_texts(connection: Connection, before: datetime, limit: int) -> int:
    """Texts of letters written before then, of which no copy can go out any more; how many."""
    old = sa.select(letters.c.id).where(
        letters.c.rendered_at < before, letters.c.body.is_not(None), ~_open_copies(deliveries.c.letter == letters.c.id)
    )
    found = letters.update().where(letters.c.id.in_(old.order_by(letters.c.id).limit(limit)))
    return connection.execute(found.values(body=None)).rowcount


def forget_notices(connection: Connection, before: datetime, limit: int) -> int:
    """Notices that ended before then, with people, letters, deliveries and attempts; how many."""
    old = sa.select(notices.c.id).where(notices.c.at < before, ~_open_copies(deliveries.c.notice == notices.c.id))
    found = notices.delete().where(notices.c.id.in_(old.order_by(notices.c.at).limit(limit)))
    return connection.execute(found).rowcount


def forget_outlived_secrets(connection: Connection, now: datetime) -> None:
    """Links that expired are good for nothing, whatever became of their mails."""
    over = notices.c.outcome.is_not(None) & (notices.c.stands_until <= now)
    outlived = sa.select(notices.c.id).where(notices.c.id == secrets.c.notice, over).exists()
    connection.execute(secrets.delete().where(outlived))


def _open_copies(of: sa.ColumnElement[bool]) -> sa.Exists:
    """A copy that may still go out, or about which an operator may still decide."""
    return sa.exists().where(of, deliveries.c.state.in_([*OPEN, State.UNCERTAIN]))
