"""The catalogue: which template and which toggle every notice has (RULES part 4, "Notice -> toggle"; EVENTS)."""

import pytest

from workers.domain.facts import PERMISSIONS, TOGGLES
from workers.domain.notices import CATALOGUE, DOCUMENTS

TOGGLE_OF = {
    "contact.welcome": None,
    "contact.set_password": None,
    "invoice.sent": "invoice",
    "invoice.due": "invoice",
    "invoice.overdue": "invoice",
    "invoice.paid": "invoice",
    "credit_note.sent": "credit_note",
    "estimate.sent": "estimate",
    "estimate.expiring": "estimate",
    "contract.sent": "contract",
    "contract.expiring": "contract",
    "contract.commented": "contract",
    "proposal.sent": None,
    "ticket.opened": "ticket",
    "ticket.replied": "ticket",
    "ticket.closed": "ticket",
    "project.discussed": "project",
    "project.file_added": "project",
    "project.finished": "project",
    "task.status_changed": "task",
    "task.commented": "task",
}


@pytest.mark.parametrize(("name", "toggle"), TOGGLE_OF.items())
def test_px4_the_toggle_of_every_notice_to_contacts(name: str, toggle: str | None) -> None:
    kind = CATALOGUE[name]

    assert (kind.name, kind.templates, kind.toggle, kind.timed) == (name, (name,), toggle, False)


def test_every_document_has_a_row_above_and_a_permission_of_the_portal() -> None:
    assert {kind.name for kind in DOCUMENTS} == {name for name in TOGGLE_OF if not name.startswith("contact.")}
    assert {kind.permission for kind in DOCUMENTS} == set(PERMISSIONS)
    assert {kind.toggle for kind in CATALOGUE.values()} - {None} <= set(TOGGLES)
