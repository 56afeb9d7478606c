"""The real command in processes of its own: a whole first day, and what shells and pipes do to it."""

import json
import os
import pty
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.cli.terminal import ROOT, VECTORS, rappel_process
from tests.scenarios import event, ndjson

GOOD = event("user.saved", "2026-06-01T08:00:00Z", id="U-1", name="Lea", email="lea@example.org")


def test_from_nothing_to_an_answer(place: Path) -> None:
    assert rappel_process("deliveries", cwd=place).code == 4
    assert rappel_process("migrate", cwd=place).code == 0
    taken = rappel_process("ingest", "-", "--json", cwd=place, stdin=ndjson([GOOD]) + "{\n")
    assert ([line["status"] for line in taken.json], taken.code, taken.err) == (["accepted", "rejected"], 5, "")
    assert rappel_process("explain", "user/U-1", cwd=place).out.startswith("user/U-1\n  name: Lea\n")


def test_json_is_utf8_whatever_the_terminal_speaks(place: Path) -> None:
    latin = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    arguments = ["simulate", VECTORS / "lt8-weekly.ndjson", "--until", "2026-06-17T00:00:00Z", "--json"]
    done = rappel_process(*arguments, cwd=place, env=latin)
    assert done.bytes == (VECTORS / "lt8-weekly.expected.ndjson").read_bytes()


def test_a_terminal_that_lacks_a_character_gets_another_one(place: Path) -> None:
    rappel_process("migrate", cwd=place)
    name = GOOD | {"id": "e-1", "data": GOOD["data"] | {"name": "„Lea“"}}
    rappel_process("ingest", "-", cwd=place, stdin=ndjson([name]))
    done = rappel_process("explain", "user/U-1", cwd=place, env={"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"})
    assert (done.code, done.out.splitlines()[1]) == (0, "  name: ?Lea?")


def test_a_reader_that_leaves_early_is_no_error(place: Path) -> None:
    command = [sys.executable, "-m", "workers.cli", "schema", "process.saved"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(command, cwd=place, env=environment, stdout=writing, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writing)
    assert b"Traceback" not in done.stderr


def test_who_waits_for_the_databases_lock_says_so(place: Path) -> None:
    assert rappel_process("migrate", cwd=place).code == 0
    (place / "events.ndjson").write_text(ndjson([GOOD]))
    (file,) = place.rglob("*.db")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        command = [sys.executable, "-m", "workers.cli", "ingest", "events.ndjson", "--json"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, cwd=place, env=environment, text=True, **pipes) as process:
            assert process.stderr
            assert "another process writes to the database; waiting for up to 60 s" in process.stderr.readline()
            other.execute("ROLLBACK")
            answers, rest = process.communicate(timeout=60)
    assert (process.returncode, json.loads(answers)["status"], rest) == (0, "accepted", "")


def test_progress_is_on_the_terminal_and_answers_are_in_the_file(place: Path) -> None:
    assert rappel_process("migrate", cwd=place).code == 0
    (place / "events.ndjson").write_text(ndjson([GOOD]))
    ours, theirs = pty.openpty()
    with (place / "answers").open("wb") as answers:
        command = [sys.executable, "-m", "workers.cli", "ingest", "events.ndjson", "--json"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
        done = subprocess.run(command, cwd=place, env=environment, stdout=answers, stderr=theirs, check=False)
    os.close(theirs)
    told = os.read(ours, 65536)
    os.close(ours)
    assert (done.returncode, json.loads((place / "answers").read_text())["status"]) == (0, "accepted")
    assert b"events 1" in told
    assert b"accepted" not in told


def test_a_long_simulation_says_on_a_terminal_how_far_it_is(place: Path) -> None:
    """Every day until 2200 has a mail; nobody waits for its end here."""
    day = {"value": 1, "unit": "days"}
    stages = [{"id": "new", "name": "New", "duration": day}]
    at = "2026-06-01T08:00:00Z"
    process = event("process.saved", at, id="P", name="P", stages=stages, follow_up={"enabled": True, "interval": day})
    lead = event("lead.saved", at, id="L", title="L", process="P", stage="new", stage_entered_at=at, acceptor="U-1")
    (place / "events.ndjson").write_text(ndjson([GOOD, process, lead]))
    command = [sys.executable, "-m", "workers.cli", "simulate", "events.ndjson", "--until", "2200-01-01T00:00:00Z"]
    mine, theirs = pty.openpty()
    with (place / "out").open("wb") as out:
        told = subprocess.Popen(
            command, cwd=place, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=out, stderr=theirs
        )
    os.close(theirs)
    try:
        with os.fdopen(mine, "rb") as terminal:
            line = terminal.readline().decode()
    finally:
        told.kill()
        told.wait()
    assert re.fullmatch(r"simulated up to \d{4}-\d\d-\d\d 07:00 UTC, on the way to 2200-01-01 00:00 UTC\r\n", line)
    assert (place / "out").read_bytes() == b""
