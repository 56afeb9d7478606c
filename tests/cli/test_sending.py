"""`rappel pause` and `resume`: said again they change nothing."""

import re
import sqlite3
from contextlib import closing

import pytest

from tests.cli.terminal import rappel
from workers.store import fleet
from workers.store.database import Database


@pytest.fixture
def waiting(lived: str) -> str:
    """Two copies are waiting, one is on its way."""
    with closing(sqlite3.connect(lived.removeprefix("sqlite:///"))) as database, database:
        ids = [id for (id,) in database.execute("SELECT id FROM deliveries ORDER BY id LIMIT 3")]
        for id, state in zip(ids, ("pending", "waiting", "sending"), strict=True):
            database.execute("UPDATE deliveries SET state = ? WHERE id = ?", (state, id))
    return lived


def paused(url: str) -> str | None:
    database = Database(url)
    with database.read() as connection:
        found = fleet.flag(connection, fleet.PAUSED)
    database.close()
    return found


def test_pause_tells_what_it_means_and_what_waits(waiting: str) -> None:
    out = rappel("pause").out
    assert re.match(r"Sending is paused, since 20.* UTC\.\n2 deliveries wait; all are checked again before", out)
    assert "1 is on its way already and ends as if nothing had happened.\n" in out
    assert out.endswith("`rappel resume` lets sending go on.\n")
    assert paused(waiting) is not None


def test_paused_again_it_keeps_its_beginning(waiting: str) -> None:
    rappel("pause")
    since = paused(waiting)
    done = rappel("pause")
    assert (done.code, done.out.splitlines()[0].partition(",")[0]) == (0, "Sending was paused already")
    assert paused(waiting) == since


def test_resume_lets_it_go_on_and_may_be_said_again(waiting: str) -> None:
    rappel("pause")
    assert rappel("resume").out.startswith("Sending goes on; it was paused since 20")
    assert paused(waiting) is None
    done = rappel("resume")
    assert (done.code, done.out) == (0, "Sending was not paused.\n2 deliveries wait for a mailer.\n")
