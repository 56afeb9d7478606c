"""Facts have changed: open notices that lean on them are decided again before a body goes out (DESIGN promise 2).

A few are fenced at once, in the transaction that stores the change. Of a fact that thousands lean on only the fence is
stored: no body leaves that waits for it, and `carry` brings it to them, a batch at a time.
"""

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.store import ledger, tables
from workers.store.bench import chunks
from workers.store.database import upsert

refs, fences = tables.notice_refs, tables.fences

AT_ONCE = 1000
"""Notices that one transaction fences: far shorter than a heartbeat."""

LOCK = 7_242_337
"""Key of the PostgreSQL advisory lock between who stores a fence (exclusive) and who lets bodies leave (shared)."""


def fence(connection: Connection, changed: Collection[str]) -> list[int]:
    """Notices with open copies that lean on these facts are decided again, and leases on their copies taken back.

    Ids of those that were fenced at once; `carry` tells nobody of the others, the sweep does.
    """
    large = _large(_leaners(connection, changed))
    if large:
        _lock(connection, shared=False)  # before any notice, as `hold_still` does
        upsert(fences, connection, [{"ref": ref, "after": 0} for ref in sorted(large)])
    ids = leaning(connection, set(changed) - large)
    ledger.decide_again(connection, ids)
    return sorted(ids)


def leaning(connection: Connection, changed: Collection[str]) -> set[int]:
    """Notices with open copies that lean on one of these facts."""
    ids: set[int] = set()
    for some in chunks(changed):
        ids |= set(connection.execute(sa.select(refs.c.notice).where(refs.c.ref.in_(some))).scalars())
    return ids


def _leaners(connection: Connection, changed: Collection[str]) -> dict[str, int]:
    """How many notices lean on each of these facts, where any do."""
    count = sa.func.count().label("notices")
    query = sa.select(refs.c.ref, count).group_by(refs.c.ref)
    rows = (row for some in chunks(changed) for row in connection.execute(query.where(refs.c.ref.in_(some))))
    return {row.ref: row.notices for row in rows}


def _large(leaners: Mapping[str, int]) -> set[str]:
    """Those that are too many for one transaction together with the smaller ones.

    Never an address: whoever suppresses one has locked the notices that lean on it already.
    """
    total, large = 0, set()
    for ref, notices in sorted(leaners.items(), key=lambda item: (item[1], item[0])):
        total += notices
        if total > AT_ONCE and not ref.startswith("address/"):
            large.add(ref)
    return large


def hold_still(connection: Connection) -> None:
    """No fence is stored until this transaction ends: what `awaited` tells then stays true."""
    _lock(connection, shared=True)


def _lock(connection: Connection, *, shared: bool) -> None:
    if connection.dialect.name != "sqlite":  # it has one writer anyway
        lock = sa.func.pg_advisory_xact_lock_shared if shared else sa.func.pg_advisory_xact_lock
        connection.execute(sa.select(lock(LOCK)))


def awaited(notice: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether a fence is on its way to this notice."""
    on_its_way = (fences.c.ref == refs.c.ref) & (fences.c.after < refs.c.notice)
    # Counted: an EXISTS would be turned into a join, that goes through all that a fence concerns.
    here = sa.select(sa.func.count()).select_from(refs).join(fences, on_its_way).where(refs.c.notice == notice)
    return here.scalar_subquery() > 0


def carry(connection: Connection, limit: int) -> bool:
    """Bring one fence to the next notices, up to `limit` of them. False when there is none left to carry."""
    row = connection.execute(sa.select(fences).order_by(fences.c.ref).limit(1)).first()
    if row is None:
        return False
    query = sa.select(refs.c.notice).where(refs.c.ref == row.ref, refs.c.notice > row.after)
    ids = list(connection.execute(query.order_by(refs.c.notice).limit(limit)).scalars())
    if ids:
        ledger.decide_again(connection, ids)
        connection.execute(fences.update().where(fences.c.ref == row.ref).values(after=ids[-1]))
    else:
        connection.execute(fences.delete().where(fences.c.ref == row.ref))
    return True


def any_left(connection: Connection) -> bool:
    """Whether a fence has not been brought to all of its notices yet."""
    return connection.execute(sa.select(fences.c.ref).limit(1)).first() is not None
