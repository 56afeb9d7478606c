from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.contract.speech import GONE, event, verdict
from workers.contract import examples
from workers.contract.envelope import parse
from workers.contract.state import LeadSaved, PartnerSaved, ProcessSaved, Stage, UserSaved
from workers.contract.times import Span


def data(name: str, **changes: Any) -> Any:
    return parse(event(name, **{f"data__{path}": value for path, value in changes.items()})).data


REFUSED = [
    ("user.saved", "id", "a b", "invalid_value", ""),
    ("user.saved", "id", "", "invalid_value", ""),
    ("user.saved", "id", "x" * 129, "invalid_value", ""),
    ("user.saved", "id", "U-1\n", "invalid_value", ""),
    ("user.saved", "id", 55, "wrong_type", ""),
    ("user.saved", "name", " \t", "invalid_value", ""),
    ("user.saved", "name", "x" * 501, "too_large", ""),
    ("user.saved", "name", "a\x07b", "invalid_value", ""),
    ("user.saved", "email", GONE, "missing_field", ""),
    ("user.saved", "email", None, "null_not_allowed", ""),
    ("user.saved", "email", "ada", "invalid_value", ""),
    ("user.saved", "email", "Ada <ada@example.com>", "invalid_value", ""),
    ("user.saved", "email", "ada@example.com,bea@example.com", "invalid_value", ""),
    ("user.saved", "email", "ada@example.com\nBcc: bea@example.com", "invalid_value", ""),
    ("user.saved", "email", "a" * 321, "too_large", ""),
    ("user.saved", "language", "german", "invalid_value", ""),
    ("user.saved", "language", "pt_BR", "invalid_value", ""),
    ("user.saved", "language", "", "invalid_value", ""),
    ("user.saved", "timezone", "Europe/Berlni", "invalid_value", ""),
    ("user.saved", "timezone", "+02:00", "invalid_value", ""),
    ("user.saved", "timezone", "../etc/passwd", "invalid_value", ""),
    ("user.saved", "timezone", "localtime", "invalid_value", ""),
    ("user.saved", "active", "true", "wrong_type", ""),
    ("user.saved", "active", 1, "wrong_type", ""),
    ("user.saved", "partner", None, "null_not_allowed", ""),
    ("user.saved", "role", "admin", "unknown_field", ""),
    ("user.deactivated", "name", "Ada", "unknown_field", ""),
    ("user.erased", "id", GONE, "missing_field", ""),
    ("partner.saved", "renewal_owner", "default", "invalid_value", ""),
    ("partner.saved", "renewal_owner", 1, "wrong_type", ""),
    ("partner.saved", "status", "gone", "invalid_value", ""),
    ("partner.saved", "point_of_contact", None, "null_not_allowed", ""),
    ("company.saved", "renewal_owner", None, "null_not_allowed", ""),
    ("company.saved", "services_ended", "no", "wrong_type", ""),
    ("company.saved", "account_managers", ["U-1", None], "null_not_allowed", "/1"),
    ("company.saved", "account_managers", [None, None], "null_not_allowed", "/1"),
    ("company.saved", "account_managers", ["U-1", "U-2", "U-3"], "invalid_value", ""),
    ("company.saved", "account_managers", "U-1", "wrong_type", ""),
    ("company.saved", "account_managers", None, "null_not_allowed", ""),
    ("company.saved", "account_managers", [1], "wrong_type", "/0"),
    ("company.deleted", "id", None, "null_not_allowed", ""),
    ("contact.saved", "company", GONE, "missing_field", ""),
    ("contact.saved", "first_name", GONE, "missing_field", ""),
    ("contact.saved", "email", "jonas@", "invalid_value", ""),
    ("contact.saved", "permissions", ["invoices", "billing"], "invalid_value", "/1"),
    ("contact.saved", "permissions", {"invoices": True}, "wrong_type", ""),
    ("contact.saved", "notifications", {"invoices": True}, "unknown_field", "/invoices"),
    ("contact.saved", "notifications", {"invoice": None}, "null_not_allowed", "/invoice"),
    ("contact.saved", "notifications", ["invoice"], "wrong_type", ""),
    ("contact.saved", "primary", "yes", "wrong_type", ""),
    ("contact.deleted", "id", GONE, "missing_field", ""),
    ("contact.erased", "id", ["K-1"], "wrong_type", ""),
    ("deal.saved", "responsible", GONE, "missing_field", ""),
    ("deal.saved", "responsible", "U-1", "wrong_type", ""),
    ("deal.saved", "responsible", [None], "null_not_allowed", "/0"),
    ("project.saved", "responsible", None, "null_not_allowed", ""),
    ("project.saved", "title", GONE, "missing_field", ""),
    ("ticket.saved", "address", "", "invalid_value", ""),
    ("ticket.saved", "responsible", ["U-1"], "wrong_type", ""),
    ("process.saved", "stages", [], "invalid_value", ""),
    ("process.saved", "stages__0__id", GONE, "missing_field", ""),
    ("process.saved", "stages__0__duration__value", 0, "invalid_value", ""),
    ("process.saved", "stages__0__duration__value", 1.5, "wrong_type", ""),
    ("process.saved", "stages__0__duration__value", "1", "wrong_type", ""),
    ("process.saved", "stages__0__duration__value", True, "wrong_type", ""),
    ("process.saved", "stages__0__duration__value", 100_001, "invalid_value", ""),
    ("process.saved", "stages__0__duration__unit", "minutes", "invalid_value", ""),
    ("process.saved", "stages__0__duration", "P1W", "wrong_type", ""),
    ("process.saved", "stages__0__duration", None, "null_not_allowed", ""),
    ("process.saved", "stages", [{"id": "a", "name": "A"}, {"id": "a", "name": "B"}], "invalid_value", "/1/id"),
    ("process.saved", "follow_up__interval__value", 0, "invalid_value", ""),
    ("process.saved", "follow_up__interval__value", -1, "invalid_value", ""),
    ("process.saved", "follow_up__interval", GONE, "missing_field", ""),
    ("process.saved", "follow_up__enabled", GONE, "missing_field", ""),
    ("process.saved", "follow_up__resume", "always", "invalid_value", ""),
    ("process.saved", "follow_up__intervall", {}, "unknown_field", ""),
    ("lead.saved", "stage", None, "null_not_allowed", ""),
    ("lead.saved", "stage_entered_at", "2026-06-01T08:00:00", "naive_time", ""),
    ("lead.saved", "stage_entered_at", "2026-06-01", "invalid_value", ""),
    ("lead.saved", "stage_entered_at", None, "null_not_allowed", ""),
    ("lead.saved", "link", "/leads/1", "invalid_value", ""),
    ("lead.saved", "link", "javascript:alert(1)", "invalid_value", ""),
    ("lead.saved", "link", "https://", "invalid_value", ""),
    ("lead.saved", "link", "https://x.example.com/a b", "invalid_value", ""),
    ("lead.saved", "link", "https://x.example.com/\n", "invalid_value", ""),
    ("lead.saved", "link", "https://x.example.com/" + "a" * 2000, "too_large", ""),
    ("lead.saved", "details", {"Budget": 5}, "wrong_type", "/Budget"),
    ("lead.saved", "details", {"": "x"}, "invalid_value", "/"),
    ("lead.saved", "details", {"a": "x" * 10_001}, "too_large", "/a"),
    ("lead.saved", "details", {str(n): "x" for n in range(101)}, "too_large", ""),
    ("lead.saved", "details", ["x"], "wrong_type", ""),
    ("lead.closed", "outcome", "postponed", "invalid_value", ""),
    ("lead.closed", "outcome", GONE, "missing_field", ""),
    ("lead.deleted", "id", {}, "wrong_type", ""),
    ("lead.appointment_saved", "starts_at", GONE, "missing_field", ""),
    ("lead.appointment_saved", "ends_at", "2026-06-10T13:59:59+02:00", "invalid_value", ""),
    ("lead.appointment_cancelled", "lead", GONE, "missing_field", ""),
    ("lead.task_created", "title", "Call", "unknown_field", ""),
    ("lead.task_completed", "lead", GONE, "missing_field", ""),
    ("lead.task_deleted", "id", GONE, "missing_field", ""),
    ("renewal.saved", "renews_on", "2026-12-31T00:00:00Z", "invalid_value", ""),
    ("renewal.saved", "renews_on", "31.12.2026", "invalid_value", ""),
    ("renewal.saved", "renews_on", "2026-02-29", "invalid_value", ""),
    ("renewal.saved", "renews_on", "0000-12-31", "invalid_value", ""),
    ("renewal.saved", "renews_on", 20261231, "wrong_type", ""),
    ("renewal.saved", "status", "open", "invalid_value", ""),
    ("renewal.saved", "amount", "9.600,00", "invalid_value", ""),
    ("renewal.saved", "amount", "NaN", "invalid_value", ""),
    ("renewal.saved", "amount", "1\n", "invalid_value", ""),
    ("renewal.saved", "amount", True, "wrong_type", ""),
    ("renewal.saved", "amount", 10**15, "invalid_value", ""),
    ("renewal.saved", "amount", 1e300, "invalid_value", ""),
    ("renewal.saved", "amount", None, "null_not_allowed", ""),
    ("renewal.saved", "currency", "eur", "invalid_value", ""),
    ("renewal.saved", "currency", "EURO", "invalid_value", ""),
    ("template.switched", "template", "renewal.remindr", "invalid_value", ""),
    ("template.switched", "enabled", GONE, "missing_field", ""),
    ("template.switched", "language", None, "null_not_allowed", ""),
    ("address.bounced", "address", "", "invalid_value", ""),
    ("address.bounced", "kind", "spam", "invalid_value", ""),
    ("address.released", "address", "nobody", "invalid_value", ""),
]


@pytest.mark.parametrize(
    ("name", "path", "value", "reason", "below"),
    [pytest.param(*case, id=f"{number}-{case[0]}-{case[1]}") for number, case in enumerate(REFUSED)],
)
def test_state_is_refused(name: str, path: str, value: Any, reason: str, below: str) -> None:
    pointer = "/data/" + path.replace("__", "/") + below
    assert verdict(event(name, **{f"data__{path}": value})) == (reason, pointer)


def test_hs3_a_partner_whose_owner_was_never_set_may_say_null() -> None:
    assert data("partner.saved", renewal_owner=None, point_of_contact=GONE, language=GONE) == PartnerSaved(
        id="P-1", name="Atelier Nord"
    )


def test_an_absent_optional_field_means_its_default() -> None:
    assert parse(examples.minimal("user.saved")).data == UserSaved(
        id="U-1", name="Ada Berger", email="ada@example.com", language="en", timezone="UTC", active=True
    )


def test_px2_an_absent_primary_is_neither_true_nor_false() -> None:
    assert parse(examples.minimal("contact.saved")).data.primary is None
    assert data("contact.saved", primary=False).primary is False


def test_px4_an_absent_toggle_is_on() -> None:
    toggles = data("contact.saved", notifications={"task": False}).notifications
    assert toggles.model_dump() == {
        "invoice": True,
        "credit_note": True,
        "estimate": True,
        "ticket": True,
        "project": True,
        "contract": True,
        "task": False,
    }


@pytest.mark.parametrize("places", [[], ["U-1"], [None], ["U-1", "U-2"], [None, "U-2"]])
def test_tl1_the_first_of_two_account_managers_may_be_missing(places: list[str | None]) -> None:
    assert data("company.saved", account_managers=places).account_managers == tuple(places)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("", ""),
        ("  ", ""),
        (" Ada.Berger@Example.COM ", "Ada.Berger@Example.COM"),
        ("jürgen@münchen.example.com", "jürgen@münchen.example.com"),
        ("root@localhost", "root@localhost"),
        ("ada@mail.local", "ada@mail.local"),
        ("ada@acme.test", "ada@acme.test"),
    ],
)
def test_addresses_are_kept_as_written_but_trimmed(written: str, kept: str) -> None:
    assert data("user.saved", email=written).email == kept
    assert data("contact.saved", email=written).email == kept


@pytest.mark.parametrize(
    ("written", "kept"), [("de", "de"), ("DE-at", "de-AT"), ("zh-hans-cn", "zh-Hans-CN"), ("es-419", "es-419")]
)
def test_language_tags_are_kept_in_their_recommended_case(written: str, kept: str) -> None:
    assert data("user.saved", language=written).language == kept


def test_a_one_line_text_cannot_begin_a_new_header() -> None:
    lead = data("lead.saved", title=" Two lines\r\n\tBcc: bea@example.com\n", details={"A\nB": "x\ny"})
    assert (lead.title, lead.details) == ("Two lines Bcc: bea@example.com", {"A B": "x\ny"})


@pytest.mark.parametrize("turn", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_a_one_line_text_cannot_turn_the_words_around_it(turn: str) -> None:
    hebrew = "\u200fשלום\u200f, Ada"
    assert data("lead.saved", title=f"{turn}{hebrew}{turn} Berger").title == f"{hebrew} Berger"
    assert verdict(event("lead.saved", data__title=f" {turn} ")) == ("invalid_value", "/data/title")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (9600, "9600"),
        (12.5, "12.5"),
        (0.1, "0.1"),
        ("9600.00", "9600.00"),
        (-3, "-3"),
        (30.000000000000004, "30.000000"),
    ],
)
def test_amounts_are_decimal(written: object, kept: str) -> None:
    assert str(data("renewal.saved", amount=written).amount) == kept == str(Decimal(kept))


def test_lt1_a_process_with_its_stages() -> None:
    assert parse(examples.minimal("process.saved")).data == ProcessSaved(
        id="sales", name="New business", stages=(Stage(id="qualified", name="Qualified"),)
    )
    assert data("process.saved", stages__0__duration={"value": 2.0, "unit": "months"}).stages[0].duration == Span(
        value=2, unit="months"
    )


def test_o7_a_deal_may_have_nobody_responsible_or_somebody_twice() -> None:
    assert data("deal.saved", responsible=[]).responsible == ()
    assert data("deal.saved", responsible=["U-1", "U-1"]).responsible == ("U-1", "U-1")


def test_an_appointment_may_end_when_it_starts() -> None:
    assert verdict(event("lead.appointment_saved", data__ends_at="2026-06-10T12:00:00Z")) is None


def test_times_and_dates_of_data_are_values() -> None:
    assert data("renewal.saved").renews_on == date(2026, 12, 31)
    assert data("lead.saved").stage_entered_at == datetime(2026, 6, 1, 7, tzinfo=UTC)


def test_data_cannot_be_changed() -> None:
    lead: LeadSaved = data("lead.saved")
    with pytest.raises(ValueError, match="frozen"):
        lead.title = "Another"
