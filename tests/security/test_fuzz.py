"""Events with anything done to them: ingest neither stumbles nor keeps anything of what it refuses."""

import copy
import json
import os
import random
from collections import Counter
from contextlib import closing
from itertools import islice
from typing import Any

import pytest
import sqlalchemy as sa

from tests.contract.mutations import VALUES, places, removed, replaced
from tests.scenarios import Event
from tests.security.corpus import HOSTILE
from tests.security.world import MORNING, story
from tests.stages.fleet import INTAKE
from workers.contract import examples
from workers.contract.answers import Answer
from workers.contract.registry import TYPES
from workers.stages.incoming import Incoming
from workers.stages.ingest import ingest
from workers.store import tables
from workers.store.database import Database

CHUNK = 250
SEED = int(os.environ.get("FUZZ_SEED") or int.from_bytes(os.urandom(4)))
"""Another one each time; FUZZ_SEED repeats a run."""

Raw = Event | str | bytes


def mutated(chance: random.Random, number: int) -> Raw:
    """An event with up to three things changed, removed or moved; one in ten as a line with damaged bytes."""
    event = known(chance) if chance.random() < 0.5 else copy.deepcopy(examples.full(chance.choice(sorted(TYPES))))
    event["id"] = f"fuzz-{number if chance.random() < 0.97 else chance.randrange(number + 1)}"
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        path = chance.choice(list(places(event)) or [("id",)])
        how = chance.random()
        if how < 0.65:
            event = replaced(event, path, chance.choice(VALUES if chance.random() < 0.6 else HOSTILE))
        elif how < 0.85:
            event = removed(event, path)
        else:
            event = replaced(event, path, copy.deepcopy(examples.full(chance.choice(sorted(TYPES)))["data"]))
    return damaged(chance, json.dumps(event)) if chance.random() < 0.1 else event


def known(chance: random.Random) -> Event:
    """An event about a world that is there, so that much of it is accepted."""
    return copy.deepcopy(chance.choice(STORY))


STORY = story(0)


def damaged(chance: random.Random, line: str) -> bytes:
    data = bytearray(line.encode())
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data[: chance.randrange(len(data))] if chance.random() < 0.2 else data)


def take(database: Database, raws: list[tuple[int, Raw]]) -> list[Answer]:
    return ingest(database, [Incoming(number, raw, MORNING) for number, raw in raws], INTAKE).answers


def stored(database: Database) -> dict[str, list[str]]:
    """All rows but those of the problems, which keep the refused; without secrets, sealed differently each time."""
    kept = (table for table in tables.metadata.sorted_tables if table is not tables.problems)
    with database.read() as connection:
        return {table.name: sorted(map(_shown, connection.execute(sa.select(*_plain(table))))) for table in kept}


def _plain(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.c if column.name != "sealed"]


def _shown(row: sa.Row[Any]) -> str:
    return json.dumps(list(row), sort_keys=True, default=str)


def check(size: int, database: Database, twin: Database) -> Counter[str]:
    """Ingest `size` events; what is stored is what a twin has that was given the accepted ones alone."""
    chance, found = random.Random(SEED), Counter[str]()
    events = ((number, mutated(chance, number)) for number in range(size))
    while chunk := list(islice(events, CHUNK)):
        answers = take(database, chunk)
        found.update(answer.status for answer in answers)
        assert all(answer.reason and answer.detail for answer in answers if answer.status == "rejected")
        kept = [event for event, answer in zip(chunk, answers, strict=True) if answer.status != "rejected"]
        assert [answer.status for answer in take(twin, kept) if answer.status == "rejected"] == []
    assert stored(database) == stored(twin)
    return found


@pytest.mark.parametrize("size", [5_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_mutated_events_break_nothing_and_leave_nothing_of_a_refused_one(size: int) -> None:
    print("FUZZ_SEED", SEED)  # noqa: T201 (pytest shows it with a failure)
    with closing(Database("sqlite://")) as database, closing(Database("sqlite://")) as twin:
        database.create()
        twin.create()
        found = check(size, database, twin)

    assert min(found["accepted"], found["rejected"]) > size // 10, found


@pytest.mark.parametrize("size", [1_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_postgresql_takes_mutated_events_as_well(size: int, postgres_url: str) -> None:
    print("FUZZ_SEED", SEED)  # noqa: T201
    with closing(Database(postgres_url)) as database, closing(Database("sqlite://")) as twin:
        twin.create()
        found = check(size, database, twin)

    assert min(found["accepted"], found["rejected"]) > size // 10, found
