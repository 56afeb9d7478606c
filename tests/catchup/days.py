"""Three days without a fleet, in June 2026, and the daily runs that take place all the same (RULES 0.13)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

DAY = timedelta(days=1)
START = datetime(2026, 5, 1, tzinfo=UTC)
"""When everything was told that is not news later."""
AWAY = datetime(2026, 6, 2, 6, 30, tzinfo=UTC)
"""Tuesday: half an hour later its run would begin."""
CHANGES = datetime(2026, 6, 3, 12, tzinfo=UTC)
"""When something befalls leads and renewals: on Wednesday noon, while nobody is there."""
FRIDAY_MORNING = datetime(2026, 6, 5, 10, tzinfo=UTC)
"""The run of Friday is made as soon as the fleet is back; those of three days were swallowed."""
FRIDAY_EVENING = datetime(2026, 6, 5, 20, tzinfo=UTC)
"""Too late for a run on Friday: four were swallowed."""


@dataclass(frozen=True, slots=True)
class Run:
    """A daily run that takes place; `previous`: the day of the one before that did."""

    day: date
    at: datetime
    previous: date


def runs(start: datetime, back: datetime, until: datetime) -> list[Run]:
    """Those of a fleet that begins at `start`, is away from AWAY until `back`, and is looked at until `until`."""
    found: list[Run] = []
    for day in days(start.date(), until.date() + DAY):
        made = max(at(day), back) if AWAY <= at(day) < back else at(day)
        if made.date() == day and (made == at(day) or made < at(day, 18)) and made <= until:
            found.append(Run(day, made, found[-1].day if found else day - DAY))
    return found


def days(first: date, end: date) -> Iterator[date]:
    """From `first` to before `end`."""
    while first < end:
        yield first
        first += DAY


def at(day: date, hour: int = 7) -> datetime:
    return datetime.combine(day, time(hour), UTC)
