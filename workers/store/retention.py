"""What is forgotten after its time: keys of events, secrets, texts of letters, at last the whole record of a notice.

But for the bare notice, as long as its occurrence could be asked for again (`remembered`): who once got a mail must not
get it again because nobody remembers (DESIGN promise 2). An erased person leaves the ledger before that time
(`scrubbing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.delivery import OPEN, State
from workers.domain.reasons import Note
from workers.store import tables
from workers.store.bench import chunks
from workers.store.database import skip_locked
from workers.store.remembered import may_be_asked_for

events, notices, secrets = tables.events, tables.notices, tables.secrets
letters, deliveries = tables.letters, tables.deliveries
people, occasions = tables.people, tables.occasions


FORGOTTEN: dict[str, Any] = {"body": None, "content": {}}
"""What is left of a letter's text, and of what it was written from."""
_NO_CONTENT = sa.literal({}, letters.c.content.type)


def forget_events(connection: Connection, before: datetime, limit: int) -> int:
    """Keys by which repeated events are known; how many. The newest stays: arrival numbers go on from it."""
    newest = sa.select(sa.func.max(events.c.seq)).scalar_subquery()
    old = sa.select(events.c.seq).where(events.c.received_at < before, events.c.seq < newest).limit(limit)
    return connection.execute(events.delete().where(events.c.seq.in_(old))).rowcount


def forget_texts(connection: Connection, before: datetime, limit: int) -> int:
    """Texts of letters written before then, of which no copy can go out any more; how many."""
    return _forget_texts(connection, limit, letters.c.rendered_at < before, letters.c.body.is_not(None))


def forget_unwritten(connection: Connection, before: datetime, limit: int) -> int:
    """What letters were to be written from whose notice ended before then, and of which nothing went out; how many."""
    ended = sa.select(notices.c.id).where(notices.c.id == letters.c.notice, notices.c.at < before).exists()
    return _forget_texts(connection, limit, letters.c.rendered_at.is_(None), letters.c.content != _NO_CONTENT, ended)


def _forget_texts(connection: Connection, limit: int, *which: sa.ColumnElement[bool]) -> int:
    old = sa.select(letters.c.id).where(*which, ~may_still_go_out(deliveries.c.letter == letters.c.id))
    found = letters.update().where(letters.c.id.in_(old.order_by(letters.c.id).limit(limit)))
    return connection.execute(found.values(FORGOTTEN)).rowcount


@dataclass(frozen=True, slots=True)
class Place:
    """How far the notices were looked at: all that ended before `at`, and of that instant those up to this one."""

    at: datetime
    notice: int


def forget_notices(
    connection: Connection, before: datetime, now: datetime, limit: int, after: Place | None = None
) -> Place | None:
    """Notices that ended before then, the next ones after this place: people, letters, deliveries and attempts.

    And the notice itself, unless it must be remembered. The place that was reached; None: no more are that old.
    """
    has_record = sa.or_(*(sa.exists().where(table.c.notice == notices.c.id) for table in (people, letters, occasions)))
    kept = may_be_asked_for(before, now).label("kept")
    old = sa.select(notices.c.id, notices.c.at, kept, has_record.label("has_record"))
    old = old.where(notices.c.at < before, ~may_still_go_out(deliveries.c.notice == notices.c.id))
    if after:
        later = (notices.c.at > after.at) | (notices.c.id > after.notice)
        old = old.where(notices.c.at >= after.at, later)
    old = old.order_by(notices.c.at, notices.c.id).limit(limit)
    rows = connection.execute(skip_locked(old, connection, of=notices)).all()
    _forget(connection, [row.id for row in rows if not row.kept])
    _lay_bare(connection, [row.id for row in rows if row.kept and row.has_record])
    return Place(rows[-1].at, rows[-1].id) if rows else None


def _forget(connection: Connection, ids: Sequence[int]) -> None:
    for some in chunks(ids):
        connection.execute(notices.delete().where(notices.c.id.in_(some)))


def _lay_bare(connection: Connection, ids: Sequence[int]) -> None:
    """Leave of these notices what they were about and what became of them, and of nobody a word."""
    for some in chunks(ids):
        for table in (letters, people):
            connection.execute(table.delete().where(table.c.notice.in_(some)))
        connection.execute(occasions.update().where(occasions.c.notice.in_(some)).values(data={}))
        bare = notices.update().where(notices.c.id.in_(some))
        connection.execute(bare.values(notes=[Note.RECORD_FORGOTTEN]))


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
