"""The same pipeline on a virtual clock: events in, notices out, nothing sent (EVENTS, `rappel simulate`)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from workers.contract.answers import Answer
from workers.contract.envelope import parse
from workers.contract.refusal import Refused
from workers.domain.calendar import later, shifted
from workers.postbox.capture import ROUTE, CapturePostbox
from workers.stages import explain, ingest, resolve, schedule, send, sweep
from workers.stages.incoming import Incoming, Intake, rejected
from workers.stages.ingest import CHUNK
from workers.stages.mailroom import Mailroom, Policy, Renders
from workers.stages.rules import Rules
from workers.stages.timeline import Outage, Run, Timeline
from workers.store import export, fan_outs, fleet, ledger, runs
from workers.store.database import Database
from workers.store.vault import Vault, new_key

WORKER = "simulation"
DOMAIN = "simulation.invalid"


@dataclass(slots=True)
class Simulation:
    """A fleet in one process, in a scratch database that was migrated already, with a clock that is led.

    `answers` collects what was answered to the events; the caller shows those that were refused. `on_run` is called
    with the instant of each daily run.

    Runs that would find nothing to look at are passed over: of them only the last is written down, for all that a
    later one asks is which took place before it.
    """

    database: Database
    rules: Rules
    renderer: Renders
    policy: Policy
    outages: Sequence[Outage] = ()
    answers: list[Answer] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)
    vault: Vault = field(default_factory=lambda: Vault(new_key))
    on_run: Callable[[datetime], None] = lambda at: None
    _until: datetime | None = None
    _next: Run | None = None
    _look_at: datetime | None = None
    _anything_open: bool = False
    _passed: Run | None = None
    _calm: date | None = None

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
        self._advance(before=later(until, timedelta(microseconds=1)))

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

        What comes after `until` is only checked, its lines are `left_out`.
        """
        latest: datetime | None = None
        for position, line in lines:
            try:
                event = parse(line)
            except Refused as refused:
                self.answers.append(rejected(Incoming(position, line, latest or until), refused))
                continue
            arrived = event.received_at or event.time
            latest = arrived if latest is None else max(latest, arrived)
            if latest <= until:
                yield Incoming(position, line, latest), event.kind_of == "occasion"
            else:
                self.left_out.append(position)

    def _ingest(self, incoming: Sequence[Incoming]) -> None:
        """Take events in; what they cause comes to its outcome when the last one arrives, or the fleet is back."""
        if not incoming:
            return
        self._calm = None
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
            self._next = self._begin(start)
        return min(self._next.at, self._look_at or self._next.at)

    def _begin(self, start: datetime) -> Run:
        """The first run. One of today whose minute is past is made at once, before the fleet knows anything."""
        first, today = self._timeline.first_run(start), self.rules.daily.day_of(start)
        if first.day > today and self.rules.daily.makeable(today, start):
            with self.database.write() as connection:
                runs.open_run(connection, today, start, WORKER)
                runs.finish_run(connection, today, start)
        return first

    def _advance(self, before: datetime) -> None:
        while self._next is not None and (at := self._next_stop(before)) < before:
            if self._look_at == at:
                self._settle(at)
                continue
            run = self._next
            if run.day < (calm := self._calm_until()):
                run = self._passed = self._last_of(run, before, calm)
            else:
                self._make_run(run)
            self._next = self._timeline.run_after(run.day)
            self.on_run(run.at)
        self._write_passed()

    def _last_of(self, run: Run, before: datetime, calm: date) -> Run:
        """The last of several runs in a row that find nothing to do: when it was is all that they leave (F8)."""
        day = min(self.rules.daily.last_run_day(before), shifted(calm, -1))
        while day > run.day:
            found = self._timeline.run_on(day)
            if found and found.at < before:
                return found
            day = shifted(day, -1)
        return run

    @property
    def _timeline(self) -> Timeline:
        return Timeline(self.rules.daily, self.outages)

    def _calm_until(self) -> date:
        """The first day whose run may find something to do, if nothing arrives."""
        if self._anything_open:
            return date.min
        if self._calm is None:
            with self.database.read() as connection:
                left = fan_outs.any_left(connection)
                self._calm = date.min if left else runs.first_due(connection) or date.max
        return self._calm

    def _write_passed(self) -> None:
        if self._passed:
            with self.database.write() as connection:
                runs.open_run(connection, self._passed.day, self._passed.at, WORKER)
                runs.finish_run(connection, self._passed.day, self._passed.at)
        self._passed = None

    def _make_run(self, run: Run) -> None:
        self._write_passed()
        if schedule.open_due_run(self.database, self.rules, run.at, WORKER) is None:
            return
        while schedule.plan(self.database, self.rules, run.day, run.at) is not None:
            pass
        self._settle(run.at)

    def _settle(self, at: datetime) -> None:
        """Decide and send all that can be at this instant; then look when something must be decided again."""
        self._calm = None
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
