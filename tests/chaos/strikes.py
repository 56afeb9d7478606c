"""What each fault does to a fleet. A fault that did not bite is no fault: it is tried again, or the run fails."""

import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

import redis

from tests.chaos.parts import send_signal
from tests.chaos.plan import Fault, Strike
from tests.chaos.scene import Scene

One = TypeVar("One")

COMES_WITHIN = 60.0
"""Seconds for what is sure to come, on a machine that has much else to do."""

BURIED_WITHIN = 30.0
"""Seconds in which a silent worker is declared dead: after 4 or 5, where the machine has nothing else to do."""

REFUSALS = 30
"""A full Valkey has bitten when it has refused so many commands: each process has six consumers."""

AWAY = 1.5
"""Seconds that a server stays away at most."""


class ToothlessError(RuntimeError):
    """A fault did not do what it is there to do."""


@dataclass(frozen=True, slots=True)
class Struck:
    """`under_way`: copies in the hands of workers at that moment; `bite`: what it did to them, where that is known."""

    fault: Fault
    under_way: int
    bite: str

    def __str__(self) -> str:
        return f"{self.fault} ({self.under_way} copies under way{self.bite and f'; {self.bite}'})"


def strike(scene: Scene, what: Strike) -> Struck:
    """As soon as the bodies came for which it waits; then what ended is started again. Raises ToothlessError."""
    goal = scene.sink.bodies + what.after
    if not scene.wait(lambda: scene.sink.bodies >= goal, COMES_WITHIN):
        raise ToothlessError(f"{what}: the mails before it did not come: {scene.sink.bodies} of {goal}")
    under_way = sum(scene.holders().values())
    bite = _STRIKES[what.fault](scene, what.which)
    scene.parts.tend()
    struck = Struck(what.fault, under_way, bite or "")
    scene.sink.chapter += 1
    return struck


def _worker(scene: Scene, which: float) -> None:
    send_signal(_fork(scene, which), signal.SIGKILL)


def _freeze(scene: Scene, which: float) -> str:
    """Who was frozen with SQLite's only lock goes on, and is tried again; PostgreSQL takes the locks away."""
    deadline = time.monotonic() + COMES_WITHIN
    while time.monotonic() < deadline:
        victim = _fork(scene, which)
        send_signal(victim, signal.SIGSTOP)
        began = time.monotonic()
        try:
            held = scene.holders().get(victim, 0)
            if not _locks_the_file(scene) and scene.wait(lambda v=victim: not scene.is_thought_alive(v), BURIED_WITHIN):  # type: ignore[misc]
                return f"dead after {time.monotonic() - began:.1f} s with {held} copies"
        finally:
            send_signal(victim, signal.SIGCONT)
    raise ToothlessError("no frozen worker was declared dead")


def _locks_the_file(scene: Scene) -> bool:
    """Whether somebody keeps SQLite's only write lock for a second."""
    if scene.server is not None:
        return False
    with closing(sqlite3.connect(str(scene.house.database.url.database), timeout=1)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.rollback()
        return False


def _scheduler(scene: Scene, which: float) -> None:
    _one_of(scene.parts.schedulers, which).kill()


def _master(scene: Scene, which: float) -> None:
    scene.parts.workers.kill()


def _queue(scene: Scene, which: float) -> None:
    with scene.parts.redis.down():
        scene.linger(which * AWAY)


def _queue_lost(scene: Scene, which: float) -> str:
    before = len(scene.queued)
    scene.give_up_queue()
    with scene.parts.redis.down():
        scene.parts.lose_queue()
        scene.linger(which * AWAY)
    return f"{len(scene.queued) - before} events in it"


def _queue_full(scene: Scene, which: float) -> str:
    with redis.Redis(unix_socket_path=str(scene.parts.socket)) as client:
        client.config_set("maxmemory", 1)
        try:
            if not scene.wait(lambda: _refused(client) >= REFUSALS, COMES_WITHIN):
                raise ToothlessError(f"a full Valkey refused {_refused(client)} commands only")
            scene.linger(1 + which * AWAY)
            return f"{_refused(client)} commands refused"
        finally:
            client.config_set("maxmemory", 0)
            client.config_resetstat()


def _refused(client: redis.Redis) -> int:
    """Since the last look at its statistics: by a server that was started anew, since then."""
    return int(client.info("errorstats").get("errorstat_OOM", {}).get("count", 0))


def _sink(scene: Scene, which: float) -> None:
    scene.sink.stop()
    scene.linger(which * AWAY)
    scene.sink.start()


def _database(scene: Scene, which: float) -> None:
    assert scene.server is not None
    scene.server.stop()
    scene.linger(which * AWAY)
    scene.server.start()


_STRIKES: dict[Fault, Callable[[Scene, float], str | None]] = {
    Fault.WORKER: _worker,
    Fault.FREEZE: _freeze,
    Fault.SCHEDULER: _scheduler,
    Fault.MASTER: _master,
    Fault.QUEUE: _queue,
    Fault.QUEUE_LOST: _queue_lost,
    Fault.QUEUE_FULL: _queue_full,
    Fault.SINK: _sink,
    Fault.DATABASE: _database,
}


def _fork(scene: Scene, which: float) -> int:
    """A worker process: one that holds copies, if that can be had."""
    forks = scene.wait(lambda: _holding(scene), 3.0) or scene.wait(scene.parts.workers.forks, COMES_WITHIN)
    if not forks:
        raise ToothlessError("there is no worker process")
    return _one_of(forks, which)


def _holding(scene: Scene) -> list[int]:
    holders = scene.holders()
    return [fork for fork in scene.parts.workers.forks() if fork in holders]


def _one_of(several: list[One], which: float) -> One:
    return several[int(which * len(several))]
