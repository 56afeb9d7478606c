"""Operators' words about single copies: what they would do, then done, recorded, and never twice (DESIGN promise 3)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from workers.domain.delivery import State, Verb
from workers.domain.interventions import Against, Objection, Standing, adds_copy, becomes, last_check, objection
from workers.domain.recipients import fold
from workers.stages.mailroom import Policy
from workers.store import interventions, ledger, settlement
from workers.store.database import Database
from workers.store.interventions import Record
from workers.store.standings import left_behind, standings

PIECE = 100
"""Copies a transaction: ingest waits meanwhile."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants done with copies, and why. `address`: a corrected one, for a single resend."""

    verb: Verb
    operator: str
    why: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """What an order does to a copy. `state`: it comes into; None: it stays. `objection`: why nothing is done.

    `made`: the new copy, once the order was carried out, where it makes one. `follows`: nobody ordered it; a Cc copy
    that had been cancelled follows a new To copy of its letter.
    """

    copy: Standing
    state: State | None
    adds_copy: bool
    objection: Objection | None = None
    made: int | None = None
    follows: bool = False


def plan(database: Database, order: Order, ids: Collection[int], policy: Policy, now: datetime) -> list[Planned]:
    """What the order would do to the copies with these ids, those that there are, and to those that follow them.

    In order of their ids.
    """
    with database.read() as connection:
        return _with_followers(connection, _planned(connection, order, ids, policy, now), policy, now)


def carry_out(
    database: Database, order: Order, plans: Sequence[Planned], policy: Policy, now: datetime
) -> Iterator[Planned]:
    """Do what was planned, a piece at a time, but for copies that somebody or something changed meanwhile."""
    wanted = [planned for planned in plans if not (planned.objection or planned.follows)]
    for start in range(0, len(wanted), PIECE):
        yield from _carry_out(database, order, wanted[start : start + PIECE], policy, now)


def _carry_out(
    database: Database, order: Order, plans: Sequence[Planned], policy: Policy, now: datetime
) -> list[Planned]:
    """Facts stay as they are meanwhile, and so do the copies: their notices are locked before they are looked at."""
    seen = {planned.copy.id: planned.copy for planned in plans}
    with database.write_decisions() as connection:
        ledger.lock(connection, {planned.copy.notice for planned in plans})
        found = _planned(connection, order, seen, policy, now)
        found = [_unless_changed(each, seen[each.copy.id]) for each in found]
        return _write(connection, order, _with_followers(connection, found, policy, now), now)


def _unless_changed(planned: Planned, seen: Standing) -> Planned:
    """The token tells whether it went out meanwhile and came back to the same state."""
    copy = planned.copy
    if planned.objection or (copy.state, copy.token) == (seen.state, seen.token):
        return planned
    advice = f"it was {seen.state} when the plan was made, is {copy.state} now, and was changed: look at it again"
    return replace(planned, objection=Objection(Against.CHANGED, advice))


def _planned(
    connection: Connection, order: Order, ids: Collection[int], policy: Policy, now: datetime
) -> list[Planned]:
    said = (order.verb, order.operator, order.why, order.address)
    before = interventions.same_before(connection, ids, *said)
    found = standings(connection, ids, order.address)
    copies = [replace(found[id], ordered_at=before.get(id)) for id in sorted(found)]
    return [_plan(order.verb, copy, policy, now) for copy in copies]


def _with_followers(connection: Connection, plans: Sequence[Planned], policy: Policy, now: datetime) -> list[Planned]:
    """Who is copied on a mail is copied when it is sent anew (HS-4), and waits for a To copy as before (HS-8)."""
    going = [each.copy for each in plans if each.adds_copy and not each.objection and each.copy.line == "to"]
    goes_to = {(copy.letter, fold(copy.reader)): copy.id for copy in going}
    found: dict[int, Planned] = {}
    for copy in left_behind(connection, {copy.letter for copy in going}):
        doubled = copy.doubled or goes_to.get((copy.letter, fold(copy.reader)))
        planned = _plan(Verb.RESEND, replace(copy, doubled=doubled, to_accepted=True), policy, now)
        found[copy.id] = replace(planned, follows=True)
    return sorted(({each.copy.id: each for each in plans} | found).values(), key=lambda each: each.copy.id)


def _plan(verb: Verb, copy: Standing, policy: Policy, now: datetime) -> Planned:
    against = objection(verb, copy, now)
    if against is None and verb is Verb.RESEND and not policy.allows(copy.reader):
        advice = f"mail.mode does not allow mail to {copy.reader}: change mail.mode first, else it is held again"
        against = Objection(Against.OUTSIDE_ALLOWED_DOMAINS, advice)
    return Planned(copy, becomes(verb, copy), adds_copy(verb, copy), against)


def _write(connection: Connection, order: Order, plans: Sequence[Planned], now: datetime) -> list[Planned]:
    """Change the copies, record why, and recompute their notices, all in this transaction."""
    done = [planned if planned.objection else _change(connection, planned, now) for planned in plans]
    carried = [planned for planned in done if not planned.objection]
    interventions.add(connection, [_record(order, planned, now) for planned in carried])
    concerned = sorted({planned.copy.notice for planned in carried})
    settlement.settle(connection, concerned, now, _sent_at(carried, now))
    judged = [planned.copy for planned in carried if not _goes_by_the_rules(order, planned)]
    interventions.freeze(connection, {copy.notice for copy in judged})
    if order.verb is Verb.RESEND:
        _lean(connection, judged)
    return done


def _change(connection: Connection, planned: Planned, now: datetime) -> Planned:
    if planned.state:
        interventions.change(connection, planned.copy, planned.state, now)
    if not planned.adds_copy:
        return planned
    return replace(planned, made=interventions.add_copy(connection, planned.copy, now))


def _record(order: Order, planned: Planned, now: datetime) -> Record:
    copy = planned.copy
    said = (order.verb, order.operator, order.why)
    return Record(copy.id, now, *said, copy.state, address=order.address, made=planned.made)


def _goes_by_the_rules(order: Order, planned: Planned) -> bool:
    """What was held has not left: it goes out as if it had not been held, and facts may still change its letter."""
    return order.verb is Verb.RESEND and planned.copy.state is State.HELD and not planned.adds_copy


def _sent_at(plans: Sequence[Planned], now: datetime) -> dict[int, datetime]:
    """By notice: when the first of its mails was sent that an operator calls sent (LT-7)."""
    times: dict[int, datetime] = {}
    for planned in plans:
        if planned.state is State.SENT and planned.copy.line == "to":
            at = interventions.sent_at(planned.copy, now)
            times[planned.copy.notice] = min(at, times.get(planned.copy.notice, at))
    return times


def _lean(connection: Connection, copies: Sequence[Standing]) -> None:
    """What may still stop these copies before their bodies leave: whoever changes it fences them (promise 2)."""
    refs: dict[int, set[str]] = {}
    for copy in copies:
        of_copy = {f"address/{fold(copy.reader)}", f"template/{copy.template}", copy.ref} - {None}
        refs[copy.notice] = refs.get(copy.notice, set()) | {ref for ref in of_copy if ref}
    ledger.add_refs(connection, refs)


def drop_ordered(connection: Connection, notices: Collection[int], now: datetime) -> None:
    """The last check of copies that operators send: an address that bounced, an erased person, a switched-off template.

    Runs when facts have changed that these notices lean on, or a day is over.
    """
    ids = interventions.ordered_copies(connection, notices) if notices else []
    if not ids:
        return
    found = {copy: last_check(copy, now) for copy in standings(connection, ids).values()}
    refused = {copy: reason for copy, reason in found.items() if reason}
    for copy, reason in refused.items():
        interventions.suppress(connection, copy.id, reason, now)
    settlement.settle(connection, sorted({copy.notice for copy in refused}), now)
    _lean(connection, [copy for copy in found if copy not in refused])
