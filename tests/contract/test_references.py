import pytest

from tests.contract.speech import GONE, event
from workers.contract import examples
from workers.contract.envelope import parse
from workers.contract.references import references
from workers.contract.registry import TYPES


def of(raw: dict[str, object]) -> list[tuple[str, str, str]]:
    return [tuple(found) for found in references(parse(raw).data)]


EXPECTED = {
    "user.saved": [("/data/partner", "partner", "P-1")],
    "partner.saved": [("/data/point_of_contact", "user", "U-1")],
    "company.saved": [
        ("/data/partner", "partner", "P-1"),
        ("/data/renewal_point_of_contact", "user", "U-2"),
        ("/data/account_managers/0", "user", "U-3"),
        ("/data/account_managers/1", "user", "U-4"),
    ],
    "contact.saved": [("/data/company", "company", "C-1"), ("/data/custom_user", "user", "U-3")],
    "project.saved": [
        ("/data/company", "company", "C-1"),
        ("/data/responsible/0", "user", "U-3"),
        ("/data/responsible/1", "user", "U-4"),
    ],
    "ticket.saved": [
        ("/data/company", "company", "C-1"),
        ("/data/contact", "contact", "K-1"),
        ("/data/responsible", "user", "U-4"),
    ],
    "process.saved": [],
    "lead.saved": [
        ("/data/process", "process", "sales"),
        ("/data/acceptor", "user", "U-1"),
        ("/data/company", "company", "C-1"),
    ],
    "lead.closed": [("/data/id", "lead", "L-1")],
    "lead.deleted": [("/data/id", "lead", "L-1")],
    "lead.appointment_saved": [("/data/lead", "lead", "L-1")],
    "lead.appointment_cancelled": [("/data/lead", "lead", "L-1")],
    "lead.task_created": [("/data/lead", "lead", "L-1")],
    "renewal.saved": [("/data/company", "company", "C-1")],
    "template.switched": [],
    "address.bounced": [],
    "activity.recorded": [("/data/object", "company", "C-1"), ("/data/actor", "user", "U-4")],
    "contact.created": [("/data/company", "company", "C-1"), ("/data/custom_user", "user", "U-3")],
    "contact.password_requested": [("/data/id", "contact", "K-1")],
    "task.commented": [
        ("/data/company", "company", "C-1"),
        ("/data/contacts/0", "contact", "K-1"),
        ("/data/contacts/1", "contact", "K-2"),
        ("/data/ticket", "ticket", "T-1"),
        ("/data/project", "project", "J-1"),
        ("/data/task/project", "project", "J-1"),
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_references_of_a_full_event(name: str) -> None:
    assert sorted(of(examples.full(name))) == sorted(EXPECTED[name])


@pytest.mark.parametrize("name", TYPES)
def test_every_pointer_leads_to_its_id(name: str) -> None:
    raw = examples.full(name)
    for pointer, kind, id in of(raw):
        value: object = raw
        for step in pointer.split("/")[1:]:
            value = value[int(step)] if isinstance(value, list) else value[step]
        assert value in (id, f"{kind}/{id}")


def test_an_absent_first_account_manager_is_no_reference() -> None:
    raw = event("company.saved", data__account_managers=[None, "U-4"], data__partner=GONE)
    assert of(raw) == [
        ("/data/renewal_point_of_contact", "user", "U-2"),
        ("/data/account_managers/1", "user", "U-4"),
    ]


def test_an_invoice_is_never_sent_as_an_object() -> None:
    assert of(event("activity.recorded", data__object="invoice/55", data__actor=GONE)) == []


def test_a_ticket_event_refers_to_its_document_where_it_names_no_ticket() -> None:
    assert of(examples.minimal("ticket.opened")) == [
        ("/data/company", "company", "C-1"),
        ("/data/document/id", "ticket", "55"),
    ]
