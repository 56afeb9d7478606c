"""The data directory, which belongs to one fleet at a time, and that fleet's runtime directory.

`<data_dir>/fleet.lock` is locked as long as the fleet lives (its guard holds the lock too, until it has cleaned up) and
holds the path of the runtime directory: a fresh private one with a short path, for sockets and the supervisor's pid.
"""

import contextlib
import fcntl
import os
import shutil
import socket
import struct
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workers.fleet import reaping
from workers.fleet.errors import FleetAlreadyRunning, SocketPathTooLong

SOCKET_NAME = "redis.sock"
_PID_NAME = "fleet.pid"
LOCK_NAME = "fleet.lock"
_PREFIX = "rappel-"
_LONGEST_SOCKET_PATH = 107  # bytes: sun_path without its closing zero
_PREDECESSOR_SECONDS = 6.0  # the guard of a killed fleet needs up to 3


@dataclass(frozen=True, slots=True)
class Premises:
    """What a fleet owns while it runs."""

    data_dir: Path
    runtime_dir: Path
    lock_fd: int


@contextlib.contextmanager
def claim(data_dir: Path) -> Iterator[Premises]:
    """Own `data_dir` until the block ends. What a dead fleet left (a server, its socket) is ended and removed first.

    Raises FleetAlreadyRunning, which names the other's pid.
    """
    data_dir = data_dir.absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    lock_fd = os.open(data_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(lock_fd, data_dir)
        _clear_away(_recorded(lock_fd))
        runtime_dir = _new_runtime_dir()
        _record(lock_fd, str(runtime_dir))
        try:
            (runtime_dir / _PID_NAME).write_text(f"{os.getpid()}\n")
            yield Premises(data_dir, runtime_dir, lock_fd)
        finally:
            shutil.rmtree(runtime_dir, ignore_errors=True)
            _record(lock_fd, "")
    finally:
        os.close(lock_fd)


def socket_of_running_fleet(data_dir: Path) -> Path | None:
    """The embedded server's socket of the fleet that runs on `data_dir` now, for commands given beside it."""
    try:
        runtime_dir = (data_dir / LOCK_NAME).read_text()
    except FileNotFoundError:
        return None
    path = Path(runtime_dir) / SOCKET_NAME
    return path if runtime_dir and path.is_socket() else None


def check_socket_path(path: Path) -> None:
    """Raise SocketPathTooLong where the kernel would refuse to bind."""
    length = len(os.fsencode(path))
    if length > _LONGEST_SOCKET_PATH:
        raise SocketPathTooLong(
            f"{path} has {length} bytes, a unix socket path at most {_LONGEST_SOCKET_PATH}: choose a shorter directory"
        )


def retire_server_at(path: Path) -> None:
    """End the process that listens on this socket, if any, and remove the socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, _uid, _gid = struct.unpack("3i", credentials)
    reaping.end_stranger(pid)
    path.unlink(missing_ok=True)


def _lock(lock_fd: int, data_dir: Path) -> None:
    deadline = time.monotonic() + _PREDECESSOR_SECONDS
    while True:
        try:
            fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = _owner(_recorded(lock_fd))
            # A dead owner's guard still cleans, or a new owner has not yet written its pid: either passes.
            if (owner is not None and reaping.is_alive(owner)) or time.monotonic() > deadline:
                raise FleetAlreadyRunning(str(data_dir), owner) from None
            time.sleep(0.05)
        else:
            return


def _owner(runtime_dir: Path | None) -> int | None:
    if runtime_dir is None:
        return None
    try:
        return int((runtime_dir / _PID_NAME).read_text())
    except (OSError, ValueError):
        return None


def _recorded(lock_fd: int) -> Path | None:
    text = os.pread(lock_fd, 4096, 0).decode()
    return Path(text) if text else None


def _record(lock_fd: int, text: str) -> None:
    os.ftruncate(lock_fd, 0)
    os.pwrite(lock_fd, text.encode(), 0)


def _clear_away(left_behind: Path | None) -> None:
    # The name is checked because what follows removes a whole directory.
    if left_behind is None or not left_behind.name.startswith(_PREFIX) or not left_behind.is_dir():
        return
    retire_server_at(left_behind / SOCKET_NAME)
    shutil.rmtree(left_behind, ignore_errors=True)


def _new_runtime_dir() -> Path:
    """A new directory, mode 0700, in which a socket path is short enough."""
    path = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        check_socket_path(path / SOCKET_NAME)
    except SocketPathTooLong:
        path.rmdir()
        path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))  # TMPDIR is too deep for a socket
    return path
