"""As of which run leads and renewals are judged: before today's, while it is under way, after it, and when it is lost.

Every answer is asked at three doors: explain, the timeline's planned notices, and a page about the thing itself.
"""

from datetime import datetime

import pytest

from tests.scenarios import event
from tests.stages.fleet import (
    MONDAY,
    RULES,
    WORLD,
    decide,
    deliver_all,
    lead,
    make_run,
    rows,
    run_and_decide,
    take,
    take_all,
)
from tests.store.statements import counted
from tests.world import utc
from workers.stages import schedule
from workers.stages.explain import explain
from workers.stages.foreseen import foreseen
from workers.stages.history import history
from workers.stages.things import thing
from workers.store import runs, tables
from workers.store.database import Database

LEAD, RENEWAL = "lead/L-1", "renewal/R-1"
YESTERDAYS = ("2026-06-01", "2026-06-02")


def told(database: Database, ref: str, at: datetime) -> tuple[str, datetime | None]:
    """Answer and next run, the same at every door."""
    kind, _, id = ref.partition("/")
    with database.read() as connection:
        found = explain(connection, RULES, ref, at)
        planned = [each.at for each in history(connection, RULES, ref, at, 5).planned]
        ahead = foreseen(connection, RULES, [id] if kind == "lead" else [], [id] if kind == "renewal" else [], at)
        page = thing(connection, RULES, ref, at)
    assert page is not None
    assert page.answer == found
    assert found.is_late is (found.next is not None and found.next < at)
    assert planned == [each.at for each in ahead] == ([found.next] if found.next else [])
    return str(found.answer), found.next


def ahead(database: Database, at: datetime) -> list[tuple[datetime, str]]:
    """The lead's planned mail, and its reason."""
    with database.read() as connection:
        return [(each.at, each.reason) for each in foreseen(connection, RULES, ["L-1"], [], at)]


@pytest.fixture
def fleet(database: Database) -> Database:
    """It made the runs up to Tuesday; the lead's first mail is due on Wednesday, 3 June, the renewal's by its date."""
    take_all(database, [*WORLD, lead()])
    for day in YESTERDAYS:
        run_and_decide(database, day)
        deliver_all(database, utc(f"{day}T07:00"))
    return database


WAITS, BETWEEN = "first_mail_next_day", "between_intervals"
TODAY, TOMORROW, NEXT_WEEK = utc("2026-06-03T07:00"), utc("2026-06-04T07:00"), utc("2026-06-10T07:00")


@pytest.mark.parametrize("clock", ["06:59", "07:00", "12:00", "17:59:59"])
def test_0_13_until_it_is_made_or_too_late_the_run_of_today_is_the_next(fleet: Database, clock: str) -> None:
    assert told(fleet, LEAD, utc(f"2026-06-03T{clock}")) == (WAITS, TODAY)


@pytest.mark.parametrize("clock", ["18:00", "23:59:59"])
def test_0_13_after_latest_it_was_swallowed(fleet: Database, clock: str) -> None:
    assert told(fleet, LEAD, utc(f"2026-06-03T{clock}")) == (WAITS, TOMORROW)


def test_f7_a_grid_day_that_is_late_is_today_and_a_lost_one_tomorrow(fleet: Database) -> None:
    run_and_decide(fleet, "2026-06-03")
    deliver_all(fleet, TODAY)
    for day in ("2026-06-04", "2026-06-05", "2026-06-06", "2026-06-07", "2026-06-08", "2026-06-09"):
        make_run(fleet, day)
    assert told(fleet, LEAD, utc("2026-06-10T17:59")) == (BETWEEN, NEXT_WEEK)
    assert ahead(fleet, utc("2026-06-10T17:59")) == [(utc("2026-06-10T07:00"), "follow_up_next")]
    assert told(fleet, LEAD, utc("2026-06-10T18:00")) == (BETWEEN, utc("2026-06-11T07:00"))
    assert ahead(fleet, utc("2026-06-10T18:00")) == [(utc("2026-06-11T07:00"), "follow_up_catch_up")]
    make_run(fleet, "2026-06-11")
    assert [reason for _, reason in rows(fleet, tables.notices, "sequence", "due_reason")][-1] == "follow_up_catch_up"
    assert told(fleet, LEAD, utc("2026-06-11T07:00")) == (BETWEEN, utc("2026-06-17T07:00"))


def test_what_is_on_its_way_counts_as_sent(fleet: Database) -> None:
    make_run(fleet, "2026-06-03")
    assert told(fleet, LEAD, TODAY) == (BETWEEN, NEXT_WEEK)
    decide(fleet, TODAY)
    assert told(fleet, LEAD, TODAY) == (BETWEEN, NEXT_WEEK)
    deliver_all(fleet, TODAY)
    assert told(fleet, LEAD, TODAY) == (BETWEEN, NEXT_WEEK)


def test_f16_what_was_suppressed_is_tried_again_tomorrow(fleet: Database) -> None:
    take(fleet, event("user.deactivated", "2026-06-03T06:00:00Z", id="U-1"), at=utc("2026-06-03T06:00"))
    run_and_decide(fleet, "2026-06-03")
    again = event(
        "user.saved", "2026-06-03T09:00:00Z", id="U-1", name="Jonas Keller", email="jonas@nordwind.example.org"
    )
    take(fleet, again, at=utc("2026-06-03T09:00"))
    assert told(fleet, LEAD, utc("2026-06-03T12:00")) == (WAITS, TOMORROW)


def test_while_the_run_is_under_way_it_is_the_next_for_those_it_has_yet_to_look_at(fleet: Database) -> None:
    schedule.open_due_run(fleet, RULES, TODAY, "test")
    late = lead("L-2", stage_entered_at=MONDAY)
    take(fleet, late, at=utc("2026-06-03T07:00:30"))
    assert told(fleet, LEAD, utc("2026-06-03T07:01")) == (WAITS, TODAY)
    assert told(fleet, "lead/L-2", utc("2026-06-03T07:01")) == (WAITS, TOMORROW)
    assert told(fleet, LEAD, utc("2026-06-03T20:00")) == (WAITS, TODAY)  # what was begun goes on after `latest`
    schedule.plan(fleet, RULES, TODAY.date(), TODAY)
    with fleet.read() as connection:
        assert runs.unfinished_run(connection, TODAY.date())
    assert told(fleet, LEAD, utc("2026-06-03T07:01")) == (BETWEEN, NEXT_WEEK)


def test_a_run_that_was_never_finished_has_seen_what_it_looked_at(fleet: Database) -> None:
    """It ended with its day: what it sent is no missed mail."""
    schedule.open_due_run(fleet, RULES, TODAY, "test")
    schedule.plan(fleet, RULES, TODAY.date(), TODAY)
    decide(fleet, TODAY)
    deliver_all(fleet, TODAY)
    assert told(fleet, LEAD, utc("2026-06-04T06:00")) == (BETWEEN, NEXT_WEEK)


RENEWED = "2026-06-03T06:00:00Z"


@pytest.fixture
def renewed(fleet: Database) -> Database:
    """Its 90 days begin on Wednesday."""
    moved = event("renewal.saved", RENEWED, id="R-1", company="K-1", product="Hub", renews_on="2026-09-01")
    take(fleet, moved, at=utc("2026-06-03T06:00"))
    return fleet


OFFSET = "next_offset"


@pytest.mark.parametrize(
    ("clock", "next"), [("06:59", TODAY), ("07:00", TODAY), ("17:59", TODAY), ("18:00", TOMORROW), ("23:00", TOMORROW)]
)
def test_r20_a_late_run_is_the_next_for_renewals_too(renewed: Database, clock: str, next: datetime) -> None:
    assert told(renewed, RENEWAL, utc(f"2026-06-03T{clock}")) == (OFFSET, next)


def test_r20_while_it_is_under_way_and_after(renewed: Database) -> None:
    schedule.open_due_run(renewed, RULES, TODAY, "test")
    assert told(renewed, RENEWAL, utc("2026-06-03T07:01")) == (OFFSET, TODAY)
    later = event(
        "renewal.saved", "2026-06-03T07:01:00Z", id="R-2", company="K-1", product="Hub", renews_on="2026-09-01"
    )
    take(renewed, later, at=utc("2026-06-03T07:01"))
    assert told(renewed, "renewal/R-2", utc("2026-06-03T07:02")) == (OFFSET, TOMORROW)
    while schedule.plan(renewed, RULES, TODAY.date(), TODAY) is not None:
        pass
    assert told(renewed, RENEWAL, utc("2026-06-03T07:01")) == (OFFSET, utc("2026-07-03T07:00"))


def test_a_run_of_a_past_day_is_not_made_any_more(fleet: Database) -> None:
    """Asked about Monday noon after Tuesday's run: Monday's is behind, whether it was made or not."""
    assert told(fleet, LEAD, utc("2026-06-01T12:00"))[1] == TODAY


def test_it_costs_the_same_for_many(fleet: Database) -> None:
    def ask(ids: list[str]) -> int:
        with counted(fleet) as statements, fleet.read() as connection:
            assert len(foreseen(connection, RULES, ids, [], utc("2026-06-03T12:00"))) == len(ids)
        return len(statements)

    take(fleet, *(lead(f"M-{number}") for number in range(40)), at=utc("2026-06-03T06:00"))
    assert ask(["L-1"]) == ask([f"M-{number}" for number in range(40)])


def test_the_calendars_last_day_has_no_day_after(fleet: Database) -> None:
    for at in ("9999-12-31T06:00", "9999-12-31T23:59:59.999999"):
        assert told(fleet, LEAD, utc(at))[0] == WAITS
        assert told(fleet, RENEWAL, utc(at)) == ("renewal_passed", None)
