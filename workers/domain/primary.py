"""Which contact of a company carries the primary mark (PX-2, C1 to C3), read from what was told of its contacts.

What was told is gone through in the order of its own time, whatever the order in which it arrived (RULES 0.6):

- C1: the first contact gets the mark, even if saved with primary = false;
- C3: a contact saved as primary takes the mark from the old one;
- C2: the mark cannot be unset, only be taken: it stays, with the warning `primary_locked`;
- [choice] when the holder is deleted, or moves to another company, the oldest active contact gets the mark; if there is
  none nobody has it, until a contact is saved that is active or the only one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from operator import attrgetter
from typing import Final

from workers.domain import thinning

PRIMARY_LOCKED: Final = "primary_locked"
"""The warning of C2."""

_IN_ORDER = attrgetter("time", "order")

Position = tuple[datetime, int]
"""The time of an event, then its arrival: at equal times the later arrival wins."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one event said of where a contact is. `order` is that of arrival.

    `company` None: deleted or erased. `primary`: what was said of the mark, None: nothing. `settled`: it is so old that
    only what came of it is kept; then `primary` tells whether the contact has the mark.
    """

    contact: str
    time: datetime
    order: int
    company: str | None
    active: bool = True
    primary: bool | None = None
    settled: bool = False

    @property
    def position(self) -> Position:
        return self.time, self.order


@dataclass(frozen=True, slots=True)
class Member:
    """A living contact of a company. `since`: the entry that put it there."""

    contact: str
    since: Position
    active: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """Who is primary. `since`: what gave it the mark last; None: nobody knows any more, it is settled.

    `explicit`: somebody asked for it.
    """

    holder: str
    since: Position | None
    explicit: bool = False


class Members:
    """The living contacts of one company and the mark, after what was told of them up to `heard`."""

    def __init__(self, company: str, entries: Iterable[Entry] = ()) -> None:
        self.company = company
        self.living: dict[str, Member] = {}
        self.mark: Mark | None = None
        self.heard: Position | None = None
        for entry in sorted(entries, key=_IN_ORDER):
            self.hear(entry)

    def hear(self, entry: Entry) -> None:
        """What comes next, in the order of time; of contacts of other companies it means nothing."""
        self.heard = entry.position
        member = self.living.get(entry.contact)
        if entry.company == self.company:
            since = member.since if member else entry.position
            self.living[entry.contact] = Member(entry.contact, since, entry.active)
            self._hear_save(entry)
        elif member:
            del self.living[entry.contact]
            if self.mark and self.mark.holder == entry.contact:
                self.mark = self._inherited(entry)

    def warning(self, entry: Entry) -> str | None:
        """What its sender must hear of an entry that is among those heard: C2."""
        mark = self.mark
        unset = entry.primary is False and mark is not None and mark.holder == entry.contact
        return PRIMARY_LOCKED if unset and mark and (mark.since is None or mark.since < entry.position) else None

    def _hear_save(self, entry: Entry) -> None:
        if entry.settled:
            self.mark = Mark(entry.contact, None) if entry.primary else self.mark
        elif entry.primary:
            self.mark = Mark(entry.contact, entry.position, explicit=True)
        elif self.mark is None and (entry.active or len(self.living) == 1):
            self.mark = Mark(entry.contact, entry.position)

    def _inherited(self, entry: Entry) -> Mark | None:
        active = (member for member in self.living.values() if member.active)
        oldest = min(active, key=lambda member: member.since, default=None)
        return Mark(oldest.contact, entry.position) if oldest else None


def newest_stay(entries: Iterable[Entry]) -> Entry | None:
    """The entry with which a contact, as far as told of it, came to the company that it is in, or was in last."""
    first: Entry | None = None
    before: str | None = None
    for entry in sorted(entries, key=_IN_ORDER):
        if entry.company is not None and entry.company != before:
            first = entry
        before = entry.company
    return first


def settled(company: str, entries: Iterable[Entry], oldest: int) -> list[Entry]:
    """The entries of a company's contacts, the old ones replaced by what came of them for this company.

    Old: arrived before `oldest`, and nothing that arrived later was told of an earlier time. Of each contact that is
    there, its coming and its last state are kept; whoever has left again leaves nothing but that.
    """
    ordered = sorted(entries, key=_IN_ORDER)
    old = list(takewhile(lambda each: each.order < oldest, ordered))
    then = Members(company, old)
    last = {entry.contact: entry for entry in old}
    kept = (_as_it_came_out(entry, then, last[entry.contact]) for entry in old)
    return [*(entry for entry in kept if entry), *ordered[len(old) :]]


def _as_it_came_out(entry: Entry, then: Members, last: Entry) -> Entry | None:
    if entry.company != then.company:
        return entry
    member = then.living.get(entry.contact)
    if member is None or entry.position < member.since:
        return replace(entry, company=None, active=True, primary=None, settled=True)
    holds = then.mark is not None and then.mark.holder == entry.contact
    if entry is last:
        return replace(entry, primary=True if holds else None, settled=True)
    return replace(entry, primary=None, settled=True) if entry.position == member.since else None


def thinned(entries: Iterable[Entry]) -> list[Entry]:
    """Of one contact's entries those that can still matter, in order.

    Of those in a row that tell of the same company, active or not, the last that asked for the mark is kept, too.
    Settled ends of stays of which nothing is left end nothing.
    """
    ordered = sorted(entries, key=_IN_ORDER)
    kept = thinning.thinned(ordered, lambda each: (each.company, each.active), lambda each: bool(each.primary))
    ends = list(takewhile(lambda each: each.company is None and each.settled, kept))
    return kept[len(ends) :] or ends[-1:]
