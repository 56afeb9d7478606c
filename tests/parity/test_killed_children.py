"""`rappel up` for real: whatever child is killed, a new mail arrives soon, and a line names the child."""

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.scenarios import event
from tests.waiting import until
from workers.cli import demo, example
from workers.cli.example import Story
from workers.fleet.tour import Arrival
from workers.house import House
from workers.settings import Settings
from workers.stages.incoming import Incoming
from workers.stages.ingest import ingest
from workers.store.clock import lead_clock
from workers.store.fleet import living

START = datetime(2026, 6, 1, 6, tzinfo=UTC)
SOON = 30.0
GONE_WITHIN = 60.0
"""Seconds after which nothing of an ended fleet may be left: 5 on a machine at rest; here other tests run beside it."""

STATE = (
    event("user.saved", START, id="U-1", name="Jonas Weiss", email="jonas@example.com"),
    event(
        "process.saved",
        START,
        id="P",
        name="New business",
        stages=[{"id": "open", "name": "Open", "duration": {"value": 1, "unit": "days"}}],
        follow_up={"enabled": True, "interval": {"value": 1, "unit": "months"}},
    ),
)


class Running:
    """A fleet that was started for a test, with the pids that its log tells."""

    def __init__(self, house: House, data_dir: Path) -> None:
        self.house = house
        self._data_dir = data_dir
        self._day = START

    @property
    def told(self) -> str:
        return (self._data_dir / "fleet.log").read_text()

    def pid(self, child: str) -> int:
        """Of the child as it runs now; `fork`: one of the workers' processes."""
        if child == "fork":
            with self.house.database.read() as connection:
                return max(int(worker.split("-")[1]) for worker in living(connection, ["worker"]))
        return int(re.findall(rf"fleet +{child} is started \(pid (\d+)\)", self.told)[-1])

    def expect_mail(self, lead: str) -> None:
        """A new lead, overdue for long, and the next day's run: its mail must come."""
        save = event("lead.saved", self._day, id=lead, title=f"Lead {lead}", process="P", stage="open",
                     stage_entered_at=START - timedelta(days=9), acceptor="U-1")  # fmt: skip
        ingest(self.house.database, [Incoming(1, save, self._day)], self.house.intake("test"))
        self._day += timedelta(days=1)
        lead_clock(self.house.database, self._day.replace(hour=7))
        until(lambda: self._has_mail(f"Lead {lead}"), SOON)

    def _has_mail(self, words: str) -> bool:
        mails = self.house.settings.catcher_dir.glob("*.eml")
        return any(words in path.read_text(errors="replace") for path in mails)


@contextmanager
def running(directory: Path) -> Iterator[Running]:
    settings = example.settings_for(Settings(data_dir=directory), "killed")
    settings.data_dir.mkdir()
    demo.prepare(settings, Story([Arrival(each, START) for each in STATE], START))
    with demo.fleet(
        settings, RAPPEL_FLEET__THREADS="2", RAPPEL_FLEET__HEARTBEAT="1s", RAPPEL_FLEET__DEAD_AFTER="4s"
    ) as house:
        incoming = [Incoming(number, each, START) for number, each in enumerate(STATE, start=1)]
        ingest(house.database, incoming, house.intake("test"))
        yield Running(house, settings.data_dir)


def test_a_new_mail_arrives_whichever_child_was_killed(tmp_path: Path) -> None:
    with running(tmp_path) as fleet:
        for child in ("redis", "scheduler", "workers", "fork", "catcher"):
            victim, before = fleet.pid(child), fleet.told
            os.kill(victim, signal.SIGKILL)
            fleet.expect_mail(f"after-{child}")
            named = "workers" if child == "fork" else child
            again = rf"{named} \(pid \d+\) .*starting it again"
            assert until(lambda again=again, before=before: re.search(again, fleet.told.removeprefix(before)))


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL], ids=["SIGINT", "SIGKILL"])
def test_nothing_is_left_when_up_itself_ends(tmp_path: Path, way: signal.Signals) -> None:
    with running(tmp_path) as fleet:
        data_dir = fleet.house.settings.data_dir
        runtime_dir = Path((data_dir / "fleet.lock").read_text())
        until(
            lambda: len(_processes_of(data_dir, runtime_dir)) >= 8
        )  # up, guard, redis, catcher, scheduler, dramatiq, its forks
        assert (runtime_dir / "redis.sock").is_socket()
        os.kill(int((runtime_dir / "fleet.pid").read_text()), way)
        until(lambda: not _processes_of(data_dir, runtime_dir), GONE_WITHIN)
        until(lambda: not runtime_dir.exists(), GONE_WITHIN)


def _processes_of(data_dir: Path, runtime_dir: Path) -> list[str]:
    """Every process that was started with this data directory, or (a server that renames itself) its socket."""
    mark, socket = f"RAPPEL_DATA_DIR={data_dir}".encode(), str(runtime_dir / "redis.sock")
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_text().replace("\0", " ") if entry.name.isdigit() else ""
            if command and (socket in command or mark in (entry / "environ").read_bytes().split(b"\0")):
                found.append(command)
    return found
