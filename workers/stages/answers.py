"""What servers answered, written down: each answer makes something of its copy (DESIGN promises 3 and 5).

- accepted: sent; refused: failed, and 5.1.x and 5.2.1 suppress the address
- not now: pending again on our own schedule, failed when 48 hours are over
- no session: the route rests; a 5xx at MAIL: it rests for this sender. The next route is tried at once; after the
  last one the copy is pending again until a way opens, no attempt consumed
- our own rate is used up: pending again until its turn, no attempt consumed
- no body left, by our own doing: pending again at once
- no answer to a body: uncertain; a late answer with the same token still counts, until it is sent again
"""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from workers.domain.delivery import State, next_attempt
from workers.domain.reasons import Reason
from workers.domain.recipients import fold
from workers.postbox.outcomes import Kind, Outcome, Phase
from workers.postbox.parcels import is_open, way
from workers.store import fences, fleet, interventions, ledger, outbox, problems, settlement
from workers.store.outbox import Claimed

DISTRUST = 5
"""So many domains that refuse us with the same 5.7.x say something about us, not about them (promise 5)."""
DISTRUST_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt. `recipient` is whom the server was asked for: with redirect not the copy's address."""

    copy: Claimed
    outcome: Outcome
    recipient: str

    @property
    def suppresses(self) -> bool:
        """Whether it says that nobody reads mail at the copy's own address."""
        return self.outcome.suppresses_address and self.recipient == self.copy.address

    @property
    def ref(self) -> str:
        return f"address/{fold(self.copy.address)}"


@dataclass(frozen=True, slots=True)
class Ways:
    """The routes, in order, and the domain of the one who sends by them: the return path's.

    `probes`: those that have rested and are tried now, each with the mark of its probe.
    """

    routes: tuple[str, ...]
    sender: str
    probes: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def all(self) -> list[str]:
        return [*self.routes, *map(self.of_sender, self.routes)]

    def of_sender(self, route: str) -> str:
        return way(route, self.sender)

    def is_any_open(self, resting: Collection[str]) -> bool:
        return any(is_open(route, self.sender, resting) for route in self.routes)

    def open_at(self, resting: Mapping[str, datetime], now: datetime) -> datetime:
        """When the first of them may be used; `resting` says which rest until when."""
        return min(max(resting.get(route, now), resting.get(self.of_sender(route), now)) for route in self.routes)


def record(
    connection: Connection,
    answers: Sequence[Answer],
    worker: str,
    now: datetime,
    ways: Ways,
    chance: random.Random,
    resent: Collection[str] = (),
) -> list[int]:
    """Write answers down, with what they make of their notices; ids of the Cc copies that may follow (HS-8).

    Where an answer `suppresses`, the transaction must be one that changes facts. `resent`: templates whose uncertain
    mails go out again by themselves.
    """
    suppressing = [answer for answer in answers if answer.suppresses]
    refs = {answer.ref for answer in suppressing}
    concerned = {answer.copy.notice for answer in answers}
    ledger.lock(connection, concerned | fences.leaning(connection, refs))
    in_order = sorted(answers, key=lambda answer: answer.copy.id)
    said = [_attempt(each, worker) for each in in_order if each.outcome.kind not in (Kind.GATED, Kind.LIMITED)]
    outbox.add_attempts(connection, said)
    open_ways: set[str] = set()
    for answer in in_order:
        _judge_route(connection, answer.outcome, now, ways, open_ways)
    outbox.accepted(connection, [each.copy for each in in_order if each.outcome.kind is Kind.ACCEPTED], now)
    for answer in in_order:
        _record_one(connection, answer, now, ways, chance)
    lost = [answer.copy for answer in answers if answer.outcome.kind is Kind.UNCERTAIN]
    interventions.resend_uncertain(connection, outbox.uncertain(connection, lost), resent, now)
    for answer in suppressing:
        address, words = answer.copy.address, answer.outcome.reply.text
        outbox.suppress_address(connection, address, fold(address), "hard", now, words)
    fences.fence(connection, refs)
    return settlement.settle(connection, sorted(concerned), now)


def _record_one(connection: Connection, answer: Answer, now: datetime, ways: Ways, chance: random.Random) -> None:
    copy, outcome = answer.copy, answer.outcome
    match outcome.kind:
        case Kind.ACCEPTED:
            pass  # recorded with all the others
        case Kind.REFUSED:
            reason = Reason.ADDRESS_REFUSED if answer.suppresses else Reason.REFUSED_BY_SERVER
            outbox.move(connection, copy, State.FAILED, reason, ended_at=now)
        case Kind.UNCERTAIN:
            outbox.move(connection, copy, State.UNCERTAIN, Reason.CONNECTION_LOST, ended_at=now)
        case Kind.DEFERRED if not _is_our_doing(outcome):
            _defer(connection, copy, now, chance)
        case Kind.UNREACHABLE | Kind.SENDER_REFUSED:
            if not outcome.goes_on:  # else it is still ours, and on its way to the next route
                until = ways.open_at(fleet.resting(connection, now), now)
                outbox.move(connection, copy, State.PENDING, None, next_attempt_at=until, woken_at=None)
        case Kind.LIMITED:
            turn = now + outcome.wait
            outbox.move(connection, copy, State.PENDING, Reason.RATE_LIMITED, next_attempt_at=turn, woken_at=None)
        case _:  # the gate said no, or could not say; or we gave up before the body
            outbox.move(connection, copy, State.PENDING, None)


def _is_our_doing(outcome: Outcome) -> bool:
    """The gate could not be asked, or this process may no longer send: no server said anything against it."""
    return outcome.reply.phase is Phase.GATE


def _defer(connection: Connection, copy: Claimed, now: datetime, chance: random.Random) -> None:
    first = min(copy.first_answer_at or now, now)  # one that is yet to come was before the clock went back
    attempts = copy.attempts + 1
    again = next_attempt(now, attempts, first, chance)
    counted = {"attempts": attempts, "first_answer_at": first}
    if again is None:
        outbox.move(connection, copy, State.FAILED, Reason.RETRIES_EXHAUSTED, ended_at=now, **counted)
    else:
        outbox.move(connection, copy, State.PENDING, None, next_attempt_at=again, woken_at=None, **counted)


def _judge_route(connection: Connection, outcome: Outcome, now: datetime, ways: Ways, open_ways: set[str]) -> None:
    """Let the route rest that could not be used, and use it again once somebody on it talked to us.

    It rests for one sender only where that one was refused, until MAIL is accepted from it again. `open_ways`: what the
    answers before said of the same; they need not be written down again.
    """
    route, reply = outcome.route, outcome.reply
    if outcome.kind is Kind.UNREACHABLE or _is_distrusted(connection, outcome):
        open_ways.clear()
        what = f"The route {route} rests and is tried again by itself."
        _pause(connection, outcome, route, ways, _alert(outcome, f"route/{route}", Reason.ROUTE_PAUSED, what, now))
    elif outcome.kind is Kind.SENDER_REFUSED:
        if reply.code is not None:
            fleet.reopen_routes(connection, [route], now, ways.probes.values())
        open_ways.clear()
        what = f"The route {route} takes no mail from {ways.sender}; for this sender it rests and is tried again."
        alert = _alert(outcome, f"sender/{ways.sender}", Reason.SENDER_PAUSED, what, now)
        _pause(connection, outcome, ways.of_sender(route), ways, alert)
    elif reply.code is not None:
        opened = {route} if reply.phase is Phase.MAIL else {route, ways.of_sender(route)}
        if not opened <= open_ways:
            fleet.reopen_routes(connection, sorted(opened), now, ways.probes.values())
            open_ways |= opened


def _pause(connection: Connection, outcome: Outcome, way: str, ways: Ways, alert: dict[str, Any]) -> None:
    if fleet.pause_route(connection, way, outcome.reply.text, alert["at"], ways.probes.get(way)):
        problems.alert_once(connection, alert)


def _is_distrusted(connection: Connection, outcome: Outcome) -> bool:
    enhanced = outcome.reply.enhanced or ""
    if outcome.kind is not Kind.REFUSED or not enhanced.startswith("5.7."):
        return False
    since = outcome.answered_at - DISTRUST_WITHIN
    return len(outbox.refusing_domains(connection, outcome.route, enhanced, since)) >= DISTRUST


def _alert(outcome: Outcome, subject: str, reason: Reason, what: str, now: datetime) -> dict[str, Any]:
    reply = outcome.reply
    return {
        "at": now,
        "kind": "alert",
        "subject": subject,
        "reason": reason,
        "detail": f"{what} At {reply.phase} it said: {reply.code or 'nothing'} {reply.text}",
    }


def _attempt(answer: Answer, worker: str) -> dict[str, Any]:
    outcome = answer.outcome
    return {
        "delivery": answer.copy.id,
        "at": outcome.answered_at,
        "route": outcome.route,
        "worker": worker,
        "kind": outcome.kind,
        "phase": outcome.reply.phase,
        "code": outcome.reply.code,
        "enhanced": outcome.reply.enhanced,
        "reply": outcome.reply.text,
        "seconds": outcome.seconds,
    }
