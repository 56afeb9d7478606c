"""One child process: what it is, how it is started in a group of its own, how it ended."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from workers.fleet import orphans

_PROBE_SECONDS = 0.2
_READ_BYTES = 65_536


class Ready(Protocol):
    """Asks a started child whether it does its work yet. Answers within a fraction of a second, never raises."""

    def __call__(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class PortAccepts:
    """Ready when something accepts TCP connections there."""

    host: str
    port: int

    def __call__(self) -> bool:
        try:
            socket.create_connection((self.host, self.port), timeout=_PROBE_SECONDS).close()
        except OSError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class RedisAnswers:
    """Ready when the server behind this unix socket answers PING (a server that still loads its data does not)."""

    socket_path: Path

    def __call__(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_PROBE_SECONDS)
            try:
                connection.connect(str(self.socket_path))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
            except OSError:
                return False


@dataclass(frozen=True, slots=True)
class Child:
    """A program of the fleet. `env` is its whole environment; it is started once all of `needs` are ready."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    ready: Ready | None = None
    needs: tuple[str, ...] = ()


def launch(argv: tuple[str, ...], env: Mapping[str, str], stdout: int) -> subprocess.Popen[bytes]:
    """Start a program that dies with us, in a session (and so a process group) of its own. For the main thread only.

    The session also cuts the terminal: its Ctrl-C is for the supervisor alone.
    """
    return subprocess.Popen(
        [sys.executable, "-I", "-S", orphans.__file__, str(os.getpid()), *argv],
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        bufsize=0,
        start_new_session=True,
    )


def kill_group(pid: int) -> None:
    """Kill a child and all that it forked. The child must not be reaped yet: until then its number is its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


class RunningChild:
    """A started child. `output` and `pidfd` are for a selector: something was said; it has ended.

    `said_all`: it has closed its output (it may live on).
    """

    def __init__(self, child: Child) -> None:
        self.output, their_end = os.pipe()
        try:
            self._process = launch(child.argv, child.env, their_end)
        finally:
            os.close(their_end)
        self.pid = self._process.pid
        self.pidfd = os.pidfd_open(self.pid)
        os.set_blocking(self.output, False)
        self.said_all = False
        self._unfinished = b""

    def lines(self) -> list[str]:
        """The whole lines said since the last call; a line without end is cut after 64 KiB."""
        said = self._unfinished + self._read()
        *lines, self._unfinished = said.split(b"\n")
        if len(self._unfinished) >= _READ_BYTES:
            lines.append(self._unfinished)
            self._unfinished = b""
        return [line.decode(errors="replace").rstrip("\r") for line in lines]

    def terminate(self) -> None:
        """Ask it alone to end: dramatiq's master passes it on to its forks, which take a second asking as "now"."""
        self._process.terminate()

    def kill_group(self) -> None:
        kill_group(self.pid)

    def bury(self) -> tuple[list[str], str]:
        """Kill the rest of its group, reap it, close its files: its last lines, and how it ended."""
        self.kill_group()
        last_lines = self.lines()
        if self._unfinished:
            last_lines.append(self._unfinished.decode(errors="replace"))
        os.close(self.output)
        os.close(self.pidfd)
        return last_lines, how_it_ended(self._process.wait())

    def _read(self) -> bytes:
        try:
            said = os.read(self.output, _READ_BYTES)
        except BlockingIOError:
            return b""
        self.said_all = not said
        return said


def how_it_ended(returncode: int) -> str:
    """As a predicate: "was killed by SIGKILL"."""
    if returncode >= 0:
        return f"ended with code {returncode}"
    try:
        return f"was killed by {signal.Signals(-returncode).name}"
    except ValueError:  # a real-time signal has no name
        return f"was killed by signal {-returncode}"
