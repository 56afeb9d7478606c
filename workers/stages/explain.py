"""Why nothing goes out about a lead or a renewal right now, and what is foreseen (EVENTS, `--explain`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from workers.domain import follow_up, renewals
from workers.domain.reasons import Reason
from workers.stages.judged import judged
from workers.stages.rules import Rules
from workers.store import cases
from workers.store.export import stamp
from workers.store.on_their_way import as_if_sent

ANSWERED = ("lead", "renewal")
"""Of these it can be said why nothing goes out now, and when something will."""


@dataclass(frozen=True, slots=True)
class Explained:
    """The answer for one reference as of `at`; `next`: the run that will try to send, None where none is foreseen.

    A run goes by its minute, also one of today that is late and still to be made.
    """

    ref: str
    at: datetime
    answer: Reason
    next: datetime | None = None

    @property
    def is_late(self) -> bool:
        """Whether that run should have been made by now; it is, as soon as the fleet is back (RULES 0.13)."""
        return self.next is not None and self.next < self.at

    def to_json(self) -> dict[str, Any]:
        """As EVENTS prints it."""
        return {"explain": self.ref, "at": stamp(self.at), "answer": self.answer, "next": stamp(self.next)}


def explain(connection: Connection, rules: Rules, ref: str, at: datetime) -> Explained:
    """Answer for `lead/ID` or `renewal/ID`; anything else, or what nobody has sent yet, is `unknown`."""
    kind, _, id = ref.partition("/")
    match kind:
        case "lead":
            return _lead(connection, rules, ref, id, at)
        case "renewal":
            return _renewal(connection, rules, ref, id, at)
    return Explained(ref, at, Reason.UNKNOWN)


def _lead(connection: Connection, rules: Rules, ref: str, id: str, at: datetime) -> Explained:
    case = as_if_sent(connection, cases.lead_cases(connection, [id])).get(id)
    if case is None:
        return Explained(ref, at, Reason.UNKNOWN)
    behind = judged(connection, rules.daily, "lead", [id], at)[id]
    found = follow_up.explain(case, at, rules.follow_up, behind.day, behind.seen)
    return Explained(ref, at, found.answer, found.next)


def _renewal(connection: Connection, rules: Rules, ref: str, id: str, at: datetime) -> Explained:
    case = cases.renewal_cases(connection, [id]).get(id)
    if case is None:
        return Explained(ref, at, Reason.UNKNOWN)
    daily = rules.daily
    history = cases.offset_histories(connection, [case.renewal])[id]
    behind = judged(connection, daily, "renewal", [id], at)[id]
    answer, day = renewals.explain(case, history, daily.day_of(at), behind.next_run, rules.renewals)
    return Explained(ref, at, answer, daily.run_at(day) if day else None)
