"""Leads the clock of a running fleet through a story, from run to run, as `rappel simulate` does on its own.

The fleet is real: events enter by the queue, runs are made by its schedulers, mails leave by SMTP. Only its clock is
a row in the database, which moves on when the fleet is idle.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dramatiq.broker import Broker

from workers.actors.declare import EVENTS, Actors, pieces
from workers.contract.envelope import parse
from workers.contract.registry import OCCASIONS
from workers.domain.calendar import DailyRun
from workers.house import House
from workers.stages.timeline import Run, Timeline
from workers.store import idle, ledger, runs
from workers.store.clock import lead_clock
from workers.store.database import Database

PATIENCE = 120.0
"""Seconds that the fleet gets for one step before the tour gives up."""


class FleetStuckError(RuntimeError):
    """The fleet did not come to rest in time."""


def set_out(database: Database, daily: DailyRun, start: datetime) -> None:
    """Set the clock before the fleet starts. A run that the day has behind it by then is not made up for."""
    lead_clock(database, start)
    today = daily.day_of(start)
    if daily.run_at(today) < start:
        with database.write() as connection:
            runs.open_run(connection, today, start, "tour")
            runs.finish_run(connection, today, start)


@dataclass(frozen=True, slots=True)
class Tour:
    """A fleet with `clock.source = "database"`, seen from beside: its database, and the queue for events."""

    house: House
    broker: Broker
    actors: Actors
    timeline: Timeline

    def lead(self, arrivals: Sequence["Arrival"], until: datetime, on_run: Callable[[Run], None]) -> None:
        """Events in, run for run; `on_run` is called when the fleet has come to rest after each."""
        if not arrivals:
            return
        run = self.timeline.first_run(arrivals[0].at)
        waiting = list(arrivals)
        while (stop := self._next_stop(waiting, run)) <= until:
            waiting = self._stop_at(stop, waiting)
            self._rest(run if stop == run.at else None)
            if stop == run.at:
                on_run(run)
                run = self.timeline.run_after(run.day)
        self._bring([arrival for arrival in waiting if arrival.at <= until])
        self._rest(None)

    def _next_stop(self, arrivals: Sequence["Arrival"], run: Run) -> datetime:
        """The next instant at which something comes to an outcome: at a run, for an event, or because time is up.

        While a notice waits, any event may be what it waits for.
        """
        with self.house.database.read() as connection:
            waits, ends = ledger.anything_open(connection), ledger.next_end(connection)
        arrival = next((each.at for each in arrivals if waits or each.is_occasion), None)
        return min([run.at, *(self.timeline.back_at(at) for at in (arrival, ends) if at)])

    def _stop_at(self, stop: datetime, arrivals: Sequence["Arrival"]) -> list["Arrival"]:
        """Bring the state that comes before, lead the clock, and bring the rest of what arrives by then; what is left.

        Occasions of an outage are brought at its end: nothing is decided before.
        """
        due = [arrival for arrival in arrivals if arrival.at <= stop]
        first = next((place for place, each in enumerate(due) if each.is_occasion), len(due))
        with self.house.database.read() as connection:
            waits = ledger.anything_open(connection)
        before = [
            each
            for place, each in enumerate(due)
            if not waits and not each.is_occasion and (place < first or each.at < stop)
        ]
        self._bring(before)
        lead_clock(self.house.database, stop)
        self._bring([each for each in due if each not in before])
        return list(arrivals[len(due) :])

    def _bring(self, arrivals: Sequence["Arrival"]) -> None:
        """Put events into the queue, in order, and wait until they are stored."""
        for batch in pieces([arrival.event for arrival in arrivals], 200):
            self.actors.ingest.send(batch)
            self.broker.join(EVENTS, timeout=int(PATIENCE * 1000))

    def _rest(self, run: Run | None) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with self.house.database.read() as connection:
                if idle.is_idle(connection, self.house.clock(), run.day if run else None):
                    return
            time.sleep(0.02)
        raise FleetStuckError(f"the fleet did not come to rest after {run.at if run else 'the last event'}")


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event and when it arrives."""

    event: dict[str, Any]
    at: datetime

    @property
    def is_occasion(self) -> bool:
        return self.event["type"] in OCCASIONS


def arrivals(lines: Iterable[str]) -> Iterator[Arrival]:
    """The events of a file in its order; an arrival before that of the line above counts as at its instant."""
    last: datetime | None = None
    for line in lines:
        event = parse(line)
        at = event.received_at or event.time
        last = at if last is None else max(last, at)
        yield Arrival(event.raw, last)
