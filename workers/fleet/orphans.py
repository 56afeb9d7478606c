"""Processes that end when their parent does (Linux).

As a script it arms itself and becomes another program: `orphans.py PARENT_PID PROGRAM ARGUMENT...`. An exec keeps the
arming, so programs that know nothing of us die with us too, and the parent needs no code between fork and exec.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_COMMAND_NOT_FOUND = 127


def die_with_parent(parent: int | None = None) -> None:
    """Have the kernel kill this process (SIGKILL) when its parent ends.

    "Parent" is the thread that forked us: forks must be made by a thread that lives as long as its process, best the
    main one. With `parent`, a process whose parent (that pid) has ended before this call ends at once.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _become(argv: list[str]) -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and an exec would pass that on
    try:
        os.execvp(argv[0], argv)  # noqa: S606 (this is the point: no shell)
    except OSError as error:
        sys.stderr.write(f"cannot start {argv[0]}: {error.strerror}\n")
        sys.exit(_COMMAND_NOT_FOUND)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    _become(sys.argv[2:])
