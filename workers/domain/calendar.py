"""The daily run and the arithmetic of intervals (RULES 0.8, 0.13): days are the run's zone's, instants are UTC."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from workers.domain.facts import Interval, Unit

ONE_DAY = timedelta(days=1)

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
"""The calendar's ends. Events may name both (EVENTS), so nothing here goes beyond: what would, is the end itself."""

END = datetime(9000, 1, 1, tzinfo=UTC)
"""Whatever would lie beyond is here, and never comes: upstream writes 9999-12-31 for "open", which has no day after."""

_LENGTHS = {Unit.HOURS: timedelta(hours=1), Unit.DAYS: ONE_DAY, Unit.WEEKS: timedelta(weeks=1)}
_OWN_MINUTE = timedelta(minutes=1)


def later(instant: datetime, by: timedelta) -> datetime:
    """The instant that much later."""
    return instant + by if by <= LAST - instant else LAST


def shifted(day: date, days: int) -> date:
    """The day that many days later, or earlier where negative."""
    return date.fromordinal(min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal()))


def local(instant: datetime, zone: tzinfo) -> datetime:
    """The instant as the zone's clocks show it."""
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return _nearest_end(instant).replace(tzinfo=zone)


def _nearest_end(instant: datetime) -> datetime:
    return FIRST if instant.year == FIRST.year else LAST


def length(interval: Interval) -> timedelta:
    """The length of an interval of hours, days or weeks; months have none (KeyError)."""
    return _LENGTHS[interval.unit] * interval.value


def add_months(day: date, months: int) -> date:
    """The same day `months` later, clamped to the month's last: 31 January and one month is 28 or 29 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year >= END.year:
        return END.date()
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add(instant: datetime, interval: Interval) -> datetime:
    """The instant an interval later, counted in UTC (LT: stage durations); months are clamped."""
    if interval.unit is not Unit.MONTHS:
        return instant + length(interval) if length(interval) < END - instant else END
    return datetime.combine(add_months(instant.date(), interval.value), instant.timetz())


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the run's zone, from its first instant to that of the next."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class DailyRun:
    """When all time-driven notices go out: at wall time `at` of `zone`; a swallowed run is made up until `latest`.

    A wall time that does not exist means an hour later, one that exists twice its first. `latest` is not before `at`.
    """

    at: time
    zone: ZoneInfo
    latest: time

    def run_at(self, day: date) -> datetime:
        """The nominal instant of the run of `day`."""
        return self._instant(day, self.at)

    def day_of(self, instant: datetime) -> date:
        """The day of an instant in the run's zone."""
        return local(instant, self.zone).date()

    def midnight(self, instant: datetime) -> datetime:
        """The first instant of the day of `instant` in the run's zone."""
        return self.day(instant).begins

    def day(self, instant: datetime) -> Day:
        """The day around an instant."""
        day = self.day_of(instant)
        return Day(self._instant(day, time()), END if day == date.max else self._instant(day + ONE_DAY, time()))

    def last_run_day(self, at: datetime) -> date:
        """The day of the last nominal run at or before `at`."""
        day = self.day_of(at)
        while self.run_at(day) > at and day > date.min:
            day -= ONE_DAY
        return day

    def day_on_or_after(self, instant: datetime) -> date:
        """The day of the first nominal run at or after `instant`."""
        day = self.last_run_day(instant)
        return day if self.run_at(day) >= instant else shifted(day, 1)

    def makeable(self, day: date, now: datetime) -> bool:
        """Whether the run of `day` may be made at `now`: from its time on, and before `latest` (RULES 0.13).

        Its own minute is always open: it may begin at or, on a day that skips an hour, after `latest`.
        """
        opens = self.run_at(day)
        return opens <= now < max(self._instant(day, self.latest), later(opens, _OWN_MINUTE))

    def _instant(self, day: date, wall: time) -> datetime:
        # Fold 0 reads a doubled wall time as its first, a skipped one with the offset before the gap: an hour later.
        here = datetime.combine(day, wall.replace(fold=0), self.zone)
        try:
            return here.astimezone(UTC)
        except OverflowError:
            return _nearest_end(here)
