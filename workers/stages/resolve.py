"""Who gets a notice, decided on the facts as they are now, and decided again when they change.

Until the body of the first copy goes out a decision can be replaced as a whole; from then on text and lines are frozen,
and a changed fact can only drop copies that have not left (DESIGN promise 2).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy.engine import Connection, RowMapping

from workers.domain.contents import Content
from workers.domain.delivery import State
from workers.domain.notices import Person
from workers.domain.reasons import ALERTED, Outcome, Reason
from workers.domain.recipients import fold
from workers.stages.alone import one_by_one
from workers.stages.intervene import drop_ordered
from workers.stages.rules import Rules
from workers.stages.verdicts import Verdict, verdicts
from workers.store import decisions, ledger, problems, settlement
from workers.store.database import Database
from workers.store.patience import AWAY, patiently
from workers.watch.logs import logger
from workers.watch.places import places

log = logger()

BATCH = 100
"""Notices a transaction."""

CONTENT: TypeAdapter[Content] = TypeAdapter(Content)
"""How a letter's content is kept until it is rendered."""


_OF_THE_RENEWAL = frozenset({Reason.RENEWAL_MOVED, Reason.EXPIRED})


@dataclass(frozen=True, slots=True)
class Resolved:
    """How many notices were looked at, and the copies that may go out now."""

    notices: int
    ready: list[int]


def resolve(database: Database, rules: Rules, now: datetime, domain: str, ids: Sequence[int] | None = None) -> Resolved:
    """Decide up to a batch of notices: the given ones that need it, or any. `domain`: of the Message-IDs.

    A notice whose decision breaks is left for the next try, and set aside in the end; the others go on. Those that are
    suspected of killing whoever decides them come last, one by one (promise 8).
    """
    decide = partial(_decide, database, rules, now, domain)

    def alone() -> Resolved | None:
        with database.write() as connection:
            one = decisions.claim_alone(connection, ids)
        return _decide_alone(database, now, one, decide) if one else None

    with database.write() as connection:
        some = decisions.claim(connection, ids, BATCH)
    done = [_decide_together(database, some, decide), *one_by_one(alone)]
    return Resolved(sum(each.notices for each in done), [id for each in done for id in each.ready])


_Decide = Callable[[Sequence[int]], Resolved]


def _decide_together(database: Database, ids: Sequence[int], decide: _Decide) -> Resolved:
    """Whose fault it is that broke all of them, or took all our time, is found out by deciding each alone."""
    if not ids:
        return Resolved(0, [])
    try:
        return decide(ids)
    except BaseException as error:  # who dies does not come here: then the claims say so
        _release(database, ids, suspected=not isinstance(error, AWAY))
        raise


def _decide_alone(database: Database, now: datetime, ids: Sequence[int], decide: _Decide) -> Resolved:
    try:
        return decide(ids)
    except AWAY:
        _release(database, ids)
        raise
    except Exception as error:
        log.exception("a decision broke", notice=ids[0])
        with database.write() as connection:
            _set_aside(connection, decisions.undecided(connection, ids), dict.fromkeys(ids, error), now)
        return Resolved(len(ids), [])


def _release(database: Database, ids: Sequence[int], *, suspected: bool = False) -> None:
    def release() -> None:
        with database.write() as connection:
            decisions.release(connection, ids, suspected=suspected)

    patiently(release)


def _decide(database: Database, rules: Rules, now: datetime, domain: str, ids: Sequence[int]) -> Resolved:
    with database.write_decisions() as connection:
        notices = decisions.undecided(connection, ids)
        broken: dict[int, Exception] = {}
        found = verdicts(connection, notices, rules, now, broken)
        again = [notice["id"] for notice in notices if notice["decided_at"]]
        before = decisions.stored_people(connection, again)
        letters = decisions.standing_letters(connection, again)
        same: dict[int, frozenset[str]] = {}
        new: list[tuple[RowMapping, Verdict]] = []
        for notice in notices:
            id, verdict = notice["id"], found.get(notice["id"])
            if verdict is None:
                continue
            if notice["frozen"]:
                _drop_refused(connection, notice, verdict, before.get(id, ()), now)
            elif _is_same(notice, verdict, before.get(id, ()), letters.get(id, [])):
                same[id] = verdict.refs
            else:
                new.append((notice, verdict))
        drop_ordered(connection, [notice["id"] for notice in notices if notice["frozen"]], now)
        decisions.confirm(connection, same, now)
        ready = _record(connection, new, rules, now, domain)
        _set_aside(connection, [notice for notice in notices if notice["id"] in broken], broken, now)
    return Resolved(len(notices), ready)


def _set_aside(
    connection: Connection, notices: Sequence[RowMapping], broken: Mapping[int, Exception], now: datetime
) -> None:
    """Promise 8: after three attempts a row that breaks is shown, and tried no more."""
    aside = decisions.broke(connection, [notice["id"] for notice in notices])
    shown = [_poison(notice, broken[notice["id"]], now) for notice in notices if notice["id"] in aside]
    problems.add(connection, shown)


def _poison(notice: RowMapping, error: Exception, now: datetime) -> dict[str, Any]:
    return {
        "at": now,
        "kind": "poison",
        "subject": f"notice/{notice['id']}",
        "reason": decisions.BROKE,
        "detail": f"Deciding {notice['kind']} of {notice['subject']} broke {decisions.POISON} times; it was set aside. "
        f"`rappel problems retry` tries again.\n{places(error)}",
    }


def _is_same(
    notice: RowMapping, verdict: Verdict, people: Sequence[Person], letters: Sequence[Mapping[Any, Any]]
) -> bool:
    """Whether deciding again came to what is already on its way, to the word."""
    decision = verdict.decision
    if not notice["decided_at"] or not decision.sends or notice["decided_reason"] != decision.reason:
        return False
    said = [_json(content) for content in verdict.contents]
    lines = [(plan.template, plan.language) for plan in decision.letters]
    return (
        tuple(people) == decision.people
        and [(letter["template"], letter["language"]) for letter in letters] == lines
        and [letter["content"] for letter in letters] == said
        and set(decision.notes) <= set(notice["notes"])
    )


def _json(content: Content) -> Any:
    return CONTENT.dump_python(content, mode="json")


def _record(
    connection: Connection, new: Sequence[tuple[RowMapping, Verdict]], rules: Rules, now: datetime, domain: str
) -> list[int]:
    """Write decisions down, but for repeated refusals. Ids of the copies that may go out now."""
    refused = {
        notice["id"]: (notice["occurrence"], verdict.decision.reason)
        for notice, verdict in new
        if notice["decided_at"] is None and verdict.decision.outcome is Outcome.SUPPRESSED
    }
    forgotten = decisions.forget_repeated(connection, refused)
    recorded = [(notice, verdict) for notice, verdict in new if notice["id"] not in forgotten]
    reached = {notice["subject"] for notice, verdict in recorded if verdict.decision.sends}
    problems.mended(connection, reached, ALERTED, now)
    reasons = ((notice, verdict.decision.reason) for notice, verdict in recorded if not verdict.decision.sends)
    problems.add(connection, [_alert(notice, reason, now) for notice, reason in reasons if reason in ALERTED])
    decided = [_decided(notice["id"], verdict, rules, domain) for notice, verdict in recorded]
    return decisions.record(connection, decided, now)


def _decided(notice: int, verdict: Verdict, rules: Rules, domain: str) -> decisions.Decided:
    letters = tuple(
        decisions.NewLetter(plan, _json(content), f"<{uuid4().hex}@{domain}>", rules.toggle_of(plan.template))
        for plan, content in zip(verdict.decision.letters, verdict.contents, strict=True)
    )
    return decisions.Decided(notice, verdict.decision, verdict.refs, letters, verdict.stands_until)


def _alert(notice: RowMapping, reason: Reason, now: datetime) -> dict[str, Any]:
    renewal = f" ({notice['offset_days']} days)" if notice["offset_days"] is not None else ""
    again = " It is decided again at each daily run while its window lasts." if notice["due_reason"] or renewal else ""
    return {
        "at": now,
        "kind": "alert",
        "subject": notice["subject"],
        "reason": reason,
        "detail": f"{notice['kind']} of {notice['subject']}{renewal} reached nobody: {reason}.{again}",
    }


def _drop_refused(
    connection: Connection, notice: RowMapping, verdict: Verdict, people: Sequence[Person], now: datetime
) -> None:
    """Text and lines are frozen: who would not be written to as the facts are now gets no copy any more.

    A Cc copy follows its To copies even where the renewal's date or client changed, or the date passed, in between
    (promise 3).
    """
    decision = verdict.decision
    kept = {(person.ref, person.address) for person in decision.people if person.kept}
    refused = {person.ref: person.reason for person in decision.people if not person.kept}
    dropped = []
    for position, person in enumerate(people):
        if not person.kept or (person.ref, person.address) in kept:
            continue
        reason = refused.get(person.ref, Reason.DECIDED_AGAIN) if decision.people else decision.reason
        moved_on = reason in (Reason.DECIDED_AGAIN, Reason.RENEWAL_MOVED)
        state = State.CANCELLED if moved_on else State.SUPPRESSED
        dropped.append(settlement.Drop(position, state, reason, spares_cc=reason in _OF_THE_RENEWAL))
    of_people = {f"address/{fold(person.address)}" for person in people if person.kept and person.address}
    of_people |= {person.ref for person in people if person.kept and person.ref}
    ledger.replace_refs(connection, {notice["id"]: verdict.refs | of_people})
    settlement.drop_copies(connection, notice["id"], dropped, now)
