"""What is kept of states that are told event by event: upstream may say the same every hour, for years."""

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import TypeVar

RECENT = 8
"""How many of equal states in a row are kept beside the first: enough for what arrives late among the newest."""

T = TypeVar("T")


def thinned(
    ordered: Iterable[T], state: Callable[[T], object], outstanding: Callable[[T], bool] = lambda _: False
) -> list[T]:
    """Of equal states in a row the first, the newest ones, and of those between the last that is outstanding."""
    kept: list[T] = []
    for _, run in groupby(ordered, key=state):
        some = list(run)
        between = [each for each in some[1:-RECENT] if outstanding(each)]
        kept += some if len(some) <= RECENT else [some[0], *between[-1:], *some[-RECENT:]]
    return kept
