"""Whatever the contract allows is stored: no index and no column is too small for it (promises 1 and 8)."""

from datetime import timedelta

import pytest

from tests.contract.longest import FOUR_OCTETS, THREE_OCTETS, longest
from tests.stages.fleet import GRETA, INTAKE, JONAS, decide, rows, statuses
from tests.world import utc
from workers.contract.registry import OCCASIONS, TYPES
from workers.stages.incoming import Incoming
from workers.stages.ingest import ingest
from workers.store import problems, tables
from workers.store.database import Database

NOW = utc("2026-06-01T09:00")

ENDS = ("deleted", "erased", "deactivated", "closed", "cancelled", "bounced", "switched")
"""How the types end that take away what the others need: they come last."""


def in_order() -> list[str]:
    """State first, then what it is an occasion for."""
    return sorted(TYPES, key=lambda name: (name.endswith(ENDS) and name not in OCCASIONS, name in OCCASIONS))


def test_events_with_texts_of_any_allowed_length_are_stored_and_decided(database: Database) -> None:
    """Sources and ids are in two keys of a notice; PostgreSQL's indexes take 2,704 octets."""
    told = {name: longest(name) for name in in_order()}
    assert {len(event[key]) for event in told.values() for key in ("source", "id")} == {256}
    found = {}
    for number, (name, event) in enumerate(told.items()):
        neighbours = [each | {"id": f"{each['id']}-{number}"} for each in (JONAS, GRETA)]
        batch = [Incoming(1, neighbours[0], NOW), Incoming(2, event, NOW), Incoming(3, neighbours[1], NOW)]
        found[name] = statuses(ingest(database, batch, INTAKE).answers)
        if name in OCCASIONS:
            decide(database, NOW)
    assert found == dict.fromkeys(told, ["accepted"] * 3)
    decide(database, NOW + timedelta(days=2))  # whatever waited has waited long enough
    assert {kind for (kind,) in rows(database, tables.notices, "kind")} >= OCCASIONS - {"contact.created"} - ACTIVITY
    assert rows(database, tables.deliveries, "id") != []
    with database.read() as connection:
        assert problems.unsolved(connection, "poison") == []


ACTIVITY = {"activity.recorded", "contact.password_requested"}
"""Events whose notices have other names."""


@pytest.mark.parametrize("alphabet", [THREE_OCTETS, FOUR_OCTETS], ids=["3 octets", "4 octets"])
def test_an_occasion_of_any_allowed_length_is_known_when_it_comes_again(
    database: Database, alphabet: tuple[int, int]
) -> None:
    event = Incoming(1, longest("activity.recorded", alphabet), NOW)
    found = [statuses(ingest(database, [event], INTAKE).answers) for _ in range(2)]
    assert found == [["accepted"], ["duplicate"]]
    with database.write() as connection:
        connection.execute(tables.events.delete())  # as when its key is forgotten: its notice still stands
    assert statuses(ingest(database, [event], INTAKE).answers) == ["accepted"]
    assert len(rows(database, tables.notices, "id")) == 1
