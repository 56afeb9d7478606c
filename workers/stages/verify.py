"""The ledger held against its invariants, on a live database: it only looks, at one state, in constant memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workers.domain.calendar import DailyRun
from workers.store.audits.audit import Audit
from workers.store.audits.table import AUDITS
from workers.store.database import Database


@dataclass(frozen=True, slots=True)
class Violation:
    """What breaks an invariant: the numbers of its rows by name, and what is wrong with them."""

    audit: Audit
    rows: dict[str, Any]


def verify(
    database: Database, daily: DailyRun, now: datetime, began: Callable[[Audit], None] = lambda _: None
) -> Iterator[Violation]:
    """What breaks an invariant, as of one state of the database; nobody waits for it. `began`: told of each audit."""
    with database.read() as connection:
        for audit in AUDITS:
            began(audit)
            for row in audit.violations(connection, daily, now):
                yield Violation(audit, row)
