from typing import Any

import pytest

from tests.contract.speech import GONE, detail, event, verdict
from workers.contract import examples
from workers.contract.envelope import parse
from workers.contract.occasions import DOCUMENT_TYPES, TICKET_TYPES

REFUSED = [
    ("activity.recorded", "object", "lead/L-1", "invalid_value"),
    ("activity.recorded", "object", "company", "invalid_value"),
    ("activity.recorded", "object", "company/a b", "invalid_value"),
    ("activity.recorded", "object", "company/", "invalid_value"),
    ("activity.recorded", "object", {"kind": "company"}, "wrong_type"),
    ("activity.recorded", "action", GONE, "missing_field"),
    ("activity.recorded", "action", "", "invalid_value"),
    ("activity.recorded", "actor", None, "null_not_allowed"),
    ("activity.recorded", "summary", "x" * 10_001, "too_large"),
    ("contact.created", "welcome", None, "null_not_allowed"),
    ("contact.created", "company", GONE, "missing_field"),
    ("contact.created", "set_password__issued_at", GONE, "missing_field"),
    ("contact.created", "set_password__issued_at", "2026-06-01T08:00:00", "naive_time"),
    ("contact.created", "set_password__url", "portal/set", "invalid_value"),
    ("contact.password_requested", "url", GONE, "missing_field"),
    ("contact.password_requested", "company", "C-1", "unknown_field"),
    ("invoice.sent", "company", GONE, "missing_field"),
    ("invoice.sent", "document", GONE, "missing_field"),
    ("invoice.sent", "document__id", GONE, "missing_field"),
    ("invoice.sent", "document__due_on", "2026-06-15T00:00:00Z", "invalid_value"),
    ("invoice.sent", "document__total", "free", "invalid_value"),
    ("invoice.sent", "mode", "auto", "invalid_value"),
    ("invoice.sent", "contacts__1", 5, "wrong_type"),
    ("invoice.sent", "contacts", None, "null_not_allowed"),
    ("invoice.sent", "visible_to_customer", "false", "wrong_type"),
    ("proposal.sent", "address", "buyer", "invalid_value"),
    ("proposal.sent", "address", "", "invalid_value"),
    ("ticket.replied", "ticket", None, "null_not_allowed"),
    ("task.commented", "task__title", GONE, "missing_field"),
    ("task.commented", "task__projekt", "J-1", "unknown_field"),
]


@pytest.mark.parametrize(
    ("name", "path", "value", "reason"),
    [pytest.param(*case, id=f"{number}-{case[0]}-{case[1]}") for number, case in enumerate(REFUSED)],
)
def test_occasions_are_refused(name: str, path: str, value: Any, reason: str) -> None:
    assert verdict(event(name, **{f"data__{path}": value})) == (reason, "/data/" + path.replace("__", "/"))


@pytest.mark.parametrize("name", [*DOCUMENT_TYPES, *TICKET_TYPES])
@pytest.mark.parametrize("contacts", [[], GONE])
def test_p6_manual_mode_with_nobody_selected_never_falls_back_to_the_toggles(name: str, contacts: object) -> None:
    assert verdict(event(name, data__mode="manual", data__contacts=contacts)) == ("empty_selection", "/data/contacts")


@pytest.mark.parametrize("contacts", [[], ["K-1"]])
@pytest.mark.parametrize("mode", ["automatic", GONE])
def test_p6_a_selection_without_manual_mode_is_refused(mode: object, contacts: list[str]) -> None:
    raw = event("invoice.sent", data__mode=mode, data__contacts=contacts)
    assert verdict(raw) == ("invalid_value", "/data/contacts")


def test_a_ticket_occasion_is_about_its_ticket_or_else_its_document() -> None:
    assert parse(examples.full("ticket.replied")).data.ticket_id == "T-1"
    assert parse(examples.minimal("ticket.replied")).data.ticket_id == "55"


def test_tl2_any_action_is_accepted() -> None:
    assert verdict(event("activity.recorded", data__action="something nobody has heard of")) is None


def test_a_misspelt_template_is_told_the_nearest_ones() -> None:
    assert detail(event("template.switched", data__template="renewal.reminders")) == (
        'template must be the name of a template; "renewal.reminders" is none: '
        "did you mean renewal.reminder or renewal.reminder.partner?"
    )
