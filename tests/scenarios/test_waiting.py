"""RULES 0.12 through the simulation: occasions out of date, and out of order."""

from tests.scenarios import event
from tests.scenarios.office import (
    ANNA,
    COLLEAGUES,
    JONAS,
    START,
    activity,
    company,
    contact,
    deal,
    document,
    mailed,
    manager,
    not_sent,
    project,
    reader,
    refused,
    sent,
    ticket,
    told,
)
from tests.scenarios.story import kept, notice, z

INVOICE = ("invoice.sent", "invoice/55")


def at(event: dict[str, object], arrives: str) -> dict[str, object]:
    return event | {"receivedat": z(arrives)}


def test_an_occasion_older_than_three_days_is_never_mailed() -> None:
    old = at(document(at="05-29 08:59:59"), "06-01 09:00")
    young = at(document(at="05-29 09:00:01"), "06-01 09:00:01")
    assert told(company(), contact("C-1"), old, young) == [
        refused(*INVOICE, "stale_occasion"),
        mailed(*INVOICE, "toggle_on", reader(ANNA), at="06-01 09:00:01"),
    ]


def test_a_stale_creation_still_saves_the_contact() -> None:
    created = at(contact("C-1", z("05-20 09:00")) | {"type": "contact.created"}, "06-01 09:00")
    assert told(company(), created, document(at="06-01 10:00")) == [
        refused("contact.welcome", "contact/C-1", "stale_occasion"),
        mailed(*INVOICE, "toggle_on", reader(ANNA), at="06-01 10:00"),
    ]


def test_an_occasion_of_an_unknown_company_is_held_until_it_is_there() -> None:
    late = company(z("06-01 11:00"))
    waiting = notice("06-01 10:59", *INVOICE, "held", "reference_missing")
    assert told(contact("C-1"), document(), late, until="06-01 10:59") == [waiting]
    assert told(contact("C-1"), document(), late) == [mailed(*INVOICE, "toggle_on", reader(ANNA), at="06-01 11:00")]


def test_it_is_given_up_after_24_hours_from_its_arrival() -> None:
    late = company(z("06-02 09:00:01"))
    held = told(contact("C-1"), document(), late, until="06-02 08:59:59")
    given_up = told(contact("C-1"), document(), late, until="06-03 00:00")
    assert held == [notice("06-02 08:59:59", *INVOICE, "held", "reference_missing")]
    assert given_up == [refused(*INVOICE, "reference_missing", at="06-02 09:00")]


def test_the_wait_is_a_setting() -> None:
    lines = told(document(), until="06-01 10:00", toml='[occasions]\nwait = "30m"\n')
    assert lines == [refused(*INVOICE, "reference_missing", at="06-01 09:30")]


def test_an_outage_delays_the_end_of_the_wait_to_its_own() -> None:
    lines = told(document(), until="06-03 00:00", outages=[("06-02 08:00", "06-02 10:00")])
    assert lines == [refused(*INVOICE, "reference_missing", at="06-02 10:00")]


def test_what_comes_during_the_outage_in_which_the_wait_ends_still_counts() -> None:
    late = company(z("06-02 09:30"))
    lines = told(contact("C-1"), document(), late, until="06-03 00:00", outages=[("06-02 08:00", "06-02 10:00")])
    assert lines == [mailed(*INVOICE, "toggle_on", reader(ANNA), at="06-02 10:00")]


def test_inside_an_outage_nothing_is_printed_for_what_is_only_stored() -> None:
    lines = told(company(), contact("C-1"), document(), until="06-01 09:30", outages=[("06-01 08:30", "06-01 10:00")])
    assert lines == []


def test_the_object_of_an_activity_is_waited_for_and_its_company_is_not() -> None:
    events = (*COLLEAGUES, activity("deal/D-1"))
    late = deal("U-1") | {"time": z("06-01 10:00"), "id": "late"}
    first = kept("responsible", *JONAS, "deal_responsible")
    assert told(*events, late) == [sent("deal/D-1", "deal_responsible", first, at="06-01 10:00")]


def test_the_ticket_of_a_ticket_event_is_waited_for_and_the_project_of_a_task_is_not() -> None:
    asked = ticket(contact="C-1") | {"time": z("06-01 10:00"), "id": "late"}
    task = document("task.commented", task={"id": "77", "title": "Approve", "project": "J-1"})
    assert told(company(), contact("C-1"), document("ticket.opened", ticket="T-1"), task, asked) == [
        mailed("task.commented", "task/55", "toggle_on", reader(ANNA)),
        mailed("ticket.opened", "ticket/55", "toggle_on", reader(ANNA), at="06-01 10:00"),
    ]


def test_what_waited_for_two_things_waits_for_the_second() -> None:
    first = company(z("06-01 10:00"))
    second = ticket(contact="C-1") | {"time": z("06-01 11:00"), "id": "late"}
    lines = told(contact("C-1"), document("ticket.opened", ticket="T-1"), first, second)
    assert lines == [mailed("ticket.opened", "ticket/55", "toggle_on", reader(ANNA), at="06-01 11:00")]


def test_a_deleted_object_that_never_came_is_unknown() -> None:
    gone = event("company.deleted", START, id="K-1")
    lines = told(gone, document())
    assert lines == [notice("06-01 12:00", *INVOICE, "held", "reference_missing")]


def test_stale_is_decided_before_the_wait() -> None:
    lines = told(at(document(at="05-20 09:00"), "06-01 09:00"))
    assert lines == [refused(*INVOICE, "stale_occasion")]


def test_notices_come_to_their_outcome_in_the_order_of_arrival() -> None:
    """Held ones that one event sets free go in the order in which they came, before what comes after them."""
    events = (
        activity("company/K-1", "first"),
        activity("project/J-1", "closed"),
        activity("company/K-1", "second"),
        project("U-1"),
        *COLLEAGUES,
        company(z("06-01 10:00"), "U-1"),
        activity("company/K-1", "third", "06-01 10:00"),
    )
    lines = told(*events)
    later = "06-01 10:00"
    one = sent("company/K-1", "company_account_manager", manager(JONAS), at=later)
    assert lines == [
        not_sent("project/J-1", "no_recipients", *lines[0]["people"]),
        one,
        one,
        one,
    ]
