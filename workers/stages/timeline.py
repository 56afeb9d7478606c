"""When daily runs take place on a clock that is led: at their minute, or as soon as an outage is over (RULES 0.13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from workers.domain.calendar import LAST, DailyRun, shifted


@dataclass(frozen=True, slots=True)
class Outage:
    """The fleet is away from `start` on, and back at `end`."""

    start: datetime
    end: datetime

    def covers(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Run:
    """A daily run that takes place, and when."""

    day: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Timeline:
    """The runs of a fleet with these outages."""

    daily: DailyRun
    outages: Sequence[Outage] = ()

    def first_run(self, start: datetime) -> Run:
        """The first run at or after `start`, the moment at which the fleet begins; an outage may have delayed it."""
        run = self._run_from(self.daily.last_run_day(start))
        return run if run.at >= start else self.run_after(run.day)

    def run_after(self, day: date) -> Run:
        """The first run of a later day; at the calendar's end one that never comes."""
        return self._run_from(shifted(day, 1)) if day < date.max else Run(day, LAST)

    def run_on(self, day: date) -> Run | None:
        """The run of that day; None if it does not take place."""
        at = self.back_at(self.daily.run_at(day))
        return Run(day, at) if self.daily.makeable(day, at) else None

    def _run_from(self, day: date) -> Run:
        while (run := self.run_on(day)) is None:
            if day == date.max:
                return Run(day, LAST)
            day = shifted(day, 1)
        return run

    def back_at(self, at: datetime) -> datetime:
        """`at`, or the end of the outages that cover it."""
        while outage := next((each for each in self.outages if each.covers(at)), None):
            at = outage.end
        return at
