"""Refused events, taken in once more: after a release that knows more, or when what they contradicted has changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from workers.contract.answers import Answer
from workers.stages.ingest import Incoming, Intake, ingest
from workers.store import problems
from workers.store.database import Database

PIECE = 50
"""Events that are held in memory; each may have a megabyte."""


@dataclass(frozen=True, slots=True)
class Retried:
    """A problem and what was answered to its event this time. `undecided`: notices for the resolver."""

    problem: int
    answer: Answer
    undecided: list[int]

    @property
    def solved(self) -> bool:
        return self.answer.status != "rejected"


def retry(database: Database, ids: Sequence[int], intake: Intake, now: datetime) -> Iterator[Retried]:
    """Ingest the events of these problems again, one by one; a problem whose event is stored by now is solved.

    Problems without an event (alerts) are passed over.
    """
    for id, payload in _kept(database, ids):
        done = ingest(database, [Incoming(1, payload, now)], intake)
        retried = Retried(id, done.answers[0], done.undecided)
        if retried.solved:  # a crash before this commit is harmless: the next retry answers "duplicate"
            with database.write() as connection:
                problems.solve(connection, [id], now)
        yield retried


def _kept(database: Database, ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    for start in range(0, len(ids), PIECE):
        with database.read() as connection:
            rows = problems.get(connection, ids[start : start + PIECE])
        yield from ((row.id, row.payload) for row in rows if row.payload is not None)
