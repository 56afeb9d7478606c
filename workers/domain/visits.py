"""Visits: how long a lead stays in one stage with one acceptor, read from its saves in any order (RULES 3, "visit")."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from workers.domain.facts import Visit


@dataclass(frozen=True, slots=True)
class LeadSave:
    """What one `lead.saved` says about the visit. `order` is that of arrival; it breaks ties of `time` (RULES 0.6)."""

    time: datetime
    order: int
    process: str
    stage: str
    entered_at: datetime
    acceptor: str | None

    @property
    def position(self) -> tuple[datetime, int]:
        return self.time, self.order

    @property
    def entry(self) -> tuple[str, str, datetime]:
        return self.process, self.stage, self.entered_at

    def continues(self, before: "LeadSave") -> bool:
        return self.entry == before.entry and self.acceptor == before.acceptor


@dataclass(frozen=True, slots=True)
class CurrentVisit:
    """The visit of the newest save. `order` is the arrival of the save that began it."""

    visit: Visit
    order: int


def visit_of(saves: Iterable[LeadSave]) -> CurrentVisit:
    """The visit a lead is in, whatever the order in which its saves arrived. At least one save (ValueError).

    - it begins when its stage was entered;
    - where only the acceptor changed, at the time of that event;
    - a save that changes neither process, stage, entry nor acceptor continues it.
    """
    kept = compact(saves)
    before, first = (None, kept[0]) if len(kept) == 1 or kept[1].continues(kept[0]) else kept[:2]
    only_acceptor = before is not None and before.entry == first.entry
    begins_at = first.time if only_acceptor else first.entered_at
    return CurrentVisit(Visit(begins_at, first.process, first.stage, first.acceptor, first.entered_at), first.order)


def compact(saves: Iterable[LeadSave]) -> Sequence[LeadSave]:
    """The saves that can still matter, in order: those of the visit, and the one before it. ValueError without any.

    All of the visit's are kept, because a late arrival between two of them splits it.
    """
    ordered = sorted(saves, key=lambda save: save.position)
    if not ordered:
        raise ValueError("a lead without a save has no visit")
    breaks = [index for index, (before, save) in enumerate(pairwise(ordered)) if not save.continues(before)]
    return ordered[breaks[-1] :] if breaks else ordered


def has_mail(visit: Visit, key: str, entered_at: datetime | None, at: datetime | None) -> bool:
    """Whether a mail that was made for the visit of that key is one of this visit's (F17).

    It may be, though the keys differ: a save that is told late can move the beginning of a stay, not what was mailed in
    it. `entered_at`: when the stage of the mail's visit was entered, None where nobody knows any more. `at`: when the
    mail came to its outcome, None while it is open.
    """
    if key == visit.key:
        return True
    if at is not None and at < visit.begins_at:
        return False
    from_entry_on = replace(visit, begins_at=visit.stage_entered_at).key
    if entered_at is None:
        return key == from_entry_on
    return entered_at == visit.stage_entered_at and key.rpartition("|")[0] == from_entry_on.rpartition("|")[0]


def is_closed(current: CurrentVisit, closed_at: datetime, order: int) -> bool:
    """Whether a `lead.closed` of that time and arrival holds: it does until a newer visit (RULES 3)."""
    return (current.visit.begins_at, current.order) <= (closed_at, order)
