"""The events that were accepted: their arrival numbers, and the keys by which repeated ones are known."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.store import tables

events = tables.events

Key = tuple[str, str]
"""Source and id of an event."""


def newest(connection: Connection) -> int:
    """The arrival number of the last event; 0 before the first."""
    return connection.execute(sa.select(sa.func.max(events.c.seq))).scalar() or 0


def oldest(connection: Connection) -> int:
    """The arrival number of the oldest event whose key is still kept; 0 if there is none."""
    return connection.execute(sa.select(sa.func.min(events.c.seq))).scalar() or 0


def fingerprints(connection: Connection, keys: Iterable[Key]) -> dict[Key, str]:
    """What was accepted before under these keys: a query a source."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for source, id in keys:
        by_source[source].append(id)
    found: dict[Key, str] = {}
    for source, ids in by_source.items():
        query = sa.select(events.c.id, events.c.fingerprint).where(events.c.source == source, events.c.id.in_(ids))
        found |= {(source, id): fingerprint for id, fingerprint in connection.execute(query)}
    return found


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows of `events`, numbered on from `newest`."""
    if rows:
        connection.execute(events.insert(), rows)
