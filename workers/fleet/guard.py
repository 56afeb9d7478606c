"""A small process that outlives the supervisor by a moment and cleans up after it.

The death signal of `orphans.py` reaches the children, not what they forked. So the guard, in a session of its own,
listens on a pipe whose only writer is the supervisor. When the pipe ends, however the supervisor ended, it kills the
process groups it was told about and removes the runtime directory. It also holds the lock of the data directory until
then: the next fleet cannot start in the middle of the cleaning.

This file is run as a script without site-packages: standard library only.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

_CLEANING_SECONDS = 3.0


class Guard:
    """The supervisor's end of the pipe."""

    def __init__(self, runtime_dir: Path, lock_fd: int) -> None:
        its_end, self._pipe = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__, str(runtime_dir)],
                stdin=its_end,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
                pass_fds=(lock_fd,),
            )
        finally:
            os.close(its_end)
        self.pid = self._process.pid
        self.pidfd = os.pidfd_open(self.pid)

    def protect(self, group: int) -> None:
        """Kill this process group should the supervisor end."""
        self._tell(f"+{group}")

    def forget(self, group: int) -> None:
        """The group is gone: its number may soon belong to a stranger."""
        self._tell(f"-{group}")

    def close(self) -> int:
        """End the pipe, wait for the cleaning, return the exit code. Also right for a guard that is dead already."""
        os.close(self._pipe)
        os.close(self.pidfd)
        return self._process.wait()

    def _tell(self, word: str) -> None:
        # A dead guard cannot listen; its successor is told everything.
        with contextlib.suppress(BrokenPipeError):
            os.write(self._pipe, f"{word}\n".encode())


def _listen(words: Iterable[bytes]) -> set[int]:
    """Follow the supervisor until the pipe ends; the groups that are left."""
    groups: set[int] = set()
    for word in words:
        group = int(word[1:])
        if word.startswith(b"+"):
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def _kill(groups: set[int]) -> set[int]:
    """The groups in which there was anything left to kill."""
    left = set()
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # gone, or its number is a stranger's by now
            os.killpg(group, signal.SIGKILL)
            left.add(group)
    return left


def _main(runtime_dir: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # only the end of the pipe ends us
    groups = _listen(sys.stdin.buffer)
    deadline = time.monotonic() + _CLEANING_SECONDS
    while (groups := _kill(groups)) and time.monotonic() < deadline:
        time.sleep(0.02)
    shutil.rmtree(runtime_dir, ignore_errors=True)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
