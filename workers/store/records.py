"""Notices as they were decided, and the copies that each of their people was to get, for people who ask why."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.notices import Person
from workers.domain.reasons import Note
from workers.domain.standing import Fate
from workers.store import captured, decisions, tables
from workers.store.bench import chunks

notices, people, letters, deliveries = tables.notices, tables.people, tables.letters, tables.deliveries


@dataclass(frozen=True, slots=True)
class CopyOf:
    """One copy of a letter, `at` as in `lookup.Copy`: when it ended or, while it is open, when it is tried next.

    `capture`: as there.
    """

    id: int
    person: int
    at: datetime
    state: str
    reason: str | None
    line: str
    address: str
    template: str
    language: str
    subject_line: str | None
    possible_duplicate: bool
    capture: str | None

    @property
    def fate(self) -> Fate:
        """State, reason and capture."""
        return self.state, self.reason, self.capture


@dataclass(frozen=True, slots=True)
class Record:
    """A notice with everybody considered, by position, and the copies of letters that stand.

    `at`: of its outcome or, while it is open, of its making. `reason` of an open one: why it waits, if it does.
    `by_hand`: a person selected the readers (PX-7). `company`: the client that its event names. `repeats`: how often it
    was decided again to the same refusal.
    """

    id: int
    kind: str
    subject: str
    cause: str
    arrival: int | None
    sequence: int | None
    offset_days: int | None
    renews_on: date | None
    created_at: datetime
    decided_at: datetime | None
    at: datetime
    outcome: str | None
    reason: str | None
    notes: tuple[str, ...]
    repeats: int
    by_hand: bool
    company: str | None
    people: tuple[Person, ...]
    copies: tuple[CopyOf, ...]

    @property
    def is_bare(self) -> bool:
        """Who was considered, and the letters, were forgotten after their time."""
        return Note.RECORD_FORGOTTEN in self.notes

    def copies_of(self, position: int) -> tuple[CopyOf, ...]:
        """Those for one of the people."""
        return tuple(copy for copy in self.copies if copy.person == position)


def record_of(connection: Connection, id: int) -> Record | None:
    """One notice by its id."""
    return next(iter(_records(connection, _NOTICES.where(notices.c.id == id))), None)


def records_about(connection: Connection, about: sa.ColumnElement[bool], limit: int) -> list[Record]:
    """The newest first; `about` is a condition of `lookup`."""
    at = sa.func.coalesce(notices.c.at, notices.c.created_at)
    return _records(connection, _NOTICES.where(about).order_by(at.desc(), notices.c.id.desc()).limit(limit))


_NOTICES = sa.select(notices, tables.occasions.c.data.label("said")).outerjoin(
    tables.occasions, tables.occasions.c.notice == notices.c.id
)


def _records(connection: Connection, query: sa.Select[Any]) -> list[Record]:
    rows = connection.execute(query).all()
    ids = [row.id for row in rows]
    considered, copies = decisions.stored_people(connection, ids), _copies(connection, ids)
    return [
        Record(
            id=row.id,
            kind=row.kind,
            subject=row.subject,
            cause=row.cause,
            arrival=row.arrival,
            sequence=row.sequence,
            offset_days=row.offset_days,
            renews_on=row.renews_on,
            created_at=row.created_at,
            decided_at=row.decided_at,
            at=row.at or row.created_at,
            outcome=row.outcome,
            reason=row.reason or row.held_reason,
            notes=tuple(row.notes),
            repeats=row.repeats,
            by_hand=(row.said or {}).get("mode") == "manual",
            company=(row.said or {}).get("company"),
            people=considered.get(row.id, ()),
            copies=tuple(copies[row.id]),
        )
        for row in rows
    ]


def _copies(connection: Connection, ids: Collection[int]) -> dict[int, list[CopyOf]]:
    """By notice, without those of decisions made again."""
    at = sa.func.coalesce(deliveries.c.ended_at, deliveries.c.next_attempt_at).label("at")
    own = [name for name in CopyOf.__dataclass_fields__ if name in deliveries.c]
    written = [letters.c[name] for name in ("template", "language", "subject_line")]
    capture = captured.capture().label("capture")
    query = sa.select(deliveries.c.notice, at, *(deliveries.c[name] for name in own), *written, capture)
    query = query.join(letters, letters.c.id == deliveries.c.letter)
    query = query.where(~letters.c.void).order_by(deliveries.c.notice, deliveries.c.id)
    found: dict[int, list[CopyOf]] = defaultdict(list)
    for some in chunks(ids):
        for row in connection.execute(query.where(deliveries.c.notice.in_(some))).mappings():
            found[row["notice"]].append(CopyOf(**{name: row[name] for name in CopyOf.__dataclass_fields__}))
    return found
