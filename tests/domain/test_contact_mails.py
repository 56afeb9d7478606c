"""W1 to W5: welcome and set-password mails. Decisions are compared whole."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import BRUNO, CLAIRE, HAFENBAU, LUMIERE, utc
from workers.domain.cases import PasswordCase, WelcomeCase
from workers.domain.contact_mails import (
    decide_set_password,
    decide_welcome,
    on_creation,
    password_follows,
    valid_until,
)
from workers.domain.facts import TOGGLES, Contact, Reachability, Switch
from workers.domain.notices import SET_PASSWORD, WELCOME, Decision, LetterPlan, Person
from workers.domain.reasons import Outcome, Reason, Role

ISSUED = utc("2026-06-01T08:29")
SOON = ISSUED + timedelta(minutes=1)
CREATED = WelcomeCase(CLAIRE.id, CLAIRE, LUMIERE)
ASKED = PasswordCase(CLAIRE.id, ISSUED, CLAIRE, LUMIERE)


def reader(reason: Reason, contact: Contact = CLAIRE, language: str = "fr") -> Person:
    return Person((Role.CONTACT,), contact.ref, contact.address, True, reason, language, contact.name)


def sent(person: Person, template: str) -> Decision:
    return Decision(person.reason, None, (person,), (LetterPlan(template, person.language or "", (person,)),))


def suppressed(reason: Reason, *people: Person) -> Decision:
    return Decision(reason, Outcome.SUPPRESSED, people)


def off(template: str, language: str | None = None) -> Reachability:
    return Reachability((Switch(template, language, False, utc("2026-05-01T08:00")),))


WELCOMED = sent(reader(Reason.WELCOME), "contact.welcome")
GIVEN_A_LINK = sent(reader(Reason.SET_PASSWORD), "contact.set_password")


def test_w1_a_created_contact_is_welcomed() -> None:
    assert decide_welcome(CREATED) == WELCOMED


def test_w1_toggles_and_opt_outs_do_not_govern_the_welcome() -> None:
    claire = replace(CLAIRE, toggles_off=frozenset(TOGGLES), opted_out=frozenset(TOGGLES))

    assert decide_welcome(replace(CREATED, contact=claire)) == WELCOMED


@pytest.mark.parametrize("company", [LUMIERE, None], ids=["the company's", "of an unknown company: English"])
def test_w1_a_contact_without_language_is_welcomed_in_the_companys(company: object) -> None:
    case = WelcomeCase(BRUNO.id, BRUNO, LUMIERE if company else None)
    to_bruno = reader(Reason.WELCOME, BRUNO, "fr" if company else "en")

    assert decide_welcome(case) == sent(to_bruno, "contact.welcome")


def test_w2_who_was_opted_out_is_not_welcomed() -> None:
    assert decide_welcome(replace(CREATED, opted_out=True)) == suppressed(Reason.WELCOME_OPTED_OUT)


@pytest.mark.parametrize("opted_out", [False, True])
def test_w3_a_disabled_template_wins_whether_anybody_opted_out_or_not(opted_out: bool) -> None:
    case = replace(CREATED, opted_out=opted_out, reach=off("contact.welcome"))

    assert decide_welcome(case) == suppressed(Reason.TEMPLATE_DISABLED)


def test_w3_another_template_or_language_that_is_off_blocks_no_welcome() -> None:
    assert decide_welcome(replace(CREATED, reach=off("contact.set_password"))) == WELCOMED
    assert decide_welcome(replace(CREATED, reach=off("contact.welcome", "de"))) == WELCOMED


def test_w3_off_in_the_contacts_language_is_not_replaced_by_another_language() -> None:
    facts = (("template.contact.welcome.fr", "off"),)
    refused = replace(reader(Reason.TEMPLATE_DISABLED), kept=False, facts=facts)

    assert decide_welcome(replace(CREATED, reach=off("contact.welcome", "fr"))) == suppressed(
        Reason.TEMPLATE_DISABLED, refused
    )


def test_w4_a_link_goes_to_its_contact() -> None:
    assert decide_set_password(ASKED, SOON) == GIVEN_A_LINK


def test_w4_toggles_opt_outs_and_the_welcome_template_do_not_govern_the_link() -> None:
    claire = replace(CLAIRE, toggles_off=frozenset(TOGGLES), opted_out=frozenset(TOGGLES))

    assert decide_set_password(replace(ASKED, contact=claire, reach=off("contact.welcome")), SOON) == GIVEN_A_LINK


def test_w4_with_the_welcome_two_mails_welcome_first() -> None:
    assert on_creation(with_link=True) == (WELCOME, SET_PASSWORD)
    assert on_creation(with_link=False) == (WELCOME,)


def test_w4_the_welcome_announces_a_link_that_it_came_with() -> None:
    assert password_follows(CREATED, ISSUED, SOON)
    assert not password_follows(CREATED, None, SOON)


@pytest.mark.parametrize("language", [None, "fr"])
def test_w4_the_welcome_announces_no_link_that_will_not_go_out(language: str | None) -> None:
    switched_off = replace(CREATED, reach=off("contact.set_password", language))

    assert decide_welcome(switched_off) == WELCOMED
    assert not password_follows(switched_off, ISSUED, SOON)
    assert not password_follows(CREATED, ISSUED, valid_until(ISSUED))


def test_w5_a_link_is_valid_for_48_hours_less_the_last_instant() -> None:
    assert valid_until(ISSUED) == utc("2026-06-03T08:29")
    assert decide_set_password(ASKED, valid_until(ISSUED) - timedelta(microseconds=1)) == GIVEN_A_LINK
    assert decide_set_password(ASKED, valid_until(ISSUED)) == suppressed(Reason.LINK_EXPIRED)


@given(st.timedeltas(timedelta(days=-1), timedelta(days=10)))
def test_w5_no_link_goes_out_at_or_after_its_end(after: timedelta) -> None:
    assert decide_set_password(ASKED, ISSUED + after).sends is (after < timedelta(hours=48))


def test_w5_a_disabled_template_is_the_reason_of_an_expired_link_too() -> None:
    case = replace(ASKED, reach=off("contact.set_password"))

    assert decide_set_password(case, valid_until(ISSUED)) == suppressed(Reason.TEMPLATE_DISABLED)


@pytest.mark.parametrize(
    ("contact", "reach", "reason", "facts"),
    [
        (replace(CLAIRE, active=False), Reachability(), Reason.CONTACT_INACTIVE, (("active", "no"),)),
        (replace(CLAIRE, address=None), Reachability(), Reason.NO_ADDRESS, ()),
        (
            CLAIRE,
            Reachability(suppressed=frozenset({"claire.fontaine@lumiere.example.com"})),
            Reason.ADDRESS_SUPPRESSED,
            (("address", "claire.fontaine@lumiere.example.com"),),
        ),
    ],
    ids=["inactive", "no address", "address suppressed"],
)
def test_0_10_the_refusal_of_the_one_contact_is_the_notices_reason(
    contact: Contact, reach: Reachability, reason: Reason, facts: tuple[tuple[str, str], ...]
) -> None:
    refused = replace(reader(reason, contact), kept=False, facts=facts)

    assert decide_welcome(replace(CREATED, contact=contact, reach=reach)) == suppressed(reason, refused)
    assert decide_set_password(replace(ASKED, contact=contact, reach=reach), SOON) == suppressed(reason, refused)


def test_0_10_a_contact_who_is_unknown_or_deleted_by_now_gets_neither() -> None:
    facts = (("known", "no"),)
    gone = Person((Role.CONTACT,), CLAIRE.ref, None, False, Reason.CONTACT_NOT_FOUND, facts=facts)

    assert decide_welcome(replace(CREATED, contact=None)) == suppressed(Reason.CONTACT_NOT_FOUND, gone)
    assert decide_set_password(replace(ASKED, contact=None), SOON) == suppressed(Reason.CONTACT_NOT_FOUND, gone)


def test_0_11_a_deleted_company_keeps_nobody_from_these_mails() -> None:
    deleted = replace(LUMIERE, deleted=True)

    assert decide_welcome(replace(CREATED, company=deleted)) == WELCOMED
    assert decide_set_password(replace(ASKED, company=deleted), SOON) == GIVEN_A_LINK


def test_0_8_the_contacts_own_language_beats_the_companys() -> None:
    assert decide_welcome(replace(CREATED, company=HAFENBAU)) == WELCOMED
