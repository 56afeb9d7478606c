"""Runs `rappel` as a person or a script would, and keeps what it printed."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from workers.cli import main

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config" / "example"
VECTORS = EXAMPLE / "vectors"


@dataclass(frozen=True)
class Printed:
    """Exit code, and both outputs."""

    code: int
    bytes: bytes
    err: str

    @property
    def out(self) -> str:
        return self.bytes.decode()

    @property
    def json(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    def table(self, *columns: str) -> list[list[str]]:
        """The rows below the header that begins with these columns, up to a blank line; without empty cells."""
        rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in self.out.splitlines()]
        start = next(number for number, row in enumerate(rows) if tuple(row[: len(columns)]) == columns) + 1
        end = rows.index([], start) if [] in rows[start:] else len(rows)
        return rows[start:end]


def rappel(*arguments: str | Path, stdin: bytes | str = b"") -> Printed:
    """Within this process: the same front door, without the seconds that a start costs."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    streams = [io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8", write_through=True) for raw in (given, b"", b"")]
    code = 0
    with patch.multiple(sys, stdin=streams[0], stdout=streams[1], stderr=streams[2]):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
    out, err = (stream.buffer.getvalue() for stream in streams[1:])  # type: ignore[attr-defined]
    return Printed(code, out, err.decode())


def rappel_process(
    *arguments: str | Path, cwd: Path, stdin: bytes | str = b"", env: Mapping[str, str] | None = None
) -> Printed:
    """As a process of its own, in an environment without our settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RAPPEL_")}
    done = subprocess.run(
        [sys.executable, "-m", "workers.cli", *map(str, arguments)],
        cwd=cwd,
        env={**clean, "PYTHONPATH": str(ROOT), **(env or {})},
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        check=False,
    )
    return Printed(done.returncode, done.stdout, done.stderr.decode())
