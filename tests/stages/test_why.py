"""Why X got it and Y did not: people, questions, facts, and the events that set them."""

import sqlalchemy as sa

from tests.scenarios import SOURCE
from tests.stages.fleet import MONDAY, decide, deliver_all, make_run, rows, run_and_decide, take
from tests.stages.support import BRUNO, INVOICE, NOON, STATE, TOLD, contact, live
from tests.store.statements import counted
from tests.world import utc
from workers.domain.checks import Check
from workers.domain.standing import Standing, Stands
from workers.stages.why import Considered, Fact, Why, why
from workers.store import outbox, tables
from workers.store.database import Database
from workers.store.origins import Origin, Telling


def explained(database: Database, id: int = 1) -> Why:
    with database.read() as connection:
        found = why(connection, id)
    assert found is not None
    return found


def of(found: Why, name: str) -> Considered:
    return next(each for each in found.considered if each.person.person.name.startswith(name))


def telling(event: dict[str, object], at: str = "2026-06-01T00:00") -> Telling:
    return Telling(SOURCE, str(event["id"]), str(event["type"]), utc(at), utc(at))


def test_everybody_considered_is_there_with_the_first_question_they_failed(database: Database) -> None:
    live(database)
    found = explained(database)
    assert [(each.person.person.name, each.failed(found.asked)) for each in found.considered] == [
        ("Anna Petit", None),
        ("Bruno Petit", Check.TOGGLE_ON),
        ("Chloe Petit", Check.NOT_UNSUBSCRIBED),
        ("Diane Petit", Check.ADDRESS_WORKS),
        ("Emil Petit", Check.HAS_ADDRESS),
    ]
    assert of(found, "Anna").person.stands == Stands(Standing.SENT, "toggle_on")
    assert found.event == telling(INVOICE, "2026-06-01T08:00")
    assert (found.run, found.company and found.company.id, found.stands.standing) == (None, "K-1", Standing.SENT)


def test_p2_the_event_that_told_of_the_toggle_is_named_with_its_time(database: Database) -> None:
    live(database)
    assert of(explained(database), "Bruno").facts == (
        Fact("toggle.invoice", "off", "contact/C-2", Origin(MONDAY, telling(BRUNO)), changed_since=False),
    )


def test_px4_an_opt_out_has_a_source_and_a_time_and_no_event(database: Database) -> None:
    live(database)
    origin = Origin(MONDAY, source="one_click")
    assert of(explained(database), "Chloe").facts == (
        Fact("opt_out.invoice", "on", "opt_out/C-3/invoice", origin, changed_since=False),
    )


def test_0_9_a_bounce_that_was_told_is_named_and_one_of_our_own_mails_has_no_event(database: Database) -> None:
    live(database)
    (told,) = of(explained(database), "Diane").facts
    assert told.origin is not None
    assert told.origin.event is not None
    assert told.origin.event.type == "address.bounced"

    with database.write_facts() as connection:
        address = "diane@lumiere.example.com"
        outbox.suppress_address(connection, address, address, "hard", NOON, "550 5.1.1 unknown")
    (bounced,) = of(explained(database), "Diane").facts
    assert bounced.origin == Origin(NOON)
    assert bounced.changed_since


def test_a_contact_that_was_told_of_again_after_the_decision_is_marked(database: Database) -> None:
    """What set the toggle then is not kept: the page must not name the newer event as the one that counted."""
    live(database)
    again = contact("C-2", "Bruno", "2026-06-01T11:00:00Z")
    take(database, again, at=NOON)
    (fact,) = of(explained(database), "Bruno").facts
    assert (fact.value, fact.changed_since) == ("off", True)


def test_an_event_that_is_not_kept_any_more_leaves_the_time(database: Database) -> None:
    live(database)
    with database.write() as connection:
        connection.execute(sa.delete(tables.events))
    found = explained(database)
    assert found.event is None
    assert [fact.origin for fact in of(found, "Bruno").facts] == [Origin(MONDAY)]


def test_r3_a_renewal_names_the_partner_who_names_the_point_of_contact(database: Database) -> None:
    live(database)
    run_and_decide(database, "2026-06-02")
    deliver_all(database, utc("2026-06-02T07:00"))
    found = explained(database, 2)
    (jonas,) = found.considered
    (fact,) = jonas.facts
    assert (fact.name, fact.told_by) == ("point_of_contact", "partner/P-1")
    assert fact.origin == Origin(MONDAY, telling(STATE[0]))
    assert (str(found.run), found.company and found.company.id, found.record.offset_days) == ("2026-06-02", "K-1", 90)


def test_a_notice_that_is_refused_as_a_whole_lists_nobody(database: Database) -> None:
    live(database)
    take(database, INVOICE | {"id": "stale", "time": "2026-05-01T00:00:00Z"}, at=TOLD)
    decide(database, TOLD)
    found = explained(database, 2)
    assert (found.considered, found.stands) == ((), Stands(Standing.NOT_SENT, "stale_occasion"))


def test_what_is_not_decided_yet_waits(database: Database) -> None:
    live(database)
    make_run(database, "2026-06-02")
    found = explained(database, 2)
    assert (found.considered, found.stands, found.record.decided_at) == ((), Stands(Standing.WAITING), None)


def test_px7_chosen_by_hand_is_known_from_the_event(database: Database) -> None:
    live(database)
    by_hand = INVOICE | {"id": "by-hand"}
    by_hand["data"] = by_hand["data"] | {"mode": "manual", "contacts": ["C-2"]}
    take(database, by_hand, at=TOLD)
    decide(database, TOLD)
    found = explained(database, 2)
    assert found.record.by_hand
    assert [fact.name for fact in of(found, "Bruno").facts] == ["selected", "toggle.invoice"]


def test_an_unknown_notice_is_none(database: Database) -> None:
    with database.read() as connection:
        assert why(connection, 99) is None


def test_it_costs_the_same_for_many_people(database: Database) -> None:
    live(database)
    with counted(database) as few:
        explained(database)
    crowd = [contact(f"X-{number}", f"Xenia{number}", notifications={"invoice": False}) for number in range(60)]
    take(database, *crowd)
    take(database, INVOICE | {"id": "again"}, at=TOLD)
    decide(database, TOLD)
    assert [id for (id,) in rows(database, tables.notices, "id")] == [1, 2]
    with counted(database) as many:
        assert len(explained(database, 2).considered) == 65
    assert len(many) == len(few) <= 12
