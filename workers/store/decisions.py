"""Decisions written down, a batch of notices at a time: people, letters, copies, and the facts they lean on."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from workers.domain.delivery import REVOCABLE, State
from workers.domain.notices import Decision, LetterPlan, Person
from workers.domain.reasons import Outcome, Reason, Role
from workers.domain.recipients import fold
from workers.domain.suspicion import ON_TRIAL
from workers.store import claims, ledger, tables
from workers.store.bench import chunks
from workers.store.database import skip_locked

notices, people, letters, deliveries = tables.notices, tables.people, tables.letters, tables.deliveries

BROKE = "decision_broke"

REPLACED_KEPT = timedelta(days=1)
"""For so long a letter is kept that was replaced before it left: longer than any mailer holds a copy of it."""

POISON = 3
"""A notice whose decision broke so many times is set aside (DESIGN promise 8)."""


Patience = Mapping[tuple[int, str], dict[str, Any]]
"""By notice and folded address: how often it was tried and claimed, since when, and when it is tried again."""

_FIRST_TRY = {"attempts": 0, "first_answer_at": None, "claims": 0}


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A letter to be sent: its plan, what it says (as JSON-able content), its Message-ID.

    `toggle`: the switch that governs it, None: none does.
    """

    plan: LetterPlan
    content: Any
    message_id: str
    toggle: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about a notice, the facts it leans on while it is open, and its letters.

    `stands_until`: from then on it must be decided again.
    """

    notice: int
    decision: Decision
    refs: frozenset[str]
    letters: tuple[NewLetter, ...] = ()
    stands_until: datetime | None = None


def claim(connection: Connection, ids: Collection[int] | None, limit: int) -> list[int]:
    """Count that these notices are taken up, of the given ones that need a decision, or any; their ids.

    In a transaction of its own: if deciding them kills the process, the count is what stays. Suspected ones are left to
    `claim_alone`.
    """
    return _claim(connection, _needy(ids).where(claims.are_few(notices.c.claims)).order_by(notices.c.id).limit(limit))


def claim_alone(connection: Connection, ids: Collection[int] | None) -> list[int]:
    """As `claim`, but a single notice that is suspected of killing its workers, the least suspected first."""
    suspicious = claims.are_suspicious(notices.c.claims)
    return _claim(connection, _needy(ids).where(suspicious).order_by(notices.c.claims, notices.c.id).limit(1))


def _claim(connection: Connection, query: sa.Select[tuple[int]]) -> list[int]:
    found = connection.execute(skip_locked(query, connection)).scalars().all()
    if found:
        connection.execute(notices.update().where(notices.c.id.in_(found)).values(claims=notices.c.claims + 1))
    return list(found)


def _needy(ids: Collection[int] | None) -> sa.Select[tuple[int]]:
    query = sa.select(notices.c.id).where(notices.c.needs_decision, notices.c.failures < POISON)
    return query if ids is None else query.where(notices.c.id.in_(ids))


def release(connection: Connection, ids: Collection[int], *, suspected: bool = False) -> None:
    """Nobody died over these notices, nor were they decided; `suspected`: each is taken up alone from now on."""
    left = claims.taken_back(notices.c.claims)
    left = claims.accused(notices.c.claims, left) if suspected else left
    connection.execute(notices.update().where(notices.c.id.in_(ids), notices.c.needs_decision).values(claims=left))


def undecided(connection: Connection, ids: Collection[int]) -> list[RowMapping]:
    """Of these notices those that need a decision, or need it again, locked."""
    query = sa.select(notices).where(notices.c.needs_decision, notices.c.failures < POISON, notices.c.id.in_(ids))
    return list(connection.execute(skip_locked(query.order_by(notices.c.id), connection)).mappings())


def stored_people(connection: Connection, ids: Collection[int]) -> dict[int, tuple[Person, ...]]:
    """The people of decisions made before, in order."""
    found: dict[int, list[Person]] = defaultdict(list)
    query = sa.select(people).order_by(people.c.notice, people.c.position)
    for some in chunks(ids):
        for row in connection.execute(query.where(people.c.notice.in_(some))):
            found[row.notice].append(person_of(row))
    return {id: tuple(some) for id, some in found.items()}


def person_of(row: Any) -> Person:
    """A stored person, as it was decided."""
    return Person(
        roles=tuple(Role(role) for role in row.roles),
        ref=row.ref,
        address=row.address,
        kept=row.kept,
        reason=Reason(row.reason),
        language=row.language,
        name=row.name,
        facts=tuple((name, value) for name, value in row.facts),
        erased=row.erased,
    )


def standing_letters(connection: Connection, ids: Collection[int]) -> dict[int, list[RowMapping]]:
    """The letters of notices that were not voided, in order."""
    found: dict[int, list[RowMapping]] = defaultdict(list)
    query = sa.select(letters).where(letters.c.notice.in_(ids), ~letters.c.void)
    for row in connection.execute(query.order_by(letters.c.notice, letters.c.position)).mappings():
        found[row["notice"]].append(row)
    return found


def forget_repeated(connection: Connection, refused: Mapping[int, tuple[str, Reason]]) -> set[int]:
    """What people can mend is recorded once for each reason (RULES 0.5): repetitions are counted, and forgotten.

    `refused`: occurrence and reason by notice, none of them recorded yet. Returns those that were forgotten.
    """
    if not refused:
        return set()
    query = sa.select(notices.c.occurrence, notices.c.reason, sa.func.min(notices.c.id))
    query = query.where(
        notices.c.occurrence.in_({occurrence for occurrence, _ in refused.values()}),
        notices.c.outcome == Outcome.SUPPRESSED,
    )
    found = connection.execute(query.group_by(notices.c.occurrence, notices.c.reason))
    first = {(occurrence, reason): id for occurrence, reason, id in found}
    repeated = {id: first[key] for id, key in refused.items() if key in first}
    if repeated:
        counted = notices.c.id.in_(repeated.values())
        connection.execute(notices.update().where(counted).values(repeats=notices.c.repeats + 1))
        connection.execute(notices.delete().where(notices.c.id.in_(repeated)))
    return set(repeated)


def record(connection: Connection, decided: Sequence[Decided], now: datetime) -> list[int]:
    """Put decisions in the place of earlier ones; what was to be sent under those is void, and forgotten in the end.

    Returns the ids of the copies that may go out now.
    """
    if not decided:
        return []
    ids = [each.notice for each in decided]
    patience = _patience(connection, ids)
    _forget_replaced(connection, ids, now)
    ledger.withdraw(connection, ids, Reason.DECIDED_AGAIN, now)
    connection.execute(people.delete().where(people.c.notice.in_(ids)))
    as_of = connection.execute(sa.select(sa.func.max(tables.events.c.seq))).scalar()
    if rows := [row for each in decided for row in _people_rows(each, as_of)]:
        connection.execute(people.insert(), rows)
    ledger.replace_refs(connection, {each.notice: () if each.decision.ends else each.refs for each in decided})
    _update(connection, [_notice_row(each, now) for each in decided if not each.decision.ends])
    _update(connection, [_notice_row(each, now) for each in decided if each.decision.ends])
    ledger.forget_secrets(connection, [each.notice for each in decided if each.decision.ends])
    return _add_letters(connection, decided, patience, now)


def _forget_replaced(connection: Connection, ids: Collection[int], now: datetime) -> None:
    """Letters of these notices that were replaced a day ago or before, with their copies, if nothing of them ever left,
    and no server or operator said a word about them.

    What waits is written anew each day, as its text counts days: without an end that would add up. The last day's stay,
    for support to see, and because a mailer may still hold a copy of theirs.
    """
    attempts, interventions = tables.attempts, tables.interventions
    pointing = (
        attempts.c.delivery == deliveries.c.id,
        interventions.c.delivery == deliveries.c.id,
        interventions.c.made == deliveries.c.id,
        tables.openings.c.delivery == deliveries.c.id,
        tables.reports.c.delivery == deliveries.c.id,
    )
    stays = sa.exists().where(
        deliveries.c.letter == letters.c.id,
        sa.or_(
            deliveries.c.state != State.CANCELLED,
            deliveries.c.ended_at > now - REPLACED_KEPT,
            deliveries.c.left_at.is_not(None),
            *(sa.exists().where(each) for each in pointing),
        ),
    )
    connection.execute(letters.delete().where(letters.c.notice.in_(ids), letters.c.void, ~stays))


def _patience(connection: Connection, ids: Collection[int]) -> Patience:
    """What servers that asked for patience were promised; a letter that is written anew must not start over.

    Nor does it lose its claims; one that was set aside for them is tried once.
    """
    asked = deliveries.c.first_answer_at.is_not(None) | (deliveries.c.claims > 0)
    names = ("notice", "address", "attempts", "first_answer_at", "next_attempt_at", "claims")
    query = sa.select(*(deliveries.c[name] for name in names))
    query = query.where(deliveries.c.notice.in_(ids), deliveries.c.state.in_(REVOCABLE), asked)
    rows = connection.execute(query).mappings()
    return {(row["notice"], fold(row["address"])): {**row, "claims": min(row["claims"], ON_TRIAL)} for row in rows}


def confirm(connection: Connection, refs: Mapping[int, Iterable[str]], now: datetime) -> None:
    """Decisions made again came to the same: their copies go on as they are."""
    if refs:
        ledger.replace_refs(connection, refs)
        standing = notices.update().where(notices.c.id.in_(refs))
        connection.execute(standing.values(needs_decision=False, decided_at=now, claims=0))


def broke(connection: Connection, ids: Collection[int]) -> list[int]:
    """Count that deciding these notices broke. Ids of those that are set aside from now on."""
    if not ids:
        return []
    statement = notices.update().where(notices.c.id.in_(ids)).values(failures=notices.c.failures + 1, claims=0)
    counted = connection.execute(statement.returning(notices.c.id, notices.c.failures))
    return sorted(id for id, failures in counted if failures >= POISON)


def set_aside(connection: Connection, ids: Collection[int]) -> list[Any]:
    """Of these notices those that had all their claims are tried no more: id, kind and subject of each."""
    spent = notices.c.id.in_(ids) & notices.c.needs_decision & claims.are_spent(notices.c.claims)
    statement = notices.update().where(spent, notices.c.failures < POISON).values(failures=POISON)
    return list(connection.execute(statement.returning(notices.c.id, notices.c.kind, notices.c.subject)))


def forgive(connection: Connection, notice: int) -> bool:
    """Try to decide a notice again that was set aside. False if it is not open any more."""
    aside = (notices.c.id == notice) & notices.c.needs_decision
    return bool(connection.execute(notices.update().where(aside).values(failures=0, claims=0, woken_at=None)).rowcount)


def _people_rows(decided: Decided, as_of: int | None) -> list[dict[str, Any]]:
    return [
        {
            "notice": decided.notice,
            "position": position,
            "roles": list(person.roles),
            "ref": person.ref,
            "address": person.address,
            "kept": person.kept,
            "reason": person.reason,
            "language": person.language,
            "name": person.name,
            "facts": [list(fact) for fact in person.facts],
            "as_of": as_of,
        }
        for position, person in enumerate(decided.decision.people)
    ]


def _notice_row(decided: Decided, now: datetime) -> dict[str, Any]:
    decision = decided.decision
    row = {
        "key": decided.notice,
        "needs_decision": False,
        "decided_at": now,
        "failures": 0,
        "claims": 0,
        "notes": list(decision.notes),
        "held_reason": decision.reason if decision.waits else None,
    }
    if decision.outcome is None or decision.waits:
        sent_as = decision.reason if decision.sends else None
        return row | {"decided_reason": sent_as, "stands_until": decided.stands_until}
    return row | ledger.end(decision.outcome, decision.reason, now)


def _add_letters(connection: Connection, decided: Sequence[Decided], patience: Patience, now: datetime) -> list[int]:
    """Write letters, and one copy for each of their people. Ids of the copies that may go out now."""
    new = [(each, position, letter) for each in decided for position, letter in enumerate(each.letters)]
    if not new:
        return []
    # Not sort_by_parameter_order: on SQLite it would mean a statement for each row.
    written = connection.execute(
        letters.insert().returning(letters.c.message_id, letters.c.id), [_letter_row(*each) for each in new]
    )
    ids: dict[str, int] = {row.message_id: row.id for row in written}
    copies = [
        _FIRST_TRY | copy | patience.get((copy["notice"], fold(copy["address"])), {})
        for each, _, letter in new
        for copy in _copy_rows(each, letter, ids[letter.message_id], now)
    ]
    sent = connection.execute(deliveries.insert().returning(deliveries.c.id, deliveries.c.line), copies)
    return sorted(id for id, line in sent if line == "to")


def _letter_row(decided: Decided, position: int, letter: NewLetter) -> dict[str, Any]:
    return {
        "notice": decided.notice,
        "position": position,
        "template": letter.plan.template,
        "language": letter.plan.language,
        "to_line": [[person.name, person.address] for person in letter.plan.to],
        "cc_line": [[person.name, person.address] for person in letter.plan.cc],
        "content": letter.content,
        "message_id": letter.message_id,
        "toggle": letter.toggle,
    }


def _copy_rows(decided: Decided, letter: NewLetter, id: int, now: datetime) -> list[dict[str, Any]]:
    lines = [("to", person) for person in letter.plan.to] + [("cc", person) for person in letter.plan.cc]
    return [
        {
            "notice": decided.notice,
            "letter": id,
            "person": decided.decision.people.index(person),
            "line": line,
            "address": person.address,
            "state": State.PENDING if line == "to" else State.WAITING,
            "next_attempt_at": now,
        }
        for line, person in lines
    ]


def _update(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Update notices by `key`; all rows set the same columns."""
    if rows:
        values: dict[str, Any] = {name: sa.bindparam(name) for name in rows[0] if name != "key"}
        connection.execute(notices.update().where(notices.c.id == sa.bindparam("key")).values(values), rows)
