"""A fleet sends mails while its parts are killed; then what the mail server accepted is held against the ledger.

The seed makes all choices: who is killed, after how many bodies, what the mail server does to which mail. How the
processes interleave is left to the machine.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import parts as fleet_parts
from tests.chaos.parts import Parts
from tests.chaos.plan import Plan
from tests.chaos.scene import Scene
from tests.chaos.sink import Sink
from tests.chaos.strikes import Struck, strike
from tests.chaos.verdict import Verdict, compare, told_by
from tests.servers import postgres, schema
from tests.servers.postgres import Postgres
from workers.house import build
from workers.settings import Settings

Tell = Callable[[str], None]
"""Is told how far the run is, a line each."""


@dataclass(frozen=True, slots=True)
class Run:
    """What was done, what became of it, and how long that took."""

    plan: Plan
    struck: tuple[Struck, ...]
    verdict: Verdict
    seconds: float


def run(plan: Plan, directory: Path, tell: Tell = print) -> Run:
    """`directory` is empty, and keeps the logs. Raises FleetStuckError, ToothlessError."""
    with _database(plan, directory) as (url, server), _scene(plan, directory, url, server) as scene:
        scene.begin()
        *chunks, last = plan.chunks()
        strikes, struck = plan.strikes(), []
        for each, chunk in zip(strikes, chunks, strict=True):
            scene.bring(chunk)
            struck.append(strike(scene, each))
            done = f"{len(struck)} of {len(strikes)}"
            tell(f"{scene.seconds:6.1f} s  {done}: {struck[-1]}; {scene.sink.bodies} bodies so far")
        scene.bring(last)
        scene.settle()
        tell(f"{scene.seconds:6.1f} s  at rest; {len(scene.sink.mails)} mails arrived")
        at_once = fleet_parts.PROCESSES * fleet_parts.POOL
        told, due = told_by(scene.parts), scene.brought - scene.queued
        verdict = compare(scene.house.database, scene.sink, len(strikes), at_once, told, due)
        return Run(plan, tuple(struck), verdict, scene.seconds)


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
def _scene(plan: Plan, directory: Path, url: str, server: Postgres | None) -> Iterator[Scene]:
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
