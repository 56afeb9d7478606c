"""What somebody is told who asks "did they get it?": one word for a person, or a whole notice, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from workers.domain.delivery import OPEN, State
from workers.domain.notices import Person
from workers.domain.reasons import Outcome, Reason


class Capture(StrEnum):
    """What is said of a copy that only the mail catcher took: nothing yet, or that it counts as sent, or does not."""

    CAPTURED = "captured"
    COUNTED = "counted"
    NOT_COUNTED = "not_counted"


class Standing(StrEnum):
    """`captured`: only the mail catcher took it. `counted`: no server is known to have, an operator called it sent.

    `waiting`: decided or to be decided, and on its way. `planned`: nothing exists yet, it is only foreseen.

    `will_not`: foreseen for its day as well, but as things stand it will not go out then.
    """

    SENT = "sent"
    CAPTURED = "captured"
    COUNTED = "counted"
    NOT_SENT = "not_sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    HELD = "held"
    WAITING = "waiting"
    PLANNED = "planned"
    WILL_NOT = "will_not"


@dataclass(frozen=True, slots=True)
class Stands:
    """A standing and the reason to be told with it; None where there is none yet."""

    standing: Standing
    reason: str | None = None


_OF_STATE = {
    State.SENT: Standing.SENT,
    State.FAILED: Standing.FAILED,
    State.UNCERTAIN: Standing.UNCERTAIN,
    State.CANCELLED: Standing.NOT_SENT,
    State.SUPPRESSED: Standing.NOT_SENT,
    State.HELD: Standing.HELD,
}
_OF_OUTCOME = {
    Outcome.SENT: Standing.SENT,
    Outcome.SUPPRESSED: Standing.NOT_SENT,
    Outcome.CANCELLED: Standing.NOT_SENT,
    Outcome.FAILED: Standing.FAILED,
    Outcome.HELD: Standing.HELD,
    Outcome.UNCERTAIN: Standing.UNCERTAIN,
}


_OF_CAPTURE = {
    Capture.CAPTURED: Standing.CAPTURED,
    Capture.COUNTED: Standing.COUNTED,
    Capture.NOT_COUNTED: Standing.NOT_SENT,
}

Fate = tuple[str, str | None, str | None]
"""Of a copy: its state, the reason, and the `Capture` of one that only the mail catcher took."""


def of_notice(outcome: str | None, reason: str | None, copies: Iterable[Fate] = ()) -> Stands:
    """How a whole notice stands; `reason` of an open one: why it waits. It is sent if one of its copies truly left."""
    if outcome is None:
        return Stands(Standing.HELD if reason else Standing.WAITING, reason)
    sent = [_sent(copy) for copy in copies if copy[0] == State.SENT]
    if outcome == Outcome.SENT and sent and Standing.SENT not in sent:
        return Stands(sent[-1], reason)
    return Stands(_OF_OUTCOME[Outcome(outcome)], reason)


def of_person(person: Person, copies: Iterable[Fate], notice: Stands) -> Stands:
    """How it stands for one of the people considered. `copies`: each of theirs, in order.

    Who was dropped did not get it, whatever became of the others; who was kept goes by the best of their copies, and
    one that truly left is better than one that the mail catcher took.
    """
    if not person.kept:
        return Stands(Standing.NOT_SENT, person.reason)
    ranked = sorted(copies, key=lambda copy: (_RANK[State(copy[0])], _sent(copy) is not Standing.SENT))
    if not ranked:
        return notice
    state, reason, capture = State(ranked[0][0]), ranked[0][1], ranked[0][2]
    if capture == Capture.NOT_COUNTED:
        return Stands(Standing.NOT_SENT, Reason.ONLY_CAPTURED)
    if state is State.SENT:
        return Stands(_sent(ranked[0]), person.reason)
    return Stands(_OF_STATE.get(state, Standing.WAITING), reason or person.reason)


def _sent(copy: Fate) -> Standing:
    """Of a copy whose state is sent: whether a server took it."""
    _, reason, capture = copy
    if capture:
        return _OF_CAPTURE[Capture(capture)]
    return Standing.COUNTED if reason == Reason.OPERATOR else Standing.SENT


_RANK = {State.SENT: 0, **dict.fromkeys(OPEN, 1), State.UNCERTAIN: 2, State.FAILED: 3}
_RANK |= {State.SUPPRESSED: 4, State.CANCELLED: 5}
