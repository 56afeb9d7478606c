"""Stops and starts all sending of a fleet. Copies that a worker has in hand end as if nothing had happened."""

from dataclasses import dataclass
from datetime import datetime

from workers.store import fleet, lookup
from workers.store.database import Database
from workers.store.export import stamp
from workers.store.lookup import Waiting


@dataclass(frozen=True, slots=True)
class Paused:
    """Since when nothing is sent, whether that is new, and what waits."""

    since: datetime
    is_new: bool
    copies: Waiting


def pause(database: Database, now: datetime) -> Paused:
    """Nothing is claimed from this commit on. Done again, it changes nothing."""
    with database.write() as connection:
        before = fleet.flag(connection, fleet.PAUSED)
        if before is None:
            fleet.set_flag(connection, fleet.PAUSED, stamp(now))
        since = datetime.fromisoformat(before) if before else now
        return Paused(since, before is None, lookup.waiting(connection))


def resume(database: Database) -> tuple[datetime | None, Waiting]:
    """Copies go out again. Since when they had not, None if nothing was paused; and how many wait."""
    with database.write() as connection:
        before = fleet.flag(connection, fleet.PAUSED)
        fleet.set_flag(connection, fleet.PAUSED, None)
        return datetime.fromisoformat(before) if before else None, lookup.waiting(connection)
