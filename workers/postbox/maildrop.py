"""A directory of mails, one .eml file each."""

import itertools
import os
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")
_LONGEST_NAME = 80  # characters of the recipient in a file name


class Maildrop:
    """Keeps mails in `directory`, for their owner alone. The file names sort by time and say the recipient."""

    def __init__(self, directory: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._clock = clock
        self._numbers = itertools.count(1)

    def keep(self, sender: str, recipients: Sequence[str], message: bytes) -> Path:
        """Keep a mail, its envelope in X-Envelope-From and X-Envelope-To lines at the top.

        When this returns, the mail survives a crash of the machine; before, there is no file of that name. Raises
        OSError.
        """
        envelope = [f"X-Envelope-From: <{sender}>", *(f"X-Envelope-To: <{recipient}>" for recipient in recipients)]
        head = "".join(f"{line}\r\n" for line in envelope).encode()
        path = self._directory / self._name(recipients[0])
        unfinished = path.with_name(f".{path.name}.part")
        try:
            _write(unfinished, head + message)
            unfinished.rename(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        _sync(self._directory)
        return path

    def _name(self, recipient: str) -> str:
        who = _UNSAFE.sub("_", recipient)[:_LONGEST_NAME]
        return f"{self._clock():%Y%m%dT%H%M%S.%fZ}-{next(self._numbers):06d}-{who}.eml"


def _write(path: Path, octets: bytes) -> None:
    path.touch(mode=0o600, exist_ok=False)
    with path.open("wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
