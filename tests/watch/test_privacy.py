"""What breaks is told without what it was about: logs and reports name types and places, never rows."""

import json
import subprocess
import sys

import pytest
import sqlalchemy as sa
import structlog

from workers.store import tables
from workers.store.database import Database
from workers.watch import logs, reports

SECRET = "jonas.weiss@example.com"


def broken(database: Database) -> None:
    """A row that the store refuses; the driver's error repeats it."""
    with database.write() as connection:
        connection.execute(sa.text("CREATE UNIQUE INDEX one_address ON users (address)"))
        connection.execute(tables.users.insert().values(id="U-1", address=SECRET))
        connection.execute(tables.users.insert().values(id="U-2", address=SECRET))


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_logged_exception_says_where_but_not_what(
    database: Database, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info", form)  # type: ignore[arg-type]
    try:
        broken(database)
    except sa.exc.IntegrityError:
        structlog.get_logger().exception("it broke")

    told = capsys.readouterr().err
    assert "it broke" in told
    assert "IntegrityError" in told
    assert "in broken" in told
    assert SECRET not in told


BY_THE_STANDARD_LIBRARY = f"""
import logging, sys
from workers.watch import logs

logs.configure("info", sys.argv[1])

def broken():
    raise ValueError("cannot mail {SECRET}")

try:
    broken()
except ValueError as error:
    logging.getLogger("aiosmtplib").exception("it broke")
try:
    broken()
except ValueError as error:
    kept = error
logging.getLogger("workers").error("so did %s", "this", exc_info=kept)
"""


def told_by_the_standard_library(form: str) -> str:
    """In a process of its own: here pytest has taken the root logger."""
    program = [sys.executable, "-c", BY_THE_STANDARD_LIBRARY, form]
    return subprocess.run(program, capture_output=True, text=True, check=True, timeout=60).stderr


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_exception_that_the_standard_library_logs_says_where_but_not_what(form: str) -> None:
    told = told_by_the_standard_library(form)

    assert told.count("in broken") == 2
    assert told.count("ValueError") == 2
    assert SECRET not in told


BY_ASYNCIO = f"""
import asyncio, gc, sys
from workers.watch import logs

logs.configure("info", sys.argv[1])

async def broken(address):
    raise ValueError(f"cannot mail {{address}}")

async def forgotten():
    task = asyncio.ensure_future(broken("{SECRET}"))
    asyncio.get_running_loop().call_soon(lambda address: 1 / 0, "{SECRET}")
    await asyncio.sleep(0)

asyncio.run(forgotten())
gc.collect()
"""


def test_a_task_that_failed_unseen_is_told_without_its_arguments() -> None:
    program = [sys.executable, "-c", BY_ASYNCIO, "json"]
    told = subprocess.run(program, capture_output=True, text=True, check=True, timeout=60).stderr
    lines = [json.loads(line) for line in told.splitlines()]
    assert {(line["logger"], line["error"]) for line in lines} == {
        ("asyncio", "ValueError"),
        ("asyncio", "ZeroDivisionError"),
    }
    assert SECRET not in told


UNCONFIGURED = f"""
import workers.stages.resolve as module

def broken():
    address = "{SECRET}"
    raise ValueError("cannot mail " + address)

try:
    broken()
except ValueError:
    module.log.exception("it broke", notice=7)
"""


def test_who_logs_before_anything_is_configured_shows_no_variables_either() -> None:
    """A script that imports a stage, say. In a process of its own: here everything is set up."""
    program = [sys.executable, "-c", UNCONFIGURED]
    done = subprocess.run(program, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == ""
    assert "in broken" in done.stderr
    assert "error=ValueError" in done.stderr
    assert "notice=7" in done.stderr
    assert SECRET not in done.stderr


def test_as_json_each_line_is_an_object_whoever_logs() -> None:
    told = [json.loads(line) for line in told_by_the_standard_library("json").splitlines()]

    assert [(line["level"], line["logger"], line["event"], line["error"]) for line in told] == [
        ("error", "aiosmtplib", "it broke", "ValueError"),
        ("error", "workers", "so did this", "ValueError"),
    ]


def test_a_report_says_type_and_place_only() -> None:
    event = {
        "level": "error",
        "extra": {"args": SECRET},
        "request": {"data": SECRET},
        "breadcrumbs": {"values": [SECRET]},
        "logger": "aiosmtplib",
        "logentry": {"message": SECRET, "formatted": SECRET, "params": [SECRET]},
        "exception": {"values": [{"type": "ValueError", "value": f"cannot mail {SECRET}", "stacktrace": {}}]},
    }
    assert reports.scrub(event, {}) == {
        "level": "error",
        "logger": "aiosmtplib",
        "exception": {"values": [{"type": "ValueError", "value": "ValueError", "stacktrace": {}}]},
    }


def test_a_report_of_what_we_logged_keeps_our_words_without_what_they_were_filled_with() -> None:
    entry = {"message": "letter %d of %s", "formatted": f"letter 1 of {SECRET}", "params": [1, SECRET]}
    event = {"logger": "workers.stages.letters", "logentry": entry}
    assert reports.scrub(event, {}) == event | {"logentry": {"message": "letter %d of %s"}}
