"""One audit: an invariant in words, the promise it comes from, and the query that finds what breaks it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.calendar import DailyRun
from workers.store.database import real_now
from workers.store.types import Instant

Row = dict[str, Any]
Judge = Callable[[Iterator[Row]], Iterable[Row]]

PAGE = 1000
"""Rows that are held in memory."""

TWO_DAYS_AGO = sa.bindparam("two_days_ago", type_=Instant)
"""By the fleet's time: daily duties have been done since."""

AN_HOUR_AGO = sa.bindparam("an_hour_ago", type_=Instant)
"""By the fleet's time: what was due then was seen by the sweep since."""

MIDNIGHT = sa.bindparam("midnight", type_=Instant)
"""By the fleet's time: when the day of an hour ago began."""

NEXT_MIDNIGHT = sa.bindparam("next_midnight", type_=Instant)
"""By the fleet's time: when today ends."""

HOURS_AGO = sa.bindparam("hours_ago", type_=Instant)
"""By the database's clock: longer ago than a batch may take."""

LONGEST_BATCH = timedelta(hours=3)
"""No mailer is given so much time for the copies of one claim (`actors/declare`)."""

A_MINUTE_AGO = sa.bindparam("a_minute_ago", type_=Instant)
"""By the database's clock: the sweep has come by since."""

REPORT = "This is a fault of rappel itself: keep a copy of the database, and report it with these numbers."


@dataclass(frozen=True, slots=True)
class Audit:
    """An invariant. `query` selects what breaks it; where SQL cannot tell, it selects what `judge` looks at, in order.

    The columns that come out of it name rows by their numbers (`notice`, `delivery`, `letter`), then say what is wrong.
    """

    name: str
    promise: str
    says: str
    advice: str
    query: sa.Select[Any]
    judge: Judge | None = None

    def violations(self, connection: Connection, daily: DailyRun, now: datetime) -> Iterator[Row]:
        """What breaks it, page by page, as of the connection's transaction; `now` is the fleet's time."""
        times = _times(real_now(connection), daily, now)
        with connection.execute(self.query.execution_options(yield_per=PAGE), times) as result:
            rows: Iterator[Row] = (dict(row) for row in result.mappings())
            yield from self.judge(rows) if self.judge else rows


def _times(real: datetime, daily: DailyRun, now: datetime) -> dict[str, datetime]:
    an_hour_ago = now - timedelta(hours=1)
    return {
        "two_days_ago": now - timedelta(days=2),
        "an_hour_ago": an_hour_ago,
        "midnight": daily.midnight(an_hour_ago),
        "next_midnight": daily.day(now).ends,
        "a_minute_ago": real - timedelta(minutes=1),
        "hours_ago": real - LONGEST_BATCH,
    }
