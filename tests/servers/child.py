"""Servers as children that die with the test run, also when it is killed."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

START_TIMEOUT = 30.0
STOP_TIMEOUT = 10.0

Command = Sequence[str | Path]


def spawn(
    command: Command,
    directory: Path,
    *,
    dies_by: str,
    user: str | None = None,
    log: str = "log",
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Starts a server in `directory`, its output in `log` there; the kernel sends it `dies_by` when we die.

    `user`: whom it runs as where we are root; `env`: what it finds in its environment beside the little that all do.
    """
    with (directory / log).open("ab") as output:
        return subprocess.Popen(
            [*_leash(user, f"--pdeathsig={dies_by}"), *map(str, command)],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment() | (env or {}),
        )


def run(command: Command, directory: Path, *, user: str | None = None) -> None:
    """Runs a command to its end, as `user` where we are root. Raises RuntimeError with its output if it fails."""
    leashed = [*_leash(user), *map(str, command)]
    done = subprocess.run(leashed, cwd=directory, capture_output=True, text=True, check=False, env=_environment())
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], directory: Path) -> None:
    """Polls until the server answers. Raises RuntimeError with its log if it ended or is too slow."""
    deadline = time.monotonic() + START_TIMEOUT
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            stop(process)
            raise RuntimeError(f"{process.args!r} did not start:\n{(directory / 'log').read_text(errors='replace')}")
        time.sleep(0.01)


def stop(process: subprocess.Popen[bytes], by: int | None = None) -> None:
    """Asks the server to end, with the signal `by` if given, and kills it if it does not."""
    process.terminate() if by is None else process.send_signal(by)
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _leash(user: str | None, *options: str) -> list[str]:
    """setpriv, not preexec_fn: changing the user clears the death signal, and forking with threads warns."""
    if user and os.geteuid() == 0:
        options = (*options, f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups")
    return ["setpriv", *options] if options and shutil.which("setpriv") else []


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
