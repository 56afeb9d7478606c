"""Front door for people: `rappel VERB`. Each verb is a module; this one puts them together."""

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from workers.cli.app import app
from workers.cli.errors import leave_on_expected_errors

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. Expected failures become one sentence and an exit code (DESIGN part 5)."""
    _fill_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may lack a character; that is no reason to stop
    with leave_on_expected_errors():
        app(arguments, prog_name="rappel")


def _fill_closed_streams() -> None:
    """Who closed a stream reads nothing from it, or wants to see nothing; no other file may take its number."""
    sys.stdin = sys.stdin or Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - open until the end
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open until the end
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open until the end
