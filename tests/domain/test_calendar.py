"""The daily run on odd days, and the arithmetic of intervals."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.leads import SEVEN_UTC, utc
from workers.domain.calendar import END, FIRST, LAST, ONE_DAY, DailyRun, add, add_months, later, local, shifted
from workers.domain.facts import Interval, Unit

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)

zones = st.sampled_from(
    [ZoneInfo(n) for n in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "America/Nuuk")]
)
runs = st.builds(DailyRun, at=st.times(), zone=zones, latest=st.just(time(23, 59)))
instants = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
dates = st.dates(date(2025, 1, 1), date(2030, 1, 1))


def at(hour: int, minute: int = 0, latest: time = time(18)) -> DailyRun:
    return DailyRun(time(hour, minute), BERLIN, latest)


@pytest.mark.parametrize(
    ("run", "day", "expected"),
    [
        pytest.param(SEVEN_UTC, SPRING, "2026-03-29T07:00", id="utc"),
        pytest.param(at(9), date(2026, 1, 5), "2026-01-05T08:00", id="winter"),
        pytest.param(at(9), date(2026, 7, 6), "2026-07-06T07:00", id="summer"),
        pytest.param(at(2, 30), SPRING, "2026-03-29T01:30", id="a wall time that does not exist: an hour later"),
        pytest.param(at(2), SPRING, "2026-03-29T01:00", id="the first wall time that does not exist"),
        pytest.param(at(3), SPRING, "2026-03-29T01:00", id="the first that exists again"),
        pytest.param(at(2, 30), AUTUMN, "2026-10-25T00:30", id="a wall time that exists twice: its first"),
    ],
)
def test_the_run_of_a_day(run: DailyRun, day: date, expected: str) -> None:
    assert run.run_at(day) == utc(expected)


def test_a_skipped_wall_time_shows_as_an_hour_later() -> None:
    assert at(2, 30).run_at(SPRING).astimezone(BERLIN).time() == time(3, 30)


def test_days_are_those_of_the_zone() -> None:
    assert at(9).day_of(utc("2026-07-06T21:59")) == date(2026, 7, 6)
    assert at(9).day_of(utc("2026-07-06T22:00")) == date(2026, 7, 7)


def test_runs_around_their_own_instant() -> None:
    before, exactly, after = (utc(f"2026-06-02T{each}") for each in ("06:59:59", "07:00", "07:00:01"))
    assert [SEVEN_UTC.last_run_day(each).day for each in (before, exactly, after)] == [1, 2, 2]
    assert [SEVEN_UTC.day_on_or_after(each).day for each in (before, exactly, after)] == [2, 2, 3]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-06-02T06:59:59", False),
        ("2026-06-02T07:00", True),
        ("2026-06-02T17:59:59", True),
        ("2026-06-02T18:00", False),
        ("2026-06-03T07:00", False),
    ],
)
def test_a_swallowed_run_is_made_on_the_same_day_before_latest(now: str, expected: bool) -> None:
    assert SEVEN_UTC.makeable(date(2026, 6, 2), utc(now)) is expected


def test_latest_is_a_wall_time_of_the_zone() -> None:
    run = at(9)
    assert run.makeable(date(2026, 7, 6), utc("2026-07-06T15:59:59"))
    assert not run.makeable(date(2026, 7, 6), utc("2026-07-06T16:00"))


def test_a_run_in_time_is_made_even_where_latest_leaves_no_room() -> None:
    same = at(7, latest=time(7))
    assert same.makeable(date(2026, 7, 6), utc("2026-07-06T05:00:59"))
    assert not same.makeable(date(2026, 7, 6), utc("2026-07-06T05:01"))
    skipped = at(2, 30, latest=time(3))
    assert skipped.makeable(SPRING, utc("2026-03-29T01:30"))
    assert not skipped.makeable(SPRING, utc("2026-03-29T01:31"))


@given(runs, dates)
def test_every_day_has_one_run_and_the_runs_are_in_order(run: DailyRun, day: date) -> None:
    today, tomorrow = run.run_at(day), run.run_at(day + ONE_DAY)
    assert timedelta(hours=22) <= tomorrow - today <= timedelta(hours=26)
    assert run.makeable(day, today)


@given(runs, instants)
def test_the_last_run_and_the_one_after_it_enclose_every_instant(run: DailyRun, instant: datetime) -> None:
    day = run.last_run_day(instant)
    assert run.run_at(day) <= instant < run.run_at(day + ONE_DAY)
    on_or_after = run.day_on_or_after(instant)
    assert run.run_at(on_or_after - ONE_DAY) < instant <= run.run_at(on_or_after)


@given(runs, dates)
def test_a_run_belongs_to_its_own_day(run: DailyRun, day: date) -> None:
    assert run.last_run_day(run.run_at(day)) == day == run.day_on_or_after(run.run_at(day))


@pytest.mark.parametrize(
    ("start", "interval", "expected"),
    [
        ("2026-06-01T13:00", Interval(12, Unit.HOURS), "2026-06-02T01:00"),
        ("2026-03-28T12:00", Interval(2, Unit.DAYS), "2026-03-30T12:00"),
        ("2026-05-25T10:00", Interval(1, Unit.WEEKS), "2026-06-01T10:00"),
        ("2027-01-31T10:00", Interval(1, Unit.MONTHS), "2027-02-28T10:00"),
        ("2028-01-31T10:00", Interval(1, Unit.MONTHS), "2028-02-29T10:00"),
        ("2028-02-29T10:00", Interval(12, Unit.MONTHS), "2029-02-28T10:00"),
        ("2026-12-15T10:00", Interval(1, Unit.MONTHS), "2027-01-15T10:00"),
    ],
)
def test_durations_count_in_utc_and_clamp_months(start: str, interval: Interval, expected: str) -> None:
    assert add(utc(start), interval) == utc(expected)


@pytest.mark.parametrize("unit", list(Unit))
def test_what_would_lie_beyond_the_calendar_is_its_end(unit: Unit) -> None:
    assert add(utc("9999-12-31T23:59"), Interval(1, unit)).year == END.year
    assert add(utc("2026-06-01T10:00"), Interval(100_000, unit)) <= END + ONE_DAY


# The calendar's ends -------------------------------------------------------------------------------------------------

LONGEST = timedelta(days=2)
ends = st.one_of(
    st.timedeltas(timedelta(), LONGEST).map(lambda away: FIRST + away),
    st.timedeltas(timedelta(), LONGEST).map(lambda away: LAST - away),
    st.datetimes(timezones=st.just(UTC)),
)
every_zone = st.sampled_from(
    [ZoneInfo(n) for n in ("UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin", "America/New_York")]
)
every_run = st.builds(DailyRun, at=st.times(), zone=every_zone, latest=st.just(time(23, 59)))


@given(ends, every_zone)
def test_every_instant_has_a_wall_time_in_every_zone(instant: datetime, zone: ZoneInfo) -> None:
    here = local(instant, zone)
    assert here.tzinfo is zone
    assert abs(here.replace(tzinfo=UTC) - instant) < timedelta(days=1)
    if FIRST + ONE_DAY < instant < LAST - ONE_DAY:
        assert here == instant


@given(ends, every_run)
def test_every_instant_lies_on_a_day_and_after_a_run_as_far_as_there_is_one(instant: datetime, run: DailyRun) -> None:
    day, last, following = run.day_of(instant), run.last_run_day(instant), run.day_on_or_after(instant)
    assert abs((day - instant.date()).days) <= 1
    assert run.run_at(last) <= instant or last == date.min
    assert run.run_at(following) >= instant or following == date.max
    assert 0 <= (following - last).days <= 1
    assert run.makeable(last, run.run_at(last)) or run.run_at(last) == LAST
    assert run.midnight(instant) <= max(instant, run.run_at(date.min))


@given(ends, ends, every_run)
def test_runs_stay_in_order_to_the_ends(one: datetime, other: datetime, run: DailyRun) -> None:
    earlier, later_one = sorted((one, other))
    assert run.last_run_day(earlier) <= run.last_run_day(later_one)
    assert run.run_at(earlier.date()) <= run.run_at(later_one.date())


@given(ends, st.integers(1, 100_000), st.sampled_from(Unit))
def test_no_duration_leads_back_or_beyond(instant: datetime, value: int, unit: Unit) -> None:
    assert min(instant, END) <= add(instant, Interval(value, unit)) <= END + ONE_DAY


@given(ends, st.timedeltas(timedelta(), timedelta.max))
def test_later_ends_with_the_calendar(instant: datetime, by: timedelta) -> None:
    found = later(instant, by)
    assert instant <= found <= LAST
    assert found - instant == by or found == LAST


@given(ends, st.integers(-4_000_000, 4_000_000))
def test_shifted_ends_with_the_calendar(instant: datetime, days: int) -> None:
    day = instant.date()
    found = shifted(day, days)
    assert (found - day).days == days or found in (date.min, date.max)
    assert (found >= day) is (days >= 0) or found == day


@given(dates, st.integers(-60, 240))
def test_months_are_clamped_and_never_overflow_into_the_next(day: date, months: int) -> None:
    found = add_months(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found.day < day.day and (found + ONE_DAY).day == 1)
