"""What was refused or set aside, tried once more: a release knows more by now, or what stood in the way is gone.

Refused events are taken in again; rows that broke a run, notices whose decision broke, and mails that a broken template
held are looked at again. What breaks again is set aside again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from workers.contract.answers import Answer
from workers.domain.calendar import DailyRun
from workers.domain.reasons import Reason
from workers.stages.incoming import Incoming, Intake
from workers.stages.ingest import ingest_all
from workers.stages.schedule import RUN_BROKE
from workers.store import decisions, outbox, problems, runs
from workers.store.database import Database
from workers.store.fences import AT_ONCE

PIECE = 50
"""Problems that are held in memory; the event of each may have a megabyte."""


@dataclass(frozen=True, slots=True)
class Retried:
    """A problem and what was answered to its event this time. `undecided`: notices for the resolver.

    `answer` None: it was no event. Then whatever was set aside is looked at again, soon.
    """

    problem: int
    answer: Answer | None
    undecided: list[int]

    @property
    def solved(self) -> bool:
        return self.answer is None or self.answer.status != "rejected"


def retry(database: Database, ids: Sequence[int], intake: Intake, now: datetime) -> Iterator[Retried]:
    """Try these problems again, one by one; what is stored, or looked at again, is solved.

    Problems of which nothing waits to be tried again (most alerts) are passed over.
    """
    for row in _existing(database, ids):
        if row.payload is not None:
            yield _take_in(database, row, intake, now)
        elif row.reason in _HELD:
            yield Retried(row.id, None, _let_go(database, row, now))
        else:
            with database.write_facts() as connection:
                woken = _look_again(connection, row, intake.rules.daily, now)
                if woken is not None:
                    _solve(connection, row, now)
            if woken is not None:
                yield Retried(row.id, None, woken)


def _take_in(database: Database, row: Any, intake: Intake, now: datetime) -> Retried:
    (done,) = ingest_all(database, [Incoming(1, row.payload, now)], intake)
    retried = Retried(row.id, done.answers[0], done.undecided)
    if retried.solved:  # a crash before this commit is harmless: the next retry answers "duplicate"
        with database.write() as connection:
            problems.solve(connection, [row.id], now)
    return retried


def _look_again(connection: Connection, row: Any, daily: DailyRun, now: datetime) -> list[int] | None:
    """Take back what setting aside did. Ids of notices for the resolver; None if there is nothing to try."""
    kind, _, id = row.subject.partition("/")
    if row.reason == RUN_BROKE:
        day = runs.day_to_look(connection, daily.day_of(now))
        runs.set_due(connection, kind, [{"key": id, "due_on": day}])
        return []
    if row.reason == decisions.BROKE:
        return [int(id)] if decisions.forgive(connection, int(id)) else []
    return None


_HELD = (Reason.TEMPLATE_BROKEN, Reason.LETTER_BROKEN, Reason.BREAKS_WORKERS)
"""Why copies are held until somebody has mended their template, their letter, or what killed their workers."""


def _let_go(database: Database, row: Any, now: datetime) -> list[int]:
    """Free what this problem holds, in transactions shorter than a heartbeat. Ids of notices for the resolver."""
    woken: list[int] = []
    while True:
        with database.write_facts() as connection:
            some = outbox.let_go(connection, row.reason, row.subject, now, AT_ONCE)
            woken += some
            if len(some) < AT_ONCE:
                _solve(connection, row, now)
                return woken


def _solve(connection: Connection, row: Any, now: datetime) -> None:
    problems.solve(connection, problems.same(connection, row.subject, row.reason), now)


def _existing(database: Database, ids: Sequence[int]) -> Iterator[Any]:
    for start in range(0, len(ids), PIECE):
        with database.read() as connection:
            rows = problems.get(connection, ids[start : start + PIECE])
        yield from rows
