"""What is recorded of decisions, and what they leave of the occurrence (RULES 0.5; promises 2 and 8)."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.scenarios import event
from tests.stages.fleet import (
    CLAIRE,
    JONAS,
    LUMIERE,
    MONDAY,
    NORDWIND,
    RENEWAL,
    RULES,
    WORLD,
    answer,
    claim,
    decide,
    deliver_all,
    fan_out,
    lead,
    notices,
    rows,
    run_and_decide,
    take,
)
from tests.world import utc
from workers.domain.delivery import State
from workers.domain.reasons import Reason
from workers.domain.renewals import RenewalRules
from workers.stages import resolve, schedule
from workers.stages.rules import Rules
from workers.store import ledger, problems, tables
from workers.store.database import Database

WEDNESDAY = utc("2026-06-03T07:00")
LATER = WEDNESDAY + timedelta(hours=1)


def tell(database: Database, *events: Any) -> None:
    take(database, *events)
    fan_out(database, MONDAY)


def deliveries(database: Database) -> list[tuple[Any, ...]]:
    return rows(database, tables.deliveries, "line", "address", "state", "reason")


def test_05_what_people_can_mend_is_recorded_once_for_each_reason_and_decided_again(database: Database) -> None:
    tell(database, *WORLD[:-1], lead(acceptor="U-9"))
    for day in ("2026-06-03", "2026-06-04", "2026-06-05"):
        assert run_and_decide(database, day) == []
    assert rows(database, tables.notices, "cause", "reason", "repeats") == [("run/2026-06-03", "no_lead_acceptor", 2)]
    take(database, event("user.saved", MONDAY, **JONAS["data"] | {"id": "U-9", "email": ""}))
    for day in ("2026-06-06", "2026-06-07"):
        run_and_decide(database, day)
    take(database, event("user.saved", MONDAY + timedelta(1), **JONAS["data"] | {"id": "U-9"}))
    assert len(run_and_decide(database, "2026-06-08")) == 1
    assert rows(database, tables.notices, "cause", "outcome", "reason", "repeats") == [
        ("run/2026-06-03", "suppressed", "no_lead_acceptor", 2),
        ("run/2026-06-06", "suppressed", "no_address", 1),
        ("run/2026-06-08", None, None, 0),
    ]


def test_r8_each_alert_is_raised_once(database: Database) -> None:
    tell(database, *WORLD, event("partner.saved", MONDAY, id="P-1", name="Nordwind", renewal_owner="partner"))
    for day in ("2026-06-02", "2026-06-03"):
        run_and_decide(database, day)
    with database.read() as connection:
        alerts = [(each.subject, each.reason) for each in problems.unsolved(connection, "alert")]
    assert alerts == [("renewal/R-1", "no_point_of_contact")]


def test_r8_an_alert_is_solved_once_somebody_is_written_to_and_that_of_another_renewal_is_not(
    database: Database,
) -> None:
    owned = event("partner.saved", MONDAY, id="P-1", name="Nordwind", renewal_owner="partner")
    tell(database, *WORLD, owned, event("renewal.saved", MONDAY, **RENEWAL["data"] | {"id": "R-2"}))
    run_and_decide(database, "2026-06-02")
    away = event("renewal.saved", MONDAY + timedelta(1), **RENEWAL["data"] | {"id": "R-2", "renews_on": "2027-12-31"})
    hubspot = event("partner.saved", MONDAY + timedelta(1), **owned["data"] | {"renewal_owner": "hubspot"})
    take(database, away, hubspot)
    run_and_decide(database, "2026-06-03")
    assert rows(database, tables.problems, "subject", "reason", "solved_at") == [
        ("renewal/R-1", "no_point_of_contact", utc("2026-06-03T07:00")),
        ("renewal/R-2", "no_point_of_contact", None),
    ]


def test_r17_a_moved_date_cancels_what_was_not_sent_and_leaves_its_occurrence_free(database: Database) -> None:
    tell(database, *WORLD)
    run_and_decide(database, "2026-06-02")
    moved = RENEWAL["data"] | {"renews_on": "2026-12-31"}
    take(database, event("renewal.saved", MONDAY + timedelta(1), **moved), at=utc("2026-06-02T08:00"))
    decide(database, utc("2026-06-02T08:00"))
    assert notices(database) == [("renewal/R-1", "cancelled", "renewal_moved")]
    assert [state for _, _, state, _ in deliveries(database)] == ["cancelled", "cancelled"]
    take(database, event("renewal.saved", MONDAY + timedelta(2), **RENEWAL["data"]), at=utc("2026-06-02T09:00"))
    assert len(run_and_decide(database, "2026-06-03")) == 1


def test_r17_a_renewal_that_goes_to_another_client_reaches_its_reader_once(database: Database) -> None:
    """0.5: the client is part of the occurrence. Claire goes along: the next run writes to her for the new one."""
    tell(database, *WORLD)
    run_and_decide(database, "2026-06-02")
    client = event("company.saved", MONDAY, **LUMIERE["data"] | {"id": "K-2", "name": "Lumière Nord"})
    along = event("contact.saved", MONDAY + timedelta(1), **CLAIRE["data"] | {"company": "K-2"})
    moved = event("renewal.saved", MONDAY + timedelta(1), **RENEWAL["data"] | {"company": "K-2"})
    take(database, client, along, moved, at=utc("2026-06-02T07:01"))
    assert decide(database, utc("2026-06-02T07:01")) == []
    deliver_all(database, utc("2026-06-02T07:02"))
    run_and_decide(database, "2026-06-03")
    deliver_all(database, WEDNESDAY)
    assert rows(database, tables.notices, "occurrence", "outcome", "reason") == [
        ("renewal|K-1|R-1|2026-08-31|90", "cancelled", "renewal_moved"),
        ("renewal|K-2|R-1|2026-08-31|90", "sent", "hubspot_owner_default"),
    ]
    assert [state for _, _, state, _ in deliveries(database)] == ["cancelled", "cancelled", "sent", "sent"]


def test_r19_what_was_sent_for_a_date_is_not_sent_again_after_it_moved_there_and_back(database: Database) -> None:
    tell(database, *WORLD)
    run_and_decide(database, "2026-06-02")
    deliver_all(database, utc("2026-06-02T07:00"))
    assert notices(database) == [("renewal/R-1", "sent", "hubspot_owner_default")]
    for days, renews_on in enumerate(("2026-12-31", "2026-08-31"), start=1):
        changed = event("renewal.saved", MONDAY + timedelta(days), **RENEWAL["data"] | {"renews_on": renews_on})
        take(database, changed, at=utc("2026-06-02T08:00"))
    assert run_and_decide(database, "2026-06-03") == []
    assert len(notices(database)) == 1


def test_05_a_failed_notice_blocks_its_occurrence_and_the_next_number_has_its_day(database: Database) -> None:
    tell(database, *WORLD[:-1], lead())
    run_and_decide(database, "2026-06-03")
    answer(database, claim(database, WEDNESDAY), WEDNESDAY, State.FAILED, Reason.REFUSED_BY_SERVER)
    for day in ("2026-06-04", "2026-06-09"):
        assert run_and_decide(database, day) == []
    assert len(run_and_decide(database, "2026-06-10")) == 1
    assert rows(database, tables.notices, "sequence", "outcome", "reason") == [
        (1, "failed", "refused_by_server"),
        (2, None, None),
    ]


def test_05_an_occurrence_has_one_notice_that_holds_it(database: Database) -> None:
    one = ledger.NewNotice("lead.follow_up", "lead/L-1", "o", "run/2026-06-03")
    other = ledger.NewNotice("lead.follow_up", "lead/L-1", "o", "run/2026-06-04")
    with database.write() as connection:
        assert ledger.add(connection, [one, one, other], MONDAY) == [1]
    with database.write() as connection:
        assert ledger.add(connection, [other], MONDAY) == []
    row = {"kind": "k", "subject": "s", "occurrence": "o", "cause": "c", "created_at": MONDAY, "notes": []}
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        connection.execute(tables.notices.insert().values(row | {"needs_decision": True, "blocks": True}))


def test_once_a_copy_has_left_a_changed_fact_only_drops_copies(database: Database) -> None:
    """R13: a contact deleted meanwhile gets no copy any more; one that is new gets none of this letter."""
    bruno = event("contact.saved", MONDAY, **CLAIRE["data"] | {"id": "C-2", "email": "b@example.com", "billing": True})
    tell(database, *WORLD, bruno)
    run_and_decide(database, "2026-06-02")
    at = utc("2026-06-02T07:00")
    (first,) = claim(database, at, limit=1)
    answer(database, [first], at, State.SENT, Reason.ACCEPTED)
    odile = CLAIRE["data"] | {"id": "C-3", "email": "o@example.com", "decision_maker": True}
    take(database, event("contact.deleted", at, id="C-2"), event("contact.saved", at, **odile), at=at)
    decide(database, at)
    assert [(address, state) for _, address, state, _ in deliveries(database)] == [
        ("claire@example.com", "sent"),
        ("b@example.com", "cancelled"),
        ("jonas@nordwind.example.org", "pending"),
    ]
    assert rows(database, tables.notices, "outcome", "notes") == [("sent", ["copy_dropped"])]


def test_deciding_again_to_the_same_keeps_copies_and_letters(database: Database) -> None:
    tell(database, *WORLD)
    run_and_decide(database, "2026-06-02")
    before = rows(database, tables.deliveries, "id", "letter", "state"), rows(database, tables.letters, "id", "void")
    take(database, event("partner.saved", LATER, **NORDWIND["data"] | {"language": "de"}), at=LATER)
    decide(database, utc("2026-06-02T08:00"))
    after = rows(database, tables.deliveries, "id", "letter", "state"), rows(database, tables.letters, "id", "void")
    assert after == before
    assert rows(database, tables.notices, "needs_decision") == [(False,)]


def test_a_notice_whose_decision_breaks_is_set_aside_and_the_others_go_on(database: Database) -> None:
    hafenbau = event("company.saved", MONDAY, id="K-2", name="Hafenbau")
    hannes = event("contact.saved", MONDAY, **CLAIRE["data"] | {"id": "C-2", "company": "K-2"})
    tell(
        database,
        *WORLD,
        hafenbau,
        hannes,
        event("renewal.saved", MONDAY, **RENEWAL["data"] | {"id": "R-2", "company": "K-2"}),
    )
    with database.write() as connection:
        connection.execute(tables.companies.update().where(tables.companies.c.id == "K-2").values(timezone="Mars/Base"))
    run_and_decide(database, "2026-06-02")
    assert rows(database, tables.notices, "subject", "needs_decision", "failures") == [
        ("renewal/R-1", False, 0),
        ("renewal/R-2", True, 3),
    ]
    assert resolve.resolve(database, RULES, WEDNESDAY, "mail.example.org").notices == 0
    with database.read() as connection:
        assert [each.subject for each in problems.unsolved(connection, "poison")] == ["notice/2"]


def test_rows_that_break_a_run_are_shown_and_the_others_go_on(database: Database) -> None:
    tell(database, *WORLD, lead())
    broken = Rules(RULES.daily, RULES.follow_up, RenewalRules(offsets=("ninety",)))  # type: ignore[arg-type]
    assert len(run_and_decide(database, "2026-06-03", broken)) == 1
    assert schedule.open_due_run(database, RULES, LATER, "test") is None
    with database.read() as connection:
        assert [each.subject for each in problems.unsolved(connection, "poison")] == ["renewal/R-1"]
    assert rows(database, tables.renewals, "due_on") == [(date(2026, 6, 4),)]


def test_f8_an_edit_while_a_run_is_under_way_does_not_hide_the_lead_from_it(database: Database) -> None:
    tell(database, *WORLD[:-1], lead())
    assert schedule.open_due_run(database, RULES, WEDNESDAY, "test") == WEDNESDAY.date()
    take(database, lead(at=WEDNESDAY, title="Three lines"), at=WEDNESDAY)
    assert len(schedule.plan(database, RULES, WEDNESDAY.date(), WEDNESDAY) or []) == 1


def test_r18_a_date_that_comes_while_a_run_is_under_way_is_known_from_the_next_one(database: Database) -> None:
    tell(database, *WORLD)
    schedule.open_due_run(database, RULES, WEDNESDAY, "test")
    changed = event("renewal.saved", WEDNESDAY, **RENEWAL["data"] | {"renews_on": "2026-08-01"})
    take(database, changed, at=WEDNESDAY)
    while schedule.plan(database, RULES, WEDNESDAY.date(), WEDNESDAY) is not None:
        pass
    assert rows(database, tables.renewals, "known_on", "due_on") == [(None, date(2026, 6, 4))]
    run_and_decide(database, "2026-06-04")
    assert rows(database, tables.renewals, "known_on") == [(date(2026, 6, 4),)]
