"""Who looked at whose data on the pages: written before it is shown, read by nobody but auditors."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from workers.store import tables
from workers.store.database import real_now

views = tables.views


def record(connection: Connection, session: str, page: str, refs: Sequence[str]) -> None:
    """A session is shown the data of `refs` (contact/K-1, delivery/12)."""
    row = {"at": real_now(connection), "session": session, "page": page, "refs": list(refs)}
    connection.execute(views.insert().values(row))


def forget(connection: Connection, before: datetime) -> None:
    """Views of long ago."""
    connection.execute(views.delete().where(views.c.at < before))
