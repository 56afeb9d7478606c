"""The processes of a fleet under attack, and a supervisor's part: whatever ended is started again."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fleet.driving import is_running
from tests.servers import child, valkey
from tests.servers.valkey import Valkey
from workers.fleet.plan import WORKERS_ENVIRONMENT, workers_command

PROCESSES, THREADS, POOL, SCHEDULERS = 3, 2, 4, 2
HEARTBEAT, DEAD_AFTER = "1s", "4s"
CHECKOUT = Path(__file__).parents[2]


@dataclass
class Part:
    """A process that is started again whenever it has ended."""

    spawn: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None
    _stays_down: bool = False

    def tend(self) -> None:
        if not self._stays_down and (self.process is None or self.process.poll() is not None):
            self.process = self.spawn()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Killed, and not started again before the end of the block."""
        self._stays_down = True
        try:
            self.kill()
            yield
        finally:
            self._stays_down = False

    def forks(self) -> list[int]:
        """Its running child processes of dramatiq's, oldest first; none while it is not up."""
        if self.process is None:
            return []
        pid = self.process.pid
        try:
            found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            return []
        return [int(each) for each in found if is_running(int(each)) and _is_fork(int(each))]


def _is_fork(pid: int) -> bool:
    """multiprocessing's own tracker of resources is a child of dramatiq's master as well."""
    try:
        return b"tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


@dataclass
class Parts:
    """2 schedulers, dramatiq with 3 worker processes, and the Valkey between them."""

    directory: Path
    environment: Mapping[str, str]
    socket: Path
    redis: Part = field(init=False)
    workers: Part = field(init=False)
    schedulers: list[Part] = field(init=False)

    def __post_init__(self) -> None:
        self.redis = Part(self._spawn_redis)
        self.workers = Part(lambda: self._spawn("workers", "-m", *workers_command(PROCESSES, THREADS)))
        self.schedulers = [
            Part(lambda n=n: self._spawn(f"scheduler-{n}", "-m", "workers.cli", "scheduler"))  # type: ignore[misc]
            for n in range(SCHEDULERS)
        ]

    def tend(self) -> None:
        for part in self._all():
            part.tend()

    def stop(self) -> None:
        """At once. The forks of dramatiq's master die with it."""
        for part in reversed(self._all()):
            for fork in part.forks():
                send_signal(fork, signal.SIGCONT)  # a frozen one as well
            part.kill()

    def lose_queue(self) -> None:
        """What Valkey kept on disk is gone."""
        shutil.rmtree(self._queue_dir, ignore_errors=True)

    def rappel(self, *arguments: str) -> subprocess.Popen[str]:
        """A person's command beside the fleet, started."""
        command = [sys.executable, "-P", "-m", "workers.cli", *arguments]
        env = {**os.environ, **self.environment, "PYTHONPATH": str(CHECKOUT)}
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=self.directory, env=env, stdout=pipe, stderr=pipe, text=True)

    def _all(self) -> list[Part]:
        return [self.redis, *self.schedulers, self.workers]

    @property
    def _queue_dir(self) -> Path:
        return self.directory / "queue"

    def _spawn(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        env = {**self.environment, **WORKERS_ENVIRONMENT, "PYTHONPATH": str(CHECKOUT)}
        return child.spawn([sys.executable, *arguments], self.directory, dies_by="KILL", log=f"{name}.log", env=env)

    def _spawn_redis(self) -> subprocess.Popen[bytes]:
        self._queue_dir.mkdir(exist_ok=True)
        options = ["--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700", "--save", ""]
        options += ["--appendonly", "yes", "--appendfsync", "always", "--dir", str(self._queue_dir)]
        options += ["--maxmemory-policy", "noeviction"]
        process = child.spawn([valkey.program(), *options], self.directory, dies_by="KILL", log="log")
        child.wait_until(Valkey(self.socket).answers, process, self.directory)
        return process


def send_signal(pid: int, number: int) -> None:
    """Whoever is gone already needs none."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def socket_directory() -> Path:
    """A socket's path has at most 107 bytes."""
    return Path(tempfile.mkdtemp(prefix="rappel-chaos-"))


def configuration(directory: Path, url: str, socket: Path, port: int) -> dict[str, Any]:
    """A fleet that finds out within seconds who is dead, and sends for real: to the sink."""
    route = {"name": "sink", "host": "127.0.0.1", "port": port, "tls": "none", "pool_size": POOL}
    return {
        "data_dir": str(directory),
        "database": {"url": url},
        "redis": {"url": f"unix://{socket}"},
        "clock": {"source": "database"},
        "mail": {"mode": "live"},
        "smtp": {"routes": [route], "timeouts": {"connect": "5s", "command": "10s", "data": "10s"}},
        "fleet": {"heartbeat": HEARTBEAT, "dead_after": DEAD_AFTER},
    }


def environment_of(tree: Mapping[str, Any], prefix: str = "RAPPEL_") -> dict[str, str]:
    """The same for the processes."""
    found: dict[str, str] = {}
    for name, value in tree.items():
        key = prefix + name.upper()
        if isinstance(value, dict):
            found |= environment_of(value, f"{key}__")
        else:
            found[key] = value if isinstance(value, str) else json.dumps(value)
    return found
