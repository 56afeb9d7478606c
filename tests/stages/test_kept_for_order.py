"""What is kept so that late events count at their own time: rows of before it was kept, and what is too old for it."""

from datetime import timedelta

import pytest

from tests.scenarios import Event, event
from tests.stages.fleet import (
    CLAIRE,
    INTAKE,
    KEPT,
    MONDAY,
    SALES,
    WORLD,
    answer,
    claim,
    decide,
    lead,
    make_run,
    notices,
    rows,
    run_and_decide,
    take,
)
from tests.world import utc
from workers.domain.delivery import State
from workers.domain.reasons import Reason
from workers.stages.incoming import Incoming
from workers.stages.ingest import ingest
from workers.stages.sweep import purge
from workers.store import cases, tables
from workers.store.database import Database

DAY = timedelta(days=1)


def contact(id: str, hour: float, company: str = "K-1", **changes: object) -> Event:
    data = CLAIRE["data"] | {"id": id, "company": company} | changes
    return event("contact.saved", MONDAY + timedelta(hours=hour), **data)


def gone(id: str, hour: float) -> Event:
    return event("contact.deleted", MONDAY + timedelta(hours=hour), id=id)


def primary(database: Database, company: str = "K-1") -> list[str]:
    with database.read() as connection:
        return [each.id for each in cases.contacts_of(connection, [company])[company] if each.primary]


def forget(database: Database) -> None:
    """As a worker of the release before leaves it, which keeps nothing for the order."""
    with database.write() as connection:
        connection.execute(tables.contact_entries.delete())
        connection.execute(tables.processes.update().values(saves=None))
        connection.execute(tables.notices.update().values(stage_entered_at=None))


BEFORE = {
    "the first": ([contact("C-1", 1), contact("C-2", 2)], "C-1"),
    "a chosen one": ([contact("C-1", 1), contact("C-2", 2), contact("C-2", 3, primary=True), contact("C-2", 4)], "C-2"),
    "an heir": ([contact("C-1", 1), contact("C-3", 2, active=False), contact("C-2", 3), gone("C-1", 4)], "C-2"),
    "who came and left": ([contact("C-1", 1), contact("C-1", 2, "K-2"), contact("C-2", 3), contact("C-1", 4)], "C-2"),
}


@pytest.mark.parametrize("name", BEFORE)
def test_who_was_primary_before_it_was_kept_stays_so(database: Database, name: str) -> None:
    story, holder = BEFORE[name]
    take(database, *story)
    forget(database)
    stored = rows(database, tables.contacts, "id", "created_at", "mark_at", "mark_explicit")
    take(database, contact("C-9", 9))
    assert primary(database) == [holder]
    assert rows(database, tables.contacts, "id", "created_at", "mark_at", "mark_explicit")[:-1] == stored


@pytest.mark.parametrize("name", BEFORE)
def test_and_passes_the_mark_on_by_the_rules(database: Database, name: str) -> None:
    story, holder = BEFORE[name]
    take(database, *story)
    forget(database)
    heir = min({"C-1", "C-2"} - {holder}) if name in ("the first", "a chosen one", "who came and left") else "C-9"
    take(database, contact("C-9", 8), gone(holder, 9))
    assert primary(database) == [heir]
    take(database, contact("C-9", 10, primary=True))
    assert primary(database) == ["C-9"]


def test_who_was_chosen_before_a_late_word_of_another_keeps_the_mark(database: Database) -> None:
    take(database, contact("C-1", 1), contact("C-2", 5, primary=True))
    forget(database)
    take(database, contact("C-1", 3, primary=True))
    assert primary(database) == ["C-2"]


def test_a_row_that_the_release_before_wrote_in_between_is_taken_for_what_it_says(database: Database) -> None:
    """Both run side by side (promise 7): C-1 moved away, C-2 is the heir; only the rows tell."""
    take(database, contact("C-1", 1), contact("C-2", 2), contact("C-3", 3))
    take(database, contact("C-1", 5, "K-2"))
    with database.write() as connection:
        entries = tables.contact_entries
        connection.execute(entries.delete().where(entries.c.company == "K-2"))
    take(database, contact("C-3", 6))
    assert (primary(database), primary(database, "K-2")) == (["C-2"], ["C-1"])


def locked(database: Database, *events: Event) -> list[bool]:
    codes = ({warning.code for warning in answer.warnings} for answer in take(database, *events))
    return ["primary_locked" in each for each in codes]


def test_c2_who_unsets_the_mark_is_told_also_where_it_came_late(database: Database) -> None:
    no = {"primary": False}
    assert locked(database, contact("C-1", 1), contact("C-2", 2, **no), contact("C-1", 4, **no)) == [False, False, True]
    assert locked(database, contact("C-1", 3, **no), contact("C-2", 3, **no)) == [True, False]
    late = (contact("C-4", 2, "K-2"), contact("C-3", 1, "K-2"), contact("C-4", 3, "K-2", **no))
    assert locked(database, *late, contact("C-3", 4, "K-2", **no)) == [False, False, False, True]


def test_f20_a_process_of_before_is_as_it_is_since_then(database: Database) -> None:
    take(database, SALES, event("process.saved", MONDAY + DAY, **SALES["data"] | {"name": "Sales"}))
    forget(database)
    take(database, event("process.saved", MONDAY + 2 * DAY, **SALES["data"]))
    with database.read() as connection:
        process = cases.process_of(cases.rows_by_id(connection, tables.processes, ["sales"])["sales"])
    since = {process.follow_up_set_at, *(stage.duration_set_at for stage in process.stages)}
    assert since == {MONDAY}


def told_later(database: Database, at_day: int, *events: Event) -> None:
    at = MONDAY + at_day * DAY
    ingest(database, [Incoming(1, each, at) for each in events], INTAKE)


def test_what_is_older_than_the_keys_of_events_leaves_two_entries_a_contact(database: Database) -> None:
    for hour in range(1, 25):
        story = [contact("C-1", hour, primary=True), contact("C-2", hour + 0.5, ("K-1", "K-2")[hour % 2])]
        take(database, *story, gone("C-1", hour + 0.7))
    take(database, contact("C-1", 30), contact("C-3", 31))
    assert primary(database) == ["C-2"]
    stored = rows(database, tables.contacts, "id", "created_at", "mark_at")
    before = len(rows(database, tables.contact_entries, "seq"))
    told_later(database, 40, event("user.saved", MONDAY, id="U-9", name="N", email="n@example.com"))
    purge(database, MONDAY + 50 * DAY, KEPT)
    told_later(database, 50, contact("C-8", 24 * 50), contact("C-9", 24 * 50, "K-2"))
    assert (primary(database), primary(database, "K-2")) == (["C-2"], ["C-9"])
    assert rows(database, tables.contacts, "id", "created_at", "mark_at")[:-2] == stored
    of_each = [entry for (entry,) in rows(database, tables.contact_entries, "contact")]
    assert before > 60
    assert len(of_each) <= 20
    told_later(database, 51, gone("C-2", 24 * 51))
    assert primary(database) == ["C-1"]


def late_acceptor(hour: float) -> Event:
    return lead(at=MONDAY + timedelta(hours=hour), acceptor="U-2")


LATER = lead(at=MONDAY + timedelta(hours=8))
"""Of Jonas. With Greta an hour before it, his visit begins with it: overdue on Tuesday at 08:00."""


@pytest.mark.parametrize("kept", [True, False])
def test_f17_what_was_sent_counts_though_its_visit_began_at_another_time(database: Database, kept: bool) -> None:
    """Also mails of before their visit's entry was kept."""
    take(database, *WORLD, LATER)
    run_and_decide(database, "2026-06-02")
    run_and_decide(database, "2026-06-03")
    answer(database, claim(database, utc("2026-06-03T07:00")), utc("2026-06-03T07:00"), State.SENT, Reason.ACCEPTED)
    if not kept:
        forget(database)
    take(database, late_acceptor(7), at=MONDAY + 2.5 * DAY)
    make_run(database, "2026-06-04")
    make_run(database, "2026-06-10")
    assert rows(database, tables.notices, "kind", "sequence", "due_reason")[-2:] == [
        ("lead.follow_up", 1, "follow_up_first"),
        ("lead.follow_up", 2, "follow_up_next"),
    ]


def test_f17_nor_is_a_mail_doubled_that_may_have_been_sent(database: Database) -> None:
    take(database, *WORLD, LATER)
    run_and_decide(database, "2026-06-03")
    copies = claim(database, utc("2026-06-03T07:00"))
    answer(database, copies, utc("2026-06-03T07:00"), State.UNCERTAIN, Reason.WORKER_DIED)
    before = notices(database)
    take(database, late_acceptor(7), at=MONDAY + 2.5 * DAY)
    decide(database, MONDAY + 2.5 * DAY)
    make_run(database, "2026-06-04")
    assert notices(database) == before


def test_f17_a_stay_of_before_has_its_own_mails(database: Database) -> None:
    """Greta had the lead after the mail: the next stay of Jonas is another one."""
    take(database, *WORLD, LATER, lead(at=MONDAY + 2.4 * DAY, title="Three lines"))
    run_and_decide(database, "2026-06-03")
    answer(database, claim(database, utc("2026-06-03T07:00")), utc("2026-06-03T07:00"), State.SENT, Reason.ACCEPTED)
    take(database, late_acceptor(56), at=MONDAY + 2.5 * DAY)
    make_run(database, "2026-06-05")
    assert rows(database, tables.notices, "kind", "sequence", "due_reason")[-1] == (
        "lead.follow_up",
        1,
        "follow_up_first",
    )
