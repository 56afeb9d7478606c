"""The example installation: a data directory of its own that begins anew each time, and a clock that is led."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from workers import assets
from workers.contract.relative import resolve_all
from workers.fleet import premises
from workers.fleet.tour import Arrival, arrivals
from workers.house import rules_of, vault_of
from workers.settings import Settings
from workers.settings.installation import Clock, Database, Redis
from workers.settings.mailing import Mail
from workers.stages.incoming import Incoming, Intake
from workers.stages.ingest import ingest_all
from workers.stages.timeline import Outage
from workers.store.clock import lead_clock
from workers.store.database import Database as Store
from workers.store.migrate import migrate

STATE, FORTNIGHT = "01-state.ndjson", "02-fortnight.ndjson"
DAYS = 14

ENVIRONMENT = {
    "RAPPEL_CLOCK__SOURCE": "database",
    "RAPPEL_DATABASE__URL": "none",
    "RAPPEL_REDIS__URL": "none",
    "RAPPEL_MAIL__MODE": "capture",
    "RAPPEL_CATCHER__DIR": "none",
}
"""What keeps an example apart from the installation whose settings it was started with."""


def settings_for(settings: Settings, name: str) -> Settings:
    """The same rules, but with data, mails and clock apart from those of the installation."""
    apart = {
        "data_dir": (settings.data_dir / name).absolute(),
        "database": Database(),
        "redis": Redis(),
        "clock": Clock(source="database"),
        "mail": settings.mail.model_copy(update={"mode": Mail().mode}),
        "catcher": settings.catcher.model_copy(update={"dir": None}),
    }
    return settings.model_copy(update=apart)


def begin_anew(settings: Settings) -> None:
    """An empty, migrated database, and no mails. For the owner of the data directory, whose lock stays."""
    for path in settings.data_dir.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != premises.LOCK_NAME:
            path.unlink()
    migrate(settings.database_url)


def lines(today: date, *names: str) -> list[str]:
    """The events of the example, with dates relative to today."""
    found: list[str] = []
    for name in names:
        found += assets.path("config", "example", name).read_text(encoding="utf-8").splitlines()
    return list(resolve_all(found, today))


@dataclass(frozen=True, slots=True)
class Story:
    """Events in the order of their arrival, when it ends, and when the fleet is away. At least one event."""

    arrivals: Sequence[Arrival]
    until: datetime
    outages: Sequence[Outage] = ()

    @property
    def start(self) -> datetime:
        return self.arrivals[0].at


def story(today: date) -> Story:
    """The example's fortnight."""
    outage = Outage(_at(today, 8, 6), _at(today, 8, 20))
    return Story(tuple(arrivals(lines(today, STATE, FORTNIGHT))), _at(today, DAYS, 12), (outage,))


def bring(settings: Settings, today: date) -> int:
    """Store the example's state, and set the clock going a minute before a daily run; how many events went in."""
    store, rules = Store(settings.database_url), rules_of(settings)
    start = rules.daily.run_at(today) - timedelta(minutes=1)
    incoming = (Incoming(number, line, start) for number, line in enumerate(lines(today, STATE), start=1))
    intake = Intake(rules, vault_of(settings), "example")
    count = sum(len(done.answers) for done in ingest_all(store, incoming, intake))
    lead_clock(store, start, runs=True)
    store.close()
    return count


def today_utc() -> date:
    """Day 0 of the example."""
    return datetime.now(UTC).date()


def _at(today: date, days: int, hour: int) -> datetime:
    return datetime(today.year, today.month, today.day, hour, tzinfo=UTC) + timedelta(days=days)
