"""Which renewal notices are due at a daily run, and who gets them (RULES part 1). Days are those of the run's zone.

When (one notice is one offset of one renewal date):
- an offset is due from the later of (date - offset) and the day the date became known; offset 0 makes no notice, nor
  does a date that had passed when it became known
- R18: of several that are due at one run the smallest goes on, the others are `skipped_late`
- R20: it goes on within `catchup_days` of its due day, later it is `skipped_late`, after the date `expired`
- 0.5: what was suppressed for a mendable reason is decided again while its window lasts, then nothing is recorded

What becomes of it (at the run and again at send time; the first that holds, RULES 0.11):
- R17: a moved date cancels, and so does another client; then `expired`, `company_deleted`, R16 `template_disabled`, R15
  `renewal_closed`
- then owner and people decide (`renewal_people`)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from workers.domain.calendar import shifted
from workers.domain.cases import RenewalCase
from workers.domain.facts import Renewal
from workers.domain.notices import RENEWAL_NOTICE, RENEWAL_REMINDER, Decision, DueRenewal, Kind
from workers.domain.ownership import ownership
from workers.domain.reasons import Outcome, Reason
from workers.domain.renewal_people import Audience, decide_people


@dataclass(frozen=True, slots=True)
class RenewalRules:
    """The settings of part 1: `offsets` and `catchup_days` in days; `toggle` None or empty: no toggle governs."""

    offsets: tuple[int, ...] = (90, 60, 30)
    catchup_days: int = 7
    toggle: str | None = "contract"

    @property
    def largest(self) -> int:
        """The offset of the notice; the others are reminders (HS-9)."""
        return max(self.offsets, default=0)


@dataclass(frozen=True, slots=True)
class History:
    """What became of the offsets of one renewal date so far.

    `settled`: nothing more may come of these (open, sent, failed, uncertain, or suppressed for good).
    `mendable`: suppressed for a reason that people can mend, so decided again (RULES 0.5).
    """

    settled: frozenset[int] = frozenset()
    mendable: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Window:
    """The days on which an offset may be tried, both included. `again`: it was tried before, and may be mended."""

    offset: int
    opens: date
    closes: date
    again: bool

    def first_run(self, earliest: date) -> date | None:
        """The first day from `earliest` on at which this offset makes a line; an untried one makes one even late."""
        day = max(self.opens, earliest)
        return None if self.again and day > self.closes else day

    def first_try(self, earliest: date) -> date | None:
        """The first day from `earliest` on at which this offset may go on."""
        day = max(self.opens, earliest)
        return day if day <= self.closes else None


def due_at_run(renewal: Renewal, day: date, history: History, rules: RenewalRules) -> tuple[DueRenewal, ...]:
    """What the run of `day` records or decides for one renewal, the largest offset first (R17 to R20).

    A date whose `known_on` is still None becomes known at this run.
    """
    windows = [window for window in _windows(renewal, day, history, rules) if window.first_run(day) == day]
    smallest = min((window.offset for window in windows if day <= window.closes), default=None)
    return tuple(
        DueRenewal(
            company=renewal.company,
            renews_on=renewal.renews_on,
            offset=window.offset,
            kind=_kind(window.offset, rules),
            verdict=None if window.offset == smallest else _too_late(renewal, day),
        )
        for window in windows
    )


def next_day(renewal: Renewal, history: History, after: date, rules: RenewalRules) -> date | None:
    """The first day later than `after` at whose run `due_at_run` has something, None when nothing is left.

    A date whose `known_on` is still None becomes known at the run of the day after `after`.
    """
    earliest = shifted(after, 1)
    days = (window.first_run(earliest) for window in _windows(renewal, earliest, history, rules))
    return min((day for day in days if day), default=None)


def explain(
    case: RenewalCase, history: History, at_day: date, next_run_day: date, rules: RenewalRules
) -> tuple[Reason, date | None]:
    """Why a renewal rests on `at_day`, and the day of the run that will next try to send, if one is foreseen.

    An offset that was suppressed for a mendable reason counts as soon as it was mended.
    """
    if case.company and case.company.deleted:
        return Reason.COMPANY_DELETED, None
    if case.renewal.closed:
        return Reason.RENEWAL_CLOSED, None
    if case.renewal.renews_on < at_day:
        return Reason.RENEWAL_PASSED, None
    return Reason.NEXT_OFFSET, min(_foreseen(case, history, next_run_day, rules), default=None)


def _foreseen(case: RenewalCase, history: History, next_run_day: date, rules: RenewalRules) -> Iterator[date]:
    renewal = case.renewal
    for window in _windows(renewal, next_run_day, history, rules):
        day = window.first_try(next_run_day)
        if day is None:
            continue
        due = DueRenewal(renewal.company, renewal.renews_on, window.offset, _kind(window.offset, rules))
        if not window.again or decide(case, due, day, rules).sends:
            yield day


def _windows(renewal: Renewal, run_day: date, history: History, rules: RenewalRules) -> list[_Window]:
    """The windows of all offsets that are not settled, largest offset first."""
    known_on = renewal.known_on or run_day
    if renewal.renews_on < known_on:
        return []
    offsets = {offset for offset in rules.offsets if offset > 0} - history.settled
    return [_window(renewal.renews_on, known_on, offset, history, rules) for offset in sorted(offsets, reverse=True)]


def _window(renews_on: date, known_on: date, offset: int, history: History, rules: RenewalRules) -> _Window:
    # Counted back from the date, never past known_on, so that no date of the calendar's ends can overflow.
    days_before = min(offset, (renews_on - known_on).days)
    return _Window(
        offset=offset,
        opens=renews_on - timedelta(days=days_before),
        closes=renews_on - timedelta(days=max(0, days_before - rules.catchup_days)),
        again=offset in history.mendable,
    )


def _kind(offset: int, rules: RenewalRules) -> Kind:
    return RENEWAL_NOTICE if offset == rules.largest else RENEWAL_REMINDER


def _too_late(renewal: Renewal, day: date) -> Reason:
    return Reason.EXPIRED if day > renewal.renews_on else Reason.SKIPPED_LATE


def decide(case: RenewalCase, due: DueRenewal, day: date, rules: RenewalRules) -> Decision:
    """What becomes of a due offset on `day` as the facts are now: at the run, and again as the mailer's last check."""
    if (case.renewal.company, case.renewal.renews_on) != (due.company, due.renews_on):
        return Decision(Reason.RENEWAL_MOVED, Outcome.CANCELLED)
    audience = Audience(case, due.kind, ownership(case.company, case.partner), rules.toggle)
    refusal = due.verdict or _refusal_as_a_whole(audience, day)
    return Decision.refused(refusal) if refusal else decide_people(audience)


def _refusal_as_a_whole(audience: Audience, day: date) -> Reason | None:
    """RULES 0.11, where it concerns renewals."""
    renewal, company = audience.case.renewal, audience.case.company
    if day > renewal.renews_on:
        return Reason.EXPIRED
    if company and company.deleted:
        return Reason.COMPANY_DELETED
    if audience.template_off:
        return Reason.TEMPLATE_DISABLED
    return Reason.RENEWAL_CLOSED if renewal.closed else None
