"""The life of a delivery, one copy of a letter to one address, and what it makes of its notice (DESIGN promise 3)."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from workers.domain.reasons import Outcome, Reason


class State(StrEnum):
    """`waiting`: a Cc copy before the first accepted To copy. `uncertain`: its body left, its answer never came."""

    WAITING = "waiting"
    PENDING = "pending"
    LEASED = "leased"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"
    HELD = "held"


OPEN = frozenset({State.WAITING, State.PENDING, State.LEASED, State.SENDING, State.HELD})
"""States that still lead somewhere by themselves or by an operator."""

REVOCABLE = frozenset({State.WAITING, State.PENDING, State.LEASED, State.HELD})
"""No byte of the body has left: a changed fact may still take the copy back. Bumps the token."""

TRANSITIONS: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.PENDING, State.CANCELLED, State.SUPPRESSED, State.HELD}),
    State.PENDING: frozenset({State.LEASED, State.CANCELLED, State.SUPPRESSED, State.HELD}),
    State.LEASED: frozenset(
        {State.PENDING, State.SENDING, State.FAILED, State.CANCELLED, State.SUPPRESSED, State.HELD}
    ),
    State.SENDING: frozenset({State.SENT, State.FAILED, State.UNCERTAIN, State.PENDING}),
    State.HELD: frozenset({State.PENDING, State.CANCELLED, State.SENT}),
    State.UNCERTAIN: frozenset({State.SENT, State.FAILED, State.PENDING}),
    State.SENT: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
    State.SUPPRESSED: frozenset(),
}
"""What may follow what. A refusal at RCPT ends a copy that was only leased; who was held may be told otherwise."""


class Verb(StrEnum):
    """What an operator may decide about a copy."""

    RESEND = "resend"
    MARK_SENT = "mark_sent"
    DROP = "drop"


ORDERS: dict[Verb, dict[State, State]] = {
    Verb.RESEND: {State.HELD: State.PENDING, State.UNCERTAIN: State.PENDING},
    Verb.MARK_SENT: {State.HELD: State.SENT, State.UNCERTAIN: State.SENT},
    Verb.DROP: {State.HELD: State.CANCELLED, State.UNCERTAIN: State.FAILED},
}
"""What an operator's word makes of a copy that waits for one."""

SENT_ANEW = frozenset({State.SENT, State.FAILED})
"""Ends that a resend leaves as they are: a new copy of the same letter goes out, with the next number."""


def origins(state: State) -> frozenset[State]:
    """The states from which a copy may come to `state`."""
    return frozenset(before for before, after in TRANSITIONS.items() if state in after)


@dataclass(frozen=True, slots=True)
class Copy:
    """What a notice's outcome is computed from: a delivery's line (to or cc), state and reason, in order of its id."""

    line: str
    state: State
    reason: Reason | None = None


def outcome(copies: Iterable[Copy]) -> tuple[Outcome, Reason | None] | None:
    """The notice's outcome over its To copies, None while one of them is open (DESIGN promise 3).

    The reason is None for `sent`: a sent notice carries the reason of its decision.
    """
    to = [copy for copy in copies if copy.line == "to"]
    if any(copy.state is State.SENT for copy in to):
        return Outcome.SENT, None
    if any(copy.state in OPEN for copy in to):
        return None
    for state in (State.UNCERTAIN, State.FAILED, State.CANCELLED, State.SUPPRESSED):
        found = next((copy for copy in to if copy.state is state), None)
        if found:
            return Outcome(state.value), found.reason
    return None


def cc_follows(copies: Iterable[Copy]) -> State | None:
    """What a waiting Cc copy becomes: pending once a To copy was accepted, cancelled when none can be (HS-8)."""
    to = [copy.state for copy in copies if copy.line == "to"]
    if State.SENT in to:
        return State.PENDING
    if any(state in OPEN or state is State.UNCERTAIN for state in to):
        return None
    return State.CANCELLED


RETRY_STEPS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120, 240))
RETRY_FOR = timedelta(hours=48)
RESENDS = 3
"""How often a copy goes out again by itself because of `on_uncertain = "resend"`; then an operator decides."""
LONGEST_WAIT = 2 * RETRY_STEPS[-1]
"""No copy waits longer than this for its next attempt, jitter included."""
PROBE_STEPS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 30))
LONGEST_REST = 2 * PROBE_STEPS[-1]
"""No route rests longer than this before it is tried again, clocks that differ included."""


def next_attempt(now: datetime, attempts: int, first_answer: datetime, chance: random.Random) -> datetime | None:
    """When to try again after a temporary answer, with up to 20 % of jitter; None when 48 h are over.

    `attempts` counts those already made (>= 1), `first_answer` is when a server first answered for this copy.
    """
    step = RETRY_STEPS[min(attempts, len(RETRY_STEPS)) - 1]
    at = now + step * (1 + chance.random() / 5)
    return at if at <= first_answer + RETRY_FOR else None


def next_resend(now: datetime, times: int) -> datetime | None:
    """When an uncertain copy goes out again by itself, having done so `times` times: at once, then slower; or never.

    A server that takes mails and never answers must not fill its readers' mailboxes.
    """
    waits = (timedelta(), *RETRY_STEPS)[:RESENDS]
    return now + waits[times] if times < len(waits) else None


def next_probe(now: datetime, failures: int) -> datetime:
    """When a paused route is tried again, after `failures` (>= 1) failures to connect in a row."""
    return now + PROBE_STEPS[min(failures, len(PROBE_STEPS)) - 1]
