"""Waits for what must come about, with an end to it: tests ask again and again, they never sleep for a guess."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

WITHIN = 60.0
"""Seconds after which what should have come about is taken to be missing; how fast it is, no test says."""


def until(question: Callable[[], T], seconds: float = WITHIN) -> T:
    """The first true answer; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline, f"still {answer!r} after {seconds:g} s"
        time.sleep(0.01)
    return answer
