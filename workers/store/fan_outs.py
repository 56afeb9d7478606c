"""Changes that concern many rows: they are written down at once, and carried to the rows in batches."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.store import tables
from workers.store.database import insert_or_ignore

fan_outs = tables.fan_outs

PROCESS, ALL_LEADS, ALL_RENEWALS = "process", "all_leads", "all_renewals"
"""Which rows: the leads of a process (the ref), all leads, all renewals."""


def add(connection: Connection, kind: str, ref: str = "") -> None:
    """Have it carried to all rows of this kind, from the first one on, also if it is on its way already."""
    row = {"kind": kind, "ref": ref, "after": ""}
    connection.execute(insert_or_ignore(fan_outs, connection).values(row))
    connection.execute(fan_outs.update().where(fan_outs.c.kind == kind, fan_outs.c.ref == ref).values(after=""))


def look_at_all(connection: Connection) -> None:
    """Every lead and every renewal."""
    for kind in (ALL_LEADS, ALL_RENEWALS):
        add(connection, kind)


def any_left(connection: Connection) -> bool:
    """Whether some change has not reached all of its rows yet."""
    return connection.execute(sa.select(fan_outs.c.kind).limit(1)).first() is not None


def carry(connection: Connection, day: date, limit: int) -> bool:
    """Make the next rows due for the run of `day`. False when nothing is left to carry."""
    row = connection.execute(sa.select(fan_outs).order_by(fan_outs.c.kind, fan_outs.c.ref).limit(1)).first()
    if row is None:
        return False
    last = _reach(connection, row.kind, row.ref, row.after, day, limit)
    here = (fan_outs.c.kind == row.kind) & (fan_outs.c.ref == row.ref) & (fan_outs.c.after == row.after)
    if last is None:
        connection.execute(fan_outs.delete().where(here))
    else:
        connection.execute(fan_outs.update().where(here).values(after=last))
    return True


def _reach(connection: Connection, kind: str, ref: str, after: str, day: date, limit: int) -> str | None:
    """The last id reached, None at the end."""
    table = tables.renewals if kind == ALL_RENEWALS else tables.leads
    query = sa.select(table.c.id).where(table.c.id > after)
    if kind == PROCESS:
        query = query.where(table.c.process == ref)
    ids: list[str] = list(connection.execute(query.order_by(table.c.id).limit(limit)).scalars())
    if not ids:
        return None
    # What a run under way has yet to look at stays due for it.
    later = table.c.due_on.is_(None) | (table.c.due_on > day)
    connection.execute(table.update().where(table.c.id.in_(ids), later).values(due_on=day))
    return ids[-1]
