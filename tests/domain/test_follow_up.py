"""The table F1 to F20 at the daily run, one test a row or more (RULES 3); F10 to F14 have a file of their own."""

from dataclasses import replace
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.domain.leads import (
    CASE,
    CATCH_UP,
    FIRST,
    NEVER,
    NEXT,
    OFFER,
    SEVEN_UTC,
    WEEK,
    at_run,
    due,
    entered,
    june,
    led,
    sent,
    utc,
    with_process,
    with_visit,
)
from workers.domain.calendar import DailyRun
from workers.domain.cases import LeadCase
from workers.domain.facts import Appointment, Interval, Task, Unit
from workers.domain.follow_up import FollowUpRules, due_at_run, next_day
from workers.domain.reasons import Reason

HOURS_12 = Interval(12, Unit.HOURS)
CLOSED = replace(CASE.lead, closed=True)
MAILED = sent(CASE, ("2026-06-02T07:00", FIRST))
"""The first mail went out on Tuesday 2 June: the grid is 9, 16, 23 June."""


def test_lt8_overdue_on_monday_first_mail_tuesday_next_mail_the_following_tuesday() -> None:
    mails, _ = led(CASE, june(1), june(10))
    assert mails == [(june(2), 1, FIRST), (june(9), 2, NEXT)]
    assert [day.strftime("%A") for day, *_ in mails] == ["Tuesday", "Tuesday"]


@pytest.mark.parametrize(
    ("begins", "duration", "first_mail"),
    [
        pytest.param("2026-05-25T06:59", WEEK, june(2), id="due before the run"),
        pytest.param("2026-05-25T07:01", WEEK, june(2), id="due after the run"),
        pytest.param("2026-05-25T23:59:59", WEEK, june(2), id="due at the day's end"),
        pytest.param("2026-05-26T00:00:00", WEEK, june(3), id="due at midnight"),
        pytest.param("2026-06-01T13:00", HOURS_12, june(3), id="half a day"),
    ],
)
def test_lt6_first_mail_on_the_day_after_the_lead_became_overdue(
    begins: str, duration: Interval, first_mail: date
) -> None:
    case = entered(begins, duration)
    assert led(case, june(1), june(5))[0] == [(first_mail, 1, FIRST)]
    assert next_day(case, june(1), NEVER) == first_mail


def test_lt6_the_day_is_that_of_the_zone_of_the_run() -> None:
    berlin = FollowUpRules(DailyRun(time(9), ZoneInfo("Europe/Berlin"), time(18)))
    late_evening = entered("2026-05-25T22:30", WEEK)
    assert led(late_evening, june(1), june(4), NEVER)[0] == [(june(2), 1, FIRST)]
    assert led(late_evening, june(1), june(4), berlin)[0] == [(june(3), 1, FIRST)]


def test_lt2_overdue_begins_at_the_very_instant() -> None:
    exact = entered("2026-05-26T07:00", WEEK)
    assert at_run(exact, june(2)) is Reason.FIRST_MAIL_NEXT_DAY
    assert due_at_run(exact, june(2), june(1), utc("2026-06-02T06:59:59"), NEVER) is Reason.NOT_OVERDUE


def test_lt7_months_count_from_the_anchor_without_drift() -> None:
    monthly = entered("2028-01-20T10:00", Interval(10, Unit.DAYS), Interval(1, Unit.MONTHS))
    mails, _ = led(monthly, date(2028, 1, 25), date(2028, 5, 5))
    assert [day for day, *_ in mails] == [
        date(2028, 1, 31),
        date(2028, 2, 29),
        date(2028, 3, 31),
        date(2028, 4, 30),
    ]


def test_lt7_the_anchor_is_the_day_on_which_the_first_mail_was_accepted() -> None:
    delayed = sent(CASE, ("2026-06-03T05:10", FIRST))
    assert led(delayed, june(3), june(17))[0] == [(june(10), 2, NEXT), (june(17), 3, NEXT)]


def test_lt7_hours_count_from_the_nominal_run_also_when_it_was_made_late() -> None:
    late = sent(entered("2026-05-25T10:00", WEEK, Interval(24, Unit.HOURS)), ("2026-06-02T15:30", FIRST))
    assert next_day(late, june(2), NEVER) == june(3)


def test_lt10_reminders_end_at_the_maximum_and_the_first_mail_counts() -> None:
    two = replace(NEVER, max_reminders=2)
    mails, case = led(CASE, june(1), june(30), two)
    assert [day for day, *_ in mails] == [june(2), june(9)]
    assert at_run(case, june(16), two) is Reason.MAX_REMINDERS
    assert at_run(case, june(12), two) is Reason.MAX_REMINDERS
    assert next_day(case, june(9), two) is None


def test_lt10_without_a_maximum_reminders_repeat() -> None:
    mails, _ = led(CASE, june(1), date(2027, 6, 1))
    assert len(mails) == 53


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(with_process(follow_up=False), id="switched off"),
        pytest.param(with_process(interval=None), id="never configured"),
        pytest.param(replace(CASE, process=None), id="unknown process"),
    ],
)
def test_f1_follow_up_off(case: LeadCase) -> None:
    assert at_run(case, june(2)) is Reason.FOLLOW_UP_DISABLED
    assert next_day(case, june(1), NEVER) is None


@pytest.mark.parametrize("stage", ["S-3", "S-404"])
def test_f2_stage_without_duration(stage: str) -> None:
    assert at_run(with_visit(stage=stage), june(2)) is Reason.STAGE_WITHOUT_DURATION
    assert next_day(with_visit(stage=stage), june(1), NEVER) is None


def test_f3_not_yet_overdue() -> None:
    assert at_run(CASE, june(1)) is Reason.NOT_OVERDUE


def test_f4_became_overdue_on_the_day_of_a_run_that_is_made_late() -> None:
    at_noon = utc("2026-06-01T12:00")
    assert due_at_run(CASE, june(1), date(2026, 5, 31), at_noon, NEVER) is Reason.FIRST_MAIL_NEXT_DAY


@pytest.mark.parametrize("unit", list(Unit))
def test_f3_a_duration_or_interval_that_outlasts_the_calendar_foresees_nothing(unit: Unit) -> None:
    endless = Interval(100_000, unit)
    case = entered("9999-12-31T23:59", endless, endless)
    assert at_run(case, june(2)) is Reason.NOT_OVERDUE
    assert next_day(case, june(2), NEVER) is None
    assert next_day(replace(case, sent=MAILED.sent), june(2), NEVER) is None
    mailed = sent(entered("2026-05-25T10:00", WEEK, endless), ("2026-06-02T07:00", FIRST))
    assert at_run(mailed, june(9)) is Reason.BETWEEN_INTERVALS
    assert (next_day(mailed, june(9), NEVER) is None) == (unit is Unit.MONTHS)


def test_f5_first_mail() -> None:
    assert at_run(CASE, june(2)) == due(1, FIRST)


def test_f5_a_lead_first_heard_of_long_after_it_became_overdue_gets_its_first_mail_at_once() -> None:
    assert at_run(CASE, june(20)) == due(1, FIRST)
    assert next_day(CASE, june(19), NEVER) == june(20)


def test_f6_next_mail_on_the_grid() -> None:
    assert at_run(MAILED, june(9)) == due(2, NEXT)
    assert at_run(sent(CASE, ("2026-06-02T07:00", FIRST), ("2026-06-09T07:00", NEXT)), june(16)) == due(3, NEXT)


@pytest.mark.parametrize("day", [june(3), june(8), june(10), june(15)])
def test_f7_between_two_grid_days(day: date) -> None:
    case = MAILED if day < june(9) else sent(CASE, ("2026-06-02T07:00", FIRST), ("2026-06-09T07:00", NEXT))
    assert at_run(case, day) is Reason.BETWEEN_INTERVALS


def test_f8_a_swallowed_grid_day_is_caught_up_once_and_the_anchor_stays() -> None:
    mails, _ = led(CASE, june(1), june(24), swallowed=[june(8), june(9), june(10)])
    assert mails == [(june(2), 1, FIRST), (june(11), 2, CATCH_UP), (june(16), 3, NEXT), (june(23), 4, NEXT)]


def test_f8_several_swallowed_grid_days_make_one_catch_up() -> None:
    lost = [june(day) for day in range(8, 26)]
    mails, _ = led(CASE, june(1), june(30), swallowed=lost)
    assert mails == [(june(2), 1, FIRST), (june(26), 2, CATCH_UP), (june(30), 3, NEXT)]


def test_f8_a_run_back_on_the_grid_is_the_next_mail_whatever_was_missed() -> None:
    assert at_run(MAILED, june(16), previous=june(7)) == due(2, NEXT)


def test_f8_a_run_that_took_place_and_sent_nothing_is_past() -> None:
    assert at_run(MAILED, june(10), previous=june(9)) is Reason.BETWEEN_INTERVALS


def test_f8_a_swallowed_first_day_is_a_first_mail_later() -> None:
    assert led(CASE, june(1), june(12), swallowed=[june(2), june(3)])[0] == [(june(4), 1, FIRST), (june(11), 2, NEXT)]


def test_f8_a_late_run_of_the_same_day_is_the_next_mail() -> None:
    assert due_at_run(MAILED, june(9), june(7), utc("2026-06-09T15:00"), NEVER) == due(2, NEXT)


def test_f8_a_mail_that_went_out_late_swallows_the_grid_days_before_it() -> None:
    late = sent(CASE, ("2026-06-02T07:00", FIRST), ("2026-06-16T06:00", NEXT))
    assert at_run(late, june(16), previous=june(15)) is Reason.BETWEEN_INTERVALS
    assert at_run(late, june(17), previous=june(15)) is Reason.BETWEEN_INTERVALS
    assert at_run(late, june(23)) == due(3, NEXT)


def test_f9_a_stage_change_is_a_new_visit_with_its_own_clock_anchor_and_sequence() -> None:
    moved = replace(CASE.lead.visit, stage="S-1", begins_at=utc("2026-06-11T01:00"))
    case = replace(MAILED, lead=replace(CASE.lead, visit=moved), sent=())
    assert at_run(case, june(11)) is Reason.NOT_OVERDUE
    assert led(case, june(11), june(19))[0] == [(june(12), 1, FIRST), (june(19), 2, NEXT)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"closed": True}, Reason.LEAD_CLOSED),
        ({"deleted": True}, Reason.LEAD_DELETED),
        ({"closed": True, "deleted": True}, Reason.LEAD_DELETED),
    ],
)
def test_f15_closed_and_deleted_leads_rest(changes: dict[str, Any], reason: Reason) -> None:
    case = replace(CASE, lead=replace(CASE.lead, **changes))
    assert at_run(case, june(2)) is reason
    assert next_day(case, june(1), NEVER) is None


def test_f15_a_stage_marked_closed() -> None:
    assert at_run(with_visit(stage="S-4"), june(2)) is Reason.LEAD_CLOSED


def test_f16_a_first_mail_without_acceptor_is_decided_again_at_every_run() -> None:
    nobody = replace(CASE, acceptor=None)
    assert [at_run(nobody, june(day)) for day in (2, 3, 4)] == [due(1, FIRST)] * 3
    assert led(nobody, june(1), june(4))[0] == []


def test_f16_a_later_mail_without_acceptor_is_decided_again_at_the_next_grid_day() -> None:
    nobody = replace(MAILED, acceptor=None)
    assert [at_run(nobody, june(day)) for day in (9, 10, 16)] == [due(2, NEXT), Reason.BETWEEN_INTERVALS, due(2, NEXT)]


@pytest.mark.parametrize("day", [june(2), june(9)])
def test_f17_a_run_that_is_repeated_makes_nothing_twice(day: date) -> None:
    _, case = led(CASE, june(1), day)
    assert at_run(case, day) is Reason.BETWEEN_INTERVALS


def test_f20_a_shorter_interval_counts_from_the_same_anchor_and_what_lies_before_it_was_not_missed() -> None:
    every_2 = Interval(2, Unit.DAYS)
    changed = with_process(interval=every_2, follow_up_set_at=utc("2026-06-05T12:00"))
    case = replace(changed, sent=MAILED.sent)
    assert led(case, june(5), june(8))[0] == [(june(6), 2, NEXT), (june(8), 3, NEXT)]
    assert at_run(case, june(5)) is Reason.BETWEEN_INTERVALS


@pytest.mark.parametrize(
    ("changed_at", "expected"),
    [
        pytest.param("2026-06-04T06:59", due(2, CATCH_UP), id="before the swallowed run"),
        pytest.param("2026-06-04T07:00", due(2, CATCH_UP), id="at its very instant, where events come first"),
        pytest.param("2026-06-04T07:01", Reason.BETWEEN_INTERVALS, id="after it"),
    ],
)
@pytest.mark.parametrize("by", ["interval", "duration"])
def test_f20_only_grid_days_after_the_change_can_be_missed(changed_at: str, expected: object, by: str) -> None:
    long_ago, changed = OFFER.duration_set_at, utc(changed_at)
    stages = (replace(OFFER, duration_set_at=changed if by == "duration" else long_ago),)
    interval_at = changed if by == "interval" else long_ago
    every_2 = with_process(interval=Interval(2, Unit.DAYS), follow_up_set_at=interval_at, stages=stages)
    case = replace(every_2, sent=MAILED.sent)
    assert at_run(case, june(5), previous=june(3)) == expected


def test_f20_a_longer_duration_that_makes_the_lead_wait_again_stops() -> None:
    longer = replace(entered("2026-05-25T10:00", Interval(3, Unit.WEEKS)), sent=MAILED.sent)
    assert at_run(longer, june(9)) is Reason.NOT_OVERDUE
    assert led(longer, june(9), june(30))[0] == [(june(16), 2, NEXT), (june(23), 3, NEXT), (june(30), 4, NEXT)]


def test_f20_a_grid_day_on_which_the_lead_was_not_overdue_was_not_missed() -> None:
    longer = replace(entered("2026-05-26T10:00", Interval(2, Unit.WEEKS)), sent=MAILED.sent)
    assert at_run(longer, june(10), previous=june(8)) is Reason.BETWEEN_INTERVALS


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"process": None}, Reason.FOLLOW_UP_DISABLED, id="F1 before F10"),
        pytest.param({}, Reason.STOPPED_FUTURE_APPOINTMENT, id="F10 before F13 and F3"),
        pytest.param({"appointments": ()}, Reason.STOPPED_TASK_CREATED, id="F13 before F3"),
        pytest.param({"appointments": (), "tasks": ()}, Reason.NOT_OVERDUE, id="F3 before LT-10"),
        pytest.param({"process": None, "lead": CLOSED}, Reason.LEAD_CLOSED, id="F15 before F1"),
    ],
)
def test_the_first_row_answers(changes: dict[str, Any], expected: Reason) -> None:
    everything = replace(
        CASE,
        appointments=(Appointment("A-1", utc("2026-05-25T11:00"), utc("2026-06-10T10:00")),),
        tasks=(Task("T-1", utc("2026-05-25T12:00")),),
    )
    case = replace(everything, **changes)
    assert at_run(case, date(2026, 5, 26), FollowUpRules(SEVEN_UTC, max_reminders=0)) is expected
