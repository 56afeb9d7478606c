"""What is printed, and how: tables and JSON to standard output, everything else to standard error."""

import json
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from workers.cli.errors import Exit
from workers.domain.direction import straight

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_WIDE = 1000  # of a file or a pipe: no line is folded there


def say(text: str = "") -> None:
    """A line on standard output. What upstream wrote cannot steer the terminal."""
    typer.echo(clean(text))


def warn(text: str) -> None:
    """A line on standard error."""
    typer.echo(clean(text), err=True)


def agreed(question: str) -> bool:
    """Whether the person at the terminal says yes; an empty line, or nobody there, means no."""
    typer.echo(f"{question} [y/N]: ", err=True, nl=False)
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def leave(text: str, code: Exit) -> NoReturn:
    """End with a sentence on standard error."""
    warn(text)
    raise typer.Exit(code)


def print_json(objects: Iterable[Any]) -> None:
    """One object a line, in UTF-8 whatever the terminal's encoding is: the same input gives the same bytes."""
    lines = (json.dumps(each, ensure_ascii=False) + "\n" for each in objects)
    while some := list(islice(lines, 500)):
        typer.echo("".join(some).encode(), nl=False)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Aligned columns; long cells are folded where the terminal is narrow, never cut."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)
    with console.capture() as printed:
        console.print(table)
    typer.echo("\n".join(line.rstrip() for line in printed.get().splitlines()))


def clean(text: str) -> str:
    """Without control characters, but for line breaks, and without what turns the direction of what follows."""
    return _CONTROL.sub("\ufffd", straight(text))


def when(at: datetime | None) -> str:
    """`2026-06-02 07:00 UTC`; seconds only where there are any."""
    if at is None:
        return ""
    utc = at.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(' ', 'seconds' if utc.second else 'minutes')} UTC"


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 event`, `3 events`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


ERASED = "(erased)"
"""Stands where something of an erased person was."""


def addressees(people: Iterable[tuple[str, str]]) -> str:
    """A To or Cc line for people, of (name, address) pairs."""
    return ", ".join(f"{name} <{address}>" if name else address or ERASED for name, address in people)
