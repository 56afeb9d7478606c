"""What stops the reminders of a visit, for ever or until it clears: F10 to F14 at the daily run (RULES 3)."""

from dataclasses import replace
from datetime import date

import pytest

from tests.domain.leads import (
    CASE,
    FIRST,
    NEVER,
    NEXT,
    PROCESS,
    WHEN_CLEAR,
    appointment,
    at_run,
    due,
    june,
    led,
    sent,
    task,
    utc,
)
from workers.domain.facts import Task
from workers.domain.follow_up import FollowUpRules, due_at_run, next_day
from workers.domain.reasons import Reason

MAILED = sent(CASE, ("2026-06-02T07:00", FIRST))
"""The first mail went out on Tuesday 2 June: the grid is 9, 16, 23 June."""


FUTURE = appointment("2026-06-03T10:00", "2026-06-10T10:00", "2026-06-10T11:00")
"""Entered on Wednesday 3 June for Wednesday 10 June."""


@pytest.mark.parametrize("rules", [NEVER, WHEN_CLEAR])
def test_f10_a_future_appointment_stops(rules: FollowUpRules) -> None:
    assert at_run(replace(FUTURE, sent=MAILED.sent), june(9), rules) is Reason.STOPPED_FUTURE_APPOINTMENT


def test_f10_cancelled_in_the_visit_still_stops_for_ever() -> None:
    cancelled = appointment("2026-06-03T10:00", "2026-06-10T10:00", void_at="2026-06-04T10:00")
    assert at_run(cancelled, june(12)) is Reason.STOPPED_FUTURE_APPOINTMENT


def test_f10_cancelled_before_the_visit_does_not_stop() -> None:
    cancelled = appointment("2026-05-20T10:00", "2026-06-10T10:00", void_at="2026-05-22T10:00")
    assert at_run(cancelled, june(2)) == due(1, FIRST)


def test_f10_an_appointment_that_started_before_the_visit_does_not_stop() -> None:
    assert at_run(appointment("2026-05-20T10:00", "2026-05-25T09:00"), june(2)) == due(1, FIRST)


@pytest.mark.parametrize("rules", [NEVER, WHEN_CLEAR])
def test_f11_an_appointment_in_the_past_does_not_stop(rules: FollowUpRules) -> None:
    past = appointment("2026-06-01T12:00", "2026-06-01T09:00", "2026-06-30T09:00")
    assert at_run(past, june(2), rules) == due(1, FIRST)


def test_f12_never_an_appointment_that_has_passed_still_stops() -> None:
    assert at_run(FUTURE, june(30)) is Reason.STOPPED_FUTURE_APPOINTMENT
    assert next_day(FUTURE, june(1), NEVER) is None


def test_f12_when_clear_a_first_mail_goes_out_the_day_after_its_end_with_a_new_anchor() -> None:
    case = replace(FUTURE, sent=MAILED.sent)
    mails, _ = led(case, june(3), june(25), WHEN_CLEAR)
    assert mails == [(june(11), 2, FIRST), (june(18), 3, NEXT), (june(25), 4, NEXT)]


def test_f12_when_clear_holds_through_the_end_and_answers_the_next_day_on_the_day_itself() -> None:
    case = replace(FUTURE, sent=MAILED.sent)
    held, cleared = utc("2026-06-10T10:59:59"), utc("2026-06-10T11:00")
    assert due_at_run(case, june(10), june(9), held, WHEN_CLEAR) is Reason.STOPPED_FUTURE_APPOINTMENT
    assert due_at_run(case, june(10), june(9), cleared, WHEN_CLEAR) is Reason.FIRST_MAIL_NEXT_DAY


def test_f12_when_clear_an_appointment_without_end_ends_at_its_start() -> None:
    case = appointment("2026-06-03T10:00", "2026-06-10T06:00")
    assert led(case, june(3), june(12), WHEN_CLEAR)[0] == [(june(11), 1, FIRST)]


def test_f12_when_clear_an_appointment_that_never_ends_foresees_nothing() -> None:
    case = appointment("2026-06-03T10:00", "2026-06-10T10:00", "9999-12-31T23:59")
    assert at_run(case, june(12), WHEN_CLEAR) is Reason.STOPPED_FUTURE_APPOINTMENT
    assert next_day(case, june(12), WHEN_CLEAR) is None


def test_f12_when_clear_the_last_of_several_decides() -> None:
    both = replace(FUTURE, tasks=(Task("T-1", utc("2026-06-04T09:00"), utc("2026-06-14T09:00")),))
    assert next_day(both, june(4), WHEN_CLEAR) == june(15)
    assert at_run(both, june(12), WHEN_CLEAR) is Reason.STOPPED_TASK_CREATED


def test_f12_when_clear_a_clearing_before_the_last_mail_changes_nothing() -> None:
    early = appointment("2026-05-26T10:00", "2026-05-28T10:00")
    mails, _ = led(replace(early, sent=MAILED.sent), june(3), june(16), WHEN_CLEAR)
    assert mails == [(june(9), 2, NEXT), (june(16), 3, NEXT)]


def test_f12_when_clear_a_clearing_at_the_instant_of_the_last_mail_is_not_before_it() -> None:
    heard_late = replace(task("2026-06-02T06:30", "2026-06-02T07:00"), sent=MAILED.sent)
    assert at_run(heard_late, june(2), WHEN_CLEAR) is Reason.FIRST_MAIL_NEXT_DAY
    assert led(heard_late, june(2), june(10), WHEN_CLEAR)[0] == [(june(3), 2, FIRST), (june(10), 3, NEXT)]


def test_f12_when_clear_a_cleared_lead_must_still_be_overdue() -> None:
    case = appointment("2026-05-26T10:00", "2026-05-28T10:00")
    assert at_run(case, date(2026, 5, 29), WHEN_CLEAR) is Reason.NOT_OVERDUE
    assert led(case, date(2026, 5, 26), june(4), WHEN_CLEAR)[0] == [(june(2), 1, FIRST)]


def test_f12_when_clear_max_reminders_counts_the_mails_before_the_stop() -> None:
    case = replace(FUTURE, sent=MAILED.sent)
    assert at_run(case, june(11), replace(WHEN_CLEAR, max_reminders=1)) is Reason.MAX_REMINDERS


@pytest.mark.parametrize(("own", "rules"), [("when_clear", NEVER), (None, WHEN_CLEAR)])
def test_f12_a_process_may_override_the_setting(own: str | None, rules: FollowUpRules) -> None:
    case = replace(FUTURE, process=replace(PROCESS, resume=own))
    assert at_run(case, june(11), rules) == due(1, FIRST)
    assert at_run(replace(case, process=replace(PROCESS, resume="never")), june(11), rules) is (
        Reason.STOPPED_FUTURE_APPOINTMENT
    )


@pytest.mark.parametrize("rules", [NEVER, WHEN_CLEAR])
def test_f13_a_task_created_in_this_visit_stops(rules: FollowUpRules) -> None:
    assert at_run(task("2026-06-01T15:00"), june(2), rules) is Reason.STOPPED_TASK_CREATED
    assert at_run(task("2026-05-25T10:00"), june(2), rules) is Reason.STOPPED_TASK_CREATED
    assert next_day(task("2026-06-01T15:00"), june(1), rules) is None


def test_f13_a_task_of_an_earlier_visit_does_not_stop() -> None:
    assert at_run(task("2026-05-25T09:59"), june(2)) == due(1, FIRST)


def test_f14_never_a_completed_task_still_stops() -> None:
    assert at_run(task("2026-05-26T10:00", "2026-05-27T10:00"), june(2)) is Reason.STOPPED_TASK_CREATED


def test_f14_when_clear_a_first_mail_goes_out_the_day_after_completion() -> None:
    case = replace(task("2026-06-03T10:00", "2026-06-05T06:00"), sent=MAILED.sent)
    assert led(case, june(3), june(13), WHEN_CLEAR)[0] == [(june(6), 2, FIRST), (june(13), 3, NEXT)]
