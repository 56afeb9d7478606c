"""The same pipeline on a virtual clock: events in, notices out, nothing sent (EVENTS, `rappel simulate`)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from workers.contract.answers import Answer
from workers.contract.envelope import parse
from workers.contract.refusal import Refused
from workers.postbox.capture import ROUTE, CapturePostbox
from workers.stages import explain, ingest, resolve, schedule, send, sweep
from workers.stages.ingest import CHUNK, Incoming, Intake
from workers.stages.mailroom import Mailroom, Policy, Renders
from workers.stages.rules import Rules
from workers.stages.timeline import Outage, Run, Timeline
from workers.store import export, fleet, ledger
from workers.store.database import Database
from workers.store.vault import Vault, new_key

WORKER = "simulation"
DOMAIN = "simulation.invalid"


@dataclass(slots=True)
class Simulation:
    """A fleet in one process, in a scratch database that was migrated already, with a clock that is led.

    `answers` collects what was answered to the events; the caller shows those that were refused.
    """

    database: Database
    rules: Rules
    renderer: Renders
    policy: Policy
    outages: Sequence[Outage] = ()
    answers: list[Answer] = field(default_factory=list)
    vault: Vault = field(default_factory=lambda: Vault(new_key))
    _until: datetime | None = None
    _next: Run | None = None
    _look_at: datetime | None = None
    _anything_open: bool = False

    def run(self, lines: Iterable[tuple[int, str | bytes]], until: datetime) -> None:
        """Apply the events (numbered lines) that arrive until then, and make every daily run up to it."""
        self._until = until
        with self.database.write() as connection:
            fleet.enlist(connection, WORKER, "simulation", "localhost", 0)
        waiting: list[Incoming] = []
        for incoming, is_occasion in self._arrivals(lines, until):
            if self._next_stop(incoming.arrived) < incoming.arrived or len(waiting) >= CHUNK:
                self._ingest(waiting)
                waiting = []
                self._advance(before=incoming.arrived)
            waiting.append(incoming)
            if is_occasion or self._anything_open:
                self._ingest(waiting)
                waiting = []
        self._ingest(waiting)
        self._advance(before=until + timedelta(microseconds=1))

    def lines(self) -> Iterator[dict[str, Any]]:
        """The notices that came to an outcome, in time order; then what still waits."""
        with self.database.read() as connection:
            yield from export.lines(connection)
            if self._until:
                yield from export.held_lines(connection, self._until)

    def explain(self, refs: Iterable[str], at: datetime) -> Iterator[dict[str, Any]]:
        """The answers for leads and renewals as of `at`."""
        with self.database.read() as connection:
            for ref in refs:
                yield explain.explain(connection, self.rules, ref, at).to_json()

    def _arrivals(self, lines: Iterable[tuple[int, str | bytes]], until: datetime) -> Iterator[tuple[Incoming, bool]]:
        """The events with their time of arrival, which never goes back, and whether they are occasions.

        What comes after `until` is only checked.
        """
        latest: datetime | None = None
        for position, line in lines:
            try:
                event = parse(line)
            except Refused as refused:
                self.answers.append(ingest.rejected(Incoming(position, line, latest or until), refused))
                continue
            arrived = event.received_at or event.time
            latest = arrived if latest is None else max(latest, arrived)
            if latest <= until:
                yield Incoming(position, line, latest), event.kind_of == "occasion"

    def _ingest(self, incoming: Sequence[Incoming]) -> None:
        """Take events in; what they cause comes to its outcome when the last one arrives, or the fleet is back."""
        if not incoming:
            return
        done = ingest.ingest(self.database, incoming, Intake(self.rules, self.vault, "simulate"))
        self.answers += done.answers
        if self._carry_fences() or done.undecided:
            at = self._timeline.back_at(incoming[-1].arrived)
            if at == incoming[-1].arrived:
                self._settle(at)
            else:
                self._look_at = min(self._look_at or at, at)
                self._anything_open = True

    def _carry_fences(self) -> bool:
        """Simulated work takes no time. Whether there was any."""
        carried = False
        while sweep.carry_fence(self.database):
            carried = True
        return carried

    def _next_stop(self, start: datetime) -> datetime:
        """The next instant at which something happens by itself; the fleet begins with its first event."""
        if self._next is None:
            self._next = self._timeline.first_run(start)
        return min(self._next.at, self._look_at or self._next.at)

    def _advance(self, before: datetime) -> None:
        while self._next is not None and (at := self._next_stop(before)) < before:
            if self._look_at == at:
                self._settle(at)
            else:
                self._make_run(self._next)
                self._next = self._timeline.run_after(self._next.day)

    @property
    def _timeline(self) -> Timeline:
        return Timeline(self.rules.daily, self.outages)

    def _make_run(self, run: Run) -> None:
        if schedule.open_due_run(self.database, self.rules, run.at, WORKER) is None:
            return
        while schedule.plan(self.database, self.rules, run.day, run.at) is not None:
            pass
        self._settle(run.at)

    def _settle(self, at: datetime) -> None:
        """Decide and send all that can be at this instant; then look when something must be decided again."""
        sweep.end_decisions(self.database, at)
        while resolve.resolve(self.database, self.rules, at, DOMAIN).notices:
            pass
        while send.send(self._room(at)).claimed:
            pass
        with self.database.read() as connection:
            self._anything_open = ledger.anything_open(connection)
            again = ledger.next_end(connection) if self._anything_open else None
        self._look_at = self._timeline.back_at(again) if again else None

    def _room(self, at: datetime) -> Mailroom:
        return Mailroom(
            database=self.database,
            renderer=self.renderer,
            carrier=CapturePostbox(lambda: at),
            policy=self.policy,
            vault=self.vault,
            daily=self.rules.daily,
            clock=lambda: at,
            routes=(ROUTE,),
            worker=lambda: WORKER,
        )
