"""Where returned mails lie: standard input, a file, an mbox, a maildir. Read one by one, each up to a limit."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from workers.cli.errors import Exit
from workers.cli.screen import leave
from workers.postbox.returned.bounded import LONGEST

_LINE = 64 * 1024
_ENVELOPE = re.compile(rb"From [^\r\n]*[0-9]{4}[^\r\n]*\r?\n")


class Format(StrEnum):
    """How mails are kept. `auto`: a directory is a maildir, what begins with an envelope line is an mbox."""

    AUTO = "auto"
    EML = "eml"
    MBOX = "mbox"
    MAILDIR = "maildir"


@dataclass(frozen=True, slots=True)
class Found:
    """One mail, cut where it is too long. `done` is called when it was handled, with whether nobody need look at it."""

    name: str
    raw: bytes
    done: Callable[[bool], None] = lambda _: None


def mails(name: str, format: Format) -> Iterator[Found]:
    """The mails in a file or a directory; `-` is standard input. Leaves where there is nothing that can be read."""
    if name == "-":
        return _in_stream(name, sys.stdin.buffer, format)
    path = Path(name)
    if not path.exists():
        leave(f"{name} does not exist.", Exit.NOT_FOUND)
    if format is Format.MAILDIR or (format is Format.AUTO and path.is_dir()):
        if not all((path / part).is_dir() for part in ("new", "cur")):
            leave(f"{name} is no maildir: it lacks the directories new and cur.", Exit.FAILURE)
        return _in_maildir(path)
    if path.is_dir() or not os.access(path, os.R_OK):
        leave(f"{name} cannot be read: {'it is a directory' if path.is_dir() else 'permission denied'}.", Exit.FAILURE)
    return _in_file(path, format)


def _in_file(path: Path, format: Format) -> Iterator[Found]:
    with path.open("rb") as stream:
        yield from _in_stream(str(path), stream, format)


def _in_stream(name: str, stream: BinaryIO, format: Format) -> Iterator[Found]:
    first = stream.readline(_LINE)
    if format is Format.MBOX or (format is Format.AUTO and _ENVELOPE.fullmatch(first)):
        yield from (Found(f"{name}:{number}", raw) for number, raw in enumerate(_in_mbox(first, stream), start=1))
        return
    yield Found(name, (first + stream.read(LONGEST))[:LONGEST])
    while stream.read(_LINE):  # who pipes a mail in must not find the pipe closed
        pass


def _in_mbox(first: bytes, stream: BinaryIO) -> Iterator[bytes]:
    """Cut before each envelope line that follows a blank one."""
    lines: list[bytes] = []
    size, after_blank, line = 0, True, first
    while line:
        if after_blank and _ENVELOPE.fullmatch(line):
            if lines:
                yield b"".join(lines)
            lines, size = [], 0
        elif size < LONGEST:
            lines.append(line)
            size += len(line)
        after_blank = not line.strip()
        line = stream.readline(_LINE)
    if lines:
        yield b"".join(lines)


def _in_maildir(path: Path) -> Iterator[Found]:
    """What is new, the oldest first. A mail is moved only after it was handled: a crash in between costs nothing."""
    for file in sorted((path / "new").iterdir()):
        try:
            with file.open("rb") as stream:
                raw = stream.read(LONGEST)
        except (FileNotFoundError, IsADirectoryError):  # somebody else was quicker
            continue
        yield Found(file.name, raw, lambda seen, file=file: _move(file, path / "cur", seen))  # type: ignore[misc]


def _move(file: Path, cur: Path, seen: bool) -> None:
    name = file.name.partition(":")[0]
    try:
        file.rename(cur / f"{name}:2,{'S' if seen else ''}")
    except FileNotFoundError:  # somebody else was quicker
        return
