"""RULES part 4 through the simulation: welcome and set-password mails, rows W1 to W5."""

from typing import Any

import pytest

from tests.scenarios import Event, event
from tests.scenarios.office import (
    ANNA,
    company,
    contact,
    document,
    mailed,
    no_reader,
    off,
    reader,
    refused,
    story,
    told,
)
from tests.scenarios.story import Line, dropped, z

URL = "https://portal.example.com/set-password/T0KEN?for=anna&once=1"
WELCOME = ("contact.welcome", "contact/C-1")
PASSWORD = ("contact.set_password", "contact/C-1")


def created(at: str = "06-01 09:00", *, issued: str | None = None, **changes: Any) -> Event:
    """Anna, with a link where `issued` says when."""
    link = {"set_password": {"url": URL, "issued_at": z(issued)}} if issued else {}
    return contact("C-1", z(at), **changes, **link) | {"type": "contact.created", "id": "created"}


def requested(at: str, issued: str) -> Event:
    return event("contact.password_requested", z(at), id="C-1", url=URL, issued_at=z(issued))


def welcome(at: str = "06-01 09:00") -> Line:
    return mailed(*WELCOME, "welcome", reader(ANNA, "welcome"), at=at)


def link(at: str = "06-01 09:00") -> Line:
    return mailed(*PASSWORD, "set_password", reader(ANNA, "set_password"), at=at)


def test_w1_a_contact_that_was_created_is_welcomed() -> None:
    assert told(company(), created()) == [welcome()]


def test_w1_a_contact_that_was_only_saved_is_not() -> None:
    assert told(company(), contact("C-1")) == []


def test_w1_the_company_that_the_contact_went_to_is_not_waited_for() -> None:
    """0.12: waited for is the company in the event's data, and that one is known."""
    moved = contact("C-1", z("06-01 09:30"), company="K-9", language="fr")
    outage = ("06-01 08:30", "06-01 10:00")
    lines = told(company(), created(issued="06-01 08:59"), moved, outages=[outage])
    assert lines == [welcome("06-01 10:00"), link("06-01 10:00")]


def test_w2_unless_upstream_opted_out_for_it() -> None:
    assert told(company(), created(welcome=False)) == [refused(*WELCOME, "welcome_opted_out")]


@pytest.mark.parametrize("wanted", [True, False])
def test_w3_a_disabled_template_wins_even_when_nobody_opted_out(wanted: bool) -> None:
    assert told(company(), off("contact.welcome"), created(welcome=wanted)) == [refused(*WELCOME, "template_disabled")]


def test_w4_with_a_link_there_are_two_mails_and_the_welcome_is_first() -> None:
    assert told(company(), created(issued="06-01 08:59")) == [welcome(), link()]


def test_w4_a_link_that_was_asked_for_later() -> None:
    lines = told(company(), contact("C-1"), requested("06-01 09:00", "06-01 08:59"))
    assert lines == [link()]


def test_w4_an_unknown_contact_is_not_waited_for() -> None:
    nobody = dropped("contact", "contact/C-1", None, "contact_not_found")
    lines = told(company(), requested("06-01 09:00", "06-01 08:59"))
    assert lines == [refused(*PASSWORD, "contact_not_found", nobody)]


@pytest.mark.parametrize(("back", "arrives"), [("06-03 08:58:59", True), ("06-03 08:59", False)])
def test_w5_a_link_that_could_only_arrive_at_or_after_its_end_is_not_mailed(back: str, arrives: bool) -> None:
    events = (company(), contact("C-1"), requested("06-01 09:00", "06-01 08:59"))
    lines = told(*events, until="06-03 12:00", outages=[("06-01 08:30", back)])
    assert lines == [link(back) if arrives else refused(*PASSWORD, "link_expired", at=back)]


def test_w5_a_link_that_waited_for_its_company_until_it_expired() -> None:
    """Held until 30 hours after its issue; then its company is there, and 18 hours of the link are left."""
    late = company(z("06-02 08:00"))
    events = (created(issued="05-31 08:59"), late)
    lines = told(*events, until="06-03 00:00")
    assert lines == [welcome("06-02 08:00"), link("06-02 08:00")]
    old = (created(issued="05-30 09:30"), late)
    expired = refused(*PASSWORD, "link_expired", at="06-02 08:00")
    assert told(*old, until="06-03 00:00") == [welcome("06-02 08:00"), expired]


def test_a_created_contact_is_saved_too() -> None:
    lines = told(company(), created(), document(at="06-01 10:00"))
    invoice = mailed("invoice.sent", "invoice/55", "toggle_on", reader(ANNA), at="06-01 10:00")
    assert lines == [welcome(), invoice]


def test_one_person_takes_its_own_reason() -> None:
    bare = created(email=None)
    nobody = dropped("contact", "contact/C-1", None, "no_address")
    assert told(company(), bare) == [refused(*WELCOME, "no_address", nobody)]
    resting = created(active=False, issued="06-01 08:59")
    assert told(company(), resting) == [
        refused(*WELCOME, "contact_inactive", no_reader(ANNA, "contact_inactive")),
        refused(*PASSWORD, "contact_inactive", no_reader(ANNA, "contact_inactive")),
    ]


def test_px10_nothing_that_is_printed_or_stored_shows_the_link() -> None:
    told_of = story(company(), created(issued="06-01 08:59"), requested("06-01 10:00", "06-01 09:59"))
    assert "T0KEN" not in repr(told_of)
