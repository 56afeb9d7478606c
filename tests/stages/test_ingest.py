"""What a door answers, and what is stored: idempotency, refusals, references that come later (EVENTS)."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.scenarios import Event, event
from tests.stages.fleet import (
    CLAIRE,
    GRETA,
    JONAS,
    KEPT,
    LUMIERE,
    MONDAY,
    NORDWIND,
    SALES,
    decide,
    lead,
    rows,
    statuses,
    take,
)
from tests.store.statements import counted
from workers.stages import sweep
from workers.store import dangling as store
from workers.store import problems, segments, tables
from workers.store.database import Database


def names(database: Database) -> list[tuple[str, str]]:
    return rows(database, tables.users, "id", "name")  # type: ignore[return-value]


def test_a_repeated_event_is_a_duplicate_and_changes_nothing(database: Database) -> None:
    assert statuses(take(database, JONAS)) == ["accepted"]
    before = rows(database, tables.users, *tables.users.c.keys())
    reordered = dict(reversed(JONAS.items())) | {"time": "2026-06-01T02:00:00+02:00"}
    assert statuses(take(database, reordered, JONAS)) == ["duplicate", "duplicate"]
    assert rows(database, tables.users, *tables.users.c.keys()) == before


def test_a_repetition_within_one_batch_is_a_duplicate(database: Database) -> None:
    assert statuses(take(database, JONAS, JONAS)) == ["accepted", "duplicate"]
    assert rows(database, tables.events, "seq", "id") == [(1, JONAS["id"])]


def test_an_id_used_again_for_other_content_is_refused(database: Database) -> None:
    other = GRETA | {"id": JONAS["id"]}
    assert statuses(take(database, JONAS, other)) == ["accepted", "event_id_reused"]
    assert statuses(take(database, other)) == ["event_id_reused"]
    assert names(database) == [("U-1", "Jonas Keller")]


def test_the_same_id_of_another_source_is_another_event(database: Database) -> None:
    assert statuses(take(database, JONAS, GRETA | {"id": JONAS["id"], "source": "other"})) == ["accepted", "accepted"]


def test_a_refused_event_leaves_its_id_free_for_the_corrected_one(database: Database) -> None:
    wrong = JONAS | {"data": JONAS["data"] | {"email": "nobody"}}
    assert statuses(take(database, wrong, JONAS)) == ["invalid_value", "accepted"]
    assert statuses(take(database, wrong)) == ["invalid_value"]
    assert names(database) == [("U-1", "Jonas Keller")]


def test_a_contradiction_is_refused_with_nothing_stored_and_the_others_go_in(database: Database) -> None:
    unknown_stage = lead("L-1", stage="neww")
    answers = take(database, SALES, JONAS, unknown_stage, lead("L-2"))
    assert statuses(answers) == ["accepted", "accepted", "invalid_value", "accepted"]
    assert (answers[2].pointer, "did you mean new?" in str(answers[2].detail)) == ("/data/stage", True)
    assert rows(database, tables.leads, "id") == [("L-2",)]
    assert rows(database, tables.lead_saves, "lead") == [("L-2",)]
    with database.read() as connection:
        (problem,) = problems.unsolved(connection)
    assert (problem.kind, problem.subject, problem.reason) == ("refused", "test, line 3", "invalid_value")
    assert json.loads(problem.payload) == unknown_stage


def test_what_a_database_cannot_store_is_refused_and_kept_readable(database: Database) -> None:
    hostile = [JONAS | {"data": JONAS["data"] | {"name": name}} for name in ("nul \0", "half \ud83d a pair")]
    assert statuses(take(database, *hostile, GRETA)) == ["invalid_value", "invalid_value", "accepted"]
    texts = json.dumps(hostile[0])[:-1] + "\0", b"\xff", "half \udc80 a pair"
    assert statuses(take(database, *texts)) == ["not_json", "not_json", "not_json"]  # type: ignore[arg-type]
    with database.read() as connection:
        assert len(problems.unsolved(connection)) == 5


def test_the_longest_texts_fit_the_indexes(database: Database) -> None:
    """PostgreSQL refuses index rows beyond a third of a page."""
    long = "\U0001f4c4" * 256
    address = "a" * 60 + "@" + ".".join(["b" * 55] * 3) + ".example.com"
    user = event("user.saved", MONDAY, id="U" * 128, name="N" * 500, email=address) | {"source": long, "id": long}
    assert statuses(take(database, user, event("address.bounced", MONDAY, address=address, kind="hard"))) == [
        "accepted",
        "accepted",
    ]
    assert statuses(take(database, user)) == ["duplicate"]


def test_a_reference_before_its_object_warns_and_is_listed_while_it_dangles(database: Database) -> None:
    answers = take(database, lead(company="K-1"), LUMIERE)
    warned = [[(warning.code, warning.pointer) for warning in answer.warnings] for answer in answers]
    missing = "reference_missing"
    assert warned == [
        [(missing, "/data/process"), (missing, "/data/acceptor"), (missing, "/data/company")],
        [(missing, "/data/partner")],
    ]
    assert dangling(database) == [
        ("company/K-1", "partner", "partner/P-1"),
        ("lead/L-1", "process", "process/sales"),
        ("lead/L-1", "acceptor", "user/U-1"),
    ]
    take(database, SALES, JONAS)
    assert dangling(database) == [("user/U-1", "partner", "partner/P-1"), ("company/K-1", "partner", "partner/P-1")]
    take(database, NORDWIND)
    assert dangling(database) == []


DOCUMENT = {"company": "K-1", "document": {"id": "T-1"}}
TASK = {"id": "1", "title": "Draft", "project": "J-2"}
PERSON = {"company": "K-1", "first_name": "A", "last_name": "B", "custom_user": "U-9"}
LINK = {"url": "https://portal.example.com/x", "issued_at": MONDAY}


@pytest.mark.parametrize(
    ("told", "waits", "decides_without"),
    [
        (event("activity.recorded", MONDAY, object="deal/D-1", action="x", actor="U-9"), "object", "actor"),
        (event("activity.recorded", MONDAY, object="contact/C-1", action="x"), "", "object"),
        (event("contact.password_requested", MONDAY, id="C-1", **LINK), "", "id"),
        (event("contact.created", MONDAY, id="C-1", **PERSON), "company custom_user", ""),
        (event("contact.saved", MONDAY, id="C-1", **PERSON), "company custom_user", ""),
        (event("ticket.opened", MONDAY, **DOCUMENT, project="J-1"), "company document/id", "project"),
        (event("ticket.opened", MONDAY, **DOCUMENT, ticket="T-2"), "company ticket", ""),
        (event("invoice.sent", MONDAY, **DOCUMENT, ticket="T-2"), "company", "ticket"),
        (event("task.commented", MONDAY, **DOCUMENT, task=TASK), "company", "task/project"),
        (event("invoice.sent", MONDAY, **DOCUMENT, mode="manual", contacts=["C-1", "C-2"]), "company",
         "contacts/0 contacts/1"),
    ],
)  # fmt: skip
def test_0_12_a_warning_says_whether_what_is_missing_is_waited_for(
    database: Database, told: Event, waits: str, decides_without: str
) -> None:
    (answer,) = take(database, told)
    said = {warning.pointer: warning.detail.partition(". ")[2] for warning in answer.warnings}
    used = "This event was stored and will use it as soon as it is sent."
    left_out = "It is not waited for: what is unknown when this is decided is left out."
    assert said == {f"/data/{at}": used for at in waits.split()} | {
        f"/data/{at}": left_out for at in decides_without.split()
    }


def test_a_lead_that_was_never_saved_is_listed_for_what_is_known_of_it(database: Database) -> None:
    """But for one that was deleted, which nobody will send any more."""
    told = [
        event("lead.task_created", MONDAY, lead="L-1", id="T-1"),
        event("lead.appointment_cancelled", MONDAY, lead="L-1", id="A-1"),
        event("lead.closed", MONDAY, id="L-2", outcome="won"),
        event("lead.task_created", MONDAY, lead="L-3", id="T-1"),
        event("lead.deleted", MONDAY, id="L-3"),
    ]
    take(database, *told)
    assert dangling(database) == [("lead/L-1", "lead", "lead/L-1"), ("lead/L-2", "id", "lead/L-2")]
    take(database, SALES, JONAS, NORDWIND, lead("L-1"), lead("L-2"))
    assert dangling(database) == []


def test_references_of_an_occasion_are_listed_until_it_is_decided(database: Database) -> None:
    task = {"id": "1", "title": "Draft", "project": "J-2"}
    take(
        database,
        LUMIERE,
        NORDWIND,
        JONAS,
        event("activity.recorded", MONDAY, object="deal/D-1", action="x", actor="U-9"),
        event("activity.recorded", MONDAY, object="invoice/55", action="x", actor="U-1"),
        event("task.commented", MONDAY, company="K-2", document={"id": "1"}, task=task, project="J-1"),
        event("ticket.opened", MONDAY, company="K-2", document={"id": "T-1"}, mode="manual", contacts=["C-8", "C-9"]),
        event("contact.password_requested", MONDAY, id="C-7", **LINK),
    )
    decided_at_once = [("contact/C-7", "id", "contact/C-7")]
    held = [
        ("deal/D-1", "object", "deal/D-1"),
        ("deal/D-1", "actor", "user/U-9"),
        ("task/1", "company", "company/K-2"),
        ("task/1", "project", "project/J-1"),
        ("task/1", "task/project", "project/J-2"),
        ("ticket/T-1", "company", "company/K-2"),
        ("ticket/T-1", "contacts", "contact/C-8"),
        ("ticket/T-1", "contacts", "contact/C-9"),
        ("ticket/T-1", "document/id", "ticket/T-1"),
    ]
    assert dangling(database) == held + decided_at_once
    decide(database, MONDAY)
    assert dangling(database) == held
    take(database, event("company.saved", MONDAY, id="K-2", name="K"), event("deal.saved", MONDAY, **DEAL))
    assert dangling(database) == [each for each in held if each[2] not in ("company/K-2", "deal/D-1")]
    decide(database, MONDAY)
    assert dangling(database) == [each for each in held if each[0] == "ticket/T-1" and each[1] != "company"]


DEAL = {"id": "D-1", "title": "D", "responsible": ["U-1"]}


def test_an_object_that_was_only_deleted_or_erased_dangles(database: Database) -> None:
    take(database, SALES, event("user.deactivated", MONDAY, id="U-1"), event("user.erased", MONDAY, id="U-2"))
    answers = take(database, lead("L-1"), lead("L-2", acceptor="U-2"))
    assert [[warning.pointer for warning in answer.warnings] for answer in answers] == [["/data/acceptor"]] * 2
    assert dangling(database) == [("lead/L-1", "acceptor", "user/U-1"), ("lead/L-2", "acceptor", "user/U-2")]


def test_a_reference_inside_a_list_dangles_as_well(database: Database) -> None:
    """Neither an empty place nor a company that was only deleted is a reference."""
    take(
        database,
        event("user.saved", MONDAY, id="U-1", name="U", email="u@example.org"),
        event("company.deleted", MONDAY, id="K-0"),
        event("company.saved", MONDAY, id="K-1", name="K", account_managers=[None, "U-8"]),
        event("deal.saved", MONDAY, id="D-1", title="D", responsible=["U-1", "U-9"]),
    )
    assert dangling(database) == [
        ("company/K-1", "account_managers", "user/U-8"),
        ("deal/D-1", "responsible", "user/U-9"),
    ]


def test_tl8_whoever_is_responsible_is_found_for_each_kind_of_thing(database: Database) -> None:
    take(
        database,
        SALES,
        lead("L-1", acceptor="U-1"),
        event("company.deleted", MONDAY, id="K-0"),
        event("company.saved", MONDAY, id="K-1", name="K", account_managers=["U-1", "U-2"]),
        event("company.saved", MONDAY, id="K-2", name="K", account_managers=[None, "U-2"]),
        event("company.saved", MONDAY, id="K-3", name="K"),
        event("contact.saved", MONDAY, id="C-1", company="K-1", first_name="C", last_name="C", custom_user="U-1"),
        event("contact.saved", MONDAY, id="C-2", company="K-1", first_name="C", last_name="C"),
        event("deal.saved", MONDAY, id="D-1", title="D", responsible=["U-1", "U-1"]),
        event("project.saved", MONDAY, id="P-1", title="P", responsible=["U-2", "U-1"]),
        event("project.saved", MONDAY, id="P-2", title="P", responsible=[]),
        event("ticket.saved", MONDAY, id="T-1", title="T", responsible="U-2"),
        event("ticket.saved", MONDAY, id="T-2", title="T"),
    )
    with database.read() as connection:
        found = sorted((row.user, row.subject) for row in connection.execute(segments.responsible(connection)))
    first = ["company/K-1", "contact/C-1", "deal/D-1", "lead/L-1", "project/P-1"]
    second = ["company/K-1", "company/K-2", "project/P-1", "ticket/T-1"]
    assert found == [("U-1", ref) for ref in first] + [("U-2", ref) for ref in second]


def dangling(database: Database) -> list[tuple[str, str, str]]:
    with database.read() as connection:
        return [(each.ref, each.field, each.missing) for each in store.dangling(connection)]


def test_lt3_follow_up_on_a_stage_without_duration_is_accepted_with_a_warning(database: Database) -> None:
    stages = [{"id": "new", "name": "New"}, {"id": "won", "name": "Won", "closed": True}]
    process = event("process.saved", MONDAY, **SALES["data"] | {"stages": stages})
    (answer,) = take(database, process)
    assert (answer.status, [warning.pointer for warning in answer.warnings]) == ("accepted", ["/data/stages/0"])


def test_0_6_a_time_to_come_is_accepted_with_a_warning_as_it_blocks_what_is_right(database: Database) -> None:
    def told(ahead: timedelta, name: str) -> Event:
        return event("user.saved", MONDAY + ahead, id="U-1", name=name, email="ada@example.com")

    day, moment = timedelta(days=1), timedelta(microseconds=1)
    answers = take(database, told(day, "clocks differ"), told(day + moment, "wrong"), told(moment, "right, but lost"))
    assert [[(each.code, each.pointer) for each in answer.warnings] for answer in answers] == [
        [],
        [("time_in_future", "/time")],
        [],
    ]
    assert names(database) == [("U-1", "wrong")]
    assert take(database, told(day + moment, "right"), at=MONDAY + day)[0].warnings == ()  # as the warning advises
    assert names(database) == [("U-1", "right")]


def test_absent_toggles_and_permissions_mean_their_defaults_also_in_a_later_save(database: Database) -> None:
    chosen = {"permissions": ["invoices"], "notifications": {"contract": False, "task": False}}
    take(database, event("contact.saved", MONDAY, **CLAIRE["data"] | chosen))
    assert rows(database, tables.contacts, "permissions", "toggles_off") == [(["invoices"], ["contract", "task"])]
    take(database, event("contact.saved", MONDAY + timedelta(hours=1), **CLAIRE["data"]))
    assert rows(database, tables.contacts, "permissions", "toggles_off") == [(None, [])]


def test_batches_of_any_kind_of_event_take_as_many_statements_as_one(database: Database) -> None:
    few, many = (
        count_statements(database, [lead(f"L-{size}-{n}") for n in range(size)] + _people(size)) for size in (2, 150)
    )
    assert many == few


def _people(size: int) -> list[dict[str, object]]:
    return [
        event("contact.saved", MONDAY, **CLAIRE["data"] | {"id": f"C-{size}-{n}", "company": f"K-{size}-{n}"})
        for n in range(size)
    ]


def count_statements(database: Database, events: list[dict[str, object]]) -> int:
    with counted(database) as statements:
        assert set(statuses(take(database, *events))) == {"accepted"}
    return len(statements)


def test_forgotten_events_leave_arrival_numbers_going_on(database: Database) -> None:
    """Else a later event would count as earlier, where times are equal."""
    take(database, JONAS, GRETA)
    sweep.purge(database, MONDAY + timedelta(days=31), KEPT)
    take(database, LUMIERE)
    with database.read() as connection:
        assert connection.execute(sa.select(tables.events.c.seq).order_by(tables.events.c.seq)).scalars().all() == [
            2,
            3,
        ]
