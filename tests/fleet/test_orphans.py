"""Processes that end with their parent, without anybody's help."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.fleet.driving import ROOT, SLEEPER, Fleet, is_running
from tests.waiting import until
from workers.fleet import orphans

PARENT = """
import os, time
from workers.fleet.orphans import die_with_parent
me = os.getpid()
if os.fork():
    time.sleep(600)
die_with_parent(me)
print(os.getpid(), flush=True)
time.sleep(600)
"""


def test_a_fork_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout is not None
        fork = int(parent.stdout.readline())
        assert is_running(fork)
        parent.kill()
        until(lambda: not is_running(fork), seconds=5)


def test_who_comes_too_late_to_see_its_parent_alive_ends_at_once() -> None:
    stranger = "1"
    result = subprocess.run([sys.executable, orphans.__file__, stranger, "echo", "alive"], capture_output=True)
    assert (result.returncode, result.stdout) == (-signal.SIGKILL, b"")


def test_a_program_that_cannot_be_started_is_named() -> None:
    argv = [sys.executable, orphans.__file__, str(os.getpid()), "/no/such/program"]
    result = subprocess.run(argv, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (127, "cannot start /no/such/program: No such file or directory\n")


def test_children_end_even_when_guard_and_supervisor_are_killed_together(tmp_path: Path) -> None:
    with Fleet(tmp_path / "data", {"name": "redis"}, {"name": "sleeper", "code": SLEEPER}) as fleet:
        fleet.wait_for("sleeper +here")
        fleet.wait_until_up()
        fleet.process.send_signal(signal.SIGSTOP)  # it must not see the guard's end
        os.kill(fleet.guard_pid(), signal.SIGKILL)
        fleet.process.kill()
        until(lambda: not fleet.leftovers(), seconds=5)
        left_behind = fleet.runtime_dir()
        assert left_behind.is_dir()
    with Fleet(tmp_path / "data", {"name": "redis"}) as fleet:
        fleet.wait_until_up()
        assert not left_behind.exists()
