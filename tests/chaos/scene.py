"""A fleet at work on the mails of a plan, and what is needed to disturb it and to see when it has come to rest."""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import redis
import sqlalchemy as sa
from dramatiq.errors import BrokerConnectionError

from tests.chaos.cast import occasion, people
from tests.chaos.parts import Parts
from tests.chaos.plan import Plan
from tests.chaos.sink import Sink
from tests.scenarios import Event
from tests.servers.postgres import Postgres
from tests.waiting import until
from tests.world import utc
from workers.actors.declare import EVENTS, declare
from workers.domain.delivery import State
from workers.house import House
from workers.stages.incoming import Incoming
from workers.stages.ingest import ingest
from workers.store import fleet, tables
from workers.store.clock import lead_clock
from workers.store.patience import AWAY, patiently

START = utc("2026-06-01T08:00")
QUEUE_AWAY = (redis.exceptions.RedisError, BrokerConnectionError)
SETTLES_WITHIN = 240.0
"""Seconds after which a fleet that does not come to rest is stuck. At rest it takes 10 to 30."""

deliveries, notices, problems = tables.deliveries, tables.notices, tables.problems


class FleetStuckError(RuntimeError):
    """Something stayed open."""


@dataclass
class Scene:
    """`server`: PostgreSQL, where the database is one."""

    plan: Plan
    house: House
    parts: Parts
    sink: Sink
    server: Postgres | None
    brought: set[str] = field(default_factory=set)
    """Ids of the events that ask for a mail."""
    queued: set[str] = field(default_factory=set)
    """Of these, who were in the queue when it lost its data: nobody has accepted them, unless a worker had."""
    _began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    def begin(self) -> None:
        """The clock stands, the contacts are known, everything runs."""
        lead_clock(self.house.database, START)
        self.sink.start()
        self.parts.tend()
        self._ingest(list(people(self.plan.mails, START)))

    def bring(self, mails: Sequence[int]) -> None:
        """Half of a chunk into the database, the other half into the queue, where it is accepted later or never."""
        now = patiently(self.house.clock, 0.1)
        events = [occasion(n, now) for n in mails]
        self.brought |= {event["id"] for event in events}
        half = (len(events) + 1) // 2
        self._ingest(events[:half])
        self._enqueue(events[half:])

    def give_up_queue(self) -> None:
        """Whatever it holds of events now is about to be lost."""
        with redis.Redis(unix_socket_path=str(self.parts.socket)) as client:
            for message in client.hvals(f"dramatiq:{EVENTS}.msgs"):
                (events,) = json.loads(message)["args"]
                self.queued |= {event["id"] for event in events}

    def settle(self) -> None:
        """Until nothing is open but what waits for a person's word. Raises FleetStuckError."""
        if not self.wait(self._is_settled, SETTLES_WITHIN):
            raise FleetStuckError(f"seed {self.plan.seed}: {self._what_is_open()}")

    def wait(self, question: Callable[[], Any], seconds: float) -> Any:
        """Its first true answer; None if there was none in time.

        Meanwhile what ended is started again, and the clock is led on where nothing could be sent otherwise.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.parts.tend()
            try:
                self._lead_on()
                if answer := question():
                    return answer
            except (*AWAY, *QUEUE_AWAY):
                pass
            time.sleep(0.05)
        return None

    def linger(self, seconds: float) -> None:
        """Let the fleet go on as it is."""
        self.wait(lambda: None, seconds)

    def holders(self) -> dict[int, int]:
        """By process: how many copies it holds, of which no answer is recorded yet."""
        under_way = deliveries.c.state.in_([State.LEASED, State.SENDING])
        query = sa.select(deliveries.c.worker, sa.func.count()).where(under_way).group_by(deliveries.c.worker)
        with self.house.database.read() as connection:
            return {pid_of(worker): count for worker, count in connection.execute(query) if worker}

    def is_thought_alive(self, pid: int) -> bool:
        with self.house.database.read() as connection:
            return any(pid_of(id) == pid for id in fleet.living(connection, ["worker"]))

    def _ingest(self, events: list[Event]) -> None:
        """Durable when this returns; where it is not known whether it was, the same events are brought again."""
        now = patiently(self.house.clock, 0.1)
        incoming = [Incoming(number, each, now) for number, each in enumerate(events, start=1)]
        for start in range(0, len(incoming), 500):
            some = incoming[start : start + 500]
            done = patiently(lambda some=some: ingest(self.house.database, some, self.house.intake("test")), 0.1)  # type: ignore[misc]
            assert {answer.status for answer in done.answers} <= {"accepted", "duplicate"}, done.answers

    def _enqueue(self, events: list[Event]) -> None:
        with closing(self.house.broker()) as broker:
            door = declare(broker, self.house).ingest
            until(lambda: self._is_taken(door, events), 30)

    def _is_taken(self, door: Any, events: list[Event]) -> bool:
        self.parts.tend()
        try:
            door.send(events)
        except QUEUE_AWAY:
            return False
        return True

    def _is_settled(self) -> bool:
        with self.house.database.read() as connection:
            if connection.execute(_open_notices().limit(1)).first():
                return False
        with closing(self.house.broker()) as broker:
            return not broker.do_qsize(EVENTS)

    def _what_is_open(self) -> str:
        with self.house.database.read() as connection:
            copies = connection.execute(sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state))
            states = dict(map(tuple, copies.all()))
            open_ones = connection.execute(_open_notices().limit(10)).all()
            query = sa.select(problems.c.kind, problems.c.reason, sa.func.count())
            told = connection.execute(query.group_by(problems.c.kind, problems.c.reason)).all()
        with closing(self.house.broker()) as broker:
            waiting = broker.do_qsize(EVENTS)
        return f"copies {states}, open notices {open_ones}, problems {told}, {waiting} messages of events"

    def _lead_on(self) -> None:
        """Nothing can be sent before a route is tried again, or before copies are: lead the clock there."""
        now = self.house.clock()
        with self.house.database.read() as connection:
            rests = fleet.resting(connection, now).get("sink")
            busy = deliveries.c.state.in_([State.LEASED, State.SENDING])
            due = (deliveries.c.state == State.PENDING) & (deliveries.c.next_attempt_at <= now)
            waits = connection.execute(sa.select(deliveries.c.id).where(busy | due).limit(1)).first() is None
            last: datetime | None = connection.execute(
                sa.select(sa.func.max(deliveries.c.next_attempt_at)).where(deliveries.c.state == State.PENDING)
            ).scalar()
        goal = rests or (last if waits else None)
        if goal and goal > now:
            lead_clock(self.house.database, goal + timedelta(seconds=1))


def _open_notices() -> sa.Select[Any]:
    """A held copy waits for somebody: the verdict names it."""
    held = sa.exists().where(deliveries.c.notice == notices.c.id, deliveries.c.state == State.HELD)
    columns = (notices.c.id, notices.c.kind, notices.c.needs_decision, notices.c.failures, notices.c.held_reason)
    return sa.select(*columns).where(notices.c.outcome.is_(None), ~held)


def pid_of(worker: str) -> int:
    """The process that an incarnation is of."""
    return int(worker.split("-")[1])
