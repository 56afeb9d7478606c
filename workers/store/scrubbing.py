"""The ledger without an erased person: what names them goes, that somebody was considered and what became of it stays.

- their entry among the people: role, reference and reason stay; name, address, language and facts go
- their copies: address, the words of servers, of who reported and of operators go, and so do openings
- letters that had them on a line lose their text as a whole, and on the lines nobody but them
- what an occasion said loses its texts
- of a notice that is not over, only letters that were replaced: the rest waits (`erasures_left`)

Only what was decided before the erasure: whoever came back since keeps what is new (`seq`, `letter`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.recipients import fold
from workers.store import ledger, tables
from workers.store.bench import chunks
from workers.store.database import insert_or_ignore
from workers.store.erasure import WORDLESS, Words, forget_said
from workers.store.interventions import BY_ITSELF
from workers.store.retention import FORGOTTEN, may_still_go_out

notices, people, letters, deliveries = tables.notices, tables.people, tables.letters, tables.deliveries
occasions, erasures, left = tables.occasions, tables.erasures, tables.erasures_left

Copy = Any
Entry = Any
"""A row of people."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erased person, and how far the ledger was gone through. `letter`: the last one that was written before."""

    ref: str
    seq: int
    letter: int
    step: str | None
    after: str
    words: Words

    def is_of(self, entry: Entry) -> bool:
        """Whether it is this person, or an address of theirs alone that stands for nobody known."""
        return bool(entry.ref == self.ref or (entry.ref is None and entry.address in self.words.addresses))

    def was_before(self, entry: Entry) -> bool:
        """Whether it was decided with what was known before the erasure."""
        return entry.as_of is None or bool(entry.as_of < self.seq)

    def has(self) -> sa.ColumnElement[bool]:
        """`is_of`, over people."""
        return (people.c.ref == self.ref) | (people.c.ref.is_(None) & people.c.address.in_(self.words.addresses))

    def knew(self) -> sa.ColumnElement[bool]:
        """`was_before`, over people."""
        return people.c.as_of.is_(None) | (people.c.as_of < self.seq)


def unfinished(connection: Connection) -> Erasure | None:
    """Somebody for whom the ledger was not gone through to its end."""
    query = sa.select(erasures).where(erasures.c.step.is_not(None)).order_by(erasures.c.ref).limit(1)
    row = connection.execute(query).first()
    return _erasure(row) if row else None


def _erasure(row: Any) -> Erasure:
    return Erasure(row.ref, row.seq, row.letter, row.step, row.after, Words.of_json(row.words))


def keep(connection: Connection, erasure: Erasure) -> None:
    """How far it has come. Names are looked for among problems only; addresses until nothing is left."""
    values: dict[str, Any] = {name: getattr(erasure, name) for name in ("step", "after")}
    is_left = sa.select(left.c.ref).where(left.c.ref == erasure.ref).limit(1)
    done = erasure.step is None and connection.execute(is_left).first() is None
    words = erasure.words if erasure.step else replace(erasure.words, names=frozenset())
    values["words"] = sa.null() if done else words.to_json()
    connection.execute(erasures.update().where(erasures.c.ref == erasure.ref).values(values))


def notices_of_person(connection: Connection, erasure: Erasure, limit: int) -> list[int]:
    """The next notices for which this person was considered."""
    query = sa.select(people.c.notice).distinct().where(people.c.ref == erasure.ref)
    if erasure.after:
        query = query.where(people.c.notice > int(erasure.after))
    return list(connection.execute(query.order_by(people.c.notice).limit(limit)).scalars())


def notices_of_addresses(connection: Connection, erasure: Erasure, limit: int) -> list[int]:
    """The next notices with a copy, or a person nobody knows, at an address that was theirs alone."""
    after = int(erasure.after) if erasure.after else None
    known = erasure.words.addresses
    copy = sa.select(deliveries.c.notice).where(deliveries.c.address.in_(known), deliveries.c.letter <= erasure.letter)
    person = sa.select(people.c.notice).where(people.c.address.in_(known), people.c.ref.is_(None), erasure.knew())
    if after is not None:
        copy, person = copy.where(deliveries.c.notice > after), person.where(people.c.notice > after)
    both = sa.union(copy, person).subquery()
    return list(connection.execute(sa.select(both.c.notice).order_by(both.c.notice).limit(limit)).scalars())


def scrub(connection: Connection, erasure: Erasure, ids: Sequence[int]) -> Erasure:
    """Take the person out of these notices, a batch of them; with the addresses that were found on the way.

    A constant number of queries.
    """
    if not ids:
        return erasure
    ledger.lock(connection, ids)
    over = set(connection.execute(sa.select(notices.c.id).where(notices.c.id.in_(ids), IS_OVER)).scalars())
    entries = _entries(connection, ids)
    copies = _copies(connection, erasure, ids, over, entries)
    erasure = _forget_addresses(connection, erasure, entries, copies)
    _scrub_letters(connection, erasure, entries, copies)
    _scrub_copies(connection, [copy.id for copy in copies])
    here = people.c.notice.in_(over) & erasure.has() & erasure.knew()
    connection.execute(people.update().where(here).values(NOBODY))
    _scrub_occasions(connection, erasure, over)
    _leave(connection, erasure, ids, over)
    return erasure


NOBODY: dict[str, Any] = {"name": "", "address": None, "language": None, "facts": [], "erased": True}
"""What a person's entry says of them who was erased, beside role, reference and reason."""

IS_OVER = (
    notices.c.outcome.is_not(None) & ~notices.c.needs_decision & ~may_still_go_out(deliveries.c.notice == notices.c.id)
)
"""Nothing of the notice can go out any more, unless an operator sends it anew."""


def _entries(connection: Connection, ids: Collection[int]) -> Sequence[Entry]:
    names = ("notice", "position", "ref", "address", "as_of")
    return connection.execute(sa.select(*(people.c[name] for name in names)).where(people.c.notice.in_(ids))).all()


def _copies(
    connection: Connection, erasure: Erasure, ids: Collection[int], over: Collection[int], entries: Sequence[Entry]
) -> list[Copy]:
    """Their copies.

    A letter that was replaced names positions of people who were considered before: there it is theirs that goes to
    nobody else who is considered now.
    """
    query = sa.select(*(deliveries.c[name] for name in ("id", "notice", "letter", "person", "address")), letters.c.void)
    query = query.join(letters, letters.c.id == deliveries.c.letter)
    query = query.where(deliveries.c.notice.in_(ids), deliveries.c.address != "", letters.c.id <= erasure.letter)
    theirs = {(each.notice, each.position) for each in entries if erasure.is_of(each) and erasure.was_before(each)}
    considered = {each.notice for each in entries if each.ref == erasure.ref}
    others = {(each.notice, each.address) for each in entries if each.ref != erasure.ref}

    def is_theirs(copy: Copy) -> bool:
        if not copy.void:
            return copy.notice in over and (copy.notice, copy.person) in theirs
        known = copy.address in erasure.words.addresses
        return known or (copy.notice in considered and (copy.notice, copy.address) not in others)

    return [copy for copy in connection.execute(query) if is_theirs(copy)]


def _forget_addresses(
    connection: Connection, erasure: Erasure, entries: Iterable[Entry], copies: Iterable[Copy]
) -> Erasure:
    """What was said of addresses that come to light only now, or was said since the erasure."""
    known = erasure.words
    own = (each.address for each in entries if erasure.is_of(each) and erasure.was_before(each))
    found = {address for address in own if address} | {copy.address for copy in copies}
    keys = {fold(address) for address in found} - known.shared
    new = keys - known.addresses
    table = tables.addresses
    said: set[str] = set()
    for some in chunks(keys - new):
        query = sa.select(table.c.key).where(
            table.c.key.in_(some), table.c.diagnostic.is_not(None) | ~table.c.suppressed
        )
        said |= set(connection.execute(query).scalars())
    if not (new or said):
        return erasure
    forgotten = forget_said(connection, new | said)
    written = {address for address in found if fold(address) in new}
    return replace(erasure, words=known.with_addresses(written, forgotten))


def _scrub_letters(connection: Connection, erasure: Erasure, entries: Iterable[Entry], copies: Sequence[Copy]) -> None:
    """Those with a copy of theirs, and those that were replaced in a notice for which they are considered."""
    theirs: dict[int, set[str]] = {}
    for copy in copies:
        theirs.setdefault(copy.letter, set()).add(copy.address)
    considered = {each.notice for each in entries if each.ref == erasure.ref}
    replaced = letters.c.void & (letters.c.id <= erasure.letter) & letters.c.notice.in_(considered)
    query = sa.select(letters.c.id, letters.c.to_line, letters.c.cc_line, letters.c.void)
    has_text = letters.c.subject_line.is_distinct_from("")
    concerned = considered | {copy.notice for copy in copies}
    query = query.where(letters.c.notice.in_(concerned), letters.c.id.in_(theirs) | (replaced & has_text))
    rows = [_emptied(row, theirs.get(row.id, ())) for row in connection.execute(query)]
    if rows:
        values: dict[str, Any] = {name: sa.bindparam(name) for name in ("to_line", "cc_line")}
        here = letters.update().where(letters.c.id == sa.bindparam("key"))
        connection.execute(here.values(values | _TEXTLESS), rows)


_TEXTLESS = FORGOTTEN | {"subject_line": "", "head": sa.null()}
"""An empty subject line says why there is no text: no template writes one."""


def _emptied(row: Any, theirs: Collection[str]) -> dict[str, Any]:
    """Of a letter that was replaced, which nobody has read, no name stays: it may be theirs at a shared address."""

    def line(entries: Iterable[tuple[str, str]]) -> list[list[str]]:
        kept = [("", address) if row.void else (name, address) for name, address in entries]
        return [["", ""] if address in theirs else [name, address] for name, address in kept]

    return {"key": row.id, "to_line": line(row.to_line), "cc_line": line(row.cc_line)}


def _scrub_copies(connection: Connection, ids: Collection[int]) -> None:
    attempts, interventions, openings = tables.attempts, tables.interventions, tables.openings
    for some in chunks(ids):
        connection.execute(deliveries.update().where(deliveries.c.id.in_(some)).values(address=""))
        connection.execute(attempts.update().where(attempts.c.delivery.in_(some)).values(reply=""))
        concerned = interventions.c.delivery.in_(some) | interventions.c.made.in_(some)
        connection.execute(interventions.update().where(concerned).values(address=None))
        by_people = interventions.update().where(concerned, interventions.c.verb != BY_ITSELF)
        connection.execute(by_people.values(why=""))
        connection.execute(openings.delete().where(openings.c.delivery.in_(some)))
        connection.execute(tables.reports.update().where(tables.reports.c.delivery.in_(some)).values(WORDLESS))


def _scrub_occasions(connection: Connection, erasure: Erasure, ids: Collection[int]) -> None:
    """What events said that came before the erasure, for notices whose people they are among."""
    concerned = sa.select(people.c.notice).where(people.c.notice.in_(ids), erasure.has() | people.c.erased)
    query = sa.select(occasions.c.notice, occasions.c.data).join(notices, notices.c.id == occasions.c.notice)
    query = query.where(notices.c.id.in_(concerned), notices.c.arrival < erasure.seq)
    rows = [{"key": row.notice, "data": _wordless(row.data)} for row in connection.execute(query)]
    if rows:
        here = occasions.update().where(occasions.c.notice == sa.bindparam("key"))
        connection.execute(here.values(data=sa.bindparam("data")), rows)


_TEXTS = frozenset({"address", "summary", "text", "title", "link"})
"""What events say in words of their own; the rest are references, codes, numbers and days."""


def _wordless(data: Mapping[str, Any]) -> dict[str, Any]:
    """Texts go; whatever reads it finds every field."""
    return {
        name: _wordless(value) if isinstance(value, Mapping) else None if name in _TEXTS else value
        for name, value in data.items()
    }


def _leave(connection: Connection, erasure: Erasure, ids: Collection[int], over: Collection[int]) -> None:
    """Remember which notices are not over; those that are need no second look."""
    waiting = [{"ref": erasure.ref, "notice": id} for id in ids if id not in over]
    if waiting:
        connection.execute(insert_or_ignore(left, connection), waiting)
    connection.execute(left.delete().where(left.c.ref == erasure.ref, left.c.notice.in_(over)))


def left_over(connection: Connection, limit: int) -> tuple[Erasure, list[int]] | None:
    """Somebody erased, with notices that were not over when they were looked at, and are now."""
    ended = sa.select(left.c.ref, left.c.notice).join(notices, notices.c.id == left.c.notice).where(IS_OVER)
    rows = connection.execute(ended.order_by(left.c.ref, left.c.notice).limit(limit)).all()
    if not rows:
        return None
    ref = rows[0].ref
    erasure = connection.execute(sa.select(erasures).where(erasures.c.ref == ref)).one()
    return _erasure(erasure), [row.notice for row in rows if row.ref == ref]
