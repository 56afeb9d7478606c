"""A clock that is led: a row in the database, which tests and the demo advance when the fleet is idle."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from workers.store import fleet
from workers.store.database import Database


def database_clock(database: Database) -> Callable[[], datetime]:
    """The time in the row; the real one while none was ever set."""

    def now() -> datetime:
        with database.read() as connection:
            value = fleet.flag(connection, fleet.CLOCK)
        real = datetime.now(UTC)
        if value is None:
            return real
        row = json.loads(value)
        at = datetime.fromisoformat(row["at"])
        return at + (real - datetime.fromisoformat(row["since"])) if row["since"] else at

    return now


def lead_clock(database: Database, at: datetime, *, runs: bool = False) -> None:
    """Set the fleet's time; with `runs` it goes on from there as the real one does."""
    since = datetime.now(UTC).isoformat() if runs else None
    with database.write() as connection:
        fleet.set_flag(connection, fleet.CLOCK, json.dumps({"at": at.isoformat(), "since": since}))
