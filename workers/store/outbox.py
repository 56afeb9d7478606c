"""Copies on their way out: claims with fencing tokens, the `sending` commit, and what the server answered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.calendar import Day
from workers.domain.delivery import State, origins
from workers.domain.reasons import Reason
from workers.store import claims, fences, fresh, ledger, settlement, tables
from workers.store.bench import chunks
from workers.store.database import real_now, skip_locked

deliveries, notices, letters, workers = tables.deliveries, tables.notices, tables.letters, tables.workers


@dataclass(frozen=True, slots=True)
class Claimed:
    """A copy that this worker holds: its token must still be on the row when its body is about to leave."""

    id: int
    notice: int
    letter: int
    address: str
    line: str
    token: int
    attempts: int
    first_answer_at: datetime | None
    reason: str | None = None
    """Why it was sent back before, if it was."""


def claim(
    connection: Connection, ids: Collection[int] | None, worker: str, now: datetime, today: Day, limit: int
) -> list[Claimed]:
    """Lease copies that are due, whose notice stands as decided, and was decided `today`.

    Another day's decision may have lost its sense, and its text counts days: the sweep has it made again first. What an
    operator sends goes out whatever day its letter is of. A worker that the fleet does not know, or has declared dead,
    is given nothing. Suspected ones are left to `claim_alone`.
    """
    query = _due(deliveries.c.id, ids, now, today).where(claims.are_few(deliveries.c.claims))
    query = query.order_by(deliveries.c.next_attempt_at, deliveries.c.id).limit(limit)
    return _lease(connection, query, worker, now, today)


def claim_alone(
    connection: Connection, ids: Collection[int] | None, worker: str, now: datetime, today: Day, limit: int
) -> list[Claimed]:
    """As `claim`, but a single letter that is suspected of killing its workers, the least suspected first."""
    suspicious = claims.are_suspicious(deliveries.c.claims)
    first = _due(deliveries.c.letter, ids, now, today).where(suspicious)
    first = first.order_by(deliveries.c.claims, deliveries.c.next_attempt_at, deliveries.c.id).limit(1)
    letter = connection.execute(skip_locked(first, connection, of=deliveries)).scalar()
    if letter is None:
        return []
    query = _due(deliveries.c.id, ids, now, today).where(suspicious, deliveries.c.letter == letter)
    return _lease(connection, query.order_by(deliveries.c.id).limit(limit), worker, now, today)


def _due(column: sa.Column[Any], ids: Collection[int] | None, now: datetime, today: Day) -> sa.Select[tuple[Any]]:
    query = sa.select(column).join(notices, notices.c.id == deliveries.c.notice)
    query = query.where(
        deliveries.c.state == State.PENDING, deliveries.c.next_attempt_at <= now, fresh.stands(now, today)
    )
    return query if ids is None else query.where(deliveries.c.id.in_(ids))


def _lease(connection: Connection, due: sa.Select[tuple[Any]], worker: str, now: datetime, today: Day) -> list[Claimed]:
    found = connection.execute(skip_locked(due, connection, of=deliveries)).scalars().all()
    # Asked again: what the lock let through may have been fenced after the first look was taken.
    standing = sa.select(notices.c.id).where(notices.c.id == deliveries.c.notice, fresh.stands(now, today)).exists()
    if not found:
        return []
    statement = deliveries.update().where(deliveries.c.id.in_(found), deliveries.c.state == State.PENDING)
    statement = statement.where(~fences.awaited(deliveries.c.notice))  # no server is asked about what could not leave
    lease = {"state": State.LEASED, "worker": worker, "woken_at": real_now(connection)}
    lease |= {"token": deliveries.c.token + 1, "claims": deliveries.c.claims + 1}
    statement = statement.where(standing, _is_alive(worker)).values(lease)
    leased = connection.execute(statement.returning(*(deliveries.c[name] for name in Claimed.__dataclass_fields__)))
    return sorted((Claimed(*row) for row in leased), key=lambda copy: copy.id)


def _is_alive(worker: str) -> sa.ColumnElement[bool]:
    return sa.select(workers.c.id).where(workers.c.id == worker, workers.c.dead_at.is_(None)).exists()


def begin_sending(connection: Connection, held: Sequence[Claimed], worker: str, now: datetime) -> set[int]:
    """Commit that the bodies of these copies are about to leave; ids of those that may (DESIGN promise 3).

    A copy whose token moved on (a fact changed, an operator took it back, we were declared dead) stays behind, and so
    does one whose decision stood until now only (W5), or to which a fence is on its way. The
    notices are locked first: whatever changes facts either comes before, and is honoured, or after the body has left.
    """
    fences.hold_still(connection)
    ledger.lock(connection, {copy.notice for copy in held})
    of_copy = notices.c.id == deliveries.c.notice
    stands = sa.select(notices.c.id).where(of_copy, ~notices.c.needs_decision, fresh.not_outlived(now)).exists()
    of_now = stands & ~fences.awaited(deliveries.c.notice)
    statement = deliveries.update().where(_are_ours(held, [State.LEASED]), of_now, _is_alive(worker))
    leaving = statement.values(state=State.SENDING, left_at=now).returning(deliveries.c.id)
    allowed = set(connection.execute(leaving).scalars())
    of = {copy.notice for copy in held if copy.id in allowed}
    if of:
        connection.execute(notices.update().where(notices.c.id.in_(of)).values(frozen=True))
    return allowed


_ANSWERABLE = (State.LEASED, State.SENDING, State.UNCERTAIN)
"""Where an answer still counts, as long as the token is that of the lease."""


def _is_ours(copy: Claimed, before: Collection[State]) -> sa.ColumnElement[bool]:
    here = (deliveries.c.id == copy.id) & (deliveries.c.token == copy.token)
    return here & deliveries.c.state.in_(before)


def _are_ours(held: Collection[Claimed], before: Collection[State]) -> sa.ColumnElement[bool]:
    here = deliveries.c.id.in_([copy.id for copy in held])  # for SQLite, which finds no row by a pair
    leases = sa.tuple_(deliveries.c.id, deliveries.c.token).in_([(copy.id, copy.token) for copy in held])
    return here & leases & deliveries.c.state.in_(before)


def move(connection: Connection, copy: Claimed, state: State, reason: Reason | None, **values: Any) -> bool:
    """Record what came of a lease, whose claims count no more. False if it is no longer ours, or was answered before.

    A copy that was given up as uncertain goes back to pending with the flag that stays: it may arrive twice.
    """
    before = origins(state).intersection(_ANSWERABLE)
    if state is State.PENDING:
        values["possible_duplicate"] = deliveries.c.possible_duplicate | (deliveries.c.state == State.UNCERTAIN)
        values["ended_at"] = None
    if state is State.HELD:
        values["token"] = deliveries.c.token + 1
    statement = deliveries.update().where(_is_ours(copy, before))
    values |= {"state": state, "reason": reason, "worker": None, "claims": 0}
    return bool(connection.execute(statement.values(values)).rowcount)


def accepted(connection: Connection, held: Collection[Claimed], now: datetime) -> None:
    """Record that these leases were accepted, but for those that are no longer ours, or were answered before."""
    if held:
        here = _are_ours(held, origins(State.SENT).intersection(_ANSWERABLE))
        ended = {"state": State.SENT, "reason": Reason.ACCEPTED, "worker": None, "ended_at": now, "claims": 0}
        connection.execute(deliveries.update().where(here).values(ended))


def uncertain(connection: Connection, held: Collection[Claimed]) -> list[int]:
    """Ids of those of these leases whose answer was recorded as lost: nobody else has the copy since."""
    if not held:
        return []
    lost = _are_ours(held, [State.UNCERTAIN])
    return list(connection.execute(sa.select(deliveries.c.id).where(lost).order_by(deliveries.c.id)).scalars())


def resend(connection: Connection, ids: Collection[int], now: datetime, at: datetime | None = None) -> None:
    """Uncertain copies go out once more, flagged, with the Message-ID they had (promise 3); `at`: when, else now.

    Their notices are looked at again before: facts that changed meanwhile may still stop them.
    """
    lost = deliveries.c.state == State.UNCERTAIN
    concerned: set[int] = set()
    for some in chunks(ids):
        query = sa.select(deliveries.c.notice).where(deliveries.c.id.in_(some), lost)
        concerned |= set(connection.execute(query).scalars())
    ledger.lock(connection, concerned)
    values = {"state": State.PENDING, "reason": None, "ended_at": None, "next_attempt_at": at or now, "woken_at": None}
    again = deliveries.update().values(possible_duplicate=True, token=deliveries.c.token + 1, **values)
    for some in chunks(ids):
        connection.execute(again.where(deliveries.c.id.in_(some), lost))
    settlement.settle(connection, sorted(concerned), now)
    ledger.decide_again(connection, concerned)


def add_attempts(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep what servers said to copies: rows of `attempts`, but for those that are kept already.

    Whose COMMIT got no answer writes the same down again. The notices must be locked: then the first one is seen.
    Words about somebody who was erased since are not kept, nor is what was said to a copy that is forgotten.
    """
    kept: set[tuple[Any, ...]] = set()
    addresses: dict[int, str] = {}
    for some in chunks(row["delivery"] for row in rows):
        query = sa.select(*(tables.attempts.c[name] for name in _ATTEMPT))
        kept |= {tuple(row) for row in connection.execute(query.where(tables.attempts.c.delivery.in_(some)))}
        copies = sa.select(deliveries.c.id, deliveries.c.address).where(deliveries.c.id.in_(some))
        addresses |= {copy.id: copy.address for copy in connection.execute(copies)}
    new = [row for row in rows if tuple(row[name] for name in _ATTEMPT) not in kept and row["delivery"] in addresses]
    if new:
        connection.execute(
            tables.attempts.insert(), [row if addresses[row["delivery"]] else row | {"reply": ""} for row in new]
        )


_ATTEMPT = ("delivery", "at", "route", "worker", "kind")
"""By which an attempt is known: at one instant nothing comes to the same end twice. Clocks may stand still, or be set
back to when another attempt failed."""


def refusing_domains(connection: Connection, route: str, enhanced: str, since: datetime) -> set[str]:
    """The domains of which an address was refused with this enhanced code on this route since then."""
    attempts = tables.attempts
    query = sa.select(deliveries.c.address).distinct().join(attempts, attempts.c.delivery == deliveries.c.id)
    query = query.where(attempts.c.enhanced == enhanced, attempts.c.at >= since, attempts.c.route == route)
    query = query.where(deliveries.c.address != "")  # an erased person's domain is not known any more
    return {address.rpartition("@")[2].casefold() for address in connection.execute(query).scalars()}


def release(connection: Connection, held: Collection[Claimed], worker: str, *, suspected: bool = False) -> None:
    """Give leases back unused; `suspected`: one of them may be why, so from now on each is taken up alone.

    Also such as may not have been committed: another worker's lease, under the same token, is left alone.
    """
    of_copy = deliveries.c.claims
    left = claims.accused(of_copy, of_copy) if suspected else claims.taken_back(of_copy)
    ledger.lock(connection, {copy.notice for copy in held})
    statement = deliveries.update().where(_are_ours(held, [State.LEASED]), deliveries.c.worker == worker)
    connection.execute(statement.values(state=State.PENDING, worker=None, claims=left))


def set_aside(connection: Connection, ids: Collection[int], reason: Reason) -> list[Any]:
    """Of these copies those that had all their claims are held: their rows, with `kind`, `subject` and `template`."""
    query = sa.select(deliveries.c.notice).where(deliveries.c.id.in_(ids))
    ledger.lock(connection, set(connection.execute(query).scalars()))
    spent = deliveries.c.id.in_(ids) & (deliveries.c.state == State.PENDING) & claims.are_spent(deliveries.c.claims)
    statement = deliveries.update().where(spent).returning(deliveries.c.id)
    held = connection.execute(statement.values(state=State.HELD, reason=reason, token=deliveries.c.token + 1))
    columns = deliveries.c.id, deliveries.c.notice, notices.c.kind, notices.c.subject, letters.c.template
    found = sa.select(*columns).join(notices, notices.c.id == deliveries.c.notice)
    found = found.join(letters, letters.c.id == deliveries.c.letter).where(deliveries.c.id.in_(held.scalars().all()))
    return list(connection.execute(found.order_by(deliveries.c.id)))


def let_go(connection: Connection, reason: str, of: str, now: datetime, limit: int) -> list[int]:
    """Copies that are held for this reason are tried again, after their notices were looked at once more.

    `of`: a template (`template/NAME`) or a notice (`notice/ID`). Returns the notices, up to `limit` of them; none when
    nothing is held any more.
    """
    kind, _, id = of.partition("/")
    where = letters.c.template == id if kind == "template" else letters.c.notice == int(id)
    held = (deliveries.c.state == State.HELD) & (deliveries.c.reason == reason)
    query = sa.select(deliveries.c.notice).join(letters, letters.c.id == deliveries.c.letter).where(held, where)
    query = query.distinct().order_by(deliveries.c.notice).limit(limit)
    concerned = list(connection.execute(query).scalars())
    ledger.lock(connection, concerned)
    again = {"state": State.PENDING, "reason": None, "next_attempt_at": now, "woken_at": None, "claims": 0}
    here = deliveries.update().values(token=deliveries.c.token + 1, **again).where(held)
    for some in chunks(concerned):
        connection.execute(here.where(deliveries.c.notice.in_(some)))
    ledger.decide_again(connection, concerned)
    return concerned


def suppress_address(connection: Connection, address: str, key: str, reason: str, now: datetime, words: str) -> None:
    """RULES 0.9: after a hard bounce nothing goes to this address until an operator releases it."""
    table = tables.addresses
    row = {
        "address": address,
        "suppressed": True,
        "reason": reason,
        "diagnostic": words,
        "set_at": now,
        "set_seq": 0,  # a server said so, no event
    }
    changed = connection.execute(table.update().where(table.c.key == key).values(row)).rowcount
    if not changed:
        connection.execute(table.insert().values(row | {"key": key, "soft_bounces": 0}))
