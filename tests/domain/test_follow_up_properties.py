"""What must hold for every lead, interval, zone and stopper: no burst, no drift, and one answer whoever asks."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.leads import CASE, FIRST, PROCESS, days, entered, led
from workers.domain import calendar
from workers.domain.calendar import ONE_DAY, DailyRun, add
from workers.domain.cases import LeadCase
from workers.domain.facts import Appointment, Interval, SentFollowUp, Task, Unit
from workers.domain.follow_up import FollowUpRules, decide, due_at_run, explain, next_day
from workers.domain.grid import Grid
from workers.domain.notices import DueFollowUp
from workers.domain.reasons import Reason

START = datetime(2028, 1, 20, tzinfo=UTC)
HORIZON = 130

runs = st.builds(
    DailyRun,
    at=st.sampled_from([time(0), time(2, 30), time(7), time(23, 45)]),
    zone=st.sampled_from([ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu")]),
    latest=st.just(time(23, 59)),
)
resumes = st.sampled_from(["never", "when_clear"])
rules = st.builds(FollowUpRules, daily=runs, resume=resumes, max_reminders=st.none() | st.integers(1, 6))
durations = st.builds(Interval, st.integers(1, 20), st.sampled_from([Unit.HOURS, Unit.DAYS]))
intervals = st.builds(Interval, st.integers(1, 40), st.sampled_from([Unit.HOURS, Unit.DAYS])) | st.builds(
    Interval, st.integers(1, 3), st.sampled_from([Unit.WEEKS, Unit.MONTHS])
)
instants = st.integers(0, 60 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
ends = st.none() | instants


@st.composite
def appointments(draw: st.DrawFn) -> Appointment:
    entered_at, starts_at = draw(instants), draw(instants)
    lasts, stands = draw(st.none() | st.integers(0, 9)), draw(st.none() | st.integers(1, 30))
    return Appointment(
        "A-1",
        entered_at,
        starts_at,
        None if lasts is None else starts_at + timedelta(hours=7 * lasts),
        None if stands is None else entered_at + timedelta(hours=13 * stands),
    )


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    created_at, lasts = draw(instants), draw(st.none() | st.integers(0, 30))
    return Task("T-1", created_at, None if lasts is None else created_at + timedelta(hours=11 * lasts))


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[SentFollowUp, ...]:
    at = sorted(draw(st.lists(instants, max_size=4, unique=True)))
    return tuple(SentFollowUp(n, each, n == 1 or draw(st.booleans())) for n, each in enumerate(at, start=1))


@st.composite
def cases(draw: st.DrawFn, stopped: bool = True) -> LeadCase:
    case = entered(draw(instants).isoformat()[:19], draw(durations), draw(intervals))
    if not stopped:
        return case
    return LeadCase(
        lead=case.lead,
        process=case.process,
        acceptor=CASE.acceptor,
        appointments=tuple(draw(st.lists(appointments(), max_size=2))),
        tasks=tuple(draw(st.lists(tasks(), max_size=1))),
        sent=draw(ledgers()),
    )


def walked(case: LeadCase, after: date, rule: FollowUpRules) -> date | None:
    """The definition of `next_day`: every run takes place, one after the other."""
    for day in days(after + ONE_DAY, after + timedelta(days=HORIZON)):
        if isinstance(due_at_run(case, day, day - ONE_DAY, rule.daily.run_at(day), rule), DueFollowUp):
            return day
    return None


@settings(max_examples=300)
@given(cases(), st.integers(-5, 60), rules)
def test_next_day_is_the_day_that_walking_finds(case: LeadCase, distance: int, rule: FollowUpRules) -> None:
    after = START.date() + timedelta(days=distance)
    foreseen = next_day(case, after, rule)
    within = foreseen is not None and foreseen <= after + timedelta(days=HORIZON)
    assert walked(case, after, rule) == (foreseen if within else None)


@settings(max_examples=200)
@given(cases(), st.integers(0, 60), rules)
def test_explain_agrees_with_the_run(case: LeadCase, distance: int, rule: FollowUpRules) -> None:
    day = START.date() + timedelta(days=distance)
    now = rule.daily.run_at(day)
    found, explanation = due_at_run(case, day, day - ONE_DAY, now, rule), explain(case, now, rule, day, day)
    upcoming = next_day(case, day, rule)
    if isinstance(found, DueFollowUp):
        waits = Reason.FIRST_MAIL_NEXT_DAY if found.reason is FIRST else Reason.BETWEEN_INTERVALS
        assert explanation.answer is waits
    else:
        assert explanation.answer is found
    assert explanation.next == (rule.daily.run_at(upcoming) if upcoming else None)


@settings(max_examples=100)
@given(cases(stopped=False), runs, st.sets(st.integers(0, 90)))
def test_no_burst_and_no_drift_whichever_runs_are_swallowed(case: LeadCase, run: DailyRun, lost: set[int]) -> None:
    rule, begin = FollowUpRules(run), START.date()
    swallowed = {begin + timedelta(days=n) for n in lost}
    mails, _ = led(case, begin, begin + timedelta(days=90), rule, swallowed)
    if not mails:
        return
    (anchor, number, reason), *later = mails
    assert (number, reason) == (1, FIRST)
    assert case.process is not None
    assert case.process.interval is not None
    grid = Grid(anchor, case.process.interval, run)
    before = anchor
    for number, (day, sequence, reason) in enumerate(later, start=2):
        point = grid.first_on_or_after(before + ONE_DAY)
        assert sequence == number
        assert point <= day, "a grid day lies between any two mails"
        assert (reason is Reason.FOLLOW_UP_NEXT) == grid.contains(day)
        assert all(missed in swallowed for missed in days(point, day - ONE_DAY)), "and is made up for at the next run"
        before = day


@settings(max_examples=100)
@given(cases(stopped=False), rules)
def test_the_first_mail_is_on_the_day_after_the_lead_became_overdue(case: LeadCase, rule: FollowUpRules) -> None:
    assert case.process is not None
    stage = case.process.stage(case.lead.visit.stage)
    assert stage is not None
    assert stage.duration is not None
    became_overdue = rule.daily.day_of(add(case.lead.visit.begins_at, stage.duration))
    mails, _ = led(case, START.date(), became_overdue + timedelta(days=3), rule)
    assert mails[0] == (became_overdue + ONE_DAY, 1, FIRST)


@settings(max_examples=100)
@given(cases(), st.integers(-5, 60), st.integers(1, 60), rules)
def test_next_day_is_monotone(case: LeadCase, distance: int, more: int, rule: FollowUpRules) -> None:
    after = START.date() + timedelta(days=distance)
    soon, late = next_day(case, after, rule), next_day(case, after + timedelta(days=more), rule)
    assert (soon is None) == (late is None)
    assert soon is None or late is None or after < soon <= late


@settings(max_examples=100)
@given(cases(), rules)
def test_at_most_one_mail_a_day_and_every_new_anchor_has_a_clearing(case: LeadCase, rule: FollowUpRules) -> None:
    begin = START.date()
    mails, after = led(case, begin, begin + timedelta(days=90), rule)
    mailed_on = [rule.daily.day_of(mail.sent_at) for mail in after.sent[len(case.sent) :]]
    assert len(mailed_on) == len(set(mailed_on)) == len(mails)
    if rule.resume == "never":
        assert [reason for *_, reason in mails].count(FIRST) <= 1
    if rule.max_reminders is not None:
        assert len(after.sent) <= max(rule.max_reminders, len(case.sent))


any_instant = st.one_of(
    st.timedeltas(timedelta(), timedelta(days=3)).map(lambda away: calendar.FIRST + away),
    st.timedeltas(timedelta(), timedelta(days=3)).map(lambda away: calendar.LAST - away),
    st.datetimes(timezones=st.just(UTC)),
)
any_interval = st.builds(Interval, st.integers(1, 100_000), st.sampled_from(Unit))


@st.composite
def cases_of_any_time(draw: st.DrawFn) -> LeadCase:
    """Everything that upstream tells lies anywhere in the calendar; what we sent does not."""
    begins_at, interval = draw(any_instant), draw(any_interval)
    stages = tuple(
        replace(stage, duration=draw(any_interval), duration_set_at=draw(any_instant)) for stage in PROCESS.stages
    )
    starts_at, ends_at = sorted((draw(any_instant), draw(any_instant)))
    return replace(
        CASE,
        lead=replace(CASE.lead, visit=replace(CASE.lead.visit, begins_at=begins_at, stage_entered_at=begins_at)),
        process=replace(PROCESS, stages=stages, interval=interval, follow_up_set_at=draw(any_instant)),
        appointments=draw(st.sampled_from([(), (Appointment("A-1", draw(any_instant), starts_at, ends_at, None),)])),
        tasks=draw(st.sampled_from([(), (Task("T-1", draw(any_instant), draw(st.none() | any_instant)),)])),
        sent=draw(st.just(()) | ledgers()),
    )


@settings(max_examples=500)
@given(cases_of_any_time(), any_instant, rules)
def test_no_date_of_the_calendar_breaks_a_rule(case: LeadCase, at: datetime, rule: FollowUpRules) -> None:
    """Neither asked on an ordinary day nor at the ends; what is foreseen lies ahead."""
    for now in (at, START + timedelta(days=40)):
        day = rule.daily.last_run_day(now)
        found = due_at_run(case, day, calendar.shifted(day, -1), now, rule)
        if isinstance(found, DueFollowUp):
            decide(case, found, now, rule)
        foreseen = next_day(case, day, rule)
        assert foreseen is None or day < foreseen < calendar.END.date()
        upcoming = explain(case, now, rule, day, None).next
        assert upcoming is None or upcoming >= now or day == date.max
