"""Daily runs, and which leads and renewals are due at one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.calendar import shifted
from workers.store import tables
from workers.store.bench import chunks
from workers.store.database import insert_or_ignore, skip_locked

DUE = {"lead": tables.leads, "renewal": tables.renewals}
"""Tables with a due column, by the kind of their rows."""


@dataclass(frozen=True, slots=True)
class Look:
    """`due_on`: day of the run that must look at the row next; `checked_on`: of the last one that did."""

    due_on: date | None
    checked_on: date | None


def open_run(connection: Connection, day: date, now: datetime, made_by: str) -> None:
    """The run of `day` takes place from now on; one that somebody else opened before stays theirs."""
    row = {"day": day, "made_at": now, "made_by": made_by}
    connection.execute(insert_or_ignore(tables.runs, connection).values(row))


def is_made(connection: Connection, day: date) -> bool:
    """Whether the run of `day` was opened; it may be under way."""
    return connection.execute(sa.select(tables.runs.c.day).where(tables.runs.c.day == day)).first() is not None


def unfinished_run(connection: Connection, day: date) -> bool:
    """Whether the run of `day` took place and still has rows to look at."""
    query = sa.select(tables.runs.c.day).where(tables.runs.c.day == day, tables.runs.c.finished_at.is_(None))
    return connection.execute(query).first() is not None


def finish_run(connection: Connection, day: date, now: datetime) -> None:
    """The run of `day` is carried through: nothing is left that it has yet to look at."""
    connection.execute(
        tables.runs.update()
        .where(tables.runs.c.day == day, tables.runs.c.finished_at.is_(None))
        .values(finished_at=now)
    )


def previous_run(connection: Connection, day: date) -> date | None:
    """Day of the last run before `day` that was carried through."""
    runs = tables.runs
    query = sa.select(sa.func.max(runs.c.day)).where(runs.c.day < day, runs.c.finished_at.is_not(None))
    found: date | None = connection.execute(query).scalar()
    return found


def due(connection: Connection, kind: str, day: date, limit: int) -> Mapping[str, date | None]:
    """Up to `limit` ids that the run of `day` has yet to look at, with the day of the last run that did; locked."""
    table = DUE[kind]
    query = sa.select(table.c.id, table.c.checked_on).where(table.c.due_on <= day)
    query = query.order_by(table.c.due_on, table.c.id).limit(limit)
    return {row.id: row.checked_on for row in connection.execute(skip_locked(query, connection))}


def anything_due(connection: Connection, day: date) -> bool:
    """Whether rows are left for the run of `day`, also such as somebody else has locked."""
    return any(
        connection.execute(sa.select(table.c.id).where(table.c.due_on <= day).limit(1)).first()
        for table in DUE.values()
    )


def first_due(connection: Connection) -> date | None:
    """Day of the first run that has something to look at; None if none has, as long as nothing changes."""
    days = [connection.execute(sa.select(sa.func.min(table.c.due_on))).scalar() for table in DUE.values()]
    return min((day for day in days if day), default=None)


def set_due(connection: Connection, kind: str, rows: list[dict[str, Any]]) -> None:
    """Write due_on, checked_on (and known_on of renewals). Each row: `key` and the columns to set."""
    table = DUE[kind]
    if rows:
        values: dict[str, Any] = {name: sa.bindparam(name) for name in rows[0] if name != "key"}
        connection.execute(table.update().where(table.c.id == sa.bindparam("key")).values(values), rows)


def day_to_look(connection: Connection, today: date) -> date:
    """Day of the first run that is yet to be made: facts that arrive now are looked at by it."""
    return shifted(today, 1) if is_made(connection, today) else today


def saved_renewals(connection: Connection, ids: Collection[str]) -> dict[str, Mapping[Any, Any]]:
    """The rows of the renewals that were ever saved."""
    table = tables.renewals
    query = sa.select(table).where(table.c.id.in_(ids), table.c.set_at.is_not(None))
    return {row["id"]: row for row in connection.execute(query).mappings()}


def last_run(connection: Connection) -> date | None:
    """Day of the last run that was carried through."""
    query = sa.select(sa.func.max(tables.runs.c.day)).where(tables.runs.c.finished_at.is_not(None))
    found: date | None = connection.execute(query).scalar()
    return found


def newest_run(connection: Connection) -> date | None:
    """Day of the last run that was opened; it may be under way."""
    found: date | None = connection.execute(sa.select(sa.func.max(tables.runs.c.day))).scalar()
    return found


def looks(connection: Connection, kind: str, ids: Collection[str]) -> dict[str, Look]:
    """When runs looked at these leads or renewals, and will again; of those that anybody has told of."""
    table = DUE[kind]
    found: dict[str, Look] = {}
    for some in chunks(ids):
        query = sa.select(table.c.id, table.c.due_on, table.c.checked_on).where(table.c.id.in_(some))
        found |= {row.id: Look(row.due_on, row.checked_on) for row in connection.execute(query)}
    return found
