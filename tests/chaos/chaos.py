"""A fleet sends mails while its parts are killed; then what the mail server accepted is held against the ledger.

The seed makes all choices: who is killed, after how many bodies, what the mail server does to which mail. How the
processes interleave is left to the machine.
"""

import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import redis
import sqlalchemy as sa
from dramatiq.errors import BrokerConnectionError

from tests.chaos import parts as fleet_parts
from tests.chaos.parts import Parts, send_signal
from tests.chaos.sink import Sink
from tests.chaos.verdict import Verdict, compare
from tests.fleet.driving import until
from tests.scenarios import Event, event
from tests.servers import postgres, schema
from tests.servers.postgres import Postgres
from tests.world import utc
from workers.actors.declare import EVENTS, declare
from workers.domain.delivery import State
from workers.house import House, build
from workers.settings import Settings
from workers.stages.ingest import Incoming, ingest
from workers.store import fleet, ledger, tables
from workers.store.clock import lead_clock
from workers.store.patience import AWAY, patiently

START = utc("2026-06-01T08:00")
PER_COMPANY = 20
QUEUE_AWAY = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, BrokerConnectionError)
SETTLES_WITHIN = 240.0
"""Seconds after which a fleet that does not come to rest is stuck. At rest it takes 15 to 30."""


class Fault(StrEnum):
    """What is done to the fleet."""

    WORKER = "a worker process is killed"
    FREEZE = "a worker process is frozen for longer than its heartbeat allows"
    SCHEDULER = "a scheduler is killed"
    MASTER = "dramatiq's master is killed"
    QUEUE = "Valkey is killed"
    QUEUE_LOST = "Valkey is killed and loses its data"
    SINK = "the mail server breaks all connections and starts anew"
    DATABASE = "PostgreSQL is shut down at once"


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. `database`: "sqlite" or "postgresql"."""

    seed: int
    mails: int
    kills: int
    database: str

    def strikes(self) -> list["Strike"]:
        """Every fault before any comes a second time, in the seed's order."""
        chance = random.Random(self.seed)
        faults = [each for each in Fault if each is not Fault.DATABASE or self.database == "postgresql"]
        order: list[Fault] = []
        while len(order) < self.kills:
            order += chance.sample(faults, len(faults))
        chunk = max(1, self.mails // (self.kills + 1))
        return [Strike(fault, chance.randint(1, chunk), chance.random()) for fault in order[: self.kills]]


@dataclass(frozen=True, slots=True)
class Strike:
    """`after`: so many bodies that reach the sink once the next chunk of events is in; `which`: of several, 0 to 1."""

    fault: Fault
    after: int
    which: float


def run(plan: Plan, directory: Path) -> Verdict:
    """The whole run; `directory` is empty, and keeps the logs. Raises FleetStuckError."""
    with _database(plan, directory) as (url, server), _scene(plan, directory, url, server) as scene:
        scene.begin()
        for strike, chunk in zip(plan.strikes(), scene.chunks(), strict=False):
            scene.bring(chunk)
            scene.strike(strike)
        scene.bring(scene.last_chunk())
        scene.settle()
        return compare(scene.house.database, scene.sink, plan.kills, fleet_parts.PROCESSES * fleet_parts.POOL)


class FleetStuckError(RuntimeError):
    """Something stayed open."""


@contextmanager
def _database(plan: Plan, directory: Path) -> Iterator[tuple[str, Postgres | None]]:
    if plan.database == "sqlite":
        url = f"sqlite:///{directory / 'rappel.db'}"
        schema.migrate(url)
        yield url, None
        return
    # A commit that was confirmed must outlive the shutdown; the machine itself stays up.
    with postgres.running(synchronous_commit="on") as server:
        yield server.create(schema.migrate), server


@contextmanager
def _scene(plan: Plan, directory: Path, url: str, server: Postgres | None) -> Iterator["Scene"]:
    sockets = fleet_parts.socket_directory()
    sink = Sink(f"{plan.seed}/sink")
    socket = sockets / "queue.sock"
    configured = fleet_parts.configuration(directory, url, socket, sink.port)
    parts = Parts(directory, fleet_parts.environment_of(configured), socket)
    house = build(Settings.model_validate(configured))
    try:
        yield Scene(plan, house, parts, sink, server)
    finally:
        parts.stop()
        sink.close()
        house.database.close()
        shutil.rmtree(sockets, ignore_errors=True)


@dataclass
class Scene:
    """A fleet at work, and what is needed to disturb it."""

    plan: Plan
    house: House
    parts: Parts
    sink: Sink
    server: Postgres | None

    def begin(self) -> None:
        """The clock stands, the contacts are known, everything runs."""
        lead_clock(self.house.database, START)
        self._ingest(list(people(self.plan.mails)))
        self.sink.start()
        self.parts.tend()
        until(lambda: len(self.parts.workers.forks()) == fleet_parts.PROCESSES, 60)

    def chunks(self) -> Iterator[list[Event]]:
        size = max(1, self.plan.mails // (self.plan.kills + 1))
        for number in range(self.plan.kills):
            yield [invoice(n) for n in range(number * size, (number + 1) * size)]

    def last_chunk(self) -> list[Event]:
        size = max(1, self.plan.mails // (self.plan.kills + 1))
        return [invoice(n) for n in range(self.plan.kills * size, self.plan.mails)]

    def bring(self, events: list[Event]) -> None:
        """Half of a chunk into the database, the other half into the queue, where it is accepted later or never."""
        half = (len(events) + 1) // 2
        self._ingest(events[:half])
        self._enqueue(events[half:])

    def strike(self, strike: Strike) -> None:
        """As soon as the bodies came for which it waits, or hardly any comes any more; then all is started again."""
        goal = self.sink.bodies + strike.after
        self._wait(lambda: self.sink.bodies >= goal, 4.0)
        getattr(self, f"_strike_{strike.fault.name.lower()}")(strike.which)
        self.parts.tend()

    def settle(self) -> None:
        """Until nothing is open but what is uncertain. Raises FleetStuckError."""
        if not self._wait(self._is_settled, SETTLES_WITHIN):
            raise FleetStuckError(f"seed {self.plan.seed}: {self._what_is_open()}")

    def _strike_worker(self, which: float) -> None:
        send_signal(self._fork(which), signal.SIGKILL)

    def _strike_freeze(self, which: float) -> None:
        victim = self._fork(which)
        send_signal(victim, signal.SIGSTOP)
        try:  # one that was frozen in the middle of a write holds everybody up, until it goes on
            self._wait(lambda: not self._is_thought_alive(victim), 12.0)
        finally:
            send_signal(victim, signal.SIGCONT)

    def _strike_scheduler(self, which: float) -> None:
        self.parts.schedulers[int(which * len(self.parts.schedulers))].kill()

    def _strike_master(self, which: float) -> None:
        self.parts.workers.kill()

    def _strike_queue(self, which: float) -> None:
        self.parts.redis.kill()

    def _strike_queue_lost(self, which: float) -> None:
        self.parts.redis.kill()
        self.parts.lose_queue()

    def _strike_sink(self, which: float) -> None:
        self.sink.stop()
        self.sink.start()

    def _strike_database(self, which: float) -> None:
        assert self.server is not None
        self.server.stop()
        self.server.start()

    def _fork(self, which: float) -> int:
        forks = self._wait_for(self.parts.workers.forks, 60.0)
        return forks[int(which * len(forks))]

    def _is_thought_alive(self, pid: int) -> bool:
        with self.house.database.read() as connection:
            return any(id.split("-")[1] == str(pid) for id in fleet.living(connection, ["worker"]))

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
        try:
            door.send(events)
        except QUEUE_AWAY:
            return False
        return True

    def _is_settled(self) -> bool:
        with closing(self.house.broker()) as broker:
            if broker.do_qsize(EVENTS):
                return False
        with self.house.database.read() as connection:
            return not ledger.anything_open(connection)

    def _what_is_open(self) -> str:
        table = tables.deliveries
        with self.house.database.read() as connection:
            copies = connection.execute(sa.select(table.c.state, sa.func.count()).group_by(table.c.state)).all()
            notices = connection.execute(
                sa.select(tables.notices.c.needs_decision, sa.func.count())
                .where(tables.notices.c.outcome.is_(None))
                .group_by(tables.notices.c.needs_decision)
            ).all()
        return f"copies {dict(map(tuple, copies))}, open notices by needs_decision {dict(map(tuple, notices))}"

    def _wait_for(self, question: Callable[[], Any], seconds: float) -> Any:
        assert self._wait(question, seconds)
        return question() or self._wait_for(question, seconds)

    def _wait(self, question: Callable[[], Any], seconds: float) -> bool:
        """Whether it came about in time. Meanwhile what ended is started again, and the clock goes on when it must."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.parts.tend()
            try:
                self._lead_on()
                if question():
                    return True
            except (*AWAY, *QUEUE_AWAY):
                pass
            time.sleep(0.05)
        return False

    def _lead_on(self) -> None:
        """Nothing can be sent before a route is tried again, or before a copy is: lead the clock there."""
        now = self.house.clock()
        with self.house.database.read() as connection:
            rests = fleet.resting(connection, now).get("sink")
            table = tables.deliveries
            busy = table.c.state.in_([State.LEASED, State.SENDING])
            due = (table.c.state == State.PENDING) & (table.c.next_attempt_at <= now)
            waits = connection.execute(sa.select(table.c.id).where(busy | due).limit(1)).first() is None
            first: datetime | None = connection.execute(
                sa.select(sa.func.min(table.c.next_attempt_at)).where(table.c.state == State.PENDING)
            ).scalar()
        goal = rests or (first if waits else None)
        if goal and goal > now:
            lead_clock(self.house.database, goal + timedelta(seconds=1))


def people(mails: int) -> Iterator[Event]:
    """A contact for each mail."""
    for n in range(mails):
        if n % PER_COMPANY == 0:
            yield event("company.saved", START, id=f"K-{n // PER_COMPANY}", name=f"Lumière {n // PER_COMPANY}")
        names = {"first_name": "Claire", "last_name": f"Fontaine {n}"}
        yield event("contact.saved", START, id=f"C-{n}", company=f"K-{n // PER_COMPANY}", email=address(n), **names)


def address(n: int) -> str:
    return f"claire.{n}@lumiere.example.com"


def invoice(n: int) -> Event:
    """It reaches contact `n`, and nobody else."""
    of = {"company": f"K-{n // PER_COMPANY}", "document": {"id": str(n)}}
    return event("invoice.sent", START, mode="manual", contacts=[f"C-{n}"], **of)
