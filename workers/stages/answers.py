"""What servers answered, written down: each answer makes something of its copy (DESIGN promises 3 and 5).

- accepted: sent; refused: failed, and 5.1.x and 5.2.1 suppress the address
- not now: pending again on our own schedule, failed when 48 hours are over
- no session, or a 5xx at MAIL: pending again, no attempt consumed, the route rests
- no body left, by our own doing: pending again at once
- no answer to a body: uncertain; a late answer with the same token still counts, until it is sent again
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from workers.domain.delivery import State, next_attempt
from workers.domain.reasons import Reason
from workers.domain.recipients import fold
from workers.postbox.outcomes import Kind, Outcome, Phase
from workers.store import fleet, interventions, ledger, outbox, problems
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


def record(
    connection: Connection,
    answers: Sequence[Answer],
    worker: str,
    now: datetime,
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
    ledger.lock(connection, concerned | ledger.leaning(connection, refs))
    uncertain = []
    for answer in sorted(answers, key=lambda answer: answer.copy.id):
        if _record_one(connection, answer, worker, now, chance) and answer.outcome.kind is Kind.UNCERTAIN:
            uncertain.append(answer.copy.id)
    interventions.resend_uncertain(connection, uncertain, resent, now)
    for answer in suppressing:
        address, words = answer.copy.address, answer.outcome.reply.text
        outbox.suppress_address(connection, address, fold(address), "hard", now, words)
    ledger.fence(connection, refs)
    return ledger.settle(connection, sorted(concerned), now)


def _record_one(connection: Connection, answer: Answer, worker: str, now: datetime, chance: random.Random) -> bool:
    """False if the copy is no longer in this worker's hands, so that the answer is only kept."""
    copy, outcome = answer.copy, answer.outcome
    if outcome.kind is not Kind.GATED:
        outbox.add_attempt(connection, _attempt(answer, worker))
    _judge_route(connection, outcome, now)
    match outcome.kind:
        case Kind.ACCEPTED:
            return outbox.move(connection, copy, State.SENT, Reason.ACCEPTED, ended_at=now)
        case Kind.REFUSED:
            reason = Reason.ADDRESS_REFUSED if answer.suppresses else Reason.REFUSED_BY_SERVER
            return outbox.move(connection, copy, State.FAILED, reason, ended_at=now)
        case Kind.UNCERTAIN:
            return outbox.move(connection, copy, State.UNCERTAIN, Reason.CONNECTION_LOST, ended_at=now)
        case Kind.DEFERRED if not _is_our_doing(outcome):
            return _defer(connection, copy, now, chance)
        case Kind.UNREACHABLE | Kind.SENDER_REFUSED:
            until = fleet.paused_until(connection, outcome.route)
            return outbox.move(connection, copy, State.PENDING, None, next_attempt_at=until or now)
        case _:  # the gate said no, or could not say; or we gave up before the body
            return outbox.move(connection, copy, State.PENDING, None)


def _is_our_doing(outcome: Outcome) -> bool:
    """The gate could not be asked, or this process may no longer send: no server said anything against it."""
    return outcome.reply.phase is Phase.GATE


def _defer(connection: Connection, copy: Claimed, now: datetime, chance: random.Random) -> bool:
    first = copy.first_answer_at or now
    attempts = copy.attempts + 1
    again = next_attempt(now, attempts, first, chance)
    counted = {"attempts": attempts, "first_answer_at": first}
    if again is None:
        return outbox.move(connection, copy, State.FAILED, Reason.RETRIES_EXHAUSTED, ended_at=now, **counted)
    return outbox.move(connection, copy, State.PENDING, None, next_attempt_at=again, **counted)


def _judge_route(connection: Connection, outcome: Outcome, now: datetime) -> None:
    """Let the route rest that could not be used, and use it again once somebody on it talked to us."""
    if outcome.kind in (Kind.UNREACHABLE, Kind.SENDER_REFUSED) or _is_distrusted(connection, outcome):
        if fleet.pause_route(connection, outcome.route, outcome.reply.text, now):
            problems.alert_once(connection, _alert(outcome, now))
    elif outcome.reply.code is not None:
        fleet.reopen_route(connection, outcome.route, now)


def _is_distrusted(connection: Connection, outcome: Outcome) -> bool:
    enhanced = outcome.reply.enhanced or ""
    if outcome.kind is not Kind.REFUSED or not enhanced.startswith("5.7."):
        return False
    since = outcome.answered_at - DISTRUST_WITHIN
    return len(outbox.refusing_domains(connection, outcome.route, enhanced, since)) >= DISTRUST


def _alert(outcome: Outcome, now: datetime) -> dict[str, Any]:
    return {
        "at": now,
        "kind": "alert",
        "subject": f"route/{outcome.route}",
        "reason": Reason.ROUTE_PAUSED,
        "detail": f"The route {outcome.route} rests and is tried again by itself. At {outcome.reply.phase} it said: "
        f"{outcome.reply.code or 'nothing'} {outcome.reply.text}",
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
