"""The daily run: which follow-ups and renewal notices come into being (facts, now -> notices due).

The run of a day takes place once, whoever opens it first; then its rows are worked off in batches, each in a
transaction of its own, by any number of schedulers at once. A row that was looked at is due again on a later day only,
so a run that was cut short goes on where it stopped.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from workers.domain import follow_up, renewals
from workers.domain.calendar import shifted
from workers.domain.cases import LeadCase
from workers.domain.facts import Renewal
from workers.domain.notices import FOLLOW_UP, DueFollowUp
from workers.domain.renewals import History
from workers.stages.rules import Rules
from workers.stages.sweep import fan_out
from workers.store import cases, fan_outs, ledger, problems, runs
from workers.store.database import Database
from workers.store.decisions import POISON
from workers.watch.logs import logger
from workers.watch.places import places

log = logger()

BATCH = 100
"""Rows a transaction."""

RUN_BROKE = "run_broke"


def open_due_run(database: Database, rules: Rules, now: datetime, made_by: str) -> date | None:
    """The day whose run is to be made, or gone on with, at `now`; None if there is none (RULES 0.13)."""
    day = rules.daily.day_of(now)
    with database.read() as connection:
        if runs.is_made(connection, day):
            return day if runs.unfinished_run(connection, day) else None
    if not rules.daily.makeable(day, now):
        return None
    while not _opened(database, day, now, made_by):
        fan_out(database, rules.daily, now)
    return day


def _opened(database: Database, day: date, now: datetime, made_by: str) -> bool:
    """Open the run, unless a change has not reached all its rows yet: the run must see what came before it."""
    with database.write_facts() as connection:
        if fan_outs.any_left(connection):
            return False
        runs.open_run(connection, day, now, made_by)
        return True


def plan(database: Database, rules: Rules, day: date, now: datetime) -> list[int] | None:
    """Work off one batch of the run of `day`: ids of the notices to be decided; None when nothing is left."""
    with database.write_decisions() as connection:
        due = runs.due(connection, "lead", day, BATCH)
        if due:
            return _plan_leads(connection, due, rules, day, now)
        due = runs.due(connection, "renewal", day, BATCH)
        if due:
            return _plan_renewals(connection, due, rules, day, now)
        if not runs.anything_due(connection, day):
            runs.finish_run(connection, day, now)
        return None


def _plan_leads(
    connection: Connection, due: Mapping[str, date | None], rules: Rules, day: date, now: datetime
) -> list[int]:
    found = cases.lead_cases(connection, due)
    last = runs.previous_run(connection, day)
    looks = _Looks(connection, "lead", day, now)
    for id in due:
        previous = max((each for each in (last, due[id]) if each and each < day), default=None)
        with looks.at(id) as look:
            if case := found.get(id):
                look.notices, look.next_day = _follow_up(case, rules, day, previous, now)
    return looks.close()


def _follow_up(
    case: LeadCase, rules: Rules, day: date, previous: date | None, now: datetime
) -> tuple[list[ledger.NewNotice], date | None]:
    """The lead's notice of this run, if any, and the day of the run that must look at it next."""
    verdict = follow_up.due_at_run(case, day, previous, now, rules.follow_up)
    if not isinstance(verdict, DueFollowUp):
        return [], follow_up.next_day(case, day, rules.follow_up)
    if case.under_way:  # made before, maybe before the visit's beginning moved, or to be sent once more
        return [], shifted(day, 1)
    notice = ledger.NewNotice(
        kind=FOLLOW_UP.name,
        subject=case.lead.ref,
        occurrence=cases.follow_up_occurrence(case.lead, verdict.sequence),
        cause=f"run/{day}",
        due_reason=verdict.reason,
        visit=verdict.visit,
        sequence=verdict.sequence,
        stage_entered_at=case.lead.visit.stage_entered_at,
    )
    return [notice], shifted(day, 1)  # whether it is sent decides about the days after


def _plan_renewals(
    connection: Connection, due: Mapping[str, date | None], rules: Rules, day: date, now: datetime
) -> list[int]:
    found = {id: cases.renewal_of(row) for id, row in runs.saved_renewals(connection, due).items()}
    histories = cases.offset_histories(connection, found.values())
    looks = _Looks(connection, "renewal", day, now)
    for id in due:
        with looks.at(id) as look:
            if renewal := found.get(id):
                renewal = replace(renewal, known_on=renewal.known_on or day)
                look.known_on = renewal.known_on
                look.notices = _due_notices(renewal, day, histories[id], rules)
                look.next_day = renewals.next_day(renewal, histories[id], day, rules.renewals)
    return looks.close()


def _due_notices(renewal: Renewal, day: date, history: History, rules: Rules) -> list[ledger.NewNotice]:
    return [
        ledger.NewNotice(
            kind=due.kind.name,
            subject=renewal.ref,
            occurrence=cases.renewal_occurrence(renewal, due.offset),
            cause=f"run/{day}",
            offset_days=due.offset,
            renews_on=due.renews_on,
            verdict=due.verdict,
        )
        for due in renewals.due_at_run(renewal, day, history, rules.renewals)
    ]


@dataclass(slots=True)
class _Look:
    """What a run finds at one row: its notices, and when to look again. `known_on`: of renewals."""

    notices: Sequence[ledger.NewNotice] = ()
    next_day: date | None = None
    known_on: date | None = None


class _Looks:
    """A batch of rows that a run looks at. One that breaks is shown, and left to the next run; the others go on."""

    def __init__(self, connection: Connection, kind: str, day: date, now: datetime) -> None:
        self._connection = connection
        self._kind = kind
        self._day = day
        self._now = now
        self._looks: dict[str, _Look] = {}
        self._broken: dict[str, Exception] = {}

    @contextmanager
    def at(self, id: str) -> Iterator[_Look]:
        look = self._looks[id] = _Look()
        try:
            yield look
        except Exception as error:  # a bug that one row's facts bring out (DESIGN promise 8)
            log.exception("a row broke the run", kind=self._kind, id=id)
            self._looks[id] = _Look(next_day=shifted(self._day, 1), known_on=look.known_on)
            self._broken[id] = error

    def close(self) -> list[int]:
        """Write it down; ids of the notices to be decided."""
        before = problems.times(self._connection, RUN_BROKE, [f"{self._kind}/{id}" for id in self._broken])
        aside = {id for id in self._broken if before[f"{self._kind}/{id}"] + 1 >= POISON}
        for id in aside:
            self._looks[id].next_day = None
        runs.set_due(self._connection, self._kind, [self._row(id, look) for id, look in self._looks.items()])
        problems.add(self._connection, [self._poison(id, id in aside) for id in self._broken])
        notices = [notice for look in self._looks.values() for notice in look.notices]
        return ledger.add(self._connection, notices, self._now)

    def _row(self, id: str, look: _Look) -> dict[str, Any]:
        row = {"key": id, "due_on": look.next_day, "checked_on": self._day}
        return row | {"known_on": look.known_on} if self._kind == "renewal" else row

    def _poison(self, id: str, is_aside: bool) -> dict[str, Any]:
        ever = "the next run tries again."
        if is_aside:
            ever = f"after {POISON} times it was set aside, until its facts change or `rappel problems retry`."
        return {
            "at": self._now,
            "kind": "poison",
            "subject": f"{self._kind}/{id}",
            "reason": RUN_BROKE,
            "detail": f"The daily run of {self._day} broke at {self._kind} {id} and passed it over; {ever}\n"
            f"{places(self._broken[id])}",
        }
