"""The days on which later follow-ups are due: anchor + k x interval (LT-7). Arithmetic only, however old the anchor."""

from dataclasses import dataclass
from datetime import date

from workers.domain.calendar import END, DailyRun, add_months, length, shifted
from workers.domain.facts import Interval, Unit


@dataclass(frozen=True, slots=True)
class Grid:
    """The grid days of an anchor, k >= 1.

    Days, weeks and months are calendar days from the anchor, months clamped without drift. Hours count from the nominal
    run of the anchor and round up to the next daily run, so that several may meet on one day.
    """

    anchor: date
    interval: Interval
    daily: DailyRun

    def first_on_or_after(self, day: date) -> date:
        """The earliest grid day that is not before `day`; the last one of all is the calendar's end."""
        if self.interval.unit is Unit.HOURS:
            return self._hourly(day)
        if self.interval.unit is Unit.MONTHS:
            return self._monthly(day)
        step = length(self.interval)
        distance = max(1, -((self.anchor - day) // step)) * step
        return self.anchor + min(distance, END.date() - self.anchor)

    def contains(self, day: date) -> bool:
        return self.first_on_or_after(day) == day

    def any_between(self, after: date, before: date) -> bool:
        """Whether a grid day lies between both, neither included."""
        return self.first_on_or_after(shifted(after, 1)) < before

    def _hourly(self, day: date) -> date:
        """A count of hours reaches `day` when it ends after the run of the day before."""
        start, step = self.daily.run_at(self.anchor), length(self.interval)
        count = max(1, (self.daily.run_at(shifted(day, -1)) - start) // step + 1)
        return self.daily.day_on_or_after(start + min(count * step, END - start))

    def _monthly(self, day: date) -> date:
        step = self.interval.value
        apart = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        count = max(1, -(-apart // step))
        found = add_months(self.anchor, count * step)
        return found if found >= day else add_months(self.anchor, (count + 1) * step)
