"""Who unsubscribed from what (PX-4): kept apart from what upstream says, so that no upsert undoes it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.reasons import Reason
from workers.domain.recipients import fold
from workers.store import tables
from workers.store.cases import is_gone, rows_by_id
from workers.store.database import insert_or_ignore

opt_outs, changes = tables.opt_outs, tables.opt_out_changes
deliveries, letters, people = tables.deliveries, tables.letters, tables.people


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a copy, and by which toggle it is governed.

    `contacts`: ids of everybody whom this one copy was for; several only where they share its address (RULES 0.3).
    `opted_out`: whether all of them unsubscribed.
    """

    toggle: str
    address: str
    language: str
    contacts: tuple[str, ...]
    opted_out: bool


@dataclass(frozen=True, slots=True)
class Word:
    """Who says that somebody wants no more mails, or wants them again: by a link, whose `delivery` it is, or an
    operator, who says `why`."""

    source: str
    delivery: int | None = None
    operator: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class OptOut:
    """One opt-out that stands or, in the history, one that began (`opted_out`) or was taken back."""

    at: datetime
    contact: str
    toggle: str
    opted_out: bool
    source: str
    delivery: int | None
    operator: str | None
    why: str | None


def reader_of(connection: Connection, delivery: int) -> Reader | None:
    """The reader of a copy. None: it is unknown or forgotten, no toggle governs it, or its reader is gone."""
    rows = connection.execute(_ADDRESSED.where(deliveries.c.id == delivery)).all()
    mine = [row.ref for row in rows if row.kept and row.position == row.person]
    if not mine or not _is_contact(mine[0]):
        return None
    copy = rows[0]
    refs = {row.ref for row in rows if row.ref in mine or _doubles(row)}
    living = _living(connection, {ref.partition("/")[2] for ref in refs})
    if not living:
        return None
    out = _opted_out(connection, living, copy.toggle)
    return Reader(copy.toggle, copy.address, copy.language, living, out.issuperset(living))


_ADDRESSED = (
    sa.select(
        deliveries.c.person,
        deliveries.c.address,
        letters.c.toggle,
        letters.c.language,
        people.c.position,
        people.c.ref,
        people.c.kept,
        people.c.reason,
        people.c.erased,
        people.c.address.label("of_person"),
    )
    .join(letters, (letters.c.id == deliveries.c.letter) & ~letters.c.void & letters.c.toggle.is_not(None))
    .join(people, people.c.notice == deliveries.c.notice)
)


def _doubles(row: Any) -> bool:
    """Dropped only because the copy's reader has the same address."""
    duplicate = row.reason == Reason.DUPLICATE_ADDRESS and not row.erased and fold(row.of_person) == fold(row.address)
    return duplicate and _is_contact(row.ref)


def _is_contact(ref: str | None) -> bool:
    return ref is not None and ref.startswith("contact/")


def _living(connection: Connection, contacts: Collection[str]) -> tuple[str, ...]:
    """Those of the contacts that are known, and neither deleted nor erased."""
    rows = rows_by_id(connection, tables.contacts, contacts)
    return tuple(sorted(id for id, row in rows.items() if row["set_at"] is not None and not is_gone(row)))


def _opted_out(connection: Connection, contacts: Collection[str], toggle: str) -> set[str]:
    query = sa.select(opt_outs.c.contact).where(opt_outs.c.contact.in_(contacts), opt_outs.c.toggle == toggle)
    return set(connection.execute(query).scalars())


def is_known(connection: Connection, contact: str) -> bool:
    """Whether there is such a contact, neither deleted nor erased."""
    return bool(_living(connection, [contact]))


def begin(connection: Connection, contacts: Collection[str], toggle: str, word: Word, now: datetime) -> list[str]:
    """These contacts want no more mails that `toggle` governs. Ids of those for whom that is new."""
    rows = [{"contact": contact, "toggle": toggle, "source": word.source, "at": now} for contact in sorted(contacts)]
    statement = insert_or_ignore(opt_outs, connection).returning(opt_outs.c.contact)
    new = sorted(connection.execute(statement, rows).scalars()) if rows else []
    _note(connection, new, toggle, True, word, now)
    return new


def end(connection: Connection, contacts: Collection[str], toggle: str, word: Word, now: datetime) -> list[str]:
    """They want them again. Ids of those for whom that is new."""
    statement = opt_outs.delete().where(opt_outs.c.contact.in_(contacts), opt_outs.c.toggle == toggle)
    ended = sorted(connection.execute(statement.returning(opt_outs.c.contact)).scalars())
    _note(connection, ended, toggle, False, word, now)
    return ended


def _note(
    connection: Connection, contacts: Collection[str], toggle: str, opted_out: bool, word: Word, now: datetime
) -> None:
    said = {name: getattr(word, name) for name in Word.__dataclass_fields__}
    rows = [{"at": now, "contact": id, "toggle": toggle, "opted_out": opted_out} | said for id in contacts]
    if rows:
        connection.execute(changes.insert(), rows)


def standing(connection: Connection, contact: str | None, limit: int) -> list[OptOut]:
    """The opt-outs that stand, the newest first; of one contact or all."""
    key = changes.c.contact, changes.c.toggle
    newest = sa.select(sa.func.max(changes.c.id)).where(changes.c.opted_out).group_by(*key)
    noted = (changes.c.contact == opt_outs.c.contact) & (changes.c.toggle == opt_outs.c.toggle)
    query = sa.select(*_COLUMNS).join(opt_outs, noted).where(changes.c.id.in_(newest))
    return _read(connection, query, contact, limit)


def history(connection: Connection, contact: str | None, limit: int) -> list[OptOut]:
    """Every opt-out, and every one that was taken back, the newest first."""
    return _read(connection, sa.select(*_COLUMNS), contact, limit)


_COLUMNS = tuple(changes.c[name] for name in OptOut.__dataclass_fields__)


def _read(connection: Connection, query: sa.Select[Any], contact: str | None, limit: int) -> list[OptOut]:
    if contact is not None:
        query = query.where(changes.c.contact == contact)
    rows = connection.execute(query.order_by(changes.c.id.desc()).limit(limit))
    return [OptOut(**row._mapping) for row in rows]
