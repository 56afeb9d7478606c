"""O1 to O17: who is told of an activity, who is not, and why. Decisions are compared whole."""

from dataclasses import replace
from typing import Any

import pytest

from tests.domain.activities import (
    COMPANY,
    DEAL,
    INGA,
    PROJECT,
    RULES,
    TICKET,
    WITH_SECOND,
    decided,
    dropped,
    failed,
    inactive,
    nobody,
    second_is_off,
    suppressed,
    to,
    told,
    unknown,
    users,
)
from tests.world import GRETA, HAFENBAU, JONAS, MAREN
from workers.domain.cases import ActivityObject
from workers.domain.facts import Company
from workers.domain.notices import Decision
from workers.domain.reasons import ALERTED, Reason, Role
from workers.domain.responsibility import ResponsibilityRules

FIRST, SECOND = Role.ACCOUNT_MANAGER, Role.SECOND_ACCOUNT_MANAGER
AS_FIRST, AS_SECOND = Reason.COMPANY_ACCOUNT_MANAGER, Reason.COMPANY_SECOND_ACCOUNT_MANAGER

JONAS_FIRST = to(JONAS, AS_FIRST, FIRST)
GRETA_SECOND = to(GRETA, AS_SECOND, SECOND)

MOVE = replace(RULES, plan="move")
BOOST = replace(RULES, plan="boost")
STARTER = replace(RULES, plan="starter", plans={"starter": frozenset(), **RULES.plans})
WITH_CUSTOM_USER = replace(RULES, notify_custom_user_field=True)

NO_RESPONSIBLE = failed(Reason.MISSING_MANDATORY_OWNER, nobody(Role.RESPONSIBLE, Reason.MISSING_MANDATORY_OWNER))


def managed_by(*managers: str | None) -> Company:
    return replace(HAFENBAU, account_managers=managers)


BOTH = managed_by(JONAS.id, GRETA.id)
ONLY_SECOND = managed_by(None, GRETA.id)


@pytest.mark.parametrize("action", ["note_added", "created", "deleted", "an action nobody has heard of"])
def test_o1_a_companys_account_manager_is_told_of_any_action(action: str) -> None:
    assert decided(COMPANY, action=action) == told(JONAS_FIRST)


@pytest.mark.parametrize("rules", [RULES, WITH_SECOND])
def test_o1_who_manages_another_object_of_the_company_is_not_told(rules: ResponsibilityRules) -> None:
    assert decided(managed_by(MAREN.id), rules) == told(to(MAREN, AS_FIRST, FIRST))


def test_o2_with_the_option_on_both_account_managers_are_told() -> None:
    assert decided(BOTH, WITH_SECOND) == told(JONAS_FIRST, GRETA_SECOND)


def test_o3_with_the_option_off_the_second_account_manager_is_dropped() -> None:
    assert decided(BOTH) == told(JONAS_FIRST, second_is_off(GRETA_SECOND))


@pytest.mark.parametrize("managers", [(), (None,), (None, None)])
@pytest.mark.parametrize("rules", [RULES, WITH_SECOND])
def test_o4_a_company_without_account_manager_tells_nobody(
    managers: tuple[None, ...], rules: ResponsibilityRules
) -> None:
    assert decided(managed_by(*managers), rules) == suppressed(Reason.NO_OWNER, nobody(FIRST, Reason.NO_OWNER))
    assert Reason.NO_OWNER not in ALERTED


def test_o5_only_a_second_account_manager_with_the_option_on_is_told() -> None:
    assert decided(ONLY_SECOND, WITH_SECOND) == told(GRETA_SECOND)


def test_o5_only_a_second_account_manager_with_the_option_off_leaves_nobody() -> None:
    assert decided(ONLY_SECOND) == suppressed(Reason.NO_RECIPIENTS, second_is_off(GRETA_SECOND))


@pytest.mark.parametrize("action", ["note_added", "won", "an action nobody has heard of"])
def test_o6_a_deals_responsible_is_told_of_any_action(action: str) -> None:
    assert decided(DEAL, action=action) == told(to(JONAS, Reason.DEAL_RESPONSIBLE))


def test_o6_a_second_responsible_of_a_deal_counts_only_with_the_option_on() -> None:
    deal = replace(DEAL, responsible=(GRETA.id, JONAS.id))
    first, second = to(GRETA, Reason.DEAL_RESPONSIBLE), to(JONAS, Reason.DEAL_RESPONSIBLE)

    assert decided(deal) == told(first, second_is_off(second))
    assert decided(deal, WITH_SECOND) == told(first, second)


def test_o6_whoever_comes_after_the_first_is_as_the_second() -> None:
    deal = replace(DEAL, responsible=(GRETA.id, JONAS.id, MAREN.id))
    first, *others = (to(user, Reason.DEAL_RESPONSIBLE) for user in (GRETA, JONAS, MAREN))

    assert decided(deal) == told(first, *map(second_is_off, others))
    assert decided(deal, WITH_SECOND) == told(first, *others)


def test_o6_an_inactive_first_is_not_replaced_by_a_second_that_is_off() -> None:
    deal = replace(DEAL, responsible=(JONAS.id, GRETA.id))
    first, second = inactive(to(JONAS, Reason.DEAL_RESPONSIBLE)), to(GRETA, Reason.DEAL_RESPONSIBLE)
    known = users(replace(JONAS, active=False))

    assert decided(deal, users=known) == suppressed(Reason.NO_RECIPIENTS, first, second_is_off(second))
    assert decided(deal, WITH_SECOND, users=known) == told(first, second)


@pytest.mark.parametrize("rules", [RULES, WITH_SECOND, replace(RULES, cross_notify=True)])
def test_o7_a_deal_without_responsible_fails_and_operators_are_alerted(rules: ResponsibilityRules) -> None:
    decision = decided(replace(DEAL, responsible=()), rules, company=COMPANY)

    assert decision == NO_RESPONSIBLE
    assert decision.reason in ALERTED


@pytest.mark.parametrize("rules", [RULES, WITH_CUSTOM_USER])
def test_o8_an_invoice_has_no_owner(rules: ResponsibilityRules) -> None:
    assert decided("invoice/55", rules) == suppressed(Reason.OBJECT_HAS_NO_OWNER)


def test_o8_a_contact_has_no_owner_even_if_a_custom_field_names_a_user() -> None:
    assert decided(INGA) == suppressed(Reason.OBJECT_HAS_NO_OWNER)


def test_o8_with_the_option_on_a_contacts_custom_user_is_told_of_any_action() -> None:
    assert decided(INGA, WITH_CUSTOM_USER, action="never heard of") == told(to(JONAS, Reason.CUSTOM_FIELD_USER))


@pytest.mark.parametrize("contact", [replace(INGA, custom_user=None), "contact/C-unheard-of"])
def test_o8_with_the_option_on_a_contact_without_custom_user_has_no_owner(contact: Any) -> None:
    assert decided(contact, WITH_CUSTOM_USER) == suppressed(Reason.OBJECT_HAS_NO_OWNER)


def test_o8_a_custom_user_is_the_only_reader_so_their_refusal_is_the_notices() -> None:
    reader = to(JONAS, Reason.CUSTOM_FIELD_USER)

    assert decided(INGA, WITH_CUSTOM_USER, users=users(replace(JONAS, active=False))) == suppressed(
        Reason.USER_INACTIVE, inactive(reader)
    )
    assert decided(INGA, WITH_CUSTOM_USER, users=users(without=JONAS)) == suppressed(
        Reason.USER_NOT_FOUND, unknown(reader)
    )


@pytest.mark.parametrize("action", ["created", "updated", "closed", "deleted", "task_completed"])
@pytest.mark.parametrize("rules", [RULES, MOVE, BOOST])
def test_o9_everybody_responsible_for_a_project_is_told(action: str, rules: ResponsibilityRules) -> None:
    project = replace(PROJECT, responsible=(MAREN.id, JONAS.id, GRETA.id))
    everybody = [to(user, Reason.PROJECT_RESPONSIBLE) for user in (MAREN, JONAS, GRETA)]

    assert decided(project, rules, action=action) == told(*everybody)


def test_o10_a_project_without_responsible_fails_and_operators_are_alerted() -> None:
    decision = decided(replace(PROJECT, responsible=()), company=COMPANY)

    assert decision == NO_RESPONSIBLE
    assert decision.reason in ALERTED


@pytest.mark.parametrize(
    ("object", "rules"),
    [(PROJECT, STARTER), (TICKET, STARTER), (TICKET, MOVE)],
    ids=["no projects", "no tickets", "no tickets in Move"],
)
def test_o11_a_feature_that_the_plan_lacks_tells_nobody(object: ActivityObject, rules: ResponsibilityRules) -> None:
    assert decided(object, rules) == suppressed(Reason.FEATURE_NOT_IN_PLAN)


@pytest.mark.parametrize("object", [COMPANY, DEAL, PROJECT, TICKET])
@pytest.mark.parametrize("plan", [None, "enterprise", ""], ids=["none", "unknown", "empty"])
def test_o11_without_a_known_plan_everything_is_allowed(object: ActivityObject, plan: str | None) -> None:
    assert decided(object, replace(RULES, plan=plan)).sends


@pytest.mark.parametrize("object", [COMPANY, DEAL])
def test_o11_companies_and_deals_need_no_feature(object: ActivityObject) -> None:
    assert decided(object, STARTER).sends


@pytest.mark.parametrize("action", ["internal_note_added", "customer_replied", "closed"])
@pytest.mark.parametrize("rules", [RULES, BOOST])
def test_o12_a_tickets_responsible_is_told_of_three_things(action: str, rules: ResponsibilityRules) -> None:
    assert decided(TICKET, rules, action=action) == told(to(JONAS, Reason.TICKET_RESPONSIBLE))


@pytest.mark.parametrize("action", ["internal_note_added", "customer_replied", "closed"])
def test_o13_a_ticket_without_responsible_tells_nobody(action: str) -> None:
    decision = decided(replace(TICKET, responsible=None), action=action, company=COMPANY)

    assert decision == suppressed(Reason.NO_OWNER, nobody(Role.RESPONSIBLE, Reason.NO_OWNER))


@pytest.mark.parametrize(
    ("object", "action"),
    [
        *((TICKET, action) for action in ("created", "updated", "reopened", "assigned", "deleted")),
        *((TICKET, action) for action in ("colleague_replied", "task_completed", "CLOSED", "never heard of")),
        *((PROJECT, action) for action in ("reopened", "assigned", "customer_replied", "internal_note_added")),
        (PROJECT, "never heard of"),
    ],
)
def test_o14_any_other_action_on_a_ticket_or_project_tells_nobody(object: ActivityObject, action: str) -> None:
    assert decided(object, action=action) == suppressed(Reason.ACTION_NOT_NOTIFIABLE)


def _refused(first: Any) -> list[Any]:
    return [
        pytest.param(users(replace(JONAS, active=False)), inactive(first), id="inactive"),
        pytest.param(users(without=JONAS), unknown(first), id="unknown"),
        pytest.param(
            users(replace(JONAS, address=" ")), dropped(first, Reason.NO_ADDRESS, address=" "), id="without address"
        ),
    ]


@pytest.mark.parametrize(("known", "refused"), _refused(JONAS_FIRST))
def test_o15_one_account_manager_who_cannot_be_written_to_leaves_the_other(known: Any, refused: Any) -> None:
    assert decided(BOTH, WITH_SECOND, users=known) == told(refused, GRETA_SECOND)


@pytest.mark.parametrize(("known", "refused"), _refused(JONAS_FIRST))
def test_o15_an_only_account_manager_who_cannot_be_written_to_leaves_nobody(known: Any, refused: Any) -> None:
    assert decided(COMPANY, users=known) == suppressed(Reason.NO_RECIPIENTS, refused)
    assert decided(BOTH, users=known) == suppressed(Reason.NO_RECIPIENTS, refused, second_is_off(GRETA_SECOND))


@pytest.mark.parametrize(("known", "refused"), _refused(to(JONAS, Reason.PROJECT_RESPONSIBLE)))
def test_o15_one_of_several_responsible_for_a_project(known: Any, refused: Any) -> None:
    project = replace(PROJECT, responsible=(JONAS.id, MAREN.id))

    assert decided(project, users=known) == told(refused, to(MAREN, Reason.PROJECT_RESPONSIBLE))
    assert decided(PROJECT, users=known) == suppressed(Reason.NO_RECIPIENTS, refused)


@pytest.mark.parametrize(("known", "refused"), _refused(to(JONAS, Reason.DEAL_RESPONSIBLE)))
def test_o15_a_deals_only_responsible_who_cannot_be_written_to_is_no_missing_owner(known: Any, refused: Any) -> None:
    assert decided(DEAL, users=known) == suppressed(Reason.NO_RECIPIENTS, refused)


@pytest.mark.parametrize(("known", "refused"), _refused(to(JONAS, Reason.TICKET_RESPONSIBLE)))
def test_o15_a_tickets_responsible_is_the_only_reader_so_their_refusal_is_the_notices(known: Any, refused: Any) -> None:
    assert decided(TICKET, users=known) == suppressed(refused.reason, refused)


@pytest.mark.parametrize("rules", [RULES, WITH_SECOND])
def test_o16_the_same_user_twice_is_one_entry_with_all_roles(rules: ResponsibilityRules) -> None:
    company = managed_by(JONAS.id, JONAS.id)
    deal = replace(DEAL, responsible=(JONAS.id, JONAS.id))
    project = replace(PROJECT, responsible=(JONAS.id, MAREN.id, JONAS.id))

    assert decided(company, rules) == told(to(JONAS, AS_FIRST, FIRST, SECOND))
    assert decided(deal, rules) == told(to(JONAS, Reason.DEAL_RESPONSIBLE))
    assert decided(project, rules) == told(to(JONAS, Reason.PROJECT_RESPONSIBLE), to(MAREN, Reason.PROJECT_RESPONSIBLE))


def test_o16_of_two_users_with_one_address_the_second_is_dropped() -> None:
    address = " Jonas.KELLER@nordwind.example.org"
    decision = decided(BOTH, WITH_SECOND, users=users(replace(GRETA, address=address)))
    double = dropped(GRETA_SECOND, Reason.DUPLICATE_ADDRESS, ("same_address_as", "user/U-1"), address=address)

    assert decision == told(JONAS_FIRST, double)


def test_o16_the_address_of_a_refused_user_makes_no_duplicate() -> None:
    known = users(replace(JONAS, active=False), replace(GRETA, address=JONAS.address))

    assert decided(BOTH, WITH_SECOND, users=known) == told(
        inactive(JONAS_FIRST), replace(GRETA_SECOND, address=JONAS.address)
    )


@pytest.mark.parametrize(
    ("before", "after", "person"),
    [
        (COMPANY, managed_by(GRETA.id), to(GRETA, AS_FIRST, FIRST)),
        (DEAL, replace(DEAL, responsible=(GRETA.id,)), to(GRETA, Reason.DEAL_RESPONSIBLE)),
        (PROJECT, replace(PROJECT, responsible=(GRETA.id,)), to(GRETA, Reason.PROJECT_RESPONSIBLE)),
        (TICKET, replace(TICKET, responsible=GRETA.id), to(GRETA, Reason.TICKET_RESPONSIBLE)),
    ],
    ids=["company", "deal", "project", "ticket"],
)
def test_o17_the_owner_after_the_change_is_told(before: ActivityObject, after: ActivityObject, person: Any) -> None:
    old: Decision = decided(before)

    assert [told_one.ref for told_one in old.people] == ["user/U-1"]
    assert decided(after) == told(person)
