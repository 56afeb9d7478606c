"""Days on which nothing is due are passed over, and nobody can tell: the same is said as if every run was made."""

from datetime import date

import pytest

from tests.scenarios import event, ndjson
from tests.scenarios.story import Case, case_id, instant, z
from tests.scenarios.test_follow_up_grid import CASES
from tests.scenarios.test_follow_up_rows import EXPLAINED, ROWS
from tests.scenarios.test_renewal_days import HEARD_LATE, MOVED, RUNS
from tests.scenarios.test_visits import LATE
from workers.house import simulation
from workers.settings import Settings
from workers.stages.simulate import Simulation
from workers.store import tables


class EveryRun(Simulation):
    """Makes each daily run, whatever there is to do."""

    def _calm_until(self) -> date:
        return date.min


STORIES = [each for each in (*ROWS, *CASES, *EXPLAINED, *RUNS, *HEARD_LATE, *MOVED, *LATE) if isinstance(each, Case)]


@pytest.mark.parametrize("case", STORIES[::10], ids=case_id)
def test_every_run_made_says_the_same(case: Case) -> None:
    assert case.told() == case.told(EveryRun)


def test_twenty_years_of_nothing_is_passed_over_and_its_end_is_not() -> None:
    company = event("company.saved", z("06-01 00:00"), id="K-1", name="Lumière")
    renewal = event("renewal.saved", z("06-01 00:00"), id="R-1", company="K-1", product="Hub", renews_on="2046-09-01")
    days: list[date] = []
    run = simulation(Settings())
    run.on_run = lambda at: days.append(at.date())
    run.run(enumerate(ndjson([company, renewal]).splitlines(), start=1), instant("2046-12-31 12:00"))
    assert (days[0], days[-1]) == (date(2026, 6, 1), date(2046, 12, 31))
    assert len(days) < 100
    with run.database.read() as connection:
        made = list(connection.execute(tables.runs.select().order_by(tables.runs.c.day)))
    assert [line["offset_days"] for line in run.lines()][:1] == [90]
    assert made[0].day == date(2026, 6, 1)
    assert made[-1].day == date(2046, 12, 31)
    assert len(made) < 100
    run.database.close()
