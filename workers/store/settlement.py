"""Settlement: a notice comes to its outcome as its copies come to their ends, and copies in Cc follow those in To."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from workers.domain import delivery as rule
from workers.domain.delivery import OPEN, REVOCABLE, Copy, State
from workers.domain.reasons import Note, Outcome, Reason
from workers.store import ledger, tables
from workers.store.bench import chunks

notices, letters, deliveries = tables.notices, tables.letters, tables.deliveries


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
        ledger.take_back(connection, judged, Reason.ONLY_CAPTURED, now)
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
        following[rule.cc_follows(_copies(some))] += [row.id for row in some if row.state == State.WAITING]
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
    found = rule.outcome(_copies(rows))
    values: dict[str, Any] = {}
    if found and notice["outcome"] != found[0]:
        outcome, reason = found
        at = _ended_at(notice, outcome, rows, now)
        values = ledger.end(outcome, reason or Reason(notice["decided_reason"]), at)
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
    ledger.replace_refs(connection, {row["key"]: () for row in over})
    ledger.forget_secrets(connection, [row["key"] for row in over if row["outcome"] != Outcome.UNCERTAIN])


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
