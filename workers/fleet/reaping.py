"""Ending a process that is not our child."""

import contextlib
import os
import select
import signal

_GRACE_SECONDS = 3.0


def is_alive(pid: int) -> bool:
    """A zombie is not: it ended, and only its parent has not looked yet."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        return not _has_ended(pidfd, within=0)
    finally:
        os.close(pidfd)


def end_stranger(pid: int) -> None:
    """Ask the process to end; kill it if it is still there after 3 s; return when it is gone."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(pidfd, number)
            if _has_ended(pidfd, within=_GRACE_SECONDS):
                return
    finally:
        os.close(pidfd)


def _has_ended(pidfd: int, *, within: float) -> bool:
    readable, _, _ = select.select([pidfd], [], [], within)
    return bool(readable)
