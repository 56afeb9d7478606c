"""The grid of later follow-ups: no drift, no walking, and the same days that counting k by k finds."""

from datetime import date, time, timedelta
from itertools import count
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.leads import SEVEN_UTC, WEEK, june
from workers.domain.calendar import ONE_DAY, DailyRun, add, add_months, length
from workers.domain.facts import Interval, Unit
from workers.domain.grid import Grid

BERLIN = DailyRun(time(7), ZoneInfo("Europe/Berlin"), time(18))
MONTH = Interval(1, Unit.MONTHS)


def first_days(grid: Grid, number: int) -> list[date]:
    found = [grid.first_on_or_after(grid.anchor)]
    while len(found) < number:
        found.append(grid.first_on_or_after(found[-1] + ONE_DAY))
    return found


@pytest.mark.parametrize(
    ("anchor", "interval", "expected"),
    [
        pytest.param(june(2), WEEK, [june(9), june(16), june(23)], id="LT-8"),
        pytest.param(date(2028, 1, 31), MONTH, [date(2028, 2, 29), date(2028, 3, 31)], id="RULES vector"),
        pytest.param(
            date(2027, 1, 31), MONTH, [date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)], id="month ends"
        ),
        pytest.param(
            date(2028, 2, 29), Interval(12, Unit.MONTHS), [date(2029, 2, 28), date(2030, 2, 28)], id="leap day"
        ),
        pytest.param(june(2), Interval(2, Unit.DAYS), [june(4), june(6)], id="days"),
        pytest.param(june(2), Interval(1, Unit.HOURS), [june(3), june(4)], id="hours meet on one day"),
        pytest.param(june(2), Interval(24, Unit.HOURS), [june(3), june(4)], id="a day of hours"),
        pytest.param(june(2), Interval(25, Unit.HOURS), [june(4), june(5), june(6)], id="hours round up"),
        pytest.param(june(2), Interval(49, Unit.HOURS), [june(5), june(7)], id="hours round up each from the anchor"),
    ],
)
def test_lt7_grid_days_count_from_the_anchor(anchor: date, interval: Interval, expected: list[date]) -> None:
    assert first_days(Grid(anchor, interval, SEVEN_UTC), len(expected)) == expected


def test_lt7_hours_are_hours_also_where_the_clocks_change() -> None:
    """24 hours after 07:00 CET it is 08:00 CEST, so that the run of the spring day comes too early."""
    daily = Grid(date(2026, 3, 27), Interval(24, Unit.HOURS), BERLIN)
    assert first_days(daily, 3) == [date(2026, 3, 28), date(2026, 3, 30), date(2026, 3, 31)]


def test_the_anchor_is_no_grid_day() -> None:
    assert not Grid(june(2), WEEK, SEVEN_UTC).contains(june(2))


def test_any_between_excludes_both_ends() -> None:
    grid = Grid(june(2), WEEK, SEVEN_UTC)
    assert not grid.any_between(june(2), june(9))
    assert not grid.any_between(june(9), june(16))
    assert grid.any_between(june(8), june(10))


def test_ten_years_of_hours_cost_no_more_than_one_day() -> None:
    grid, began = Grid(date(2016, 6, 2), Interval(1, Unit.HOURS), BERLIN), process_time()
    assert all(grid.contains(date(2026, 6, 2) + timedelta(days=n)) for n in range(1000))
    assert process_time() - began < 1


units = st.sampled_from(list(Unit))
intervals = st.builds(Interval, st.integers(1, 60), units)
anchors = st.dates(date(2027, 1, 1), date(2028, 12, 31)) | st.sampled_from([date(2028, 2, 29), date(2027, 1, 31)])
grids = st.builds(Grid, anchors, intervals, st.sampled_from([SEVEN_UTC, BERLIN]))


def counted(grid: Grid, day: date) -> date:
    """The definition itself, k by k."""
    for k in count(1):
        if grid.interval.unit is Unit.MONTHS:
            point = add_months(grid.anchor, k * grid.interval.value)
        elif grid.interval.unit is Unit.HOURS:
            nominal = add(grid.daily.run_at(grid.anchor), Interval(k * grid.interval.value, Unit.HOURS))
            point = grid.daily.day_on_or_after(nominal)
        else:
            point = grid.anchor + k * length(grid.interval)
        if point >= day:
            return point
    raise AssertionError


@given(grids, st.integers(-40, 400))
def test_the_first_day_found_is_the_one_that_counting_finds(grid: Grid, distance: int) -> None:
    day = grid.anchor + timedelta(days=distance)
    assert grid.first_on_or_after(day) == counted(grid, day)


@given(grids, st.integers(0, 400), st.integers(0, 40))
def test_the_grid_is_monotone_and_after_the_anchor(grid: Grid, distance: int, more: int) -> None:
    day = grid.anchor + timedelta(days=distance)
    found, later = grid.first_on_or_after(day), grid.first_on_or_after(day + timedelta(days=more))
    assert grid.anchor < found <= later
    assert grid.contains(found)
    assert not grid.any_between(day - ONE_DAY, found)


@given(grids, st.integers(1, 120))
def test_no_drift_the_k_th_day_needs_none_before_it(grid: Grid, k: int) -> None:
    whole = Grid(grid.anchor, Interval(k * grid.interval.value, grid.interval.unit), grid.daily)
    assert grid.contains(whole.first_on_or_after(grid.anchor))
