"""Question by question: what stood between a person and a mail (RULES 0.10)."""

from dataclasses import replace

import pytest

from workers.domain.checks import FAILED_BY, Check, Result, checks, results
from workers.domain.notices import CATALOGUE, Person
from workers.domain.reasons import Reason, Role
from workers.domain.recipients import REFUSALS

CLAIRE = Person((Role.CONTACT,), "contact/C-1", "claire@example.com", kept=True, reason=Reason.TOGGLE_ON, name="Claire")
JONAS = Person((Role.POINT_OF_CONTACT,), "user/U-1", "j@example.org", kept=True, reason=Reason.POINT_OF_CONTACT)


def refused(reason: Reason, of: Person = CLAIRE) -> Person:
    return replace(of, kept=False, reason=reason)


def answers(person: Person, notice: str, *, by_hand: bool = False) -> dict[str, str]:
    asked = checks(notice, [person], by_hand=by_hand)
    return dict(zip(asked, results(person, asked, by_hand=by_hand), strict=True))


def test_0_10_the_questions_stand_in_the_order_of_the_refusals() -> None:
    order = [FAILED_BY[reason] for reason in REFUSALS]
    assert order == sorted(order, key=list(Check).index)


def test_0_10_every_refusal_of_a_person_answers_a_question() -> None:
    assert set(REFUSALS) <= FAILED_BY.keys()


@pytest.mark.parametrize("notice", CATALOGUE)
def test_whoever_is_kept_failed_nothing(notice: str) -> None:
    assert set(answers(CLAIRE, notice).values()) == {Result.PASSED}


def test_p2_what_came_before_the_toggle_was_passed_and_nothing_was_asked_after_it() -> None:
    assert answers(refused(Reason.TOGGLE_OFF), "invoice.sent") == {
        "known": "passed",
        "active": "passed",
        "has_address": "passed",
        "address_works": "passed",
        "template_on": "passed",
        "not_unsubscribed": "passed",
        "toggle_on": "failed",
        "one_copy": "not_asked",
    }


def test_p10_an_inactive_contact_is_asked_nothing_more() -> None:
    found = answers(refused(Reason.CONTACT_INACTIVE), "invoice.sent")
    assert [check for check, result in found.items() if result == "not_asked"] == list(found)[2:]


def test_px7_chosen_by_hand_toggles_do_not_hold_and_what_they_would_have_said_is_told() -> None:
    chosen = replace(CLAIRE, reason=Reason.MANUAL_SELECTION, facts=(("toggle.invoice", "off"), ("active", "no")))
    found = answers(chosen, "invoice.sent", by_hand=True)
    assert found["toggle_on"] == found["active"] == "set_aside"
    assert found["not_unsubscribed"] == "free"
    assert found["of_company"] == "passed"


def test_p9_chosen_by_hand_without_address_nobody_claims_that_they_were_active() -> None:
    assert answers(refused(Reason.NO_ADDRESS), "invoice.sent", by_hand=True)["active"] == "free"


def test_a_users_copy_of_a_renewal_is_not_asked_for_toggles() -> None:
    found = answers(JONAS, "renewal.notice")
    assert found["toggle_on"] == found["not_unsubscribed"] == "free"
    assert found["place_held"] == "passed"


def test_px4_a_proposal_has_no_toggle_to_ask_for() -> None:
    assert not {Check.TOGGLE_ON, Check.NOT_UNSUBSCRIBED} & answers(CLAIRE, "proposal.sent").keys()


def test_p15_an_address_that_stands_alone_is_asked_for_nothing_that_only_people_have() -> None:
    alone = Person((Role.DIRECT,), None, "a@example.com", kept=True, reason=Reason.DIRECT_ADDRESS)
    found = answers(alone, "ticket.opened")
    assert {check for check, result in found.items() if result == "free"} == {
        "known",
        "active",
        "not_unsubscribed",
        "toggle_on",
    }


def test_r10_a_copy_without_a_letter_fails_a_question_that_is_asked_only_then() -> None:
    found = answers(refused(Reason.NO_CLIENT_RECIPIENTS, JONAS), "renewal.notice")
    assert found["client_reached"] == "failed"
    assert "client_reached" not in answers(JONAS, "renewal.notice")


def test_a_notice_of_another_release_has_at_least_the_questions_of_every_letter() -> None:
    assert list(answers(CLAIRE, "invoice.shredded")) == ["has_address", "address_works", "template_on"]
