"""As of which daily run leads and renewals are judged: one still to be made lies ahead (EVENTS, `--explain`)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.engine import Connection

from workers.domain.calendar import DailyRun, shifted
from workers.store import runs


@dataclass(frozen=True, slots=True)
class Judged:
    """`day`: of the last run that lies behind, made or swallowed. `seen`: of the last one that took place for it."""

    day: date
    seen: date | None

    @property
    def next_run(self) -> date:
        return shifted(self.day, 1)


def judged(
    connection: Connection, daily: DailyRun, kind: str, ids: Collection[str], at: datetime
) -> Mapping[str, Judged]:
    """For each of these leads or renewals (`kind`), as of `at`; three queries.

    The run of today lies ahead from its minute on until it is made or `daily_run.latest` has passed (RULES 0.13); once
    it is under way, for those alone that it has yet to look at.
    """
    last, looks = runs.last_run(connection), runs.looks(connection, kind, ids)
    nominal = daily.last_run_day(at)
    ahead = _ahead(connection, daily, nominal, looks, at) if daily.day_of(at) == nominal else frozenset()
    return {
        id: Judged(
            day=shifted(nominal, -1) if id in ahead else nominal,
            seen=max((day for day in (last, look.checked_on) if day), default=None),
        )
        for id, look in looks.items()
    }


def _ahead(
    connection: Connection, daily: DailyRun, today: date, looks: Mapping[str, runs.Look], at: datetime
) -> Collection[str]:
    newest = runs.newest_run(connection)
    if newest is None or newest < today:
        return looks.keys() if daily.makeable(today, at) else ()
    if newest == today and runs.unfinished_run(connection, today):
        return {id for id, look in looks.items() if look.due_on and look.due_on <= today}
    return ()
