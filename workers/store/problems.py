"""What needs a person: refused events, alerts, and rows that break whoever touches them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.store import tables
from workers.store.database import elements

problems = tables.problems

ONE_DAY = timedelta(days=1)


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows with at, kind, subject, reason, detail, and pointer and payload where there are any."""
    if rows:
        connection.execute(problems.insert(), [_storable({"pointer": None, "payload": None} | row) for row in rows])


def _storable(row: dict[str, Any]) -> dict[str, Any]:
    """Refused events are just those with texts that a database refuses, too: NUL characters, half surrogate pairs."""
    return {
        name: value.encode(errors="replace").decode().replace("\0", "\ufffd") if isinstance(value, str) else value
        for name, value in row.items()
    }


def alert_once(connection: Connection, row: dict[str, Any]) -> None:
    """An alert, unless operators were told the same of the same subject within a day."""
    same = (problems.c.subject == row["subject"]) & (problems.c.reason == row["reason"])
    lately = (problems.c.at > row["at"] - ONE_DAY) & (problems.c.at < row["at"] + ONE_DAY)  # the clock may go back
    query = sa.select(problems.c.id).where(lately, problems.c.solved_at.is_(None), same)
    if connection.execute(query.limit(1)).first() is None:
        add(connection, [row])


def unsolved(connection: Connection, kind: str | None = None, limit: int | None = 1000) -> list[Any]:
    """The newest first; with `limit` None all of them."""
    query = sa.select(problems).where(problems.c.solved_at.is_(None))
    if kind:
        query = query.where(problems.c.kind == kind)
    return list(connection.execute(query.order_by(problems.c.id.desc()).limit(limit)))


def get(connection: Connection, ids: Sequence[int]) -> list[Any]:
    """Those of these ids that there are, the oldest first."""
    return list(connection.execute(sa.select(problems).where(problems.c.id.in_(ids)).order_by(problems.c.id)))


def times(connection: Connection, reason: str, subjects: Sequence[str]) -> Counter[str]:
    """How often each of these subjects is among the unsolved problems for this reason."""
    here = problems.c.solved_at.is_(None) & (problems.c.reason == reason) & problems.c.subject.in_(subjects)
    query = sa.select(problems.c.subject, sa.func.count().label("times")).where(here).group_by(problems.c.subject)
    return Counter({row.subject: row.times for row in connection.execute(query)})


def same(connection: Connection, subject: str, reason: str) -> list[int]:
    """The unsolved problems of this subject for this reason."""
    here = problems.c.solved_at.is_(None) & (problems.c.reason == reason) & (problems.c.subject == subject)
    return list(connection.execute(sa.select(problems.c.id).where(here)).scalars())


def solve(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Nobody has to look at them any more."""
    connection.execute(problems.update().where(problems.c.id.in_(ids)).values(solved_at=now))


def purge(connection: Connection, before: datetime) -> None:
    """Forget what was told before then, solved or not; but rows that are still set aside are shown (promise 8)."""
    is_row = (problems.c.kind == "poison") & problems.c.payload.is_(None) & problems.c.solved_at.is_(None)
    connection.execute(problems.delete().where(problems.c.at < before, ~is_row))


DANGLING: tuple[tuple[sa.Table, str, sa.Table], ...] = (
    (tables.users, "partner", tables.partners),
    (tables.partners, "point_of_contact", tables.users),
    (tables.companies, "partner", tables.partners),
    (tables.companies, "renewal_point_of_contact", tables.users),
    (tables.contacts, "company", tables.companies),
    (tables.contacts, "custom_user", tables.users),
    (tables.companies, "account_managers", tables.users),
    (tables.deals, "company", tables.companies),
    (tables.deals, "responsible", tables.users),
    (tables.projects, "company", tables.companies),
    (tables.projects, "responsible", tables.users),
    (tables.tickets, "company", tables.companies),
    (tables.tickets, "contact", tables.contacts),
    (tables.tickets, "responsible", tables.users),
    (tables.leads, "process", tables.processes),
    (tables.leads, "acceptor", tables.users),
    (tables.leads, "company", tables.companies),
    (tables.renewals, "company", tables.companies),
)
"""Columns that refer to others (JSON: a list of them), which may come later (EVENTS: "listed while it dangles")."""


def dangling(connection: Connection, limit: int = 1000) -> list[tuple[str, str, str, str]]:
    """Up to `limit` references a field to objects nobody has sent yet: (table, id, column, the id that is missing)."""
    found: list[tuple[str, str, str, str]] = []
    for table, column, target in DANGLING:
        named: sa.ColumnElement[Any] = table.c[column]
        source: sa.FromClause = table
        if isinstance(table.c[column].type, sa.JSON):
            entries = elements(connection, table.c[column])
            named, source = entries.c.value, table.join(entries, sa.true())
        was_saved = target.c.active if target is tables.users else target.c.set_at  # an erased user is as never known
        known = sa.select(target.c.id).where(target.c.id == named, was_saved.is_not(None))
        query = sa.select(table.c.id, named).select_from(source).where(named.is_not(None), ~known.exists()).distinct()
        for id, missing in connection.execute(query.order_by(table.c.id, named).limit(limit)):
            found.append((table.name, id, column, missing))
    return found
