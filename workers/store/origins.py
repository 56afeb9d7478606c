"""Which event set a fact, and when, as far as that is kept.

A fact's row knows the time and the arrival number of the event that last told of the whole object (RULES 0.6). The
event's own name is kept for a while only (DESIGN promise 1); what our own mail set, such as a suppression, has none.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.recipients import covers
from workers.store import tables
from workers.store.bench import OBJECTS, chunks
from workers.store.cases import is_gone

Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Telling:
    """An event, as it is known by name: its source, id and type, when it happened and when it came to us."""

    source: str
    id: str
    type: str
    time: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """When a thing was last told of, or last changed. `event` None: it is no longer kept, or there never was one.

    `source`: who did it, where no event did (an opt-out).
    """

    at: datetime
    event: Telling | None = None
    source: str | None = None

    def is_later_than(self, at: datetime) -> bool:
        """Whether the thing was told of anew after `at`, as far as anybody can say: by arrival, else by its time."""
        return (self.event.received_at if self.event else self.at) > at


def origins(connection: Connection, refs: Collection[str]) -> dict[str, Origin]:
    """By ref, in a constant number of queries; nothing for what nobody has told of.

    Understood are the objects (`contact/ID`), `address/FOLDED`, `opt_out/CONTACT/TOGGLE` and `template/NAME/LANGUAGE`,
    for which the newest switch that covers the language counts (RULES 0.7).
    """
    wanted: dict[str, set[str]] = defaultdict(set)
    for ref in refs:
        kind, _, id = ref.partition("/")
        wanted[kind].add(id)
    stamps: dict[str, tuple[datetime, int | None]] = {}
    found: dict[str, Origin] = {}
    for kind in wanted.keys() & OBJECTS.keys():
        stamps |= {f"{kind}/{id}": stamp for id, stamp in _stamps(connection, kind, wanted[kind])}
    if wanted["template"]:
        stamps |= _switched(connection, wanted["template"])
    if wanted["opt_out"]:
        found |= _opted_out(connection, wanted["opt_out"])
    events = tellings(connection, {seq for _, seq in stamps.values() if seq})
    return found | {ref: Origin(at, _if_it_did(events.get(seq or 0), at)) for ref, (at, seq) in stamps.items()}


def tellings(connection: Connection, arrivals: Collection[int]) -> dict[int, Telling]:
    """The events with these arrival numbers that are still kept."""
    table = tables.events
    found: dict[int, Telling] = {}
    for some in chunks(arrivals):
        for row in connection.execute(sa.select(table).where(table.c.seq.in_(some))):
            found[row.seq] = Telling(row.source, row.id, row.type, row.time, row.received_at)
    return found


def _if_it_did(event: Telling | None, at: datetime) -> Telling | None:
    """A bounce of our own mail leaves the number of an older event behind: the time tells them apart."""
    return event if event and event.time == at else None


def _stamps(connection: Connection, kind: str, ids: Iterable[str]) -> Iterable[tuple[str, tuple[datetime, int | None]]]:
    table = OBJECTS[kind]
    key = table.c.key if kind == "address" else table.c.id
    columns = [table.c[name] for name in ("set_at", "set_seq", "gone_at", "gone_seq") if name in table.c]
    for some in chunks(ids):
        query = sa.select(key.label("ref"), *columns).where(key.in_(some))
        for row in connection.execute(query).mappings():
            if "gone_at" in row and is_gone(row):
                yield row["ref"], (row["gone_at"], row["gone_seq"])
            elif row["set_at"] is not None:
                yield row["ref"], (row["set_at"], row["set_seq"])


def _switched(connection: Connection, wanted: Collection[str]) -> dict[str, tuple[datetime, int | None]]:
    rows = connection.execute(sa.select(tables.switches).order_by(tables.switches.c.set_at, tables.switches.c.set_seq))
    newest = {}
    for row in rows:
        for template, language in (name.rsplit("/", 1) for name in wanted):
            if row.template == template and covers(row.language, language):
                newest[f"template/{template}/{language}"] = (row.set_at, row.set_seq)
    return newest


def _opted_out(connection: Connection, wanted: Collection[str]) -> dict[str, Origin]:
    table = tables.opt_outs
    contacts = {name.rsplit("/", 1)[0] for name in wanted}
    found = {}
    for some in chunks(contacts):
        for row in connection.execute(sa.select(table).where(table.c.contact.in_(some))):
            if f"{row.contact}/{row.toggle}" in wanted:
                found[f"opt_out/{row.contact}/{row.toggle}"] = Origin(row.at, source=row.source)
    return found
