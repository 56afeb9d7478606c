"""`rappel up` without its programs: the plan is carried out, with the real server and a Python that only fails."""

import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.fleet.driving import ROOT
from tests.waiting import WITHIN, until

UP = """
import os, sys
from pathlib import Path
from workers.fleet import premises, redis_server, up
from workers.fleet.console import Console
from workers.fleet.plan import FleetPlan

with premises.claim(Path(sys.argv[1])) as owned:
    plan = FleetPlan(
        python="/bin/false",
        data_dir=owned.data_dir,
        runtime_dir=owned.runtime_dir,
        env=os.environ,
        redis_binary=redis_server.find_binary(),
        catcher=None,
    )
    up.run(plan, owned, Console(2))
"""


def test_a_plan_is_carried_out_and_ends_without_a_trace(tmp_path: Path) -> None:
    told = tmp_path / "told"
    with told.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", UP, str(tmp_path / "data")], stderr=out, cwd=ROOT)
    try:
        until(lambda: re.search(r"workers \(pid \d+\) ended with code 1; starting it again", told.read_text()))
        until(lambda: re.search(r"scheduler \(pid \d+\) ended with code 1; starting it again", told.read_text()))
        runtime_dir = Path((tmp_path / "data" / "fleet.lock").read_text())
        assert (runtime_dir / "redis.sock").is_socket()
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(WITHIN) == 0
    assert not runtime_dir.exists()
    assert list((tmp_path / "data" / "redis").glob("appendonly*"))
