"""An erased person leaves: what is deleted at once, and what is written down so that the ledger is gone through later.

At once: what servers and operators said of their address, what operators said of them, and the address on tickets. The
ledger may be large: `store/scrubbing` goes through it in batches, by the row that is left here.

That an address is suppressed stays, without a word of why: it keeps mail away from it, should somebody bring it back.
The address itself has to stand there: a hash that everybody could look up who decides, sends and audits would protect
it from nobody.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.recipients import fold
from workers.store import tables
from workers.store.bench import chunks
from workers.store.database import upsert
from workers.store.reports import RELEASED

addresses, reports, tickets, erasures = tables.addresses, tables.reports, tables.tickets, tables.erasures

PEOPLE, COPIES, PROBLEMS = "people", "copies", "problems"
"""What is gone through for an erased person, in this order."""

WORDLESS: dict[str, Any] = {"address_key": "", "words": "", "said_by": ""}
"""What is left of a report: that it came, when, and what it meant."""


@dataclass(frozen=True, slots=True)
class Erased:
    """Somebody of whom nothing may be kept: by which event, of what time, and what was known until then.

    `names`: each as the words that it is made of.
    """

    seq: int
    at: datetime
    address: str | None
    names: tuple[tuple[str, ...], ...] = ()

    def after(self, before: "Erased | None") -> "Erased":
        """Erased once more, in one batch of events: what was known the first time still counts."""
        if before is None:
            return self
        return Erased(self.seq, self.at, self.address or before.address, tuple({*before.names, *self.names}))


@dataclass(frozen=True, slots=True)
class Words:
    """What an erased person is known by: addresses as they were written, and folded; names, each in words.

    `shared`: addresses of theirs, folded, that somebody else has as well.
    """

    addresses: frozenset[str] = frozenset()
    names: frozenset[tuple[str, ...]] = frozenset()
    shared: frozenset[str] = frozenset()

    @classmethod
    def of_json(cls, stored: Mapping[str, Any] | None) -> "Words":
        found = stored or {}
        names = frozenset(tuple(name) for name in found.get("names", ()))
        return cls(frozenset(found.get("addresses", ())), names, frozenset(found.get("shared", ())))

    def to_json(self) -> dict[str, Any]:
        names = sorted(map(list, self.names))
        return {"addresses": sorted(self.addresses), "names": names, "shared": sorted(self.shared)}

    def with_addresses(self, written: Collection[str], own: Collection[str]) -> "Words":
        """Knowing these addresses as well; `own`: those that are nobody else's, folded."""
        alone = {address for address in written if fold(address) in own}
        shared = self.shared | {fold(address) for address in written} - set(own)
        return Words(self.addresses | alone | set(map(fold, alone)), self.names, shared)


def erase(connection: Connection, erased: Mapping[str, Erased], now: datetime) -> set[str]:
    """`erased`: by reference. What changed for others, as refs.

    An address that somebody else has as well stays as it is.
    """
    written = {each.address for each in erased.values() if each.address}
    own = forget_said(connection, map(fold, written))
    _forget_operators_words(connection, erased)
    _begin(connection, erased, own, now)
    in_time = sorted(((each.at, each.seq), fold(each.address)) for each in erased.values() if each.address)
    return _clear_tickets(connection, {address: until for until, address in in_time if address in own})


def forget_said(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Forget what was said of these addresses (folded), but for those that somebody else has. Those it was done for."""
    done: set[str] = set()
    for some in chunks(keys):
        theirs = set(some) - _of_others(connection, some)
        of_address = addresses.c.key.in_(theirs)
        connection.execute(addresses.delete().where(of_address, ~addresses.c.suppressed))
        connection.execute(addresses.update().where(of_address).values(diagnostic=None, soft_bounces=0))
        said = reports.c.address_key.in_(theirs)
        connection.execute(reports.delete().where(said, reports.c.kind == RELEASED))
        connection.execute(reports.update().where(said).values(WORDLESS))
        done |= theirs
    return done


def _of_others(connection: Connection, keys: Collection[str]) -> set[str]:
    """Those that a user or a contact has who was not erased. Nothing is indexed by it: erasures are rare."""
    found: set[str] = set()
    for table in (tables.users, tables.contacts):
        at = sa.select(table.c.address).where(_may_be(connection, table.c.address, keys))
        found |= {fold(address) for address in connection.execute(at).scalars()}
    return found.intersection(keys)


def _may_be(connection: Connection, address: sa.Column[Any], keys: Collection[str]) -> sa.ColumnElement[bool]:
    """Whether an address is one of these, or beyond ASCII: then only `fold` can tell."""
    known = sa.func.coalesce(address, "")
    is_sqlite = connection.dialect.name == "sqlite"
    folded = sa.func.trim(sa.func.casefold(known) if is_sqlite else sa.func.lower(known))
    is_beyond = known.op("GLOB")("*[^ -~]*") if is_sqlite else known.op("~")("[^ -~]")
    return folded.in_(keys) | is_beyond


def _forget_operators_words(connection: Connection, refs: Iterable[str]) -> None:
    """Why an operator said that somebody unsubscribed, or took it back."""
    changes = tables.opt_out_changes
    for some in chunks(ref.removeprefix("contact/") for ref in refs if ref.startswith("contact/")):
        connection.execute(changes.update().where(changes.c.contact.in_(some)).values(why=None))


def _clear_tickets(connection: Connection, until: Mapping[str, tuple[datetime, int]]) -> set[str]:
    """Tickets are answered at these addresses no more, but for those that were saved after the erasure (RULES 0.6).

    `until`: its time and arrival. Nothing is indexed by it, either.
    """
    columns = tickets.c.id, tickets.c.address, tickets.c.set_at, tickets.c.set_seq
    changed: set[str] = set()
    for some in chunks(until):
        found = connection.execute(sa.select(*columns).where(_may_be(connection, tickets.c.address, some)))
        of_them = [row for row in found if fold(row.address) in some]
        theirs = [row.id for row in of_them if (row.set_at, row.set_seq) < until[fold(row.address)]]
        connection.execute(tickets.update().where(tickets.c.id.in_(theirs)).values(address=None))
        changed |= {f"ticket/{id}" for id in theirs}
    return changed


def begin_missed(connection: Connection, since: datetime) -> None:
    """Begin what nobody began: who was erased since then by a release that left the ledger as it was."""
    newest = sa.select(sa.func.coalesce(sa.func.max(tables.letters.c.id), 0)).scalar_subquery()
    for kind, table, of_whom in (("user", tables.users, "active"), ("contact", tables.contacts, "last_name")):
        ref = sa.literal(f"{kind}/") + table.c.id
        known = sa.exists().where(erasures.c.ref == ref)
        missed = sa.select(ref, table.c.set_seq, table.c.set_at, newest, sa.literal(PEOPLE))
        missed = missed.where(table.c.set_at >= since, table.c[of_whom].is_(None), ~known)
        columns = ("ref", "seq", "at", "letter", "step")
        connection.execute(erasures.insert().from_select(columns, missed, include_defaults=False))


def _begin(connection: Connection, erased: Mapping[str, Erased], own: Collection[str], now: datetime) -> None:
    """Have the ledger gone through, from its beginning, also if it was before: decisions have been made since."""
    newest = connection.execute(sa.select(sa.func.max(tables.letters.c.id))).scalar() or 0
    before = {
        row.ref: row.words
        for refs in chunks(erased)
        for row in connection.execute(sa.select(erasures.c.ref, erasures.c.words).where(erasures.c.ref.in_(refs)))
    }
    rows = []
    for ref, each in sorted(erased.items()):
        known = Words.of_json(before.get(ref))
        known = Words(known.addresses, known.names | set(each.names), known.shared)
        words = known.with_addresses([each.address] if each.address else [], own).to_json()
        begun = {"seq": each.seq, "at": now, "letter": newest, "step": PEOPLE, "after": "", "words": words}
        rows.append({"ref": ref} | begun)
    upsert(erasures, connection, rows)
