"""The example fortnight through a real fleet, on both databases, says what the simulation says, line for line."""

import difflib
import email.policy
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from workers.cli import demo, example
from workers.house import House
from workers.settings import Settings
from workers.settings.installation import Database
from workers.store import tables

STORY = example.story(date(2026, 6, 1))

Lines = list[dict[str, Any]]
Copy = tuple[str, tuple[str, ...], tuple[str, ...], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    found = example.settings_for(Settings(data_dir=tmp_path), "parity")
    found.data_dir.mkdir()
    if request.param == "sqlite":
        return found
    url = request.getfixturevalue("postgres_url")
    return found.model_copy(update={"database": Database(url=url)})


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    """A fleet of two schedulers and two worker processes, its clock at the beginning of the story."""
    demo.prepare(settings, STORY)
    sizes = {"RAPPEL_FLEET__SCHEDULERS": "2", "RAPPEL_FLEET__PROCESSES": "2", "RAPPEL_FLEET__THREADS": "4"}
    with demo.fleet(settings, RAPPEL_DATABASE__URL=settings.database_url, **sizes) as house:
        yield house


def test_the_fleet_and_the_simulation_tell_the_same_story(settings: Settings, house: House) -> None:
    of_fleet = demo.lead(house, settings, STORY)
    of_simulation = demo.simulate(settings, STORY)

    assert _diff(of_simulation, of_fleet) == []
    assert len(of_fleet) >= 60
    assert len({line["reason"] for line in of_fleet}) >= 15
    assert _received(settings.catcher_dir) == _promised(of_fleet)
    assert _took_part(house) == {"scheduler": 2, "worker": 2}


def _diff(expected: Lines, got: Lines) -> list[str]:
    texts = ([json.dumps(line, ensure_ascii=False) for line in lines] for lines in (expected, got))
    return list(difflib.unified_diff(*texts, "simulate", "fleet", lineterm="", n=0))


def _promised(lines: Lines) -> Counter[Copy]:
    """Each copy that the printed mails name: its envelope's recipient, its To and Cc lines, its subject."""
    return Counter(
        (address, tuple(mail["to"]), tuple(mail["cc"]), mail["subject_line"])
        for line in lines
        for mail in line["mails"]
        for address in (*mail["to"], *mail["cc"])
    )


def _received(directory: Path) -> Counter[Copy]:
    """Each copy that the SMTP server was given."""
    return Counter(_copy(path) for path in directory.glob("*.eml"))


def _copy(path: Path) -> Copy:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    lines = (_addresses(message[name]) for name in ("To", "Cc"))
    to, cc = lines
    return str(message["X-Envelope-To"]).strip("<>"), to, cc, str(message["Subject"])


def _addresses(header: Any) -> tuple[str, ...]:
    return tuple(address.addr_spec for address in header.addresses) if header else ()


def _took_part(house: House) -> dict[str, int]:
    """Schedulers that opened a run, and worker processes that sent a mail, by their pids."""
    workers = tables.workers
    used = {
        "scheduler": sa.select(workers.c.pid).join(tables.runs, tables.runs.c.made_by == workers.c.id),
        "worker": sa.select(workers.c.pid).join(tables.attempts, tables.attempts.c.worker == workers.c.id),
    }
    with house.database.read() as connection:
        return {role: len(set(connection.execute(query).scalars())) for role, query in used.items()}
