"""A process says that it lives, and knows when others may think it dead (DESIGN promise 3)."""

import os
import socket
import threading
import time
from datetime import timedelta
from typing import Self
from uuid import uuid4

from workers.store import fleet
from workers.store.database import Database
from workers.watch.logs import logger

log = logger()

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Where there is one, the clock that goes on while the machine sleeps: the others' clocks do."""


def _now() -> float:
    return time.clock_gettime(_CLOCK)


class Presence:
    """An incarnation of this process in the table of workers, kept alive by a thread of its own.

    `every` and `dead_after` are real time. Who was declared dead never revives: it takes a new incarnation. Work that
    the old one held was taken over. While the database is away there is no incarnation, or a stale one.
    """

    def __init__(self, database: Database, role: str, every: timedelta, dead_after: timedelta) -> None:
        self._database = database
        self._role = role
        self._every = every.total_seconds()
        self._dead_after = dead_after.total_seconds()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_beating, name="presence", daemon=True)
        self._id = ""
        self._beat_at = self._unbroken_since = -self._dead_after

    def start(self) -> Self:
        self._try_to_beat()
        self._thread.start()
        return self

    def stop(self) -> None:
        """An orderly end: nothing of ours is under way any more."""
        self._stop.set()
        self._thread.join()
        try:
            with self._database.write() as connection:
                fleet.retire(connection, self._id)
        except Exception as error:  # then we are found dead later
            log.warning("could not say goodbye", worker=self._id, error=type(error).__name__)

    @property
    def id(self) -> str:
        """The present incarnation; empty until the database knows us: nothing is given to such a worker."""
        return self._id

    def holds(self, id: str) -> bool:
        """Whether nobody can have declared the incarnation `id` dead: it is ours, and its heartbeat is young."""
        return id == self._id and self._is_fresh()

    def is_settled(self) -> bool:
        """Whether we wrote our heartbeat for a whole dead-time without missing one, so that we may bury others."""
        return self._is_fresh() and _now() - self._unbroken_since > self._dead_after

    def _is_fresh(self) -> bool:
        return _now() - self._beat_at < self._dead_after / 2

    def _keep_beating(self) -> None:
        while not self._stop.wait(self._every):
            self._try_to_beat()

    def _try_to_beat(self) -> None:
        try:
            self._beat()
            self._database.end_stalled()  # here, as every other thread of the fleet may wait for what is locked
        except Exception as error:  # the database may be away: the next beat finds out
            log.warning("heartbeat failed", worker=self._id, error=type(error).__name__)

    def _beat(self) -> None:
        began = _now()
        with self._database.write() as connection:
            alive = fleet.beat(connection, self._id) if self._id else False
        if not alive:
            if self._id:
                log.warning("declared dead, starting over", worker=self._id)
            self._enlist()
        done = _now()
        if done - self._beat_at > 2 * self._every:
            self._unbroken_since = done  # the first beat, or one was late: others could not beat either
        self._beat_at = began

    def _enlist(self) -> None:
        id = f"{self._role}-{os.getpid()}-{uuid4().hex[:8]}"
        with self._database.write() as connection:
            fleet.enlist(connection, id, self._role, socket.gethostname(), os.getpid())
        self._id = id
