"""Drives a tiny fleet from outside: reads what it tells, kills its processes, looks for what is left."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.waiting import WITHIN, until

ROOT = Path(__file__).parents[2]

ORDINARY = ("env", "--default-signal=HUP")
"""Whoever runs the tests under nohup hands that on to all that they start."""

SLEEPER = "import time; print('here'); time.sleep(600)"


def is_running(pid: int) -> bool:
    """A zombie is not: its end only waits to be noticed."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def running_in_group(group: int) -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if is_running(pid) and _group_of(pid) == group]


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


class Fleet:
    """A supervisor in a process of its own. Whatever the test does to it, leaving the block ends it."""

    def __init__(self, data_dir: Path, *children: dict[str, object], prefix: tuple[str, ...] = ()) -> None:
        self.data_dir = data_dir
        self._told = data_dir.with_name(f"{data_dir.name}-{time.monotonic_ns()}.log")
        with self._told.open("wb") as told:
            argv = [
                *ORDINARY,
                *prefix,
                sys.executable,
                "-m",
                "tests.fleet.tiny_fleet",
                str(data_dir),
                json.dumps(children),
            ]
            self.process = subprocess.Popen(argv, stderr=told, stdout=told, cwd=ROOT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(WITHIN)
        if error:
            print(self.told())  # noqa: T201 (pytest shows it beside the failure)

    def told(self) -> str:
        return self._told.read_text()

    def starts(self, name: str) -> list[int]:
        """The pids of all starts of a child so far."""
        return [int(pid) for pid in re.findall(rf"fleet +{name} is started \(pid (\d+)\)", self.told())]

    def wait_for(self, pattern: str, seconds: float = WITHIN) -> re.Match[str]:
        return until(lambda: re.search(pattern, self.told()), seconds)

    def wait_for_start(self, name: str, nth: int = 1) -> int:
        return until(lambda: self.starts(name)[nth - 1 : nth])[0]

    def wait_until_up(self) -> None:
        self.wait_for("fleet +all is ready")

    def runtime_dir(self) -> Path:
        return Path((self.data_dir / "fleet.lock").read_text())

    def guard_pid(self) -> int:
        """The supervisor's one child that runs guard.py."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return next(int(pid) for pid in children if b"guard.py" in Path(f"/proc/{pid}/cmdline").read_bytes())

    def groups(self) -> set[int]:
        return {int(pid) for pid in re.findall(r"is started \(pid (\d+)\)", self.told())}

    def leftovers(self) -> list[int]:
        """Processes of the fleet that still run; the guard's included, whose group is its own."""
        return [pid for group in self.groups() for pid in running_in_group(group)]

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(WITHIN)
