"""What needs a person: refused events, alerts, and rows that break whoever touches them."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.store import tables
from workers.store.bench import chunks
from workers.store.erasure import Words

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
    for some in chunks(ids):
        connection.execute(problems.update().where(problems.c.id.in_(some)).values(solved_at=now))


def mended(connection: Connection, subjects: Collection[str], reasons: Collection[str], now: datetime) -> None:
    """What was told of these subjects for these reasons holds no more: that is solved by itself."""
    for some in chunks(subjects):
        here = problems.c.solved_at.is_(None) & problems.c.subject.in_(some) & problems.c.reason.in_(reasons)
        connection.execute(problems.update().where(here).values(solved_at=now))


def purge(connection: Connection, before: datetime) -> None:
    """Forget what was told before then, solved or not; but rows that are still set aside are shown (promise 8)."""
    is_row = (problems.c.kind == "poison") & problems.c.payload.is_(None) & problems.c.solved_at.is_(None)
    connection.execute(problems.delete().where(problems.c.at < before, ~is_row))


QUOTED = "Erased: it named somebody of whom nothing may be kept."


def forget_quotes(connection: Connection, words: Words, after: int, limit: int) -> int | None:
    """Forget what the next problems quote of an erased person; the last id that was looked at, None at the end.

    An event that was set aside stays until it is solved, or its time is over: nobody else has it (promise 8).
    """
    ids = connection.execute(sa.select(problems.c.id).where(problems.c.id > after).order_by(problems.c.id).limit(limit))
    found: list[int] = list(ids.scalars())
    if not found:
        return None
    in_payload, in_detail = (
        _quotes(connection, problems.c.payload, words),
        _quotes(connection, problems.c.detail, words),
    )
    is_awaited = (problems.c.kind == "poison") & problems.c.payload.is_not(None) & problems.c.solved_at.is_(None)
    here = problems.update().where(problems.c.id.in_(found), in_payload | in_detail, ~is_awaited)
    connection.execute(here.values(payload=None, detail=QUOTED))
    return found[-1]


def _quotes(connection: Connection, column: sa.Column[Any], words: Words) -> sa.ColumnElement[bool]:
    """Whether a text holds one of their addresses, or all the words of a name; of a single word only the whole value.

    As it stands, or as JSON writes what is not ASCII.
    """
    text = sa.func.coalesce(column, "")
    on_sqlite = connection.dialect.name == "sqlite"
    folded = sa.func.casefold(text) if on_sqlite else sa.func.lower(text)
    ways: list[tuple[str, ...]] = [(address,) for address in sorted(words.addresses)]
    ways += [name if len(name) > 1 else (f'"{name[0]}"',) for name in sorted(words.names)]
    return sa.or_(
        sa.false(),
        *(
            sa.and_(
                *(
                    sa.or_(*(folded.contains(each, autoescape=True) for each in _written(word, on_sqlite)))
                    for word in way
                )
            )
            for way in ways
        ),
    )


def _written(word: str, casefolded: bool) -> Iterator[str]:
    bare = word.strip('"')
    for way in dict.fromkeys((word, word.replace(bare, json.dumps(bare)[1:-1]))):
        yield way.casefold() if casefolded else way.lower()
