"""RULES 0.6: whatever the order in which the events of a story arrive, the facts are those of their own times."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from tests.scenarios import Event, event
from tests.stages.fleet import CLAIRE, JONAS, LUMIERE, MONDAY, RENEWAL, lead, rows, statuses, take
from workers.store import cases, tables
from workers.store.database import Database

Look = Callable[[Connection, Sequence[str]], Sequence[Any]]
"""The facts of objects, by id, in order."""


def at(hour: int) -> str:
    return (MONDAY + timedelta(hours=hour)).isoformat()


def again(told: Event, hour: int, **changes: Any) -> Event:
    return event(told["type"], at(hour), **told["data"] | changes)


def leads(connection: Connection, ids: Sequence[str]) -> Sequence[Any]:
    found = cases.lead_cases(connection, ids)
    return [found[id] for id in ids]


def users(connection: Connection, ids: Sequence[str]) -> Sequence[Any]:
    found = cases.users(connection, ids)
    return [found.get(id) for id in ids]


def contacts(connection: Connection, ids: Sequence[str]) -> Sequence[Any]:
    """Of the company of this number: those of several belong to different companies."""
    companies = [id.replace("C-1", "K-1") for id in ids]
    found = cases.contacts_of(connection, companies)
    return [sorted(found[company], key=lambda contact: contact.id) for company in companies]


def companies(connection: Connection, ids: Sequence[str]) -> Sequence[Any]:
    found = cases.renewal_cases(connection, [id.replace("K-1", "R-1") for id in ids])
    return [found[id.replace("K-1", "R-1")].company for id in ids]


def reach(connection: Connection, ids: Sequence[str]) -> Sequence[Any]:
    return [cases.reachability(connection, [f"{id}@example.com"]).suppressed for id in ids]


STORIES: dict[str, tuple[str, Look, list[Event]]] = {
    "visits": (
        "L-1",
        leads,
        [
            lead(at=at(1), acceptor="U-1"),
            lead(at=at(3), stage="offer", stage_entered_at=at(2)),
            event("lead.closed", at(4), id="L-1", outcome="lost"),
            lead(at=at(5), stage="offer", stage_entered_at=at(2), acceptor="U-2"),
            lead(at=at(6), stage="offer", stage_entered_at=at(2), acceptor="U-2", title="Three lines"),
        ],
    ),
    "a stage left and entered again": (
        "L-1",
        leads,
        [
            lead(at=at(1)),
            lead(at=at(2), stage="offer", stage_entered_at=at(2)),
            lead(at=at(3)),
            lead(at=at(4), acceptor="U-2"),
            lead(at=at(5)),
        ],
    ),
    "closed, deleted": (
        "L-1",
        leads,
        [
            lead(at=at(1)),
            event("lead.deleted", at(2), id="L-1"),
            lead(at=at(3)),
            event("lead.closed", at(4), id="L-1", outcome="won"),
            event("lead.deleted", at(5), id="L-1"),
        ],
    ),
    "appointments": (
        "L-1",
        leads,
        [
            lead(at=at(1)),
            event("lead.appointment_saved", at(2), lead="L-1", id="A-1", starts_at=at(9)),
            event("lead.appointment_saved", at(3), lead="L-1", id="A-1", starts_at=at(9), ends_at=at(10)),
            event("lead.appointment_cancelled", at(4), lead="L-1", id="A-1"),
            event("lead.appointment_saved", at(5), lead="L-1", id="A-2", starts_at=at(2)),
        ],
    ),
    "tasks": (
        "L-1",
        leads,
        [
            lead(at=at(1)),
            event("lead.task_created", at(2), lead="L-1", id="T-1"),
            event("lead.task_completed", at(3), lead="L-1", id="T-1"),
            event("lead.task_created", at(4), lead="L-1", id="T-1"),
            event("lead.task_deleted", at(5), lead="L-1", id="T-1"),
        ],
    ),
    "a user deactivated": (
        "U-1",
        users,
        [again(JONAS, 1), event("user.deactivated", at(2), id="U-1"), again(JONAS, 3), again(JONAS, 4, active=False)],
    ),
    "a user back": (
        "U-1",
        users,
        [again(JONAS, 1), event("user.deactivated", at(2), id="U-1"), again(JONAS, 3, language="de")],
    ),
    "a user erased": (
        "U-1",
        users,
        [
            again(JONAS, 1),
            event("user.deactivated", at(2), id="U-1"),
            again(JONAS, 3),
            event("user.erased", at(4), id="U-1"),
        ],
    ),
    "a user erased and back": (
        "U-1",
        users,
        [again(JONAS, 1), event("user.erased", at(2), id="U-1"), again(JONAS, 3, name="J. Keller")],
    ),
    "a company deleted": (
        "K-1",
        companies,
        [
            again(RENEWAL, 1),
            again(LUMIERE, 1),
            again(LUMIERE, 2, language="fr"),
            event("company.deleted", at(3), id="K-1"),
        ],
    ),
    "a company back": (
        "K-1",
        companies,
        [again(RENEWAL, 1), again(LUMIERE, 1), event("company.deleted", at(2), id="K-1"), again(LUMIERE, 3)],
    ),
    "c1 the first contact is primary": (
        "C-1",
        contacts,
        [again(CLAIRE, 1, primary=False), again(CLAIRE, 2, id="C-12"), again(CLAIRE, 3, id="C-13", primary=False)],
    ),
    "c3 a second contact takes the mark": (
        "C-1",
        contacts,
        [
            again(CLAIRE, 1),
            again(CLAIRE, 2, id="C-12", primary=True),
            again(CLAIRE, 3, id="C-13", primary=True),
            again(CLAIRE, 4, id="C-12", primary=False),
            again(CLAIRE, 5),
        ],
    ),
    "c2 the mark cannot be unset": (
        "C-1",
        contacts,
        [again(CLAIRE, 1, primary=True), again(CLAIRE, 2, primary=False), again(CLAIRE, 3, id="C-12")],
    ),
    "a contact deleted": (
        "C-1",
        contacts,
        [again(CLAIRE, 1), again(CLAIRE, 2, language="fr"), event("contact.deleted", at(3), id="C-1")],
    ),
    "a contact erased": (
        "C-1",
        contacts,
        [
            again(CLAIRE, 1),
            event("contact.deleted", at(2), id="C-1"),
            again(CLAIRE, 3),
            event("contact.erased", at(4), id="C-1"),
        ],
    ),
    "a contact erased and back": (
        "C-1",
        contacts,
        [again(CLAIRE, 1), event("contact.erased", at(2), id="C-1"), again(CLAIRE, 3, last_name="Fontaine")],
    ),
    "an address": (
        "A-1",
        reach,
        [
            event("address.bounced", at(1), address="A-1@example.com", kind="hard"),
            event("address.released", at(2), address="a-1@Example.com"),
            event("address.bounced", at(3), address=" A-1@EXAMPLE.com ", kind="complaint"),
            event("address.bounced", at(4), address="A-1@example.com", kind="soft"),
        ],
    ),
}


def test_every_order_of_arrival_gives_the_same_facts(database: Database) -> None:
    """Whether the events come in one batch or in one each."""
    told = {name: len(_tellings(database, number, *STORIES[name])) for number, name in enumerate(STORIES)}
    assert told == dict.fromkeys(STORIES, 1)


def _tellings(database: Database, story: int, subject: str, look: Look, events: list[Event]) -> set[str]:
    """The facts that come of a story, told in every order, without what tells one order from another."""
    orders = list(enumerate(permutations(events)))
    together = [_of(f"x{story}x{number}", each) for number, order in orders for each in order]
    alone = zip(*([_of(f"y{story}x{number}", each) for each in order] for number, order in orders), strict=True)
    for batch in (together, *alone):
        assert set(statuses(take(database, *batch))) == {"accepted"}
    names = [f"{mode}{story}x{number}" for mode in "xy" for number, _ in orders]
    with database.read() as connection:
        found = look(connection, [subject + name for name in names])
    facts = [repr(each).casefold().replace(f"{name}'", "'") for name, each in zip(names, found, strict=True)]
    return {each.replace(f"{name}@", "@") for name, each in zip(names, facts, strict=True)}


@pytest.mark.parametrize("events", list(permutations([JONAS, event("user.erased", MONDAY + timedelta(1), id="U-1")])))
def test_nothing_of_an_erased_user_is_stored(database: Database, events: tuple[Event, ...]) -> None:
    take(database, *events)
    known = ("name", "address", "language", "timezone", "active", "partner")
    assert rows(database, tables.users, *known) == [(None,) * 6]


def _of(telling: str, told: Event) -> Event:
    """The same of other objects: their ids tell in which order it was told, so that one database holds all of them."""
    return event(told["type"], told["time"], **dict(_renamed(telling, told["data"])))


def _renamed(telling: str, data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        if name == "address":
            yield name, value.replace("@", f"{telling}@")
        else:
            yield name, value + telling if name in ("id", "lead", "company") else value


def test_at_equal_times_the_later_arrival_wins(database: Database) -> None:
    take(database, again(JONAS, 1, name="First"), again(JONAS, 1, name="Second"))
    take(database, event("user.deactivated", at(1), id="U-1"))
    with database.read() as connection:
        user = cases.users(connection, ["U-1"])["U-1"]
    assert (user.name, user.active) == ("Second", False)
    take(database, again(JONAS, 1, name="Third"))
    with database.read() as connection:
        user = cases.users(connection, ["U-1"])["U-1"]
    assert (user.name, user.active) == ("Third", True)
