"""From capture to live: what only the catcher took counts as sent, or is free again (DESIGN part 4)."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.example.replay import VECTORS, lines_of
from tests.world import utc
from workers.house import simulation
from workers.settings import Settings
from workers.stages import captured, schedule, sweep
from workers.stages.simulate import Simulation
from workers.store import tables
from workers.store.captured import CATCHER

UNTIL = utc("2026-06-03T12:00")


@pytest.fixture
def run() -> Iterator[Simulation]:
    """LT-8's lead, whose first mail of Tuesday the catcher took."""
    found = simulation(Settings())
    with closing(found.database):
        found.run(enumerate(lines_of(VECTORS / "lt8-weekly.ndjson"), start=1), UNTIL)
        with found.database.write() as connection:
            connection.execute(tables.attempts.update().values(route=CATCHER))
        yield found


def outcomes(run: Simulation) -> list[tuple[str, str]]:
    return [(line["outcome"], line["reason"]) for line in run.lines()]


def test_what_counts_as_sent_is_asked_about_once(run: Simulation) -> None:
    assert captured.unjudged(run.database) == 1
    assert captured.count_as_sent(run.database) == 1
    assert captured.unjudged(run.database) == 0
    assert outcomes(run) == [("sent", "follow_up_first")]


def test_what_does_not_count_is_due_again_at_the_next_run(run: Simulation) -> None:
    assert captured.forget(run.database, UNTIL) == 1
    assert captured.unjudged(run.database) == 0
    assert outcomes(run) == [("cancelled", "only_captured")]

    tomorrow = utc("2026-06-04T07:00")
    day = schedule.open_due_run(run.database, run.rules, tomorrow, "test")
    assert day == tomorrow.date()
    notices = schedule.plan(run.database, run.rules, day, tomorrow)
    assert len(notices or []) == 1


def test_what_left_for_real_is_no_question(run: Simulation) -> None:
    with run.database.write() as connection:
        connection.execute(tables.attempts.update().values(route="main"))
    assert captured.unjudged(run.database) == 0
    assert captured.forget(run.database, UNTIL) == 0
    assert outcomes(run) == [("sent", "follow_up_first")]


def test_other_rules_than_last_time_make_the_next_run_look_at_all(run: Simulation) -> None:
    def fan_outs() -> list[str]:
        with run.database.read() as connection:
            return list(connection.execute(sa.select(tables.fan_outs.c.kind)).scalars())

    sweep.note_rules(run.database, run.rules)
    assert fan_outs() == []  # the first time there is nothing to compare with

    sweep.note_rules(run.database, run.rules)
    assert fan_outs() == []

    others = simulation(Settings(renewals={"catchup_days": 3}))
    with closing(others.database):
        sweep.note_rules(run.database, others.rules)
    assert sorted(fan_outs()) == ["all_leads", "all_renewals"]
    while sweep.fan_out(run.database, run.rules.daily, UNTIL + timedelta(hours=1)):
        pass
    with run.database.read() as connection:
        assert connection.execute(sa.select(tables.leads.c.due_on)).scalar_one() == utc("2026-06-04T07:00").date()
