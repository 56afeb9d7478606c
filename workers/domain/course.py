"""The course of a visit under the follow-up rules: what holds its mails back, and when they are due (RULES 3)."""

from dataclasses import dataclass
from datetime import date, datetime

from workers.domain.calendar import END, DailyRun, add, shifted
from workers.domain.cases import LeadCase
from workers.domain.facts import Interval, Process, SentFollowUp, Stage
from workers.domain.grid import Grid
from workers.domain.reasons import Reason
from workers.domain.stoppers import Stop, stops_of


@dataclass(frozen=True, slots=True)
class FollowUpRules:
    """The settings of follow-ups. `resume`: "never" or "when_clear", unless the process has its own."""

    daily: DailyRun
    resume: str = "never"
    max_reminders: int | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """A visit that follow-ups accompany. `changed_at`: the last change of interval, duration or enabling (F20)."""

    rules: FollowUpRules
    overdue_at: datetime
    interval: Interval
    changed_at: datetime | None
    stops: tuple[Stop, ...]
    resumes: bool
    sent: tuple[SentFollowUp, ...]

    @property
    def sequence(self) -> int:
        """The number of the visit's next mail."""
        return max((mail.sequence for mail in self.sent), default=0) + 1

    @property
    def exhausted(self) -> bool:
        """LT-10."""
        limit = self.rules.max_reminders
        return limit is not None and self.sequence > limit

    @property
    def last_sent_at(self) -> datetime | None:
        return max((mail.sent_at for mail in self.sent), default=None)

    @property
    def clears_at(self) -> datetime | None:
        """The last known clearing, from which on the next mail is a first one; it counts once nothing holds any more.

        None: nothing clears, or a mail went out since.
        """
        clearing = max((stop.until for stop in self.stops if stop.until), default=None)
        if not self.resumes or clearing is None:
            return None
        return clearing if self.last_sent_at is None or clearing >= self.last_sent_at else None

    @property
    def grid(self) -> Grid | None:
        """The days of the later mails (LT-7); None when the next mail is a first one."""
        first = max((mail.sent_at for mail in self.sent if mail.first), default=None)
        if first is None or self.clears_at is not None:
            return None
        return Grid(self.rules.daily.day_of(first), self.interval, self.rules.daily)

    @property
    def settled_on(self) -> date:
        """The day on which the visit became overdue, or the last stop cleared, whichever is later (F4, F12, F14)."""
        return self.rules.daily.day_of(min(END, max(self.overdue_at, self.clears_at or self.overdue_at)))

    @property
    def quiet_until(self) -> date:
        """The last day without a mail: never two on one day, not even when the earlier one went out late."""
        last = self.last_sent_at
        return self.settled_on if last is None else max(self.settled_on, self.rules.daily.day_of(last))

    def stopped(self, now: datetime) -> Reason | None:
        """F10 to F14: with "never" whatever once stopped the visit, with "when_clear" what has not cleared yet."""
        return next((stop.reason for stop in self.stops if not self.resumes or stop.holds(now)), None)

    def held_back(self, day: date, now: datetime) -> Reason | None:
        """What keeps the visit from any mail at `now`, in the run of `day`: F10 to F14, F3, F4, LT-10."""
        if reason := self.stopped(now):
            return reason
        if self.overdue_at > now:
            return Reason.NOT_OVERDUE
        if self.settled_on >= day:
            return Reason.FIRST_MAIL_NEXT_DAY
        return Reason.MAX_REMINDERS if self.exhausted else None

    def reason_on(self, day: date, previous: date | None) -> Reason:
        """Which mail the run of `day` makes, if nothing holds the visit back: F5 to F8.

        A day is missed (F8) when it lies after the run of `previous`, the last one that took place, and after
        everything that made it a grid day: the change of the grid (F20), becoming overdue, the last mail.
        """
        grid = self.grid
        if grid is None:
            return Reason.FOLLOW_UP_FIRST
        if day <= self.quiet_until:
            return Reason.BETWEEN_INTERVALS
        if grid.contains(day):
            return Reason.FOLLOW_UP_NEXT
        missed = grid.any_between(max(self.quiet_until, self._day_before_change, previous or date.min), day)
        return Reason.FOLLOW_UP_CATCH_UP if missed else Reason.BETWEEN_INTERVALS

    def next_day(self, after: date) -> date | None:
        """The first day after `after` whose run makes a mail, if nothing changes and every run takes place."""
        if self.exhausted or any(not self.resumes or stop.until is None for stop in self.stops):
            return None
        earliest = min(END.date(), shifted(max(after, self.quiet_until), 1))
        found = self.grid.first_on_or_after(earliest) if self.grid else earliest
        return found if found < END.date() else None

    @property
    def _day_before_change(self) -> date:
        """The day before the first run that knew the grid; an event of a run's very instant precedes the run."""
        return shifted(self.rules.daily.day_on_or_after(self.changed_at), -1) if self.changed_at else date.min


def course_of(case: LeadCase, rules: FollowUpRules) -> Course | Reason:
    """The course of the lead's visit, or why it has none: F15, F1, F2."""
    process, visit = case.process, case.lead.visit
    stage = process.stage(visit.stage) if process else None
    if reason := ended(case):
        return reason
    if process is None or not process.follow_up or process.interval is None:
        return Reason.FOLLOW_UP_DISABLED
    if stage is None or stage.duration is None:
        return Reason.STAGE_WITHOUT_DURATION
    return Course(
        rules=rules,
        overdue_at=add(visit.begins_at, stage.duration),
        interval=process.interval,
        changed_at=_changed_at(process, stage),
        stops=stops_of(visit, case.appointments, case.tasks),
        resumes=(process.resume or rules.resume) == "when_clear",
        sent=case.sent,
    )


def ended(case: LeadCase) -> Reason | None:
    """F15: the lead is deleted, closed, or in a stage marked closed."""
    stage = case.process.stage(case.lead.visit.stage) if case.process else None
    if case.lead.deleted:
        return Reason.LEAD_DELETED
    return Reason.LEAD_CLOSED if case.lead.closed or (stage and stage.closed) else None


def _changed_at(process: Process, stage: Stage) -> datetime | None:
    return max((at for at in (process.follow_up_set_at, stage.duration_set_at) if at), default=None)
