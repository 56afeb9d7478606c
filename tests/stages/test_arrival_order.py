"""RULES 0.6: whatever the order in which the events of a story arrive, the facts are those of their own times."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache
from itertools import count, permutations
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from tests.scenarios import Event, event
from tests.stages.fleet import (
    CLAIRE,
    JONAS,
    LUMIERE,
    MONDAY,
    NORDWIND,
    RENEWAL,
    lead,
    rows,
    statuses,
    take,
)
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


def processes(connection: Connection, ids: Sequence[str]) -> Sequence[Any]:
    found = cases.rows_by_id(connection, tables.processes, ids)
    return [cases.process_of(found[id]) for id in ids]


def both_companies(connection: Connection, ids: Sequence[str]) -> Sequence[Any]:
    found = cases.contacts_of(connection, [*ids, *(id.replace("K-1", "K-2") for id in ids)])
    return [(found[id], found[id.replace("K-1", "K-2")]) for id in ids]


def nothing(connection: Connection, ids: Sequence[str]) -> Sequence[Any]:
    """Beside the tables."""
    return [None for _ in ids]


def process(hour: int, every: int = 1, new: int | None = 1, offer: int | None = 2, **follow_up: Any) -> Event:
    """A reminder every so many weeks; `offer` None: there is no such stage."""
    stages = [{"id": "new", "name": "New"} | ({"duration": {"value": new, "unit": "days"}} if new else {})]
    if offer:
        stages.append({"id": "offer", "name": "Offer", "duration": {"value": offer, "unit": "days"}})
    follow_up = {"enabled": True, "interval": {"value": every, "unit": "weeks"}} | follow_up
    return event("process.saved", at(hour), id="V-1", name="Sales", stages=stages, follow_up=follow_up)


def claire(hour: int, company: str = "K-1", **changes: Any) -> Event:
    return again(CLAIRE, hour, company=company, **changes)


def bruno(hour: int, company: str = "K-1", **changes: Any) -> Event:
    return again(CLAIRE, hour, **{"id": "C-2", "company": company, "first_name": "Bruno"} | changes)


def odile(hour: int, company: str = "K-1", **changes: Any) -> Event:
    return again(CLAIRE, hour, **{"id": "C-3", "company": company, "first_name": "Odile"} | changes)


def gone(hour: int, id: str = "C-1") -> Event:
    return event("contact.deleted", at(hour), id=id)


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
    "a contact moves to a company whose primary was chosen before": (
        "K-1",
        both_companies,
        [bruno(1, "K-2"), odile(2, primary=True), bruno(3)],
    ),
    "px2 who was there before and is back is not the oldest": (
        "K-1",
        both_companies,
        [claire(1, "K-2"), bruno(2, primary=True), odile(3), claire(4), gone(5, "C-2")],
    ),
    "px2 moves with the mark, and the heir moves, too": (
        "K-1",
        both_companies,
        [claire(1), bruno(2), odile(3, "K-2"), claire(4, "K-2", primary=True), bruno(5, "K-2")],
    ),
    "px2 moves away and back": (
        "K-1",
        both_companies,
        [claire(1), bruno(2), odile(3), claire(4, "K-2"), claire(5)],
    ),
    "px2 the primary is deleted and back": (
        "K-1",
        both_companies,
        [bruno(1), claire(2, primary=True), gone(3), claire(4)],
    ),
    "px2 who was asleep when the primary left": (
        "K-1",
        both_companies,
        [claire(1), bruno(2, active=False), odile(3), gone(4), bruno(5)],
    ),
    "px2 all gone, then somebody": ("K-1", both_companies, [claire(1), gone(2), bruno(3, primary=False), claire(4)]),
    "px2 erased while away": (
        "K-1",
        both_companies,
        [claire(1), bruno(2), claire(3, "K-2"), event("contact.erased", at(4), id="C-1"), odile(5, "K-2")],
    ),
    "f20 a cadence there and back": ("V-1", processes, [process(1), process(2, every=2), process(3), process(4)]),
    "f20 durations": ("V-1", processes, [process(1), process(2, new=3), process(3, offer=5), process(4)]),
    "f20 a stage that was away": (
        "V-1",
        processes,
        [process(1), process(2, offer=None), process(3, new=None), process(4, enabled=False), process(5)],
    ),
    "acceptors of one stay": (
        "L-1",
        leads,
        [
            lead(at=at(1), acceptor="U-2"),
            lead(at=at(2)),
            lead(at=at(3), title="Three lines"),
            lead(at=at(4), acceptor="U-2"),
            lead(at=at(5)),
        ],
    ),
    "stages, entries and acceptors": (
        "L-1",
        leads,
        [
            lead(at=at(1)),
            lead(at=at(2), stage_entered_at=at(1)),
            lead(at=at(3), stage="offer", stage_entered_at=at(1), acceptor="U-2"),
            event("lead.deleted", at(4), id="L-1"),
            lead(at=at(5), stage="offer", stage_entered_at=at(1)),
        ],
    ),
    "an appointment moved, a task done": (
        "L-1",
        leads,
        [
            lead(at=at(1)),
            event("lead.appointment_saved", at(2), lead="L-1", id="A-1", starts_at=at(9)),
            event("lead.task_created", at(3), lead="L-1", id="T-1"),
            event("lead.appointment_saved", at(4), lead="L-1", id="A-1", starts_at=at(2)),
            event("lead.task_completed", at(5), lead="L-1", id="T-1"),
        ],
    ),
    "a client changes hands": (
        "K-1",
        companies,
        [
            again(RENEWAL, 1),
            again(LUMIERE, 1, partner="P-1"),
            again(LUMIERE, 2, partner="P-2", renewal_owner="partner"),
            again(LUMIERE, 3, services_ended=True),
        ],
    ),
    "a partner": (
        "P-1",
        nothing,
        [
            again(NORDWIND, 1),
            again(NORDWIND, 2, status="ended"),
            again(NORDWIND, 3, renewal_owner="partner", point_of_contact="U-2"),
            again(NORDWIND, 4),
        ],
    ),
    "a renewal": (
        "R-1",
        nothing,
        [
            again(RENEWAL, 1),
            again(RENEWAL, 2, renews_on="2026-09-30"),
            again(RENEWAL, 3, status="confirmed"),
            again(RENEWAL, 4, company="K-2", amount="12.50"),
        ],
    ),
}


@pytest.mark.parametrize("database_kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
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
        whole = stored(connection, names)
    facts = ((name, repr((each, whole[name])).casefold()) for name, each in zip(names, found, strict=True))
    return {each.replace(f"{name}'", "'").replace(f"{name}@", "@") for name, each in facts}


FACTS = (tables.users, tables.partners, tables.companies, tables.contacts, tables.contact_entries, tables.processes)
FACTS += (tables.leads, tables.lead_saves, tables.lead_entries, tables.renewals)


def stored(connection: Connection, names: Sequence[str]) -> Mapping[str, Sequence[Any]]:
    """Everything that the tables hold of each telling, but for what tells when and in which order it arrived."""
    found: dict[str, list[Any]] = defaultdict(list)
    for table in FACTS:
        own = next(iter(table.primary_key))
        told = own.like(f"%{_STORY.match(names[0])[0]}%") | own.like(f"%{_STORY.match(names[-1])[0]}%")  # type: ignore[index]
        for row in connection.execute(sa.select(table).where(told)).mappings():
            said = {name: value for name, value in row.items() if name not in _ARRIVAL and not name.endswith("_seq")}
            if table is tables.processes:
                said["saves"] = [{**save, "seq": None} for save in said["saves"]]
            if table is tables.contacts and said["set_at"] and said["first_name"] is None:  # erased
                said = {name: said[name] for name in ("id", "set_at", "gone_at", "created_at", "mark_at")}
            found[_TELLING.search(row[own.name])[0]].append((table.name, sorted(said.items())))  # type: ignore[index]
    return {name: sorted(found[name], key=repr) for name in names}


_ARRIVAL = frozenset({"seq", "due_on", "checked_on", "known_on"})
_TELLING, _STORY = re.compile(r"[xyz]\d+x\d+$"), re.compile(r"[xyz]\d+x")


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


def contact(hour: int, id: str, company: str | None, active: bool, primary: bool | None) -> Event:
    if company is None:
        return gone(hour, id)
    return again(
        CLAIRE, hour, id=id, company=company, active=active, **({} if primary is None else {"primary": primary})
    )


def entry(hour: int, what: tuple[str, str]) -> Event:
    kind, id = what
    return event(f"lead.{kind}", at(hour), lead="L-1", id=id, **({"starts_at": at(6)} if "_saved" in kind else {}))


SAYINGS = st.one_of(
    st.tuples(
        st.just(contact),
        st.tuples(
            st.sampled_from(["C-1", "C-2", "C-3"]),
            st.sampled_from(["K-1", "K-1", "K-2", None]),
            st.sampled_from([True, True, False]),
            st.sampled_from([None, None, False, True]),
        ),
    ),
    st.tuples(
        st.just(
            lambda hour, stage, entered, acceptor: lead(
                at=at(hour), stage=stage, stage_entered_at=at(entered), acceptor=acceptor
            )
        ),
        st.tuples(st.sampled_from(["new", "offer"]), st.integers(0, 1), st.sampled_from(["U-1", "U-2"])),
    ),
    st.tuples(
        st.just(lambda hour, what: entry(hour, what)),
        st.tuples(
            st.tuples(
                st.sampled_from(["appointment_saved", "appointment_cancelled", "task_created", "task_completed"]),
                st.just("E-1"),
            )
        ),
    ),
    st.tuples(
        st.just(process), st.tuples(st.integers(1, 2), st.sampled_from([None, 1, 2]), st.sampled_from([None, 2]))
    ),
)
STORY = st.lists(SAYINGS, min_size=2, max_size=9).map(
    lambda told: [tell(hour, *said) for hour, (tell, said) in enumerate(told, start=1)]
)
tellings = count()


@settings(max_examples=100, deadline=None)
@given(st.data(), STORY)
def test_any_story_told_in_any_order_one_by_one_or_together_is_the_same(
    data: st.DataObject, story: list[Event]
) -> None:
    names = [f"z{next(tellings)}x{number}" for number in range(3)]
    alone, together = data.draw(st.permutations(story)), data.draw(st.permutations(story))
    for each in alone:
        assert statuses(take(_scratch(), _of(names[0], each))) == ["accepted"]
    take(_scratch(), *(_of(names[1], each) for each in together))
    take(_scratch(), *(_of(names[2], each) for each in story))
    with _scratch().read() as connection:
        found = [stored(connection, [name])[name] for name in names]
    facts = [repr(each).replace(f"{name}'", "'") for name, each in zip(names, found, strict=True)]
    assert facts == [facts[-1]] * 3


@cache
def _scratch() -> Database:
    database = Database("sqlite://")
    database.create()
    return database
