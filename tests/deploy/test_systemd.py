"""The units, judged by systemd itself under a root in which the command lies where they expect it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
NAMES = (
    "rappel.target",
    "rappel-scheduler.service",
    "rappel-workers.service",
    "rappel-bounces.service",
    "rappel-bounces.timer",
)
SYSTEM_UNITS = Path("/lib/systemd/system")

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None or not SYSTEM_UNITS.is_dir(),
    reason="systemd-analyze is not on this machine: the units were not verified (apt-get install systemd)",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small machine: systemd's own units, ours, and the command."""
    shutil.copytree(SYSTEM_UNITS, tmp_path / "usr/lib/systemd/system", symlinks=True)
    shutil.copytree(UNITS, tmp_path / "etc/systemd/system")
    command = tmp_path / "opt/rappel/bin/rappel"
    command.parent.mkdir(parents=True)
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    return tmp_path


def _verify(root: Path) -> tuple[int, str]:
    argv = ["systemd-analyze", "verify", f"--root={root}", *NAMES]
    result = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    return result.returncode, result.stderr


def _remove_the_command(root: Path) -> None:
    (root / "opt/rappel/bin/rappel").unlink()


def _misspell_a_setting(root: Path) -> None:
    unit = root / "etc/systemd/system/rappel-workers.service"
    unit.write_text(unit.read_text().replace("NoNewPrivileges=", "NoNewPrivilege="))


@needs_systemd
def test_systemd_has_nothing_to_say_about_the_units(root: Path) -> None:
    assert _verify(root) == (0, "")


@needs_systemd
@pytest.mark.parametrize(
    ("break_it", "complaint"),
    [
        (_remove_the_command, "/opt/rappel/bin/rappel is not executable"),
        (_misspell_a_setting, "'NoNewPrivilege' in section [Service]"),
    ],
)
def test_the_check_would_notice(root: Path, break_it: Callable[[Path], None], complaint: str) -> None:
    break_it(root)
    _, stderr = _verify(root)
    assert complaint in stderr


@pytest.mark.parametrize("verb", ["scheduler", "workers"])
def test_what_dies_comes_back_and_takes_its_group_with_it(verb: str) -> None:
    lines = (UNITS / f"rappel-{verb}.service").read_text().splitlines()
    assert f"ExecStart=/opt/rappel/bin/rappel {verb}" in lines
    assert {"Restart=always", "StartLimitIntervalSec=0", "NoNewPrivileges=yes", "ProtectSystem=strict"} <= set(lines)
    assert {"KillMode=control-group", "KillMode=mixed"} & set(lines)


def test_what_reads_bounces_is_guarded_like_the_services() -> None:
    bounces, workers = (
        {line for line in (UNITS / f"rappel-{verb}.service").read_text().splitlines() if not line.startswith("#")}
        for verb in ("bounces", "workers")
    )
    guards = {line for line in workers if line.startswith(("Protect", "Private", "Restrict", "Lock", "System", "No"))}
    assert guards <= bounces


def test_both_services_are_guarded_alike() -> None:
    """They differ in what they run and how they are asked to stop, in nothing else."""
    scheduler, workers = (
        {line for line in (UNITS / f"rappel-{verb}.service").read_text().splitlines() if not line.startswith("#")}
        for verb in ("scheduler", "workers")
    )
    assert scheduler ^ workers == {
        "Description=rappel scheduler",
        "Description=rappel workers",
        "ExecStart=/opt/rappel/bin/rappel scheduler",
        "ExecStart=/opt/rappel/bin/rappel workers",
        "KillMode=control-group",
        "KillMode=mixed",
    }
