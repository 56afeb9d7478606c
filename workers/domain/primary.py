"""Which contact of a company carries the primary mark (PX-2, C1 to C3), in whatever order its saves arrive.

- C1: the first contact gets the mark, even if saved with primary = false: an implicit mark. A contact that is heard of
  late, but came to the company earlier, takes an implicit mark from the later one, never an explicit one.
- C3: saving a contact as primary gives it an explicit mark and takes the old one, unless that is newer.
- C2: the mark cannot be unset, only be taken: it stays, with the warning `primary_locked`.
- [choice] when the holder is removed the oldest active contact gets the mark; if there is none nobody has it, until a
  contact is saved that is active or the only one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

PRIMARY_LOCKED: Final = "primary_locked"
"""The warning of C2."""


@dataclass(frozen=True, slots=True)
class Member:
    """A living contact of a company. `since`: (time, order of arrival) of the earliest save that put it there."""

    contact: str
    since: tuple[datetime, int]
    active: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """Who is primary. A save as primary that is older than `time` comes too late; `explicit`: somebody asked for it."""

    holder: str
    time: datetime
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class Marking:
    """The company's mark after a save, None if nobody has it, and what its sender must hear."""

    mark: Mark | None
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Save:
    """A contact was saved at `time`: itself as it now stands, and what was said of the mark (None: nothing)."""

    member: Member
    time: datetime
    primary: bool | None = None


def after_save(mark: Mark | None, known: Iterable[Member], save: Save) -> Marking:
    """The mark of a company after a save. `known`: its living contacts as they stood before.

    Also for a save that came late: where a newer one said nothing of the mark, this one still counts.
    """
    members = {member.contact: member for member in known}
    if save.primary and (mark is None or _takes(mark, members, save)):
        return Marking(Mark(save.member.contact, save.time, explicit=True))
    if mark is None:
        return Marking(_first(members, save))
    if mark.holder == save.member.contact:
        unset = save.primary is False and save.time >= mark.time
        return Marking(_since_when(mark, members, save), PRIMARY_LOCKED if unset else None)
    if _came_before_holder(mark, members, save):
        return Marking(Mark(save.member.contact, save.time))
    return Marking(mark)


def after_removal(mark: Mark | None, remaining: Iterable[Member], contact: str) -> Mark | None:
    """The mark after a contact was deleted, erased or moved to another company; `remaining`: the living others.

    The successor's mark keeps the old one's time, so that a late save as primary is weighed as if it had come before.
    """
    if mark is None or mark.holder != contact:
        return mark
    active = (member for member in remaining if member.active)
    oldest = min(active, key=lambda member: member.since, default=None)
    return Mark(oldest.contact, mark.time) if oldest else None


def _takes(mark: Mark, members: dict[str, Member], save: Save) -> bool:
    """C3: at equal times the later arrival wins (RULES 0.6)."""
    return save.time >= mark.time or _came_before_holder(mark, members, save)


def _first(members: dict[str, Member], save: Save) -> Mark | None:
    alone = members.keys() <= {save.member.contact}
    return Mark(save.member.contact, save.time) if alone or save.member.active else None


def _since_when(mark: Mark, members: dict[str, Member], save: Save) -> Mark:
    """The holder's mark; one that it got as first contact dates from its first save, even if that is told late."""
    return Mark(mark.holder, save.member.since[0]) if _got_as_first(mark, members) else mark


def _got_as_first(mark: Mark, members: dict[str, Member]) -> bool:
    holder = members.get(mark.holder)
    return holder is not None and not mark.explicit and mark.time == holder.since[0]


def _came_before_holder(mark: Mark, members: dict[str, Member], save: Save) -> bool:
    """C1, told late: this save shows that the contact was there before a holder whom nobody chose.

    An inactive one would have been passed over where the mark was inherited.
    """
    holder, before = members.get(mark.holder), members.get(save.member.contact)
    if mark.explicit or holder is None or save.time >= holder.since[0]:
        return False
    told_late = before is None or save.time < before.since[0]
    return told_late and (save.member.active or _got_as_first(mark, members))
