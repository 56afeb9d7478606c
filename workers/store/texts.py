"""What a letter says, as it is kept: its lines and content, the rendered text, the head; and who reads a copy."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.delivery import State
from workers.domain.notices import CATALOGUE
from workers.store import ledger, tables

deliveries, notices, letters = tables.deliveries, tables.notices, tables.letters


def load_letters(connection: Connection, ids: Collection[int]) -> dict[int, Any]:
    """Letters by id, with all their lines; `frozen`: a copy has begun to leave (DESIGN promise 2)."""
    query = sa.select(letters, notices.c.frozen).join(notices, notices.c.id == letters.c.notice)
    rows = connection.execute(query.where(letters.c.id.in_(ids)))
    return {row.id: row for row in rows}


def earlier_letters(connection: Connection, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Message-IDs of the letters that each of these continues, the oldest first: mail programs thread by them.

    The reminders of one lead follow one another, and so do those of one renewal and date; nothing else does.
    """
    before, earlier = notices.alias(), letters.alias()
    same = (before.c.subject == notices.c.subject) & (before.c.id < notices.c.id) & before.c.frozen
    same &= before.c.kind.in_(_THREADED) & before.c.renews_on.is_not_distinct_from(notices.c.renews_on)
    query = (
        sa.select(letters.c.id, earlier.c.message_id)
        .join(notices, notices.c.id == letters.c.notice)
        .join(before, same)
        .join(earlier, (earlier.c.notice == before.c.id) & ~earlier.c.void)
        .where(letters.c.id.in_(ids), notices.c.kind.in_(_THREADED))
        .order_by(letters.c.id, earlier.c.id)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for id, message_id in connection.execute(query):
        found[id].append(message_id)
    return {id: (*thread[:1], *thread[1:][-_THREAD:]) for id, thread in found.items()}


_THREADED = tuple(kind.name for kind in CATALOGUE.values() if kind.timed)
_THREAD = 9
"""How many of the last ones are named beside the first: the header of a lead that never ends stays short."""


def load_sealed(connection: Connection, ids: Collection[int]) -> dict[int, bytes]:
    """The sealed secrets of notices."""
    secrets = tables.secrets
    query = sa.select(secrets.c.notice, secrets.c.sealed).where(secrets.c.notice.in_(ids))
    return {row.notice: row.sealed for row in connection.execute(query)}


def store_rendered(connection: Connection, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Keep texts of letters, each `subject_line` and `body` with the letter's id as `key`.

    The first who rendered a letter wins, so that all copies read the same.
    """
    _keep_first(connection, letters.c.subject_line, [row | {"rendered_at": now} for row in rows])


def store_heads(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep heads of letters, each `head` with the letter's id as `key`; the first that was kept stays."""
    _keep_first(connection, letters.c.head, rows)


def _keep_first(connection: Connection, column: sa.Column[Any], rows: Sequence[dict[str, Any]]) -> None:
    """In the order of the letters, as everywhere: mailers that write down the same ones do not wait in a circle."""
    if rows:
        values: dict[str, Any] = {name: sa.bindparam(name) for name in rows[0] if name != "key"}
        statement = letters.update().where(letters.c.id == sa.bindparam("key"), column.is_(None))
        connection.execute(statement.values(values), sorted(rows, key=lambda row: row["key"]))


def correct_heads(connection: Connection, found: Sequence[tuple[Any, dict[str, Any]]], ours: Collection[int]) -> None:
    """Give letters other heads, but for those of which a copy has begun to leave (`begin_sending` locks notices, too).

    Whoever else has leased a copy of one may have written that down with the old head: those leases are taken back.
    `ours`: the copies that are about to be written anew.
    """
    ledger.lock(connection, {letter.notice for letter, _ in found})
    for letter, head in sorted(found, key=lambda each: each[0].id):
        _correct_head(connection, letter, head, ours)


def _correct_head(connection: Connection, letter: Any, head: dict[str, Any], ours: Collection[int]) -> None:
    bound = sa.select(notices.c.id).where(notices.c.id == letter.notice, notices.c.frozen).exists()
    if not connection.execute(letters.update().where(letters.c.id == letter.id, ~bound).values(head=head)).rowcount:
        return
    # Those that nobody has leased as well: a claim that is about to be committed is waited for, and found here.
    others = deliveries.update().where(deliveries.c.letter == letter.id, deliveries.c.id.not_in(ours))
    others = others.where(deliveries.c.state.in_([State.PENDING, State.LEASED]))
    connection.execute(others.values(state=State.PENDING, worker=None, token=deliveries.c.token + 1))


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who reads a copy, as a ref (None: nobody we know), and at which address."""

    ref: str | None
    address: str


def recipients(connection: Connection, ids: Collection[int]) -> dict[int, Recipient]:
    """By copy: who reads it."""
    people = tables.people
    here = (people.c.notice == deliveries.c.notice) & (people.c.position == deliveries.c.person)
    query = sa.select(deliveries.c.id, people.c.ref, deliveries.c.address).join(people, here)
    rows = connection.execute(query.where(deliveries.c.id.in_(ids)))
    return {row.id: Recipient(row.ref, row.address) for row in rows}
