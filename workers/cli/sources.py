"""Files of events, read line by line in constant memory."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from workers.cli.errors import Exit
from workers.cli.screen import leave
from workers.contract.reading import MAX_BYTES
from workers.contract.relative import UnknownPlaceholderError, resolve

_LONGEST = MAX_BYTES + 8
"""Bytes that are read of one line: more than an event may have, so that it is refused for its length."""


@dataclass(slots=True)
class Source:
    """A file of events; `-` is standard input. `done`: bytes read so far."""

    name: str
    done: int = 0

    @property
    def size(self) -> int | None:
        """In bytes; None where nobody can know."""
        path = Path(self.name)
        return path.stat().st_size if self.name != "-" and path.is_file() else None

    def lines(self, relative_to: date | None = None) -> Iterator[tuple[int, str | bytes]]:
        """The lines that are not blank, with their numbers from 1; bytes where they are not UTF-8."""
        with self._open() as stream:
            for number, raw in enumerate(self._raw(stream), start=1):
                if line := raw.strip():
                    yield number, self._resolved(number, _decoded(line), relative_to)

    def _raw(self, stream: BinaryIO) -> Iterator[bytes]:
        while line := stream.readline(_LONGEST):
            self.done += len(line)
            rest = line
            while len(rest) == _LONGEST and not rest.endswith(b"\n"):
                rest = stream.readline(_LONGEST)
                self.done += len(rest)
            yield line

    def _resolved(self, number: int, line: str | bytes, relative_to: date | None) -> str | bytes:
        if relative_to is None or isinstance(line, bytes):
            return line
        try:
            return resolve(line, relative_to)
        except UnknownPlaceholderError as error:
            leave(f"{self.name}, line {number}: {error}. The lines before it were read.", Exit.FAILURE)

    @contextmanager
    def _open(self) -> Iterator[BinaryIO]:
        if self.name == "-":
            yield sys.stdin.buffer
            return
        with Path(self.name).open("rb") as stream:
            yield stream


def sources(names: Sequence[str]) -> list[Source]:
    """The files, once it is sure that all of them can be read."""
    for name in names:
        path = Path(name)
        if name == "-":
            continue
        if not path.exists():
            leave(f"{name} does not exist.", Exit.NOT_FOUND)
        if path.is_dir() or not os.access(path, os.R_OK):
            leave(
                f"{name} cannot be read: {'it is a directory' if path.is_dir() else 'permission denied'}.", Exit.FAILURE
            )
    return [Source(name) for name in names]


def _decoded(line: bytes) -> str | bytes:
    if len(line) > MAX_BYTES:
        return line.decode(errors="replace")  # it may have been cut within a character
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line
