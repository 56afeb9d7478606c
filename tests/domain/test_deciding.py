"""What decided about a person, and which thing's events tell of it."""

from dataclasses import replace

import pytest

from workers.domain.deciding import DecidingFact, deciding_facts
from workers.domain.notices import Person
from workers.domain.reasons import Reason, Role

CLAIRE = Person((Role.CONTACT,), "contact/C-1", "claire@example.com", kept=True, reason=Reason.TOGGLE_ON)
CAUSE = "event/https://crm.example.com/e-1"


def of(reason: Reason, *facts: tuple[str, str], subject: str = "invoice/55") -> list[tuple[str, str, str | None]]:
    person = replace(CLAIRE, reason=reason, facts=facts)
    found = deciding_facts(person, subject, CAUSE, owner="partner/P-1")
    return [(fact.name, fact.value, fact.told_by) for fact in found]


@pytest.mark.parametrize(
    ("fact", "told_by"),
    [
        (("toggle.invoice", "off"), "contact/C-1"),
        (("active", "no"), "contact/C-1"),
        (("permission.support", "no"), "contact/C-1"),
        (("company", "K-2"), "contact/C-1"),
        (("opt_out.invoice", "on"), "opt_out/C-1/invoice"),
        (("template.invoice.sent.fr", "off"), "template/invoice.sent/fr"),
        (("address", " Claire@Example.com"), "address/claire@example.com"),
        (("responsibility.second_account_manager", "off"), "setting/responsibility.second_account_manager"),
        (("actor", "user/U-1"), CAUSE),
        (("same_address_as", "contact/C-2"), "contact/C-2"),
        (("same_address_as", "claire@example.com"), None),
        (("known", "no"), None),
    ],
)
def test_each_fact_leads_to_what_told_of_it(fact: tuple[str, str], told_by: str | None) -> None:
    assert of(Reason.TOGGLE_OFF, fact) == [(*fact, told_by)]


def test_f16_an_ended_partner_is_told_by_the_partner_and_who_that_is_by_the_user() -> None:
    found = of(Reason.PARTNER_ENDED, ("partner", "P-1"), ("partner.status", "ended"))
    assert found == [("partner", "P-1", "contact/C-1"), ("partner.status", "ended", "partner/P-1")]


@pytest.mark.parametrize(
    ("reason", "told_by"),
    [
        (Reason.MAIN_CONTACT, "contact/C-1"),
        (Reason.NO_ADDRESS, "contact/C-1"),
        (Reason.POINT_OF_CONTACT, "partner/P-1"),
        (Reason.DEAL_RESPONSIBLE, "deal/D-1"),
        (Reason.LEAD_ACCEPTOR, "deal/D-1"),
        (Reason.MANUAL_SELECTION, CAUSE),
        (Reason.WELCOME, CAUSE),
    ],
)
def test_a_reason_that_is_a_fact_by_itself_is_written_out(reason: Reason, told_by: str) -> None:
    (found,) = of(reason, subject="deal/D-1")
    assert found[2] == told_by


def test_f16_an_acceptor_nobody_knows_was_named_all_the_same() -> None:
    unknown = replace(CLAIRE, kept=False, reason=Reason.NO_LEAD_ACCEPTOR, ref="user/U-9", facts=(("known", "no"),))
    assert deciding_facts(unknown, "lead/L-1", "run/2026-06-01") == (DecidingFact("known", "no", None),)


def test_a_place_that_nobody_holds_has_no_fact() -> None:
    assert of(Reason.ROLE_MISSING) == []
