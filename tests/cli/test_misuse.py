"""What a newcomer gets wrong: one sentence and an exit code, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def _rappel(directory: Path, line: str, **environment: str) -> tuple[int, str]:
    shell = f"exec {sys.executable} -m workers.cli {line}"
    root = str(Path(__file__).parents[2])
    surroundings = {**os.environ, "PYTHONPATH": root, **environment}
    done = subprocess.run(
        ["/bin/sh", "-c", shell],
        cwd=directory,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("line", "environment", "code", "said"),
    [
        ("config reference >&-", {}, 0, ""),
        ("config reference > /dev/full", {}, 1, "No space left on device\n"),
        ("migrate", {"RAPPEL_DATA_DIR": "/dev/null"}, 1, "/dev/null: File exists\n"),
        (
            "migrate",
            {"RAPPEL_DATABASE__URL": "sqlite:///junk"},
            4,
            "The database cannot be read: file is not a database\n",
        ),
        (
            "up",
            {"RAPPEL_REDIS__URL": "redis://127.0.0.1:1/0"},
            4,
            "Redis cannot be reached: Error 111 connecting to 127.0.0.1:1. Connection refused.\n",
        ),
    ],
)
def test_misuse_is_answered_by_a_sentence(
    line: str, environment: dict[str, str], code: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "junk").write_bytes(b"no database " * 1000)
    assert _rappel(tmp_path, line, **environment) == (code, said)


def test_ingest_from_a_closed_input_finds_no_event(tmp_path: Path) -> None:
    assert _rappel(tmp_path, "migrate") == (0, "")
    assert _rappel(tmp_path, "ingest - <&-") == (0, "")


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("RAPPEL_DATABASE__URL", "postgresql://u:secret@host:bad/x", "database.url"),
        ("RAPPEL_REDIS__URL", "redis://u:secret@host:bad", "redis.url"),
    ],
)
def test_an_impossible_url_is_refused_by_its_key_and_not_repeated(
    name: str, value: str, key: str, tmp_path: Path
) -> None:
    said = f"configuration: {key} is not a URL: look at its port and its brackets\n"
    assert _rappel(tmp_path, "config check", **{name: value}) == (3, said)


def test_a_configuration_nested_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deep.toml").write_text("a=" + "[" * 20_000, encoding="utf-8")
    said = "configuration: deep.toml is nested too deeply; no setting needs that\n"
    assert _rappel(tmp_path, "config check --config deep.toml") == (3, said)
