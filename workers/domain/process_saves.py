"""Since when a sales process is as it is, read from its saves in whatever order they arrive (F20; RULES 0.6)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from workers.domain.thinning import RECENT


@dataclass(frozen=True, slots=True)
class ProcessSave:
    """What one `process.saved` said of each aspect: the cadence, and the duration of each of its stages.

    An aspect that it does not name did not exist. `order` is that of arrival; it breaks ties of `time`.
    """

    time: datetime
    order: int
    says: Mapping[str, Any]


def in_order(saves: Iterable[ProcessSave]) -> list[ProcessSave]:
    """The saves by their own time."""
    return sorted(saves, key=lambda save: (save.time, save.order))


def since(ordered: Sequence[ProcessSave], aspect: str) -> datetime:
    """Since when all saves up to the newest have said of an aspect what that one says."""
    return _unchanged(ordered, aspect)[0].time


def compact(ordered: Sequence[ProcessSave]) -> list[ProcessSave]:
    """The saves that can still matter, however many there were.

    Of each aspect the one that said otherwise last and the first that said what the newest does; and the newest ones,
    which show since when it is so where a late one tells that it was not always.
    """
    kept = set(range(max(0, len(ordered) - RECENT), len(ordered)))
    for aspect in ordered[-1].says:
        first = len(ordered) - len(_unchanged(ordered, aspect))
        kept |= {first, max(0, first - 1)}
    return [ordered[index] for index in sorted(kept)]


def of_before(now: ProcessSave, set_at: Mapping[str, datetime]) -> Collection[ProcessSave]:
    """What saves that were not kept must have said: `set_at` tells since when each aspect is as it is `now`."""
    times = sorted({*set_at.values(), now.time} - {now.time})
    told = ({aspect: now.says[aspect] for aspect in now.says if set_at[aspect] <= time} for time in times)
    return [*(ProcessSave(time, 0, says) for time, says in zip(times, told, strict=True)), now]


def _unchanged(ordered: Sequence[ProcessSave], aspect: str) -> list[ProcessSave]:
    newest = ordered[-1].says[aspect]
    same = takewhile(lambda save: aspect in save.says and save.says[aspect] == newest, reversed(ordered))
    return list(same)[::-1]
