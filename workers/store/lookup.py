"""What people ask about: what is known of a thing, which notices there were about it, and what became of each copy."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.delivery import OPEN, State
from workers.domain.notices import Person
from workers.domain.reasons import Reason
from workers.domain.standing import Capture
from workers.store import captured, decisions, interventions, segments, tables
from workers.store.bench import OBJECTS, chunks
from workers.store.interventions import Record

notices, people, letters, deliveries = tables.notices, tables.people, tables.letters, tables.deliveries

_BOOKKEEPING = frozenset({"id", "due_on", "checked_on", "known_on", "follow_up_set_at", "saves", "mark_explicit"})


@dataclass(frozen=True, slots=True)
class Noticed:
    """A notice with everybody who was considered for it. `at`: of its outcome or, while it is open, of its making.

    `reason` of an open one: why it waits, if it does. `copies`: the newest of each person, by their place in `people`.
    """

    id: int
    kind: str
    subject: str
    sequence: int | None
    offset_days: int | None
    at: datetime
    outcome: str | None
    reason: str | None
    notes: tuple[str, ...]
    people: tuple[Person, ...]
    interventions: tuple[Record, ...] = ()
    copies: Mapping[int, "Copy"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries to list; what is None does not matter. `since` and `until` (both included) mean `Copy.at`.

    responsible: id of the user who is responsible, today, for the thing that the notice is about (TL-8).
    """

    state: State | None = None
    subject: str | None = None
    address: str | None = None
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    responsible: str | None = None
    template: str | None = None


class CountBy(StrEnum):
    """What copies are counted by. `reason`: the copy's own, else its notice's."""

    RESPONSIBLE = "responsible"
    REASON = "reason"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Count:
    """How many copies share `key`; None: nobody is responsible, there is no reason yet."""

    key: str | None
    copies: int


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a letter to one address. `at`: when it ended or, while it is open, when it is tried next.

    `capture`: a `Capture` where only the mail catcher took it.
    """

    id: int
    at: datetime
    state: str
    reason: str | None
    line: str
    address: str
    notice: str
    subject: str
    notice_reason: str | None
    template: str
    language: str
    subject_line: str | None
    attempts: int
    possible_duplicate: bool
    letter: int
    capture: str | None

    @property
    def is_open(self) -> bool:
        """Whether it may still go out."""
        return self.state in OPEN

    @property
    def fate(self) -> str:
        """Its state; of what only the mail catcher took, or an operator called sent, what is said of that."""
        called_sent = self.state == State.SENT and self.reason == Reason.OPERATOR
        return self.capture or (Capture.COUNTED if called_sent else self.state)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to hand a copy to a server, and the server's own words."""

    at: datetime
    route: str
    kind: str
    phase: str
    code: int | None
    enhanced: str | None
    reply: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Copies that have not left: `waiting` for their turn, `under_way` in the hands of a worker at this moment."""

    waiting: int
    under_way: int


def facts_of(connection: Connection, ref: str) -> Mapping[str, Any] | None:
    """What is known of `lead/ID`, `contact/ID` and the like, by name; None for what nobody has sent yet."""
    kind, _, id = ref.partition("/")
    table = OBJECTS.get(kind)
    if table is None or "id" not in table.c:
        return None
    row = connection.execute(sa.select(table).where(table.c.id == id, table.c.set_at.is_not(None))).mappings().first()
    told = {name: value for name, value in row.items() if _tells(name, value)} if row else {}
    return told if told.keys() - {"set_at", "gone_at"} else None  # nothing else is left of who was erased


def _tells(name: str, value: Any) -> bool:
    return value is not None and value != [] and name not in _BOOKKEEPING and not name.endswith("_seq")


def about(ref: str) -> sa.ColumnElement[bool]:
    """Which notices answer a question about `ref`: its own, those it was considered for, a company's things'.

    A union, not an OR: so each of its arms goes by its own index, however many notices there are.
    """
    found = sa.select(notices.c.id)
    arms = [found.where(notices.c.subject == ref), sa.select(people.c.notice).where(people.c.ref == ref)]
    kind, _, id = ref.partition("/")
    if kind == "company":
        for owned in ("renewal", "lead", "deal", "project", "ticket"):
            table = OBJECTS[owned]
            subjects = sa.select(f"{owned}/" + table.c.id).where(table.c.company == id)
            arms.append(found.where(notices.c.subject.in_(subjects)))
        contacts = sa.select("contact/" + tables.contacts.c.id).where(tables.contacts.c.company == id)
        arms.append(sa.select(people.c.notice).where(people.c.ref.in_(contacts)))
    return notices.c.id.in_(sa.union(*arms))


def notices_about(connection: Connection, ref: str, limit: int) -> list[Noticed]:
    """The newest first."""
    query = sa.select(notices).where(about(ref)).order_by(sa.func.coalesce(notices.c.at, notices.c.created_at).desc())
    return _noticed(connection, query.order_by(notices.c.id.desc()).limit(limit))


def notices_caused_by(connection: Connection, cause: str) -> list[Noticed]:
    """The notices of one event, in the order in which they go out."""
    return _noticed(connection, sa.select(notices).where(notices.c.cause == cause).order_by(notices.c.position))


def _noticed(connection: Connection, query: sa.Select[Any]) -> list[Noticed]:
    rows = connection.execute(query).all()
    considered = decisions.stored_people(connection, [row.id for row in rows])
    decided = interventions.of_notices(connection, [row.id for row in rows])
    newest = _newest_copies(connection, [row.id for row in rows])
    return [
        Noticed(
            id=row.id,
            kind=row.kind,
            subject=row.subject,
            sequence=row.sequence,
            offset_days=row.offset_days,
            at=row.at or row.created_at,
            outcome=row.outcome,
            reason=row.reason or row.held_reason,
            notes=tuple(row.notes),
            people=considered.get(row.id, ()),
            interventions=decided.get(row.id, ()),
            copies=newest.get(row.id, {}),
        )
        for row in rows
    ]


def _newest_copies(connection: Connection, ids: Collection[int]) -> Mapping[int, Mapping[int, "Copy"]]:
    """By notice and person; none of a letter whose decision was made again."""
    found: dict[int, dict[int, Copy]] = defaultdict(dict)
    for some in chunks(ids):
        query = COPIES.add_columns(deliveries.c.notice.label("of"), deliveries.c.person)
        query = query.where(deliveries.c.notice.in_(some), ~letters.c.void).order_by(deliveries.c.id)
        for row in connection.execute(query).mappings():
            values = dict(row)
            notice, person = values.pop("of"), values.pop("person")
            found[notice][person] = Copy(**values)
    return found


_AT = sa.func.coalesce(deliveries.c.ended_at, deliveries.c.next_attempt_at)

COPIES = (
    sa.select(
        deliveries.c.id,
        _AT.label("at"),
        deliveries.c.state,
        deliveries.c.reason,
        deliveries.c.line,
        deliveries.c.address,
        notices.c.kind.label("notice"),
        notices.c.subject,
        sa.func.coalesce(notices.c.reason, notices.c.decided_reason).label("notice_reason"),
        letters.c.template,
        letters.c.language,
        letters.c.subject_line,
        deliveries.c.attempts,
        deliveries.c.possible_duplicate,
        deliveries.c.letter,
        captured.capture().label("capture"),
    )
    .join(notices, notices.c.id == deliveries.c.notice)
    .join(letters, letters.c.id == deliveries.c.letter)
)
"""Selects `Copy`."""


def copies(connection: Connection, wanted: Wanted, limit: int) -> list[Copy]:
    """The newest first."""
    query = COPIES.where(_fits(connection, wanted)).order_by(_AT.desc(), deliveries.c.id.desc()).limit(limit)
    return [Copy(**row._mapping) for row in connection.execute(query)]


def newest(
    connection: Connection,
    states: Collection[State],
    since: datetime | None,
    limit: int,
    before: int | None = None,
    *,
    only_captured: bool | None = None,
) -> list[Copy]:
    """Copies in these states, those that ended since then if that matters, from the one before `before` downwards.

    `only_captured`: those that the mail catcher took, or those that it did not; None: all.
    """
    fits: list[sa.ColumnElement[bool]] = [deliveries.c.state.in_(states)]
    if only_captured is not None:
        fits += [captured.only_captured() if only_captured else ~captured.only_captured()]
    fits += [deliveries.c.ended_at >= since] if since else []
    fits += [deliveries.c.id < before] if before is not None else []
    query = COPIES.where(*fits).order_by(deliveries.c.id.desc()).limit(limit)
    return [Copy(**row._mapping) for row in connection.execute(query)]


def copies_of_letter(connection: Connection, letter: int) -> list[Copy]:
    """Every copy of a letter, in the order in which its lines name them."""
    query = COPIES.where(deliveries.c.letter == letter).order_by(deliveries.c.line.desc(), deliveries.c.id)
    return [Copy(**row._mapping) for row in connection.execute(query.limit(500))]


def counts(connection: Connection, wanted: Wanted, by: CountBy) -> list[Count]:
    """The largest first. A copy about a thing with two responsible people counts for both of them."""
    source = sa.join(deliveries, notices, notices.c.id == deliveries.c.notice)
    key: sa.ColumnElement[Any] = deliveries.c.state
    if by is CountBy.REASON:
        key = sa.func.coalesce(deliveries.c.reason, notices.c.reason, notices.c.decided_reason)
    if by is CountBy.RESPONSIBLE:
        pairs = segments.responsible(connection).subquery()
        source, key = source.outerjoin(pairs, pairs.c.subject == notices.c.subject), "user/" + pairs.c.user
    number = sa.func.count().label("copies")
    query = sa.select(key.label("key"), number).select_from(source).where(_fits(connection, wanted))
    rows = connection.execute(query.group_by(key).order_by(number.desc(), key.is_(None), key))
    return [Count(row.key, row.copies) for row in rows]


def _fits(connection: Connection, wanted: Wanted) -> sa.ColumnElement[bool]:
    """Over deliveries joined with their notices."""
    conditions: list[sa.ColumnElement[bool]] = [sa.true()]
    if wanted.state:
        conditions.append(deliveries.c.state == wanted.state)
    if wanted.subject:
        conditions.append(notices.c.subject == wanted.subject)
    if wanted.address:
        conditions.append(sa.func.lower(deliveries.c.address) == sa.func.lower(wanted.address.strip()))
    if wanted.reason:
        of_notice = sa.func.coalesce(notices.c.reason, notices.c.decided_reason)
        conditions.append(sa.or_(deliveries.c.reason == wanted.reason, of_notice == wanted.reason))
    if wanted.since:
        conditions.append(wanted.since <= _AT)
    if wanted.until:
        conditions.append(wanted.until >= _AT)
    if wanted.responsible:
        pairs = segments.responsible(connection).subquery()
        theirs = sa.select(pairs.c.subject).where(pairs.c.user == wanted.responsible)
        conditions.append(notices.c.subject.in_(theirs))
    if wanted.template:
        conditions.append(deliveries.c.letter.in_(sa.select(letters.c.id).where(letters.c.template == wanted.template)))
    return sa.and_(*conditions)


def ids_of(connection: Connection, wanted: Wanted, states: Collection[State]) -> list[int]:
    """Ids of all copies that fit and are in one of these states, the oldest first."""
    query = sa.select(deliveries.c.id).join(notices, notices.c.id == deliveries.c.notice)
    query = query.where(_fits(connection, wanted), deliveries.c.state.in_(states))
    return list(connection.execute(query.order_by(deliveries.c.id)).scalars())


def existing(connection: Connection, ids: Collection[int]) -> set[int]:
    """Those of these ids that there are."""
    pieces = (sa.select(deliveries.c.id).where(deliveries.c.id.in_(some)) for some in chunks(ids))
    return {id for query in pieces for id in connection.execute(query).scalars()}


def copy_of(connection: Connection, id: int) -> Copy | None:
    """One copy by its id."""
    row = connection.execute(COPIES.where(deliveries.c.id == id)).first()
    return Copy(**row._mapping) if row else None


def attempts_of(connection: Connection, id: int) -> list[Attempt]:
    """What servers answered for a copy, in order."""
    table = tables.attempts
    query = sa.select(*(table.c[name] for name in Attempt.__dataclass_fields__)).where(table.c.delivery == id)
    return [Attempt(**row._mapping) for row in connection.execute(query.order_by(table.c.id))]


def waiting(connection: Connection) -> Waiting:
    """How many copies wait to leave, and how many are leaving."""
    query = sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state)
    count: dict[str, int] = {row[0]: row[1] for row in connection.execute(query)}
    before, under_way = (State.WAITING, State.PENDING), (State.LEASED, State.SENDING)
    return Waiting(sum(count.get(state, 0) for state in before), sum(count.get(state, 0) for state in under_way))


def ended_between(since: datetime | None, until: datetime | None) -> sa.ColumnElement[bool]:
    """Notices that came to their outcome in this time, both ends included; None: without end."""
    conditions = [notices.c.at >= since] if since else []
    conditions += [notices.c.at <= until] if until else []
    return sa.and_(sa.true(), *conditions)
