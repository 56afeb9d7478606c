"""Notices and their copies: how they come into being, are taken back, decided again, and come to an outcome."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from workers.domain.calendar import Day
from workers.domain.delivery import OPEN, REVOCABLE, Copy, State
from workers.domain.delivery import cc_follows as cc_follows_rule
from workers.domain.delivery import outcome as outcome_rule
from workers.domain.reasons import FINAL_FOR_OCCURRENCE, Note, Outcome, Reason
from workers.store import fresh, tables
from workers.store.bench import chunks
from workers.store.database import insert_or_ignore

notices, people, letters, deliveries = tables.notices, tables.people, tables.letters, tables.deliveries


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice that came into being. `verdict`: recorded at once as suppressed for this reason.

    Of those that an event caused: `arrival` is its arrival number, `position` their place among its notices.
    `stage_entered_at`: of the visit that a follow-up is for.
    """

    kind: str
    subject: str
    occurrence: str
    cause: str
    due_reason: Reason | None = None
    visit: str | None = None
    sequence: int | None = None
    offset_days: int | None = None
    renews_on: date | None = None
    verdict: Reason | None = None
    arrival: int | None = None
    position: int | None = None
    stage_entered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewOccasion:
    """A notice that an event caused, with what the event says and its secret, sealed, if it has one."""

    notice: NewNotice
    type: str
    time: datetime
    arrived_at: datetime
    data: Mapping[str, Any]
    sealed: bytes | None = None


def add_occasions(connection: Connection, new: Sequence[NewOccasion]) -> list[int]:
    """Write down the notices that events caused. Ids of those to be decided."""
    if not new:
        return []
    statement = insert_or_ignore(notices, connection)
    statement = statement.returning(notices.c.id, notices.c.occurrence, notices.c.needs_decision)
    written = connection.execute(statement, [_notice_row(each.notice, each.arrived_at) for each in new])
    ids = {row.occurrence: row.id for row in written if row.needs_decision}
    kept = [(ids[each.notice.occurrence], each) for each in new if each.notice.occurrence in ids]
    if kept:
        connection.execute(tables.occasions.insert(), [_occasion_row(id, each) for id, each in kept])
    if sealed := [{"notice": id, "sealed": each.sealed} for id, each in kept if each.sealed]:
        connection.execute(tables.secrets.insert(), sealed)
    return sorted(ids.values())


def _occasion_row(id: int, new: NewOccasion) -> dict[str, Any]:
    return {
        "notice": id,
        "type": new.type,
        "time": new.time,
        "arrived_at": new.arrived_at,
        "data": dict(new.data),
    }


def add(connection: Connection, new: Sequence[NewNotice], now: datetime) -> list[int]:
    """Write notices down, but for those whose occurrence is held already (RULES 0.5). Ids of those to be decided."""
    if not new:
        return []
    statement = insert_or_ignore(notices, connection).returning(notices.c.id, notices.c.needs_decision)
    written = connection.execute(statement, [_notice_row(notice, now) for notice in new])
    return sorted(id for id, needs_decision in written if needs_decision)


def _notice_row(new: NewNotice, now: datetime) -> dict[str, Any]:
    verdict = new.verdict
    return {
        "kind": new.kind,
        "subject": new.subject,
        "occurrence": new.occurrence,
        "cause": new.cause,
        "visit": new.visit,
        "sequence": new.sequence,
        "stage_entered_at": new.stage_entered_at,
        "offset_days": new.offset_days,
        "renews_on": new.renews_on,
        "due_reason": new.due_reason,
        "created_at": now,
        "needs_decision": verdict is None,
        "decided_at": now if verdict else None,
        "outcome": Outcome.SUPPRESSED if verdict else None,
        "reason": verdict,
        "notes": [],
        "at": now if verdict else None,
        "arrival": new.arrival,
        "position": new.position,
        "blocks": verdict is None or verdict in FINAL_FOR_OCCURRENCE,
    }


def replace_refs(connection: Connection, refs: Mapping[int, Iterable[str]]) -> None:
    """The facts that notices with open copies lean on: whoever changes one of them makes it be decided again."""
    table = tables.notice_refs
    connection.execute(table.delete().where(table.c.notice.in_(refs)))
    rows = [{"notice": notice, "ref": ref} for notice, some in refs.items() for ref in sorted(set(some))]
    if rows:
        connection.execute(table.insert(), rows)


def add_refs(connection: Connection, refs: Mapping[int, Iterable[str]]) -> None:
    """More facts that notices lean on."""
    rows = [{"notice": notice, "ref": ref} for notice, some in refs.items() for ref in sorted(set(some))]
    if rows:
        connection.execute(insert_or_ignore(tables.notice_refs, connection), rows)


def end(outcome: Outcome, reason: Reason, now: datetime) -> dict[str, Any]:
    """The columns of a notice that has come to an outcome; whether it holds its occurrence (RULES 0.5)."""
    blocks = outcome in (Outcome.SENT, Outcome.FAILED, Outcome.UNCERTAIN) or (
        outcome is Outcome.SUPPRESSED and reason in FINAL_FOR_OCCURRENCE
    )
    return {"outcome": outcome, "reason": reason, "at": now, "blocks": blocks}


def forget_secrets(connection: Connection, ids: Collection[int]) -> None:
    """Of notices that are over: nobody needs them any more (PX-10). An uncertain one may have to go out again."""
    connection.execute(tables.secrets.delete().where(tables.secrets.c.notice.in_(ids)))


def outlived(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Open notices whose decision stood until now at most: one waited long enough, or a link has expired."""
    query = sa.select(notices.c.id).where(notices.c.stands_until <= now, *_AWAITS_ITS_TIME)
    return list(connection.execute(query.order_by(notices.c.stands_until).limit(limit)).scalars())


def next_end(connection: Connection) -> datetime | None:
    """The next instant at which a decision on an open notice ends by itself."""
    found: datetime | None = connection.execute(
        sa.select(sa.func.min(notices.c.stands_until)).where(*_AWAITS_ITS_TIME)
    ).scalar()
    return found


def anything_open(connection: Connection) -> bool:
    """Whether a notice has not come to an outcome yet."""
    return connection.execute(sa.select(notices.c.id).where(notices.c.outcome.is_(None)).limit(1)).first() is not None


_AWAITS_ITS_TIME = (notices.c.outcome.is_(None), ~notices.c.needs_decision)


def withdraw(connection: Connection, ids: Collection[int], reason: Reason, now: datetime) -> None:
    """Take back the copies of these notices of which no byte has left; their letters are void."""
    _take_back(connection, ids, reason, now)
    theirs = sa.select(letters.c.id).where(letters.c.notice.in_(ids), ~letters.c.void).order_by(letters.c.id)
    if connection.dialect.name != "sqlite":  # in the order in which a mailer writes them (`texts`)
        theirs = theirs.with_for_update()
    for some in chunks(connection.execute(theirs).scalars()):
        connection.execute(letters.update().where(letters.c.id.in_(some)).values(void=True))


def _take_back(connection: Connection, ids: Collection[int], reason: Reason, now: datetime) -> None:
    open_copies = deliveries.c.notice.in_(ids) & deliveries.c.state.in_(REVOCABLE)
    connection.execute(
        deliveries.update()
        .where(open_copies)
        .values(state=State.CANCELLED, reason=reason, token=deliveries.c.token + 1, worker=None, ended_at=now)
    )


def lock(connection: Connection, ids: Collection[int]) -> None:
    """Keep these notices to ourselves until the transaction ends; SQLite has one writer anyway.

    Whoever changes copies locks their notices before, in this order: so nobody waits in a circle.
    """
    if connection.dialect.name != "sqlite":
        for some in chunks(ids):
            query = sa.select(notices.c.id).where(notices.c.id.in_(some)).order_by(notices.c.id)
            connection.execute(query.with_for_update())


def decide_again(connection: Connection, ids: Collection[int]) -> None:
    """Mark notices for the resolver and take leases on their copies back; those that ended meanwhile stay as they are.

    Whoever found them leaning on a fact did so before the lock: their last copy may have come to an end since.
    """
    lock(connection, ids)
    has_copies = sa.exists().where(deliveries.c.notice == notices.c.id, deliveries.c.state.in_(OPEN))
    goes_on = notices.c.outcome.is_(None) | has_copies
    for some in chunks(ids):
        marked = notices.update().where(notices.c.id.in_(some), goes_on)
        connection.execute(marked.values(needs_decision=True, woken_at=None))
        connection.execute(
            deliveries.update()
            .where(deliveries.c.notice.in_(some), deliveries.c.state.in_([State.WAITING, State.PENDING, State.LEASED]))
            .values(
                token=deliveries.c.token + 1,
                worker=None,
                woken_at=None,
                state=sa.case(
                    (deliveries.c.state == State.LEASED, sa.literal(State.PENDING.value)), else_=deliveries.c.state
                ),
                claims=sa.case((deliveries.c.state == State.LEASED, claims_before()), else_=deliveries.c.claims),
            )
        )


def claims_before() -> sa.ColumnElement[int]:
    """The claims of a leased copy without the last one: it was taken back, which says nothing about the copy."""
    return sa.case((deliveries.c.claims > 0, deliveries.c.claims - 1), else_=0)


@dataclass(frozen=True, slots=True)
class Drop:
    """Why the copy of a person (by position) does not go out: refused (suppressed), or no longer meant (cancelled).

    `spares_cc`: a Cc copy is left to follow its To copies.
    """

    position: int
    state: State
    reason: Reason
    spares_cc: bool = False


def drop_copies(connection: Connection, notice: int, dropped: Sequence[Drop], now: datetime) -> None:
    """From the first copy on a letter is frozen; a changed fact can only drop copies that have not left (promise 2).

    Noted on the notice. What was held is cancelled. What an operator sends is not concerned: it has a check of its own.
    """
    for drop in dropped:
        state = sa.case((deliveries.c.state == State.HELD, sa.literal(State.CANCELLED.value)), else_=drop.state.value)
        statement = deliveries.update().where(
            deliveries.c.notice == notice,
            deliveries.c.person == drop.position,
            deliveries.c.state.in_(REVOCABLE),
            ~deliveries.c.by_hand,
            deliveries.c.line.in_(["to"] if drop.spares_cc else ["to", "cc"]),
        )
        ended = {"state": state, "reason": drop.reason, "worker": None, "ended_at": now}
        connection.execute(statement.values(token=deliveries.c.token + 1, **ended))
    decided = {"needs_decision": False, "decided_at": now, "claims": 0}
    connection.execute(notices.update().where(notices.c.id == notice).values(decided))
    if dropped:
        settle(connection, [notice], now)


def settle(
    connection: Connection, ids: Collection[int], now: datetime, sent_at: Mapping[int, datetime] | None = None
) -> list[int]:
    """Recompute the outcome of notices whose copies changed; Cc copies follow their To copies (HS-8, promise 3).

    Runs in the commit that changed the copies. `sent_at`: of notices that were sent before now, as an operator or a
    report says, when (LT-7). A notice that was only captured stays so, and nothing of it goes out. Returns the ids of
    copies that may go out now.
    """
    return sorted(id for some in chunks(ids) for id in _settle(connection, some, now, sent_at or {}))


def _settle(connection: Connection, ids: Collection[int], now: datetime, sent_at: Mapping[int, datetime]) -> list[int]:
    found = connection.execute(sa.select(notices).where(notices.c.id.in_(ids)).order_by(notices.c.id)).mappings().all()
    if judged := [notice["id"] for notice in found if notice["reason"] == Reason.ONLY_CAPTURED]:
        _take_back(connection, judged, Reason.ONLY_CAPTURED, now)
    copies: dict[int, list[Any]] = defaultdict(list)
    query = sa.select(deliveries).join(letters, letters.c.id == deliveries.c.letter)
    query = query.where(deliveries.c.notice.in_(ids), ~letters.c.void).order_by(deliveries.c.id)
    for row in connection.execute(query):
        copies[row.notice].append(row)
    _write_settled(connection, [_settled(each, copies[each["id"]], sent_at.get(each["id"], now)) for each in found])
    return _settle_cc(connection, [row for some in copies.values() for row in some], now)


def _settle_cc(connection: Connection, rows: Iterable[Any], now: datetime) -> list[int]:
    """Let waiting copies follow those of their letter. Ids of those that may go out now."""
    by_letter: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_letter[row.letter].append(row)
    following: dict[State | None, list[int]] = defaultdict(list)
    for some in by_letter.values():
        following[cc_follows_rule(_copies(some))] += [row.id for row in some if row.state == State.WAITING]
    released, cancelled = following[State.PENDING], following[State.CANCELLED]
    _end_waiting(connection, released, state=State.PENDING, next_attempt_at=now)
    reason = Reason.NO_TO_COPY_ACCEPTED
    _end_waiting(connection, cancelled, state=State.CANCELLED, reason=reason, ended_at=now)
    return sorted(released)


def _end_waiting(connection: Connection, ids: Sequence[int], **values: Any) -> None:
    if ids:
        here = deliveries.c.id.in_(ids) & (deliveries.c.state == State.WAITING)
        connection.execute(deliveries.update().where(here).values(values))


def _settled(notice: RowMapping, rows: Sequence[Any], now: datetime) -> dict[str, Any]:
    """The columns of a notice as its copies now make them."""
    values = {name: notice[name] for name in ("outcome", "reason", "at", "blocks")}
    if notice["reason"] != Reason.ONLY_CAPTURED:
        values |= _end_of(notice, rows, now)
    over = all(row.state not in OPEN for row in rows)
    reopened = values["outcome"] is None and notice["outcome"] is not None
    return values | {"key": notice["id"], "notes": _notes(notice["notes"], rows), "over": over, "reopened": reopened}


def _end_of(notice: RowMapping, rows: Sequence[Any], now: datetime) -> dict[str, Any]:
    """What is new about its outcome."""
    found = outcome_rule(_copies(rows))
    values: dict[str, Any] = {}
    if found and notice["outcome"] != found[0]:
        outcome, reason = found
        at = _ended_at(notice, outcome, rows, now)
        values = end(outcome, reason or Reason(notice["decided_reason"]), at)
    elif found is None and rows:  # an uncertain copy goes out again
        values = {"outcome": None, "reason": None, "at": None, "blocks": True}
    if any(row.possible_duplicate for row in rows):
        values["blocks"] = True  # a body may have arrived, whatever became of the second one
    return values


def _ended_at(notice: RowMapping, outcome: Outcome, rows: Sequence[Any], now: datetime) -> datetime:
    """When it came to this outcome. An answer is missed since the body left, not since that was noticed (LT-7, ADR 19).

    And what then proves to have failed did so at that time, whoever says so, however late.
    """
    if outcome is Outcome.UNCERTAIN:
        left = (row.left_at for row in rows if row.line == "to" and row.state == State.UNCERTAIN and row.left_at)
        return min(now, max(left, default=now))
    was_uncertain = notice["outcome"] == Outcome.UNCERTAIN
    return notice["at"] if outcome is Outcome.FAILED and was_uncertain else now


def _write_settled(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    values: dict[str, Any] = {name: sa.bindparam(name) for name in rows[0] if name not in ("key", "over", "reopened")}
    # Not read and written back: a fact may have asked for another decision in between. What goes on after its end leans
    # on nothing any more, so that facts which changed meanwhile are known only by deciding again.
    asked = notices.c.needs_decision | sa.bindparam("reopened", type_=sa.Boolean)
    values["needs_decision"] = asked & ~sa.bindparam("over", type_=sa.Boolean)
    connection.execute(notices.update().where(notices.c.id == sa.bindparam("key")).values(values), rows)
    over = [row for row in rows if row["over"]]
    replace_refs(connection, {row["key"]: () for row in over})
    forget_secrets(connection, [row["key"] for row in over if row["outcome"] != Outcome.UNCERTAIN])


def _notes(before: Sequence[str], rows: Sequence[Any]) -> list[str]:
    """What became of single copies, beside what the decision noted."""
    states = {row.state for row in rows if row.reason != Reason.NO_TO_COPY_ACCEPTED}
    of_copies = {
        Note.COPY_FAILED: State.FAILED in states,
        Note.COPY_UNCERTAIN: State.UNCERTAIN in states,
        Note.COPY_DROPPED: bool(states & {State.SUPPRESSED, State.CANCELLED}),
    }
    return [note for note in before if note not in of_copies] + [note for note, holds in of_copies.items() if holds]


def _copies(rows: Sequence[Any]) -> list[Copy]:
    return [Copy(row.line, State(row.state), Reason(row.reason) if row.reason else None) for row in rows]


def of_another_day(connection: Connection, today: Day, limit: int) -> list[int]:
    """Notices with copies that have not left, which were not decided today and stand."""
    waits = deliveries.c.state.in_(REVOCABLE)
    query = sa.select(notices.c.id).join(deliveries, deliveries.c.notice == notices.c.id).distinct()
    query = query.where(waits, ~fresh.is_of(today), ~notices.c.needs_decision)
    return list(connection.execute(query.limit(limit)).scalars())
