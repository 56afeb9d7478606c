"""What tests run for real and no Python package brings. Skipped aloud where it is missing, a failure in CI."""

import os
import shutil
from pathlib import Path

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
    missing = f"{program} is missing: sudo apt-get install {_PACKAGES.get(program, program)}"
    if os.environ.get("CI"):
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


def _version(program: Path) -> int:
    number = program.parent.parent.name
    return int(number) if number.isdigit() else 0
