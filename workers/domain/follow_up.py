"""Follow-up mails to lead acceptors: the table F1 to F20 (RULES 3).

What holds a lead back, the first one answers:

- F15: closed or deleted;
- F1, F2: follow-up off, a stage without duration;
- F10 to F14: stopped by an appointment, by a task;
- F3, F4: not overdue, overdue only since today;
- LT-10: as many mails as allowed;
- F7: between two grid days.

Otherwise the run makes a notice: F5 the first mail, F6 the next one, F8 a catch-up. Whether it is sent is decided when
it goes out (F16, F18, F19).
"""

from datetime import date, datetime

from workers.domain.acceptor import TEMPLATE, acceptor_of
from workers.domain.calendar import shifted
from workers.domain.cases import LeadCase
from workers.domain.course import Course, FollowUpRules, course_of, ended
from workers.domain.notices import Decision, DueFollowUp, Explanation, LetterPlan
from workers.domain.reasons import Outcome, Reason
from workers.domain.recipients import template_off_everywhere

__all__ = ["FollowUpRules", "decide", "due_at_run", "explain", "next_day"]

_FORESEEN = frozenset(
    {
        Reason.NOT_OVERDUE,
        Reason.FIRST_MAIL_NEXT_DAY,
        Reason.BETWEEN_INTERVALS,
        Reason.STOPPED_FUTURE_APPOINTMENT,
        Reason.STOPPED_TASK_CREATED,
    }
)
"""Answers that time alone can end."""


def due_at_run(
    case: LeadCase, day: date, previous: date | None, now: datetime, rules: FollowUpRules
) -> DueFollowUp | Reason:
    """The follow-up that the run of `day`, made at `now`, brings into being, or the row that holds it back.

    `previous`: the day of the last run before `day` that took place, None if none ever did (F8).
    """
    course = course_of(case, rules)
    if isinstance(course, Reason):
        return course
    if held := course.held_back(day, now):
        return held
    reason = course.reason_on(day, previous)
    if reason is Reason.BETWEEN_INTERVALS:
        return reason
    return DueFollowUp(case.lead.visit.key, course.sequence, reason)


def next_day(case: LeadCase, after: date, rules: FollowUpRules) -> date | None:
    """The first day after `after` whose run brings a follow-up into being; None: nothing is foreseen.

    It supposes that nothing changes and every run takes place. Asked with the last run that took place,
    it names a missed grid day too (F8).
    """
    course = course_of(case, rules)
    return None if isinstance(course, Reason) else course.next_day(after)


def decide(case: LeadCase, due: DueFollowUp, now: datetime, rules: FollowUpRules) -> Decision:
    """Who gets a due follow-up, as of `now`: when it is resolved, and again as the mailer's last check (F18)."""
    if refusal := _refusal(case, due, now, rules):
        return Decision.refused(refusal)
    person = acceptor_of(case)
    if not person.kept or person.language is None:
        return Decision(person.reason, Outcome.SUPPRESSED, (person,))
    return Decision(due.reason, None, (person,), (LetterPlan(TEMPLATE, person.language, (person,)),))


def explain(case: LeadCase, at: datetime, rules: FollowUpRules, day: date, seen: date | None) -> Explanation:
    """Why nothing goes out as of `at`, and the next run that will make a mail (EVENTS, simulate).

    Overdue and stopped are judged as of `at`, days as of the run of `day`: the last one that lies behind, made or
    swallowed. `seen`: the day of the last one that took place for this lead.
    """
    course = course_of(case, rules)
    if isinstance(course, Reason):
        return Explanation(course)
    answer = course.held_back(day, at) or _unmailable(case) or _waits(course)
    upcoming = _next_day(course, day, seen) if answer in _FORESEEN else None
    if upcoming is None:
        return Explanation(answer)
    return Explanation(answer, rules.daily.run_at(upcoming), course.reason_on(upcoming, seen))


def _refusal(case: LeadCase, due: DueFollowUp, now: datetime, rules: FollowUpRules) -> Reason | None:
    """Why the whole notice is refused: F15, F9, what holds the lead back by now, F19."""
    if reason := ended(case):
        return reason
    if case.lead.visit.key != due.visit:
        return Reason.STOPPED_STATUS_CHANGE
    course = course_of(case, rules)
    if isinstance(course, Reason):
        return course
    if held := course.held_back(rules.daily.day_of(now), now):
        return held
    # Stopped and cleared while the mail was on its way: what is owed now is a first mail, with an anchor of its own.
    if course.grid is None and due.reason is not Reason.FOLLOW_UP_FIRST:
        return Reason.FIRST_MAIL_NEXT_DAY
    return Reason.TEMPLATE_DISABLED if template_off_everywhere(case.reach.switches, TEMPLATE) else None


def _unmailable(case: LeadCase) -> Reason | None:
    """F19 and F16."""
    if template_off_everywhere(case.reach.switches, TEMPLATE):
        return Reason.TEMPLATE_DISABLED
    person = acceptor_of(case)
    return None if person.kept else person.reason


def _waits(course: Course) -> Reason:
    """F7; or, for a visit first heard of after the run, F4."""
    return Reason.BETWEEN_INTERVALS if course.grid else Reason.FIRST_MAIL_NEXT_DAY


def _next_day(course: Course, day: date, seen: date | None) -> date | None:
    """As `next_day`, but the run after `day` may owe a catch-up for runs that did not take place (F8)."""
    tomorrow = shifted(day, 1)
    held = course.held_back(tomorrow, course.rules.daily.run_at(tomorrow))
    owed = held is None and course.reason_on(tomorrow, seen) is Reason.FOLLOW_UP_CATCH_UP
    return tomorrow if owed else course.next_day(day)
