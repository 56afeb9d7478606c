"""Letters about Nordwind's client Lumière have Nordwind's brand, for Lumière's contacts and Nordwind's people alone."""

from dataclasses import replace
from datetime import date

import pytest

from tests.domain.activities import case_of
from tests.domain.leads import CASE
from tests.world import CLAIRE, COLLEAGUES, GRETA, HAFENBAU, JONAS, LUMIERE, NORDWIND, RENEWAL_CASE, utc
from workers.domain.cases import DocumentCase, PasswordCase, WelcomeCase
from workers.domain.facts import Company, Document, User
from workers.domain.notices import LetterPlan, Person
from workers.domain.reasons import Reason, Role
from workers.house import rules_of
from workers.settings import Settings
from workers.stages.contents import of_follow_up, of_renewal
from workers.stages.occasion_contents import of_activity, of_document, of_set_password, of_welcome

RULES = rules_of(Settings())
NOW = utc("2026-06-02T07:00")
HOUSE = replace(JONAS, id="U-9", name="Nora Berg", partner=None)
"""A colleague of the house, in charge of Lumière."""
STRANGER = replace(JONAS, id="U-8", partner="P-2")
ENDED = replace(LUMIERE, services_ended=True)
GONE = replace(NORDWIND, ended=True)


def plan(template: str, *people: str) -> LetterPlan:
    to = (Person((Role.CONTACT,), ref, "x@example.com", True, Reason.TOGGLE_ON, "en", "X") for ref in people)
    return LetterPlan(template, "en", tuple(to))


@pytest.mark.parametrize(
    ("company", "partner", "brand"),
    [
        (LUMIERE, NORDWIND, "P-1"),
        (ENDED, NORDWIND, None),
        (LUMIERE, replace(NORDWIND, ended=True), None),
        (HAFENBAU, None, None),
    ],
)
@pytest.mark.parametrize("template", ["renewal.notice", "renewal.notice.partner"])
def test_a_renewal_letter_is_one_text_in_the_brand_of_the_clients_partner(template, company, partner, brand):
    case = replace(RENEWAL_CASE, company=company, partner=partner)
    reader = JONAS.ref if template.endswith("partner") else CLAIRE.ref

    content = of_renewal(case, plan(template, reader), "renewal.notice", NOW, RULES)

    assert content.reader.partner == brand


@pytest.mark.parametrize(
    ("user", "company", "brand"),
    [
        (JONAS, LUMIERE, "P-1"),
        (GRETA, LUMIERE, "P-1"),
        (HOUSE, LUMIERE, None),
        (STRANGER, LUMIERE, None),
        (JONAS, HAFENBAU, None),
        (JONAS, ENDED, None),
    ],
)
def test_an_activity_has_the_partners_brand_for_the_partners_own_people(user: User, company: Company, brand):
    case = case_of(company, company=company, users={**COLLEAGUES, user.id: user})

    assert of_activity(case, plan("activity", user.ref)).reader.partner == brand
    assert of_activity(replace(case, partner=NORDWIND), plan("activity", user.ref)).reader.partner == brand
    assert of_activity(replace(case, partner=GONE), plan("activity", user.ref)).reader.partner is None


@pytest.mark.parametrize(
    ("company", "partner", "brand"),
    [
        (LUMIERE, NORDWIND, "P-1"),
        (LUMIERE, None, "P-1"),  # nothing is known of the partner yet
        (LUMIERE, GONE, None),
        (ENDED, NORDWIND, None),
        (HAFENBAU, None, None),
    ],
)
def test_letters_to_a_clients_contact_have_the_brand_of_the_clients_partner(company: Company, partner, brand):
    to = plan("invoice.sent", CLAIRE.ref)
    document = DocumentCase("invoice.sent", company, Document("55"), partner=partner)

    readers = [
        of_document(document, to, None, date(2026, 6, 2)).reader,
        of_welcome(WelcomeCase(CLAIRE.id, CLAIRE, company, partner=partner), to, password_follows=False).reader,
        of_set_password(PasswordCase(CLAIRE.id, NOW, CLAIRE, company, partner), to, NOW).reader,
    ]

    assert [reader.partner for reader in readers] == [brand] * 3


def test_a_follow_up_has_the_brand_of_its_acceptors_partner():
    for partner, brand in ((NORDWIND, "P-1"), (replace(NORDWIND, ended=True), None)):
        case = replace(CASE, acceptor=GRETA, acceptor_partner=partner)

        assert of_follow_up(case, plan("lead.follow_up", GRETA.ref), 1, NOW, RULES).reader.partner == brand
