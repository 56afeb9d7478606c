"""Installations to run `rappel` on: a directory of their own, and none of our settings."""

import os
import sqlite3
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest

from tests.cli.terminal import EXAMPLE
from workers.contract.relative import resolve_all
from workers.house import policy_of, renderer_of, rules_of
from workers.settings import Settings
from workers.stages.simulate import Simulation
from workers.store.database import Database

STORY = (EXAMPLE / "01-state.ndjson", EXAMPLE / "02-fortnight.ndjson")
TODAY = date(2026, 6, 1)
UNTIL = datetime.fromisoformat("2026-06-03T12:00:00Z")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, which is also where data would go."""
    for name in [name for name in os.environ if name.startswith("RAPPEL_")]:
        monkeypatch.delenv(name)
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def installation(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A migrated, empty database; its URL."""
    monkeypatch.setenv("RAPPEL_DATABASE__URL", sqlite_url)
    return sqlite_url


@pytest.fixture(scope="session")
def three_days(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the first three days of the example took place."""
    path = tmp_path_factory.mktemp("three-days") / "rappel.db"
    _copy(sqlite_template, path)
    live(f"sqlite:///{path}")
    return path


@pytest.fixture
def lived(three_days: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An installation with three days behind it; its URL."""
    _copy(three_days, tmp_path / "lived.db")
    monkeypatch.setenv("RAPPEL_DATABASE__URL", f"sqlite:///{tmp_path / 'lived.db'}")
    return f"sqlite:///{tmp_path / 'lived.db'}"


def live(url: str) -> None:
    """Lead the real pipeline through three days on this database; mails are captured."""
    settings, database = Settings(), Database(url)
    run = Simulation(database, rules_of(settings), renderer_of(settings), policy_of(settings))
    lines = [line for path in STORY for line in path.read_text(encoding="utf-8").splitlines()]
    run.run(enumerate(resolve_all(lines, TODAY), start=1), UNTIL)
    database.close()


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as before, closing(sqlite3.connect(target)) as after:
        before.backup(after)
