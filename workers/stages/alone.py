"""What may kill its worker is taken up alone: not beside others in a batch, nor beside another suspect in a thread.

Were two suspects in one process whenever it dies, both would be set aside, and one of them may be harmless. What is not
suspected goes on meanwhile: it is answered long before it is suspected, too.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

Done = TypeVar("Done")

_ALONE = threading.Lock()  # one for the process: copies and notices exclude each other as well


def one_by_one(take: Callable[[], Done | None]) -> list[Done]:
    """Take suspects up until there is none left. Nothing where another thread is at it: the sweep comes back."""
    if not _ALONE.acquire(blocking=False):
        return []
    try:
        done = []
        while (one := take()) is not None:
            done.append(one)
        return done
    finally:
        _ALONE.release()
