"""What tests run for real and no Python package brings. Skipped aloud where it is missing, a failure in CI."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

_PACKAGES = {"initdb": "postgresql", "systemd-analyze": "systemd"}
_DEBIANS_POSTGRESQL = Path("/usr/lib/postgresql")


def need(program: str) -> Path:
    """The program, from Debian's directory of the newest PostgreSQL or from PATH."""
    newest_first = sorted(_DEBIANS_POSTGRESQL.glob(f"*/bin/{program}"), key=_version, reverse=True)
    on_path = shutil.which(program)
    if newest_first:
        return newest_first[0]
    if on_path:
        return Path(on_path)
    return _missing(program, _PACKAGES.get(program, program))


def need_debians_python(*modules: str) -> Path:
    """Debian's own Python, with these modules of Debian's: a second opinion that shares no package with ours."""
    python = Path("/usr/bin/python3")
    probe = [python, "-c", f"import {', '.join(modules)}"]
    if python.exists() and not subprocess.run(probe, capture_output=True).returncode:
        return python
    return _missing(" and ".join(modules), " ".join(f"python3-{module}" for module in modules))


def _missing(what: str, packages: str) -> NoReturn:
    words = f"{what} is missing: sudo apt-get install {packages}"
    if os.environ.get("CI"):
        pytest.fail(words, pytrace=False)
    pytest.skip(words)


def _version(program: Path) -> int:
    number = program.parent.parent.name
    return int(number) if number.isdigit() else 0
