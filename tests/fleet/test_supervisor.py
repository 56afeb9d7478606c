"""Real processes, killed for real."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis

from tests.fleet.driving import ROOT, SLEEPER, Fleet, is_running, running_in_group
from tests.waiting import WITHIN, until
from workers.fleet.supervisor import GRACE_SECONDS, next_delay

FORKER = """
import os, time
pid = os.fork()
if pid:
    print("forked", pid)
time.sleep(600)
"""
DEAF = """
import signal, time
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
print("deaf")
time.sleep(600)
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_each_child_killed_in_turn_is_named_and_started_again(data_dir: Path) -> None:
    children = ("redis", "catcher", "scheduler")
    with Fleet(
        data_dir, {"name": "redis"}, *({"name": name, "code": SLEEPER, "needs": ["redis"]} for name in children[1:])
    ) as fleet:
        fleet.wait_until_up()
        for name in children:
            killed = fleet.wait_for_start(name)
            os.kill(killed, signal.SIGKILL)
            fleet.wait_for(rf"fleet +{name} \(pid {killed}\) was killed by SIGKILL; starting it again in 0.2 s")
            assert is_running(fleet.wait_for_start(name, nth=2))
        assert {name: len(fleet.starts(name)) for name in children} == dict.fromkeys(children, 2)


def test_a_restart_of_redis_restarts_nobody_who_needs_it(data_dir: Path) -> None:
    with Fleet(data_dir, {"name": "redis"}, {"name": "workers-like", "code": SLEEPER, "needs": ["redis"]}) as fleet:
        fleet.wait_until_up()
        os.kill(fleet.wait_for_start("redis"), signal.SIGKILL)
        until(lambda: fleet.told().count("redis is ready") == 2)
        assert [is_running(pid) for pid in fleet.starts("workers-like")] == [True]


def test_nobody_starts_before_what_it_needs_is_ready(data_dir: Path) -> None:
    with Fleet(data_dir, {"name": "late", "code": SLEEPER, "needs": ["redis"]}, {"name": "redis"}) as fleet:
        fleet.wait_until_up()
        told = fleet.told()
        assert told.index("redis is ready") < told.index("late is started")


def test_a_childs_lines_carry_its_name(data_dir: Path) -> None:
    with Fleet(data_dir, {"name": "talker", "code": "print('one'); print('two', end='')"}) as fleet:
        fleet.wait_for(r"talker +one\ntalker +two\n")
        fleet.wait_for(r"talker \(pid \d+\) ended with code 0; starting it again")


def test_the_rest_of_a_dead_childs_group_is_killed_before_it_is_started_again(data_dir: Path) -> None:
    with Fleet(data_dir, {"name": "forker", "code": FORKER}) as fleet:
        grandchild = int(fleet.wait_for(r"forker +forked (\d+)")[1])
        assert is_running(grandchild)
        os.kill(fleet.wait_for_start("forker"), signal.SIGKILL)
        fleet.wait_for_start("forker", nth=2)
        assert not is_running(grandchild)


def test_a_child_that_crashes_in_a_loop_is_started_less_and_less_often(data_dir: Path) -> None:
    with Fleet(data_dir, {"name": "crasher", "code": "raise SystemExit(3)"}) as fleet:
        for delay in ("0.2", "0.4", "0.8", "1.6"):
            fleet.wait_for(rf"crasher \(pid \d+\) ended with code 3; starting it again in {delay} s")


def test_the_delay_grows_to_five_seconds_and_a_steady_child_starts_afresh() -> None:
    delays = [0.0]
    for _ in range(7):
        delays.append(next_delay(delays[-1], lived=0.1))
    assert delays[1:] == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0])
    assert next_delay(5.0, lived=29.9) == 5.0
    assert next_delay(5.0, lived=30.0) == 0.2


def test_a_killed_guard_is_named_and_replaced_and_still_guards(data_dir: Path) -> None:
    with Fleet(data_dir, {"name": "forker", "code": FORKER}) as fleet:
        grandchild = int(fleet.wait_for(r"forker +forked (\d+)")[1])
        killed = fleet.guard_pid()
        os.kill(killed, signal.SIGKILL)
        fleet.wait_for(rf"guard \(pid {killed}\) was killed by SIGKILL; starting it again in 0 s")
        fleet.wait_for_start("guard")
        fleet.process.kill()
        until(lambda: not is_running(grandchild))
        until(lambda: not fleet.leftovers())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_in_order_and_leaves_nothing(data_dir: Path, number: int) -> None:
    with Fleet(data_dir, {"name": "redis"}, {"name": "forker", "code": FORKER, "needs": ["redis"]}) as fleet:
        fleet.wait_for(r"forker +forked (\d+)")
        runtime_dir, guard = fleet.runtime_dir(), fleet.guard_pid()
        assert sorted(path.name for path in runtime_dir.iterdir()) == ["fleet.pid", "redis.sock"]
        fleet.process.send_signal(number)
        assert fleet.process.wait(WITHIN) == 0
        assert fleet.leftovers() == []
        assert not runtime_dir.exists()
        assert not is_running(guard)
        told = fleet.told()
        assert told.index("was killed by SIGTERM") < told.index("redis (pid", told.index("stopping"))
        assert "starting it again" not in told


def test_under_nohup_the_terminals_end_is_not_the_fleets(data_dir: Path) -> None:
    with Fleet(data_dir, {"name": "sleeper", "code": SLEEPER}, prefix=("nohup",)) as fleet:
        fleet.wait_for("sleeper +here")
        fleet.process.send_signal(signal.SIGHUP)
        os.kill(fleet.wait_for_start("sleeper"), signal.SIGKILL)
        assert is_running(fleet.wait_for_start("sleeper", nth=2))
        assert "stopping" not in fleet.told()


def test_who_does_not_end_within_the_grace_is_killed(data_dir: Path) -> None:
    with Fleet(data_dir, {"name": "deaf", "code": DEAF}) as fleet:
        fleet.wait_for("deaf +deaf")
        asked_at = time.monotonic()
        assert fleet.interrupt() == 0
        assert time.monotonic() - asked_at >= GRACE_SECONDS
        assert fleet.leftovers() == []
        fleet.wait_for(r"deaf \(pid \d+\) was killed by SIGKILL\n")


def test_a_second_sigint_kills_at_once(data_dir: Path) -> None:
    with Fleet(data_dir, {"name": "deaf", "code": DEAF}) as fleet:
        fleet.wait_for("deaf +deaf")
        asked_at = time.monotonic()
        fleet.process.send_signal(signal.SIGINT)
        fleet.wait_for("stopping")
        assert fleet.interrupt() == 0
        assert time.monotonic() - asked_at < 4
        assert fleet.leftovers() == []


def test_kill_9_of_the_supervisor_leaves_nothing_after_five_seconds(data_dir: Path) -> None:
    children = [{"name": "redis"}, {"name": "forker", "code": FORKER}, {"name": "deaf", "code": DEAF}]
    with Fleet(data_dir, *children) as fleet:
        grandchild = int(fleet.wait_for(r"forker +forked (\d+)")[1])
        fleet.wait_for("deaf +deaf")
        fleet.wait_until_up()
        runtime_dir, guard = fleet.runtime_dir(), fleet.guard_pid()
        assert is_running(grandchild)
        fleet.process.kill()
        killed_at = time.monotonic()
        until(lambda: not (fleet.leftovers() or is_running(guard) or runtime_dir.exists()))
        assert not is_running(grandchild)
        assert time.monotonic() - killed_at < 5
        assert [path.name for path in data_dir.iterdir() if path.name != "redis"] == ["fleet.lock"]


def test_the_data_directory_is_free_again_after_kill_9(data_dir: Path) -> None:
    with Fleet(data_dir, {"name": "redis"}) as first:
        first.wait_until_up()
        first.process.kill()
        with Fleet(data_dir, {"name": "redis"}) as second:
            second.wait_until_up()
            assert second.interrupt() == 0


def test_what_redis_accepted_survives_kill_9_of_it_and_of_the_fleet(data_dir: Path) -> None:
    with Fleet(data_dir, {"name": "redis"}) as fleet:
        fleet.wait_until_up()
        with redis.Redis(unix_socket_path=str(fleet.runtime_dir() / "redis.sock")) as client:
            client.rpush("accepted", *range(1000))
            os.kill(fleet.wait_for_start("redis"), signal.SIGKILL)
            until(lambda: fleet.told().count("redis is ready") == 2)
            assert client.llen("accepted") == 1000
        fleet.process.kill()
    with Fleet(data_dir, {"name": "redis"}) as fleet:
        fleet.wait_until_up()
        with redis.Redis(unix_socket_path=str(fleet.runtime_dir() / "redis.sock")) as client:
            assert client.lrange("accepted", 0, -1) == [str(n).encode() for n in range(1000)]


def test_a_second_fleet_on_the_same_data_is_refused_and_told_the_first_ones_pid(data_dir: Path) -> None:
    with Fleet(data_dir, {"name": "sleeper", "code": SLEEPER}) as first:
        first.wait_for("sleeper +here")
        with Fleet(data_dir, {"name": "sleeper", "code": SLEEPER}) as second:
            assert second.process.wait(WITHIN) == 1
            assert f"a fleet already runs on {data_dir} (pid {first.process.pid})" in second.told()
            assert second.starts("sleeper") == []
        assert is_running(first.wait_for_start("sleeper"))


def test_a_reader_that_does_not_read_does_not_stop_the_fleet(tmp_path: Path) -> None:
    """Its pipe is full after 64 KiB, the child's too; the child must go on all the same."""
    done = tmp_path / "done"
    code = f"[print('x' * 1000) for _ in range(2000)]; open({str(done)!r}, 'w').close(); import time; time.sleep(600)"
    children = f'[{{"name": "talker", "code": "{code}"}}]'
    argv = [sys.executable, "-m", "tests.fleet.tiny_fleet", str(tmp_path / "data"), children]
    with subprocess.Popen(argv, stderr=subprocess.PIPE, cwd=ROOT) as process:
        try:
            until(done.exists)
        finally:
            process.terminate()
            process.communicate()
    assert process.returncode == 0


def test_one_killed_fork_of_dramatiq_restarts_the_group_and_work_goes_on(data_dir: Path, tmp_path: Path) -> None:
    with Fleet(data_dir, {"name": "redis"}, {"name": "workers", "needs": ["redis"]}) as fleet:
        master = fleet.wait_for_start("workers")
        until(lambda: fleet.told().count("Worker process is ready for action") == 2, seconds=30)
        fork = next(pid for pid in running_in_group(master) if pid != master and _is_worker(pid))
        os.kill(fork, signal.SIGKILL)
        fleet.wait_for(rf"workers \(pid {master}\) ended with code \d+; starting it again in 0.2 s", seconds=30)
        fleet.wait_for_start("workers", nth=2)
        assert running_in_group(master) == []
        _enqueue(fleet.runtime_dir(), tmp_path / "worked")
        until((tmp_path / "worked").exists, seconds=30)


def test_a_killed_master_of_dramatiq_leaves_no_fork_behind(data_dir: Path) -> None:
    with Fleet(data_dir, {"name": "redis"}, {"name": "workers", "needs": ["redis"]}) as fleet:
        master = fleet.wait_for_start("workers")
        until(lambda: fleet.told().count("Worker process is ready for action") == 2, seconds=30)
        os.kill(master, signal.SIGKILL)
        fleet.wait_for_start("workers", nth=2)
        assert running_in_group(master) == []


def _is_worker(pid: int) -> bool:
    """Not one of multiprocessing's own attendants, which die unnoticed."""
    return b"dramatiq" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _enqueue(runtime_dir: Path, path: Path) -> None:
    code = "import sys; from tests.fleet import tiny_broker; tiny_broker.note.send(sys.argv[1])"
    environment = {**os.environ, "RUNTIME_DIR": str(runtime_dir)}
    subprocess.run([sys.executable, "-c", code, str(path)], env=environment, check=True)
