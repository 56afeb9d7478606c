"""What somebody is told who asks "did they get it?": one word for a person, or a whole notice, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from workers.domain.delivery import OPEN, State
from workers.domain.notices import Person
from workers.domain.reasons import Outcome


class Standing(StrEnum):
    """`waiting`: decided or to be decided, and on its way. `planned`: nothing exists yet, it is only foreseen.

    `will_not`: foreseen for its day as well, but as things stand it will not go out then.
    """

    SENT = "sent"
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


def of_notice(outcome: str | None, reason: str | None) -> Stands:
    """How a whole notice stands; `reason` of an open one: why it waits."""
    if outcome is None:
        return Stands(Standing.HELD if reason else Standing.WAITING, reason)
    return Stands(_OF_OUTCOME[Outcome(outcome)], reason)


def of_person(person: Person, copies: Iterable[tuple[str, str | None]], notice: Stands) -> Stands:
    """How it stands for one of the people considered. `copies`: state and reason of each of theirs, in order.

    Who was dropped did not get it, whatever became of the others; who was kept goes by the best of their copies.
    """
    if not person.kept:
        return Stands(Standing.NOT_SENT, person.reason)
    ranked = sorted(copies, key=lambda copy: _RANK[State(copy[0])])
    if not ranked:
        return notice
    state, reason = State(ranked[0][0]), ranked[0][1]
    if state is State.SENT:
        return Stands(Standing.SENT, person.reason)
    return Stands(_OF_STATE.get(state, Standing.WAITING), reason or person.reason)


_RANK = {State.SENT: 0, **dict.fromkeys(OPEN, 1), State.UNCERTAIN: 2, State.FAILED: 3}
_RANK |= {State.SUPPRESSED: 4, State.CANCELLED: 5}
