"""A fleet that forgets as much as it may after every run, beside one that forgets nothing: both must do the same."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tests.scenarios import Event
from tests.stages.fleet import DAILY, RULES, answer, claim, decide, deliver_all, fan_out, make_run, take
from workers.domain.delivery import State
from workers.domain.reasons import Reason
from workers.stages import sweep
from workers.stages.explain import explain
from workers.stages.rules import Rules
from workers.stages.verify import verify
from workers.store import tables
from workers.store.database import Database

NOTHING = sweep.Kept(timedelta(0), timedelta(0), timedelta(0))
"""No setting allows as little."""

ONE_DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)

notices = tables.notices
_SAYS = (notices.c.subject, notices.c.sequence, notices.c.offset_days, notices.c.outcome, notices.c.reason)

Told = Mapping[date, Sequence[Event]]
"""What is told, by day, an hour after its run."""


@dataclass
class Life:
    """`lines`: by day, what its run came to, and what is then said of each thing that is asked for.

    `refused`: days on which every copy is refused.
    """

    database: Database
    rules: Rules = RULES
    refused: Collection[date] = ()
    lines: list[tuple[date, list[tuple[Any, ...]], list[tuple[str, datetime | None]]]] = field(default_factory=list)
    seen: int = 0

    def live(self, first: date, days: int, told: Told, asked: Sequence[str], kept: sweep.Kept | None) -> None:
        """Run by run; `kept`: what is forgotten after each, None: nothing is."""
        for number in range(days):
            day = first + number * ONE_DAY
            at = DAILY.run_at(day)
            self.run(day, at)
            self.lines.append((day, self._new_lines(), [self._answer(ref, at) for ref in asked]))
            if kept:
                sweep.purge(self.database, at + MOMENT, kept)
            if events := told.get(day):
                later = at + timedelta(hours=1)
                assert {answer.status for answer in take(self.database, *events, at=later)} == {"accepted"}
                fan_out(self.database, later)
        if kept:
            assert list(verify(self.database, DAILY, at)) == []

    def run(self, day: date, at: datetime) -> None:
        make_run(self.database, day.isoformat(), self.rules)
        decide(self.database, at, rules=self.rules)
        if day in self.refused:
            answer(self.database, claim(self.database, at), at, State.FAILED, Reason.REFUSED_BY_SERVER)
        deliver_all(self.database, at)

    def _new_lines(self) -> list[tuple[Any, ...]]:
        with self.database.read() as connection:
            rows = connection.execute(
                sa.select(notices.c.id, *_SAYS).where(notices.c.id > self.seen).order_by(notices.c.id)
            ).all()
        self.seen = max([self.seen, *(row.id for row in rows)])
        return [tuple(row)[1:] for row in rows]

    def _answer(self, ref: str, at: datetime) -> tuple[str, datetime | None]:
        with self.database.read() as connection:
            found = explain(connection, self.rules, ref, at)
        return found.answer, found.next

    @property
    def sent(self) -> list[tuple[str, str, int | None, str]]:
        """Day, subject, sequence or offset, and reason of what was sent."""
        return [
            (day.isoformat(), subject, sequence or offset, reason)
            for day, lines, _ in self.lines
            for subject, sequence, offset, outcome, reason in lines
            if outcome == "sent"
        ]


def both(
    database: Database,
    first: date,
    days: int,
    told: Told,
    asked: Sequence[str],
    rules: Rules = RULES,
    refused: Collection[date] = (),
) -> Life:
    """A life on this database that forgets everything, after seeing that it came to what one came to that remembers."""
    with closing(Database("sqlite://")) as other:
        other.create()
        whole, forgetful = Life(other, rules, refused), Life(database, rules, refused)
        for life, kept in ((whole, None), (forgetful, NOTHING)):
            assert {answer.status for answer in take(life.database, *told[date.min])} == {"accepted"}
            life.live(first, days, told, asked, kept)
    assert forgetful.lines == whole.lines
    return forgetful
