"""Leads in a stage that their process does not have: told when it comes to that, and listed (EVENTS; RULES 0.6)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scenarios import Event, event
from tests.stages.fleet import JONAS, MONDAY, NORDWIND, SALES, lead, rows, statuses, take
from tests.store.statements import counted
from workers.contract.answers import Answer
from workers.store import cases, dangling, tables
from workers.store.database import Database

HOUR = timedelta(hours=1)
LATER = MONDAY + 2 * HOUR
PEOPLE = (NORDWIND, JONAS)


def process(*stages: str, at: Any = LATER, id: str = "sales") -> Event:
    """The process with these stages of one day each."""
    day = {"value": 1, "unit": "days"}
    return event(
        "process.saved",
        at,
        **SALES["data"] | {"id": id, "stages": [{"id": stage, "name": stage, "duration": day} for stage in stages]},
    )


def warned(answer: Answer) -> list[tuple[str, str]]:
    return [(warning.code, warning.pointer) for warning in answer.warnings if warning.code != "reference_missing"]


def lost(database: Database) -> list[tuple[str, str, str]]:
    with database.read() as connection:
        found = dangling.dangling(connection)
    return [(each.ref, each.field, each.missing) for each in found if each.reason == "stage_missing"]


@pytest.mark.parametrize("batch", [True, False], ids=["in one batch", "one by one"])
def test_a_process_that_drops_a_stage_names_the_leads_in_it(database: Database, batch: bool) -> None:
    """Not those that are in another stage, or another process, were closed, deleted, or moved on before."""
    told = [
        *PEOPLE,
        SALES,
        process("new", at=MONDAY, id="other"),
        *(lead(f"L-{n}") for n in range(1, 7)),
        lead("L-7", stage="offer"),
        lead("L-8", process="other"),
        event("lead.closed", MONDAY + HOUR, id="L-1", outcome="won"),
        event("lead.deleted", MONDAY + HOUR, id="L-2"),
        lead("L-3", at=MONDAY + HOUR, stage="offer"),
        process("offer", "won"),
    ]
    answers = take(database, *told) if batch else [answer for each in told for answer in take(database, each)]
    assert [warned(answer) for answer in answers] == [[]] * (len(told) - 1) + [[("stage_in_use", "/data/stages")]]
    (warning,) = answers[-1].warnings
    assert ": L-4 (new), L-5 (new), L-6 (new). Nobody is reminded" in warning.detail
    assert lost(database) == [(f"lead/L-{n}", "stage", "new") for n in (4, 5, 6)]
    take(database, *(lead(f"L-{n}", at=LATER, stage="won") for n in (4, 5)))
    assert lost(database) == [("lead/L-6", "stage", "new")]


def test_leads_that_came_before_their_process_are_named_where_it_has_no_such_stage(database: Database) -> None:
    take(database, *PEOPLE, lead("L-1", stage="zzz"), lead("L-2"), lead("L-3", stage="zzz", process="other"))
    assert lost(database) == []
    (answer,) = take(database, SALES)
    assert [": L-1 (zzz). Nobody" in warning.detail for warning in answer.warnings] == [True]
    assert lost(database) == [("lead/L-1", "stage", "zzz")]


def test_of_many_leads_the_first_are_named(database: Database) -> None:
    take(database, *PEOPLE, SALES, *(lead(f"L-{n}") for n in range(9)))
    (answer,) = take(database, process("offer"))
    assert ": L-0 (new), L-1 (new), L-2 (new), L-3 (new), L-4 (new) and others. Nobody" in answer.warnings[0].detail


ENTERED = {"stage_entered_at": MONDAY + HOUR}
CLOSED = event("lead.closed", MONDAY + HOUR, id="L-1", outcome="won")
DELETED = event("lead.deleted", MONDAY + HOUR, id="L-1")
SAVED_ANEW = lead("L-1", at=MONDAY + HOUR, **ENTERED)


@pytest.mark.parametrize(
    ("told", "is_open"),
    [
        ([CLOSED, SAVED_ANEW], True),
        ([SAVED_ANEW, CLOSED], False),
        ([DELETED, SAVED_ANEW], True),
        ([SAVED_ANEW, DELETED], False),
        ([CLOSED, lead("L-1", at=LATER, **ENTERED)], True),
        ([lead("L-1", at=LATER, **ENTERED), CLOSED], False),
    ],
    ids=["closed, entered", "entered, closed", "deleted, saved", "saved, deleted", "told later", "closed late"],
)
@pytest.mark.parametrize("batch", [True, False], ids=["in one batch", "one by one"])
def test_0_6_a_lead_is_open_to_the_warning_and_the_list_as_it_is_to_the_rules(
    database: Database, told: list[Event], is_open: bool, batch: bool
) -> None:
    """At equal times the later arrival wins."""
    told = [*PEOPLE, SALES, lead("L-1"), *told, process("offer", at=LATER + HOUR)]
    answers = take(database, *told) if batch else [answer for each in told for answer in take(database, each)]
    with database.read() as connection:
        known = cases.lead_cases(connection, ["L-1"])["L-1"].lead
    assert (not known.closed and not known.deleted) == is_open
    assert warned(answers[-1]) == ([("stage_in_use", "/data/stages")] if is_open else [])
    assert lost(database) == ([("lead/L-1", "stage", "new")] if is_open else [])


@pytest.mark.parametrize(
    "again", [process("offer", "new"), process("new", "offer", "won"), process("won", at=MONDAY - HOUR)],
    ids=["in another order", "one more", "an older state"],
)  # fmt: skip
def test_a_process_that_drops_nothing_says_nothing(database: Database, again: Event) -> None:
    take(database, *PEOPLE, SALES, lead("L-1"))
    assert [warned(answer) for answer in take(database, again)] == [[]]
    assert lost(database) == []


def test_0_6_a_late_lead_is_taken_in_as_it_was_before_its_process_dropped_the_stage(database: Database) -> None:
    take(database, *PEOPLE, SALES, process("won"))
    (answer,) = take(database, lead("L-1", at=MONDAY + HOUR))
    assert (answer.status, warned(answer)) == ("accepted", [("stage_missing", "/data/stage")])
    assert rows(database, tables.leads, "id", "stage") == [("L-1", "new")]
    assert lost(database) == [("lead/L-1", "stage", "new")]
    take(database, lead("L-1", at=LATER + HOUR, stage="won"))
    assert lost(database) == []


@pytest.mark.parametrize("at", [LATER, LATER + HOUR], ids=["at the same time", "later"])
def test_a_lead_that_contradicts_its_process_is_still_refused(database: Database, at: Any) -> None:
    take(database, *PEOPLE, SALES, process("won"))
    assert statuses(take(database, lead("L-1", at=at))) == ["invalid_value"]
    assert rows(database, tables.leads, "id") == []
    assert lost(database) == []


def test_the_leads_of_many_processes_are_looked_up_at_once(database: Database) -> None:
    ids = [f"P-{n}" for n in range(30)]
    take(database, *PEOPLE, *(process("new", at=MONDAY, id=id) for id in ids))
    take(database, *(lead(f"L-{id}", process=id) for id in ids))
    with counted(database) as statements:
        answers = take(database, *(process("won", id=id) for id in ids))
    assert [warned(answer) for answer in answers] == [[("stage_in_use", "/data/stages")]] * 30
    assert sum("row_number" in statement for statement, _ in statements) == 1
