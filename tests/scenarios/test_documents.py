"""RULES part 4 through the simulation: documents to a client's contacts, rows P1 to P17."""

from typing import Any

import pytest

from tests.scenarios import event
from tests.scenarios.office import (
    ANNA,
    AT,
    BRUNO,
    CHLOE,
    START,
    company,
    contact,
    document,
    mailed,
    no_reader,
    off,
    reader,
    refused,
    ticket,
    to,
    toggles,
    told,
)
from tests.scenarios.story import answers_to, dropped, kept, mail, notice, z
from workers.domain.facts import TOGGLES
from workers.domain.notices import DOCUMENTS

VISITOR = "visitor@example.net"
INVOICE = ("invoice.sent", "invoice/55")
A, B, C = contact("C-1"), contact("C-2"), contact("C-3")


def test_p1_every_contact_with_the_toggle_on_gets_a_mail_of_its_own() -> None:
    lines = told(company(), A, B, document())
    assert lines == [mailed(*INVOICE, "toggle_on", reader(ANNA), reader(BRUNO))]


NOTICES = [
    ("invoice", ["invoice.sent", "invoice.due", "invoice.overdue", "invoice.paid"]),
    ("credit_note", ["credit_note.sent"]),
    ("estimate", ["estimate.sent", "estimate.expiring"]),
    ("contract", ["contract.sent", "contract.expiring", "contract.commented"]),
    ("project", ["project.discussed", "project.file_added", "project.finished"]),
    ("task", ["task.status_changed", "task.commented"]),
]


@pytest.mark.parametrize(("toggle", "kinds"), NOTICES, ids=[toggle for toggle, _ in NOTICES])
def test_p2_each_notice_obeys_its_own_toggle_and_no_other(toggle: str, kinds: list[str]) -> None:
    others = contact("C-1", notifications=toggles(*set(TOGGLES) - {toggle}))
    own = contact("C-2", notifications=toggles(toggle))
    more = {"task": {"id": "77", "title": "Approve the drafts", "project": "J-1"}} if toggle == "task" else {}
    lines = told(company(), others, own, *(document(kind, **more) for kind in kinds))
    people = (reader(ANNA), no_reader(BRUNO, "toggle_off"))
    assert lines == [mailed(kind, f"{toggle}/55", "toggle_on", *people) for kind in kinds]


def test_p2_those_who_have_it_off_are_dropped() -> None:
    lines = told(company(), A, contact("C-2", notifications=toggles("invoice")), document())
    assert lines == [mailed(*INVOICE, "toggle_on", reader(ANNA), no_reader(BRUNO, "toggle_off"))]


def test_p3_the_seeds_example_one_contact_with_everything_off_gets_nothing() -> None:
    everything = toggles("invoice", "credit_note", "estimate", "ticket", "project", "contract", "task")
    lines = told(company(), contact("C-1", notifications=everything), document())
    assert lines == [refused(*INVOICE, "all_toggles_off", no_reader(ANNA, "toggle_off"))]


def test_p4_a_company_without_contacts() -> None:
    assert told(company(), document()) == [refused(*INVOICE, "no_contacts")]


def test_p4_a_deleted_contact_is_none() -> None:
    gone = event("contact.deleted", z("06-01 08:30"), id="C-1")
    assert told(company(), A, gone, document()) == [refused(*INVOICE, "no_contacts")]


def test_p5_manual_reaches_exactly_the_selected_whatever_their_toggles() -> None:
    muted = contact("C-3", notifications=toggles("invoice"))
    lines = told(company(), A, B, muted, document(mode="manual", contacts=["C-1", "C-3"]))
    chosen = (reader(ANNA, "manual_selection"), reader(CHLOE, "manual_selection"))
    assert lines == [mailed(*INVOICE, "manual_selection", *chosen)]


@pytest.mark.parametrize("contacts", [{}, {"contacts": []}])
def test_p6_an_empty_selection_is_refused_at_the_door(contacts: dict[str, Any]) -> None:
    answers = answers_to([company(), A, document(mode="manual", **contacts)])
    assert {answer.position: answer.reason or answer.status for answer in answers} == {
        1: "accepted",
        2: "accepted",
        3: "empty_selection",
    }


def test_p7_a_deleted_contact_and_one_of_another_company_are_dropped() -> None:
    other = event("company.saved", START, id="K-2", name="Hafenbau")
    stranger = contact("C-3", company="K-2")
    gone = event("contact.deleted", z("06-01 08:30"), id="C-2")
    chosen = document(mode="manual", contacts=["C-1", "C-2", "C-3", "C-9"])
    assert told(company(), other, A, B, stranger, gone, chosen) == [
        mailed(
            *INVOICE,
            "manual_selection",
            reader(ANNA, "manual_selection"),
            no_reader(CHLOE, "contact_not_of_company"),
            dropped("contact", "contact/C-2", None, "contact_not_found"),
            dropped("contact", "contact/C-9", None, "contact_not_found"),
        )
    ]


@pytest.mark.parametrize("how", [{}, {"mode": "manual", "contacts": ["C-1"]}])
def test_p8_a_disabled_template_blocks_either_mode(how: dict[str, Any]) -> None:
    assert told(company(), A, off("invoice.sent"), document(**how)) == [refused(*INVOICE, "template_disabled")]


def test_p9_a_contact_without_address() -> None:
    lines = told(company(), contact("C-1", email=None), B, document())
    assert lines == [
        mailed(*INVOICE, "toggle_on", dropped("contact", "contact/C-1", None, "no_address"), reader(BRUNO))
    ]


def test_p10_an_inactive_contact_gets_no_automatic_mail_but_a_chosen_one() -> None:
    resting = contact("C-2", active=False)
    chosen = document(at="06-01 10:00", mode="manual", contacts=["C-2"])
    by_hand = mailed(
        *INVOICE, "manual_selection", reader(BRUNO, "manual_selection"), at="06-01 10:00", notes=["contact_inactive"]
    )
    assert told(company(), A, resting, document(), chosen) == [
        mailed(*INVOICE, "toggle_on", reader(ANNA), no_reader(BRUNO, "contact_inactive")),
        by_hand,
    ]


def test_p11_of_two_contacts_with_one_address_the_primary_gets_the_mail() -> None:
    shared = contact("C-2", email=ANNA[1].upper(), primary=True)
    lines = told(company(), A, shared, document())
    primary = kept("contact", "contact/C-2", ANNA[1].upper(), "toggle_on")
    mails = [mail("invoice.sent", "de", [ANNA[1].upper()])]
    people = [primary, no_reader(ANNA, "duplicate_address")]
    assert lines == [notice(AT, *INVOICE, "sent", "toggle_on", mails=mails, people=people)]


def test_p12_a_task_that_belongs_to_no_project() -> None:
    lines = told(company(), A, document("task.commented", task={"id": "77", "title": "Approve the drafts"}))
    assert lines == [refused("task.commented", "task/55", "task_not_of_project")]


@pytest.mark.parametrize("type", ["invoice.sent", "project.discussed", "ticket.replied"])
def test_p13_what_is_hidden_from_the_customer_is_not_mailed(type: str) -> None:
    lines = told(company(), A, ticket(id="55", contact="C-1"), document(type, visible_to_customer=False))
    assert lines == [refused(type, f"{type.partition('.')[0]}/55", "not_visible_to_customer")]


def test_p14_a_ticket_is_told_to_its_contact_alone_if_the_toggle_is_on() -> None:
    asked = ticket(contact="C-2", address="visitor@example.net")
    reply = document("ticket.replied", ticket="T-1")
    muted = contact("C-2", z("06-01 08:30"), notifications=toggles("ticket"))
    assert told(company(), A, B, asked, reply) == [mailed("ticket.replied", "ticket/55", "toggle_on", reader(BRUNO))]
    assert told(company(), A, B, asked, muted, reply) == [
        refused("ticket.replied", "ticket/55", "toggle_off", no_reader(BRUNO, "toggle_off"))
    ]


@pytest.mark.parametrize("kind", ["ticket.opened", "ticket.replied", "ticket.closed"])
def test_p14_whatever_happens_to_a_ticket_its_contact_alone_is_told(kind: str) -> None:
    lines = told(company(), A, B, ticket(contact="C-2"), document(kind, ticket="T-1"))
    assert lines == [mailed(kind, "ticket/55", "toggle_on", reader(BRUNO))]


@pytest.mark.parametrize(
    ("own", "given", "address"),
    [(VISITOR, None, VISITOR), (VISITOR, "other@example.net", "other@example.net")],
    ids=["the ticket's", "the event's beats it"],
)
def test_p15_a_ticket_without_contact_goes_to_its_address(own: str, given: str | None, address: str) -> None:
    more = {"address": given} if given else {}
    lines = told(company(), A, ticket(address=own), document("ticket.opened", ticket="T-1", **more))
    direct = kept("direct", None, address, "direct_address")  # type: ignore[arg-type]
    mails = [mail("ticket.opened", "fr", [address])]
    assert lines == [notice(AT, "ticket.opened", "ticket/55", "sent", "direct_address", mails=mails, people=[direct])]


def test_p15_a_ticket_with_neither_contact_nor_address() -> None:
    lines = told(company(), A, ticket(), document("ticket.opened", ticket="T-1"))
    nobody = dropped("direct", None, None, "no_address")
    assert lines == [refused("ticket.opened", "ticket/55", "no_address", nobody)]


def test_p16_the_seeds_example_five_may_see_the_project_one_is_mailed() -> None:
    people = [contact("C-1", permissions=["projects"])]
    quiet = toggles("project", "task")
    for number in range(2, 6):
        data = {"id": f"C-{number}", "company": "K-1", "first_name": "X", "last_name": str(number), "language": "fr"}
        more = {"email": f"x{number}@lumiere.example.com", "permissions": ["projects"], "notifications": quiet}
        people.append(event("contact.saved", START, **data, **more))
    others = [
        dropped("contact", f"contact/C-{number}", f"x{number}@lumiere.example.com", "toggle_off")
        for number in range(2, 6)
    ]
    task = {"id": "77", "title": "Approve the drafts", "project": "J-1"}
    events = (document("project.finished"), document("task.commented", task=task))
    assert told(company(), *people, *events) == [
        mailed("project.finished", "project/55", "toggle_on", reader(ANNA), *others),
        mailed("task.commented", "task/55", "toggle_on", reader(ANNA), *others),
    ]


def test_p17_a_toggle_that_flips_during_an_outage_counts_as_it_is_when_the_mail_goes_out() -> None:
    flips = contact("C-2", z("06-01 09:30"), notifications=toggles("invoice"))
    lines = told(company(), A, B, document(), flips, outages=[("06-01 08:45", "06-01 10:00")])
    people = (reader(ANNA), no_reader(BRUNO, "toggle_off"))
    assert lines == [mailed(*INVOICE, "toggle_on", *people, at="06-01 10:00")]


def test_px4_a_toggle_sends_without_the_permission_which_is_noted() -> None:
    lines = told(company(), contact("C-1", permissions=["support"]), document())
    assert lines == [mailed(*INVOICE, "toggle_on", reader(ANNA), notes=["no_portal_permission"])]


def test_px3_permissions_that_no_event_names_are_those_of_the_settings() -> None:
    toml = '[contacts]\ndefault_permissions = ["support"]\n'
    lines = told(company(), A, document(), toml=toml)
    assert lines == [mailed(*INVOICE, "toggle_on", reader(ANNA), notes=["no_portal_permission"])]


def test_a_proposal_goes_to_its_address_and_to_no_contact() -> None:
    lines = told(company(), A, document("proposal.sent", address="buyer@example.net"))
    direct = kept("direct", None, "buyer@example.net", "direct_address")  # type: ignore[arg-type]
    mails = [mail("proposal.sent", "fr", ["buyer@example.net"])]
    people = [direct]
    assert lines == [notice(AT, "proposal.sent", "proposal/55", "sent", "direct_address", mails=mails, people=people)]


def test_0_11_documents_of_a_deleted_company() -> None:
    gone = event("company.deleted", z("06-01 08:30"), id="K-1")
    assert told(company(), A, gone, document()) == [refused(*INVOICE, "company_deleted")]


@pytest.mark.parametrize("kind", [kind for kind in DOCUMENTS if kind.toggle and not kind.name.startswith("ticket.")])
def test_every_document_is_governed_by_its_toggle_and_by_no_other(kind: Any) -> None:
    others = [name for name in TOGGLES if name != kind.toggle]
    task = {"task": {"id": "77", "title": "Approve", "project": "J-1"}} if kind.name.startswith("task.") else {}
    muted = contact("C-1", notifications=toggles(kind.toggle))
    heard = contact("C-2", notifications=toggles(*others))
    subject = f"{kind.name.partition('.')[0]}/55"
    assert told(company(), muted, heard, document(kind.name, **task)) == [
        mailed(kind.name, subject, "toggle_on", no_reader(ANNA, "toggle_off"), reader(BRUNO))
    ]


def test_letters_are_in_the_contacts_language_else_the_companys() -> None:
    lines = told(company(), A, B, C, document())
    assert lines[0]["mails"] == to("invoice.sent", ANNA, BRUNO, CHLOE)
    assert [each["language"] for each in lines[0]["mails"]] == ["fr", "de", "en"]
