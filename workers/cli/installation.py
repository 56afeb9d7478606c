"""The installation that a verb is about: its settings and its parts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workers.cli.errors import NotMigratedError
from workers.house import House, build
from workers.settings import Settings, load
from workers.watch import logs


def read_settings(config: Path | None) -> Settings:
    """The settings, with logs set up as they say."""
    settings = load(config)
    logs.configure(settings.log.level, settings.log.format)
    return settings


@contextmanager
def open_house(config: Path | None) -> Iterator[House]:
    """The parts of this installation. Raises NotMigratedError rather than create an empty database."""
    settings = read_settings(config)
    house = build(settings)
    url = house.database.url
    if house.database.is_sqlite and url.database and not Path(url.database).exists():
        raise NotMigratedError
    try:
        yield house
    finally:
        house.database.close()
