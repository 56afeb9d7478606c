"""Tells a person what the fleet does, one line an event, and never waits for a reader.

A terminal that was stopped (Ctrl-S) or a pager that does not read must not stop the fleet. Lines wait in a bounded
buffer, written when the reader takes them; what does not fit is counted and the number told.
"""

import os
import select
import time
from collections import deque
from typing import Final

from workers.fleet.events import AllReady, BecameReady, Ended, FleetEvent, Said, Started, Stopping

_COLOURS: Final = (36, 33, 32, 35, 34, 96, 93, 92)  # ANSI foregrounds; red is kept for what dies
_RED: Final = 31
_MOST_WAITING_LINES: Final = 10_000
_PIPE_BUF: Final = 4096  # a descriptor that polls writable takes this much without blocking


class Console:
    """Prints fleet events to a file descriptor; call `flush` whenever there is time."""

    def __init__(self, fd: int, *, colour: bool | None = None) -> None:
        self._fd = fd
        self._colour = os.isatty(fd) if colour is None else colour
        self._colour_of: dict[str, int] = {}
        self._waiting: deque[bytes] = deque()
        self._dropped = 0

    def __call__(self, event: FleetEvent) -> None:
        match event:
            case Said(name, line):
                self._add(name, line)
            case Started(name, pid):
                self._add("fleet", f"{name} is started (pid {pid})")
            case BecameReady(name):
                self._add("fleet", f"{name} is ready")
            case Ended(name, pid, how, None):
                self._add("fleet", f"{name} (pid {pid}) {how}")
            case Ended(name, pid, how, restart_in):
                self._add(
                    "fleet", self._paint(f"{name} (pid {pid}) {how}; starting it again in {restart_in:g} s", _RED)
                )
            case AllReady():
                self._add("fleet", "all is ready")
            case Stopping(at_once):
                self._add("fleet", "killing all" if at_once else "stopping; once more kills at once")
        self.flush()

    def flush(self) -> None:
        """Write what the reader takes now."""
        while self._waiting and select.select([], [self._fd], [], 0)[1]:
            self._write_some()

    def close(self, patience: float = 1.0) -> None:
        """Write the rest, waiting at most `patience` seconds for a slow reader."""
        deadline = time.monotonic() + patience
        while self._waiting and (left := deadline - time.monotonic()) > 0:
            select.select([], [self._fd], [], left)
            self.flush()

    def _add(self, name: str, line: str) -> None:
        if len(self._waiting) >= _MOST_WAITING_LINES:
            self._dropped += 1
            return
        if self._dropped:
            self._waiting.append(f"{self._prefix('fleet')}{self._dropped} lines were not shown\n".encode())
            self._dropped = 0
        self._waiting.append(f"{self._prefix(name)}{line}\n".encode(errors="replace"))

    def _write_some(self) -> None:
        """One write of whole lines, or of the next part of a long one."""
        chunk = self._waiting.popleft()
        while self._waiting and len(chunk) + len(self._waiting[0]) <= _PIPE_BUF:
            chunk += self._waiting.popleft()
        try:
            written = os.write(self._fd, chunk[:_PIPE_BUF])
        except BrokenPipeError:  # the reader has gone: the fleet goes on without telling
            return
        if rest := chunk[written:]:
            self._waiting.appendleft(rest)

    def _prefix(self, name: str) -> str:
        code = self._colour_of.setdefault(name, _COLOURS[len(self._colour_of) % len(_COLOURS)])
        return self._paint(f"{name:<12} ", code)

    def _paint(self, text: str, code: int) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text
