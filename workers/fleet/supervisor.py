"""Starts the children in the order of their needs, starts again what dies, ends them in the opposite order.

One thread, one selector, no blocking call: whatever forks is the main thread (the children's death signal hangs on it),
and a child that is slow, silent or talkative holds up no other.
"""

import contextlib
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType

from workers.fleet.children import Child, RunningChild, how_it_ended
from workers.fleet.events import AllReady, BecameReady, Ended, FleetEvent, Said, Started, Stopping
from workers.fleet.guard import Guard
from workers.fleet.premises import Premises

FIRST_DELAY = 0.2
LONGEST_DELAY = 5.0
STEADY_SECONDS = 30.0
GRACE_SECONDS = 4.0
_PROBE_EVERY = 0.05
_WAKE_EVERY = 0.5
_GUARD = "guard"


def next_delay(delay: float, lived: float) -> float:
    """Seconds to wait before the next start of a child that lived `lived` seconds and had waited `delay` before it."""
    if delay == 0 or lived >= STEADY_SECONDS:
        return FIRST_DELAY
    return min(delay * 2, LONGEST_DELAY)


@dataclass(slots=True)
class _Post:
    """A child's place in the fleet, manned or not. Times are monotonic."""

    child: Child
    running: RunningChild | None = None
    ready: bool = False
    asked_to_end: bool = False
    started_at: float = 0.0
    delay: float = 0.0
    start_at: float = 0.0


class Supervisor:
    """`run()` returns after SIGINT, SIGTERM, SIGHUP or `stop()`, when no process of the fleet is left.

    `on_event` is told what happens, `on_wake` is called at least twice a second; neither may block.
    """

    def __init__(
        self,
        children: Sequence[Child],
        premises: Premises,
        on_event: Callable[[FleetEvent], None],
        on_wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._posts = {child.name: _Post(child) for child in children}
        unknown = {need for child in children for need in child.needs} - self._posts.keys()
        if unknown or len(self._posts) != len(children):
            raise ValueError(f"children need distinct names and known needs (unknown: {sorted(unknown)})")
        self._premises = premises
        self._tell = on_event
        self._on_wake = on_wake
        self._selector = selectors.DefaultSelector()
        self._signal_in, self._signal_out = socket.socketpair()
        self._all_ready_told = False
        self._stop_at: float | None = None

    def stop(self) -> None:
        """End the fleet in good order. May be called from any thread."""
        self._signal_in.send(bytes([signal.SIGTERM]))

    def run(self) -> None:
        """Keep the fleet up. Call it once, from the main thread."""
        with self._selector, self._signal_in, self._signal_out, self._listening_to_signals():
            self._start_guard()
            try:
                while self._stop_at is None or any(post.running for post in self._posts.values()):
                    self._turn()
            finally:  # should we fail, the guard kills those who are left
                self._guard.close()

    def _turn(self) -> None:
        if self._stop_at is None:
            self._start_due()
            self._probe()
        else:
            self._end_due(time_is_over=time.monotonic() >= self._stop_at)
        for key, _ in self._selector.select(self._patience()):
            act: Callable[[], None] = key.data
            act()
        self._on_wake()

    def _patience(self) -> float:
        """Seconds until something is to be done unasked."""
        now = time.monotonic()
        moments = [now + _WAKE_EVERY]
        if self._stop_at is not None and self._stop_at > now:
            moments.append(self._stop_at)
        for post in self._posts.values():
            if post.running and not post.ready:
                moments.append(now + _PROBE_EVERY)
            elif self._stop_at is None and not post.running and self._has_needs_met(post):
                moments.append(post.start_at)
        return max(0.0, min(moments) - now)

    # Starting

    def _has_needs_met(self, post: _Post) -> bool:
        return all(self._posts[need].ready for need in post.child.needs)

    def _start_due(self) -> None:
        now = time.monotonic()
        for post in self._posts.values():
            if post.running is None and post.start_at <= now and self._has_needs_met(post):
                self._start(post)

    def _start(self, post: _Post) -> None:
        running = RunningChild(post.child)
        self._guard.protect(running.pid)
        post.running, post.ready, post.started_at = running, False, time.monotonic()
        self._selector.register(running.pidfd, selectors.EVENT_READ, lambda: self._bury(post, running))
        self._selector.register(running.output, selectors.EVENT_READ, lambda: self._listen(post, running))
        self._tell(Started(post.child.name, running.pid))

    def _probe(self) -> None:
        for post in self._posts.values():
            if post.running and not post.ready and (post.child.ready is None or post.child.ready()):
                post.ready = True
                self._tell(BecameReady(post.child.name))
        if not self._all_ready_told and all(post.ready for post in self._posts.values()):
            self._all_ready_told = True
            self._tell(AllReady())

    # Listening

    def _listen(self, post: _Post, running: RunningChild) -> None:
        if post.running is not running:  # buried earlier in this turn
            return
        for line in running.lines():
            self._tell(Said(post.child.name, line))
        if running.said_all:
            self._selector.unregister(running.output)

    def _bury(self, post: _Post, running: RunningChild) -> None:
        self._selector.unregister(running.pidfd)
        if not running.said_all:
            self._selector.unregister(running.output)
        last_lines, how = running.bury()
        self._guard.forget(running.pid)
        post.running, post.ready = None, False
        for line in last_lines:
            self._tell(Said(post.child.name, line))
        self._tell(Ended(post.child.name, running.pid, how, self._plan_restart(post)))

    def _plan_restart(self, post: _Post) -> float | None:
        if self._stop_at is not None:
            return None
        now = time.monotonic()
        post.delay = next_delay(post.delay, now - post.started_at)
        post.start_at = now + post.delay
        return post.delay

    # Guarding

    def _start_guard(self) -> None:
        self._guard = Guard(self._premises.runtime_dir, self._premises.lock_fd)
        self._selector.register(self._guard.pidfd, selectors.EVENT_READ, self._replace_guard)
        for post in self._posts.values():
            if post.running:
                self._guard.protect(post.running.pid)

    def _replace_guard(self) -> None:
        dead = self._guard
        self._selector.unregister(dead.pidfd)
        self._tell(Ended(_GUARD, dead.pid, how_it_ended(dead.close()), 0.0))
        self._start_guard()
        self._tell(Started(_GUARD, self._guard.pid))

    # Ending

    def _end_due(self, *, time_is_over: bool) -> None:
        """Ask those whom no running child needs; kill all when the time is over."""
        needed = {need for post in self._posts.values() if post.running for need in post.child.needs}
        for post in self._posts.values():
            if post.running is None:
                continue
            if time_is_over:
                post.running.kill_group()
            elif post.child.name not in needed and not post.asked_to_end:
                post.asked_to_end = True
                post.running.terminate()

    def _take_signals(self) -> None:
        for number in self._signal_out.recv(64):
            impatient = self._stop_at is not None and number == signal.SIGINT
            if self._stop_at is None or impatient:
                self._stop_at = time.monotonic() + (0.0 if impatient else GRACE_SECONDS)
                self._tell(Stopping(at_once=impatient))

    @contextlib.contextmanager
    def _listening_to_signals(self) -> Iterator[None]:
        self._signal_in.setblocking(False)
        self._selector.register(self._signal_out, selectors.EVENT_READ, self._take_signals)
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup leaves it
            numbers.append(signal.SIGHUP)
        old_fd = signal.set_wakeup_fd(self._signal_in.fileno())
        old_actions = {number: signal.signal(number, _note) for number in numbers}
        try:
            yield
        finally:
            for number, action in old_actions.items():
                signal.signal(number, action)
            signal.set_wakeup_fd(old_fd)


def _note(_number: int, _frame: FrameType | None) -> None:
    """Python passes a signal to the wakeup descriptor only if it has an action."""
