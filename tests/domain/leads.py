"""One lead of Greta's, in a sales process, and a clock that leads it from daily run to daily run.

The lead entered "Offer" (one week) on Monday 25 May 2026 at 10:00 UTC: overdue on Monday 1 June, first mail on Tuesday
2 June, then every week. Tests change a copy.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from workers.domain.calendar import ONE_DAY, DailyRun
from workers.domain.cases import LeadCase
from workers.domain.facts import (
    Appointment,
    Interval,
    Lead,
    Partner,
    Process,
    SentFollowUp,
    Stage,
    Task,
    Unit,
    User,
    Visit,
)
from workers.domain.follow_up import FollowUpRules, decide, due_at_run
from workers.domain.notices import DueFollowUp
from workers.domain.reasons import Reason

SEVEN_UTC = DailyRun(time(7), ZoneInfo("UTC"), time(18))
NEVER = FollowUpRules(SEVEN_UTC)
WHEN_CLEAR = FollowUpRules(SEVEN_UTC, resume="when_clear")

WEEK = Interval(1, Unit.WEEKS)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


OFFER = Stage("S-2", "Offer", duration=WEEK, duration_set_at=utc("2026-01-05T09:00"))
PROCESS = Process(
    id="V-1",
    name="Solar",
    stages=(
        Stage("S-1", "New", duration=Interval(12, Unit.HOURS)),
        OFFER,
        Stage("S-3", "On hold"),
        Stage("S-4", "Done", closed=True),
    ),
    follow_up=True,
    interval=WEEK,
    follow_up_set_at=utc("2026-01-05T09:00"),
)

NORDWIND = Partner(id="P-1", name="Agentur Nordwind")
GRETA = User(
    id="U-2",
    name="Greta Voss",
    address="greta.voss@nordwind.example.org",
    language="de",
    timezone="Europe/Vienna",
    partner=NORDWIND.id,
)

BEGAN = utc("2026-05-25T10:00")
VISIT = Visit(BEGAN, PROCESS.id, OFFER.id, GRETA.id, BEGAN)
CASE = LeadCase(
    lead=Lead(id="L-1", title="Roof of the parish hall", visit=VISIT),
    process=PROCESS,
    acceptor=GRETA,
    acceptor_partner=NORDWIND,
)

FIRST, NEXT, CATCH_UP = Reason.FOLLOW_UP_FIRST, Reason.FOLLOW_UP_NEXT, Reason.FOLLOW_UP_CATCH_UP

Mail = tuple[date, int, Reason]


def june(day: int) -> date:
    return date(2026, 6, day)


def entered(begins: str, duration: Interval, interval: Interval = WEEK, case: LeadCase = CASE) -> LeadCase:
    """The case with another beginning, duration and interval."""
    begins_at = utc(begins)
    assert case.process is not None
    stages = tuple(replace(s, duration=duration) if s.id == OFFER.id else s for s in case.process.stages)
    return replace(
        case,
        lead=replace(case.lead, visit=replace(VISIT, begins_at=begins_at, stage_entered_at=begins_at)),
        process=replace(case.process, stages=stages, interval=interval),
    )


def with_process(**changes: object) -> LeadCase:
    return replace(CASE, process=replace(PROCESS, **changes))  # type: ignore[arg-type]


def with_visit(**changes: object) -> LeadCase:
    return replace(CASE, lead=replace(CASE.lead, visit=replace(VISIT, **changes)))  # type: ignore[arg-type]


def appointment(entered_at: str, starts_at: str, ends_at: str | None = None, void_at: str | None = None) -> LeadCase:
    ends, void = (utc(text) if text else None for text in (ends_at, void_at))
    return replace(CASE, appointments=(Appointment("A-1", utc(entered_at), utc(starts_at), ends, void),))


def task(created_at: str, done_at: str | None = None) -> LeadCase:
    return replace(CASE, tasks=(Task("T-1", utc(created_at), utc(done_at) if done_at else None),))


def sent(case: LeadCase, *mails: tuple[str, Reason]) -> LeadCase:
    """The case after mails of these instants and reasons."""
    ledger = (SentFollowUp(n, utc(at), reason is FIRST) for n, (at, reason) in enumerate(mails, start=1))
    return replace(case, sent=tuple(ledger))


def at_run(
    case: LeadCase, day: date, rules: FollowUpRules = NEVER, previous: date | None = None
) -> DueFollowUp | Reason:
    """What the run of `day`, made in time, says; the run of the day before took place unless said otherwise."""
    return due_at_run(case, day, previous or day - ONE_DAY, rules.daily.run_at(day), rules)


def due(sequence: int, reason: Reason, case: LeadCase = CASE) -> DueFollowUp:
    return DueFollowUp(case.lead.visit.key, sequence, reason)


def days(first: date, last: date) -> Iterator[date]:
    return (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))


def led(
    case: LeadCase, first: date, last: date, rules: FollowUpRules = NEVER, swallowed: Collection[date] = ()
) -> tuple[list[Mail], LeadCase]:
    """The mails of the daily runs from `first` to `last`, each accepted at once, and the case after them."""
    mails: list[Mail] = []
    previous = first - ONE_DAY
    for day in days(first, last):
        if day in swallowed:
            continue
        now = rules.daily.run_at(day)
        found = due_at_run(case, day, previous, now, rules)
        previous = day
        if isinstance(found, DueFollowUp) and decide(case, found, now, rules).sends:
            mails.append((day, found.sequence, found.reason))
            case = replace(case, sent=(*case.sent, SentFollowUp(found.sequence, now, found.reason is FIRST)))
    return mails, case
