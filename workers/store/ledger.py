"""Notices and their copies: how they come into being, lean on facts, are taken back and decided again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.calendar import Day
from workers.domain.delivery import OPEN, REVOCABLE, State
from workers.domain.reasons import FINAL_FOR_OCCURRENCE, Outcome, Reason
from workers.store import claims, fresh, tables
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
    take_back(connection, ids, reason, now)
    theirs = sa.select(letters.c.id).where(letters.c.notice.in_(ids), ~letters.c.void).order_by(letters.c.id)
    if connection.dialect.name != "sqlite":  # in the order in which a mailer writes them (`texts`)
        theirs = theirs.with_for_update()
    for some in chunks(connection.execute(theirs).scalars()):
        connection.execute(letters.update().where(letters.c.id.in_(some)).values(void=True))


def take_back(connection: Connection, ids: Collection[int], reason: Reason, now: datetime) -> None:
    """Cancel the copies of these notices of which no byte has left."""
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
    is_leased = deliveries.c.state == State.LEASED
    state = sa.case((is_leased, sa.literal(State.PENDING.value)), else_=deliveries.c.state)
    left = sa.case((is_leased, claims.taken_back(deliveries.c.claims)), else_=deliveries.c.claims)
    unsent = deliveries.c.state.in_([State.WAITING, State.PENDING, State.LEASED])
    back = {"token": deliveries.c.token + 1, "worker": None, "woken_at": None, "state": state, "claims": left}
    for some in chunks(ids):
        marked = notices.update().where(notices.c.id.in_(some), goes_on)
        connection.execute(marked.values(needs_decision=True, woken_at=None))
        connection.execute(deliveries.update().where(deliveries.c.notice.in_(some), unsent).values(back))


def of_another_day(connection: Connection, today: Day, limit: int) -> list[int]:
    """Notices with copies that have not left, which were not decided today and stand."""
    waits = deliveries.c.state.in_(REVOCABLE)
    query = sa.select(notices.c.id).join(deliveries, deliveries.c.notice == notices.c.id).distinct()
    query = query.where(waits, ~fresh.is_of(today), ~notices.c.needs_decision)
    return list(connection.execute(query.limit(limit)).scalars())
