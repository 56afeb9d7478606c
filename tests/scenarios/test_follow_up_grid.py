"""The days of follow-ups: LT-2, LT-6, LT-7, the vectors, intervals in every unit, the daily run in another zone."""

from datetime import datetime, timedelta

import pytest

from tests.scenarios import Event
from tests.scenarios.leads import CAST, jonas, lead, process, sent
from tests.scenarios.story import Case, Line, case_id, z

BERLIN = '[daily_run]\nat = "02:30"\ntimezone = "Europe/Berlin"\n'


def overdue_at(due: str) -> tuple[Event, Event]:
    """A lead that is overdue, after a day, at `due`."""
    entered = datetime.fromisoformat(z(due)) - timedelta(days=1)
    start = "2026-01-01T00:00:00Z" if entered.year == 2026 else f"{entered.year}-01-01T00:00:00Z"
    return (jonas(start), lead(entered.isoformat(), stage_entered_at=entered.isoformat()))


def sends(*at_and_reason: str) -> list[Line]:
    """`sends("06-02 07:00 first", ...)`, numbered."""
    lines = []
    for sequence, text in enumerate(at_and_reason, 1):
        at, _, reason = text.rpartition(" ")
        lines.append(sent(at, sequence, reason))
    return lines


def daily(*days: str, at: str = "07:00") -> list[Line]:
    return sends(*(f"{day} {at} {'next' if number else 'first'}" for number, day in enumerate(days)))


def story(due: str, every: str = "1 weeks", new: str = "1 days") -> list[Event]:
    user, made = overdue_at(due)
    return [user, process(user["time"], every=every, new=new), made]


CASES = [
    Case("LT-6 due on Monday at 06:59", story("06-01 06:59"), "06-02 07:00", daily("06-02")),
    Case("LT-6 due on Monday at 07:01", story("06-01 07:01"), "06-02 07:00", daily("06-02")),
    Case("LT-6 due on Monday at 23:59:59", story("06-01 23:59:59"), "06-02 07:00", daily("06-02")),
    Case("LT-6 due on Tuesday at 00:00:00", story("06-02 00:00"), "06-03 07:00", daily("06-03")),
    Case(
        "LT-2 12 hours from Monday 13:00: due on Tuesday, first mail on Wednesday",
        [*CAST, process(new="12 hours"), lead(z("06-01 13:00"), stage_entered_at=z("06-01 13:00"))],
        "06-03 07:00",
        daily("06-03"),
    ),
    Case("LT-2 a duration of weeks", [*CAST, process(new="2 weeks"), lead()], "06-16 07:00", daily("06-16")),
    Case(
        "LT-2 a duration of a month, clamped",
        [
            jonas(z("2026-01-01 00:00")),
            process(z("2026-01-01 00:00"), new="1 months"),
            lead(z("01-31 09:00"), stage_entered_at=z("01-31 09:00")),
        ],
        "03-01 07:00",
        daily("03-01"),
    ),
    Case(
        "LT-7 monthly from 31 January in a leap year",
        story("2028-01-30 12:00", "1 months"),
        "2028-03-31 07:00",
        daily("2028-01-31", "2028-02-29", "2028-03-31"),
    ),
    Case(
        "LT-7 monthly from 31 January",
        story("2026-01-30 12:00", "1 months"),
        "2026-04-30 07:00",
        daily("01-31", "02-28", "03-31", "04-30"),
    ),
    Case(
        "LT-7 every two months from 31 December",
        story("2026-12-30 12:00", "2 months"),
        "2027-04-30 07:00",
        daily("2026-12-31", "2027-02-28", "2027-04-30"),
    ),
    Case(
        "LT-7 36 hours round up to the next run",
        story("06-01 12:00", "36 hours"),
        "06-09 07:00",
        daily("06-02", "06-04", "06-05", "06-07", "06-08"),
    ),
    Case(
        "LT-7 one hour is a mail a day, never two",
        story("06-01 12:00", "1 hours"),
        "06-05 06:59",
        daily("06-02", "06-03", "06-04"),
    ),
    Case(
        "LT-7 24 hours count from the nominal time, although the first mail was made late",
        story("06-01 12:00", "24 hours"),
        "06-04 07:00",
        sends("06-02 15:00 first", "06-03 07:00 next", "06-04 07:00 next"),
        outages=[("06-02 06:00", "06-02 15:00")],
    ),
    Case("LT-7 25 hours", story("06-01 12:00", "25 hours"), "06-06 07:00", daily("06-02", "06-04", "06-05", "06-06")),
    Case(
        "F8 hours: the run of a grid day fell out",
        story("06-01 12:00", "36 hours"),
        "06-07 07:00",
        sends("06-02 07:00 first", "06-05 07:00 next", "06-07 07:00 next"),
        outages=[("06-04 00:00", "06-04 19:00")],
    ),
    Case(
        "0.13 spring: 02:30 does not exist on 29 March, the run is at 03:30",
        story("03-27 12:00", "1 days"),
        "03-30 12:00",
        sends("03-28 01:30 first", "03-29 01:30 next", "03-30 00:30 next"),
        toml=BERLIN,
    ),
    Case(
        "0.13 autumn: 02:30 exists twice on 25 October, the run is at the first",
        story("10-23 12:00", "1 days"),
        "10-26 12:00",
        sends("10-24 00:30 first", "10-25 00:30 next", "10-26 01:30 next"),
        toml=BERLIN,
    ),
    Case(
        "LT-7 24 hours over the spring change: 30 March's run comes an hour too early",
        story("03-27 12:00", "24 hours"),
        "04-01 12:00",
        sends("03-28 01:30 first", "03-29 01:30 next", "03-31 00:30 next", "04-01 00:30 next"),
        toml=BERLIN,
    ),
    Case(
        "LT-7 24 hours over the autumn change",
        story("10-23 12:00", "24 hours"),
        "10-27 12:00",
        sends("10-24 00:30 first", "10-25 00:30 next", "10-26 01:30 next", "10-27 01:30 next"),
        toml=BERLIN,
    ),
    Case(
        "LT-2 durations count in UTC, days are the zone's: due at 22:30 UTC is tomorrow in Berlin",
        story("06-01 22:30"),
        "06-03 12:00",
        sends("06-03 00:30 first"),
        toml=BERLIN,
    ),
    Case(
        "LT-6 09:00 in Berlin",
        story("06-01 21:59:59"),
        "06-02 12:00",
        sends("06-02 07:00 first"),
        toml='[daily_run]\nat = "09:00"\ntimezone = "Europe/Berlin"\n',
    ),
    Case(
        "0.13 `latest` is a wall time of the zone: 18:00 in Berlin is 16:00 UTC",
        story("06-01 12:00"),
        "06-03 12:00",
        sends("06-03 07:00 first"),
        outages=[("06-02 00:00", "06-02 16:00")],
        toml='[daily_run]\nat = "09:00"\ntimezone = "Europe/Berlin"\n',
    ),
    Case(
        "0.13 `latest` in the zone, a second before",
        story("06-01 12:00"),
        "06-03 12:00",
        sends("06-02 15:59:59 first"),
        outages=[("06-02 00:00", "06-02 15:59:59")],
        toml='[daily_run]\nat = "09:00"\ntimezone = "Europe/Berlin"\n',
    ),
    Case(
        "0.13 `latest` equal to `at`: what an outage swallows is gone",
        story("06-01 12:00"),
        "06-03 12:00",
        sends("06-03 07:00 first"),
        outages=[("06-02 06:00", "06-02 07:01")],
        toml='[daily_run]\nlatest = "07:00"\n',
    ),
    Case(
        "0.13 the day of a run made late in a zone far from UTC",
        story("06-01 12:00", "1 days"),
        "06-04 12:00",
        # In Auckland it is 2 June from 1 June, 12:00 UTC on: due then, first run on its 3 June, 2 June 19:00 UTC.
        sends("06-02 23:00 first", "06-03 19:00 next"),
        outages=[("06-02 12:00", "06-02 23:00")],
        toml='[daily_run]\ntimezone = "Pacific/Auckland"\n',
    ),
]


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_follow_up(case: Case) -> None:
    case.check()
