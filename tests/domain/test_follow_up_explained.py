"""Why nothing goes out now, and when something will (EVENTS, simulate `--explain`)."""

from dataclasses import replace
from datetime import date

import pytest

from tests.domain.leads import (
    CASE,
    CATCH_UP,
    FIRST,
    NEVER,
    NEXT,
    NORDWIND,
    WHEN_CLEAR,
    appointment,
    june,
    sent,
    task,
    utc,
    with_process,
    with_visit,
)
from workers.domain.cases import LeadCase
from workers.domain.facts import Reachability, Switch
from workers.domain.follow_up import FollowUpRules, explain
from workers.domain.notices import Explanation
from workers.domain.reasons import Reason

MAILED = sent(CASE, ("2026-06-02T07:00", FIRST))
ENDED = replace(NORDWIND, ended=True)
OFF = Reachability(switches=(Switch("lead.follow_up", None, False, utc("2026-06-01T09:00")),))


def explained(case: LeadCase, at: str, rules: FollowUpRules = NEVER, last_run: date | None = None) -> Explanation:
    instant = utc(at)
    day = rules.daily.last_run_day(instant)
    return explain(case, instant, rules, day, last_run or day)


def then(answer: Reason, upcoming: str | None = None, reason: Reason | None = None) -> Explanation:
    return Explanation(answer, utc(upcoming) if upcoming else None, reason)


TOMORROW = then(Reason.FIRST_MAIL_NEXT_DAY, "2026-06-02T07:00", FIRST)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param("2026-06-01T09:59", then(Reason.NOT_OVERDUE, "2026-06-02T07:00", FIRST), id="F3"),
        pytest.param("2026-06-01T10:00", TOMORROW, id="F4 from due on"),
        pytest.param("2026-06-02T06:59", TOMORROW, id="F4 before the run"),
    ],
)
def test_f3_f4_overdue_is_judged_at_the_instant_and_days_at_the_last_run(at: str, expected: Explanation) -> None:
    assert explained(CASE, at) == expected


def test_f4_overdue_in_the_night_waits_for_the_run_of_the_day_after() -> None:
    night = with_visit(begins_at=utc("2026-05-26T03:00"))
    assert explained(night, "2026-06-02T02:59") == then(Reason.NOT_OVERDUE, "2026-06-03T07:00", FIRST)
    assert explained(night, "2026-06-02T05:00") == then(Reason.FIRST_MAIL_NEXT_DAY, "2026-06-03T07:00", FIRST)


def test_a_lead_first_heard_of_after_the_run_waits_for_the_next() -> None:
    assert explained(CASE, "2026-06-05T12:00") == then(Reason.FIRST_MAIL_NEXT_DAY, "2026-06-06T07:00", FIRST)


@pytest.mark.parametrize("at", ["2026-06-02T07:00", "2026-06-05T12:00", "2026-06-09T06:59"])
def test_f7_between_two_grid_days(at: str) -> None:
    assert explained(MAILED, at) == then(Reason.BETWEEN_INTERVALS, "2026-06-09T07:00", NEXT)


def test_f8_a_missed_grid_day_is_foreseen_for_the_next_run() -> None:
    evening = explained(MAILED, "2026-06-09T20:00", last_run=june(8))
    assert evening == then(Reason.BETWEEN_INTERVALS, "2026-06-10T07:00", CATCH_UP)
    assert explained(MAILED, "2026-06-09T20:00", last_run=june(9)) == then(
        Reason.BETWEEN_INTERVALS, "2026-06-16T07:00", NEXT
    )


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        pytest.param(with_process(follow_up=False), Reason.FOLLOW_UP_DISABLED, id="F1"),
        pytest.param(with_visit(stage="S-3"), Reason.STAGE_WITHOUT_DURATION, id="F2"),
        pytest.param(appointment("2026-06-01T09:00", "2026-06-20T09:00"), Reason.STOPPED_FUTURE_APPOINTMENT, id="F10"),
        pytest.param(task("2026-06-01T09:00"), Reason.STOPPED_TASK_CREATED, id="F13"),
        pytest.param(replace(CASE, lead=replace(CASE.lead, closed=True)), Reason.LEAD_CLOSED, id="F15 closed"),
        pytest.param(replace(CASE, lead=replace(CASE.lead, deleted=True)), Reason.LEAD_DELETED, id="F15 deleted"),
        pytest.param(replace(CASE, acceptor=None), Reason.NO_LEAD_ACCEPTOR, id="F16"),
        pytest.param(replace(MAILED, acceptor=None), Reason.NO_LEAD_ACCEPTOR, id="F16 before F7"),
        pytest.param(replace(CASE, acceptor_partner=ENDED), Reason.PARTNER_ENDED, id="F16 partner ended"),
        pytest.param(replace(MAILED, reach=OFF), Reason.TEMPLATE_DISABLED, id="F19 before F7"),
        pytest.param(replace(CASE, reach=OFF, acceptor=None), Reason.TEMPLATE_DISABLED, id="F19 before F16"),
    ],
)
def test_what_time_alone_does_not_end_foresees_nothing(case: LeadCase, answer: Reason) -> None:
    assert explained(case, "2026-06-05T12:00") == then(answer)


def test_f3_comes_before_f16_and_f19() -> None:
    case = replace(CASE, reach=OFF, acceptor=None)
    assert explained(case, "2026-06-01T08:00").answer is Reason.NOT_OVERDUE
    assert explained(case, "2026-06-01T12:00").answer is Reason.FIRST_MAIL_NEXT_DAY


def test_lt10_the_maximum_foresees_nothing() -> None:
    assert explained(MAILED, "2026-06-05T12:00", replace(NEVER, max_reminders=1)) == then(Reason.MAX_REMINDERS)


def test_f12_when_clear_foresees_the_day_after_the_appointment() -> None:
    case = replace(appointment("2026-06-03T10:00", "2026-06-10T10:00", "2026-06-10T11:00"), sent=MAILED.sent)
    first = "2026-06-11T07:00"
    assert explained(case, "2026-06-05T12:00", WHEN_CLEAR) == then(Reason.STOPPED_FUTURE_APPOINTMENT, first, FIRST)
    assert explained(case, "2026-06-10T12:00", WHEN_CLEAR) == then(Reason.FIRST_MAIL_NEXT_DAY, first, FIRST)
    assert explained(case, "2026-06-05T12:00", NEVER) == then(Reason.STOPPED_FUTURE_APPOINTMENT)


def test_f14_when_clear_an_open_task_foresees_nothing() -> None:
    assert explained(task("2026-06-03T10:00"), "2026-06-05T12:00", WHEN_CLEAR) == then(Reason.STOPPED_TASK_CREATED)


def test_f20_no_longer_overdue_foresees_the_first_grid_day_after_the_new_due_time() -> None:
    later = replace(MAILED, lead=with_visit(begins_at=utc("2026-06-04T10:00")).lead)
    assert explained(later, "2026-06-05T12:00") == then(Reason.NOT_OVERDUE, "2026-06-16T07:00", NEXT)
