"""Occasions out of date and out of order: what is decided before any other rule looks at one (RULES 0.11, 0.12).

- An occasion that took longer than `max_age` to arrive is history, which is never mailed: `stale_occasion`.
- One whose company, activity's object or ticket is unknown is held as `reference_missing` until that arrives, and
  suppressed with that reason after `wait`. Nothing else is waited for.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta

from workers.domain.calendar import later
from workers.domain.facts import Occasion
from workers.domain.notices import Decision
from workers.domain.reasons import Outcome, Reason

_AWAITED_OBJECTS = frozenset({"company", "deal", "project", "ticket"})
"""Objects that owners are asked for; a contact or an invoice has none (O8), so there is nothing to wait for."""


@dataclass(frozen=True, slots=True)
class OccasionRules:
    """The settings of RULES 0.12. `wait` is counted from the arrival."""

    max_age: timedelta = timedelta(days=3)
    wait: timedelta = timedelta(hours=24)


def staleness(time: datetime, arrived: datetime, max_age: timedelta) -> Reason | None:
    """`stale_occasion` for an event that was older than `max_age` when it arrived, else None."""
    return Reason.STALE_OCCASION if arrived - time > max_age else None


def waits(occasion: Occasion) -> tuple[str, ...]:
    """What must be known before the occasion is decided, as kind/ID."""
    found = []
    if occasion.company:
        found.append(f"company/{occasion.company}")
    if occasion.object and occasion.object.partition("/")[0] in _AWAITED_OBJECTS:
        found.append(occasion.object)
    if occasion.ticket and occasion.type.startswith("ticket."):
        found.append(f"ticket/{occasion.ticket}")
    return tuple(found)


def waits_until(occasion: Occasion, rules: OccasionRules) -> datetime:
    """From this instant on it waits no longer."""
    return later(occasion.arrived_at, rules.wait)


def undecidable(occasion: Occasion, known: Container[str], now: datetime, rules: OccasionRules) -> Decision | None:
    """Why the occasion is refused or held at `now`; None: the rules of its kind may decide.

    `known`: at least those of `waits(occasion)` that were ever saved, deleted since or not.
    """
    if stale := staleness(occasion.time, occasion.arrived_at, rules.max_age):
        return Decision.refused(stale)
    if all(ref in known for ref in waits(occasion)):
        return None
    waiting = now < waits_until(occasion, rules)
    return Decision(Reason.REFERENCE_MISSING, Outcome.HELD if waiting else Outcome.SUPPRESSED)
