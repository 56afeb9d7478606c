"""TL-1 to TL-6 with their options, and RULES 0 for activities: order of refusals, languages, templates."""

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
    inactive,
    nobody,
    off,
    second_is_off,
    suppressed,
    to,
    told,
    unknown,
    users,
    with_switches,
)
from tests.world import GRETA, HAFENBAU, JONAS, MAREN
from workers.domain.cases import ActivityObject
from workers.domain.facts import Reachability, Switch
from workers.domain.notices import Decision, LetterPlan
from workers.domain.reasons import Outcome, Reason, Role
from workers.domain.responsibility import ResponsibilityRules

FIRST, SECOND = Role.ACCOUNT_MANAGER, Role.SECOND_ACCOUNT_MANAGER
AS_FIRST, AS_SECOND = Reason.COMPANY_ACCOUNT_MANAGER, Reason.COMPANY_SECOND_ACCOUNT_MANAGER

ACROSS = replace(RULES, cross_notify=True)
ACTOR_OFF = replace(RULES, notify_actor=False)
TO_ALL = replace(WITH_SECOND, cross_notify=True, notify_custom_user_field=True)

BOTH = replace(HAFENBAU, account_managers=(JONAS.id, GRETA.id))
MANAGED_BY_OTHERS = replace(HAFENBAU, account_managers=(MAREN.id, GRETA.id))
JONAS_FIRST = to(JONAS, AS_FIRST, FIRST)
GRETA_SECOND = to(GRETA, AS_SECOND, SECOND)
FOR_DEAL = to(JONAS, Reason.DEAL_RESPONSIBLE)


def actor_self(person: Any) -> Any:
    return dropped(person, Reason.ACTOR_SELF, ("actor", person.ref), ("responsibility.notify_actor", "off"))


def test_the_options_are_off_by_default_but_the_actor_is_told() -> None:
    assert ResponsibilityRules() == ResponsibilityRules(
        second_account_manager=False,
        notify_actor=True,
        cross_notify=False,
        notify_custom_user_field=False,
        plan=None,
        plans={"move": frozenset({"projects"}), "boost": frozenset({"projects", "tickets"})},
    )


def test_tl1_an_account_manager_is_optional_and_a_deals_responsible_is_not() -> None:
    without_manager = decided(HAFENBAU)
    without_responsible = decided(replace(DEAL, responsible=()))

    assert (without_manager.outcome, without_manager.reason) == (Outcome.SUPPRESSED, Reason.NO_OWNER)
    assert (without_responsible.outcome, without_responsible.reason) == (
        Outcome.FAILED,
        Reason.MISSING_MANDATORY_OWNER,
    )


def test_tl2_an_action_nobody_has_heard_of_is_told_like_any_other() -> None:
    for object in (COMPANY, DEAL):
        assert decided(object, action="x") == decided(object, action="note_added")


def test_tl3_both_are_informed_of_everything_each_in_a_letter_of_their_own() -> None:
    decision = decided(BOTH, WITH_SECOND)

    assert decision.letters == (
        LetterPlan("activity", "de", (JONAS_FIRST,)),
        LetterPlan("activity", "en", (GRETA_SECOND,)),
    )


def test_tl4_the_option_names_only_the_contacts_own_user() -> None:
    with_field = replace(RULES, notify_custom_user_field=True)
    decision = decided(replace(INGA, custom_user=MAREN.id), with_field, company=BOTH)

    assert decision == told(to(MAREN, Reason.CUSTOM_FIELD_USER))


def test_tl4_the_second_manager_option_does_not_concern_a_custom_user() -> None:
    assert decided(INGA, WITH_SECOND) == suppressed(Reason.OBJECT_HAS_NO_OWNER)


def test_tl5_the_second_manager_option_does_not_concern_projects() -> None:
    project = replace(PROJECT, responsible=(JONAS.id, GRETA.id))

    assert decided(project, RULES) == decided(project, WITH_SECOND)
    assert len(decided(project, RULES).letters) == 2


def test_tl5_tl6_a_table_of_plans_replaces_the_default_one() -> None:
    mine = replace(RULES, plan="small", plans={"small": frozenset({"tickets"})})
    forgotten = replace(mine, plan="move")

    assert decided(PROJECT, mine) == suppressed(Reason.FEATURE_NOT_IN_PLAN)
    assert decided(TICKET, mine) == decided(TICKET, forgotten) == told(to(JONAS, Reason.TICKET_RESPONSIBLE))


def test_tl6_neither_the_companys_managers_nor_who_asked_is_told_of_a_ticket() -> None:
    ticket = replace(TICKET, responsible=MAREN.id, contact=INGA.id, address=INGA.address)

    assert decided(ticket, TO_ALL, company=BOTH) == told(to(MAREN, Reason.TICKET_RESPONSIBLE))


def test_the_actor_is_told_too_as_it_says_any_action() -> None:
    assert decided(BOTH, WITH_SECOND, actor=JONAS.id) == told(JONAS_FIRST, GRETA_SECOND)


def test_with_notify_actor_off_the_actor_is_dropped_and_the_rest_is_told() -> None:
    rules = replace(WITH_SECOND, notify_actor=False)

    assert decided(BOTH, rules, actor=JONAS.id) == told(actor_self(JONAS_FIRST), GRETA_SECOND)
    assert decided(BOTH, rules, actor=MAREN.id) == told(JONAS_FIRST, GRETA_SECOND)
    assert decided(BOTH, rules, actor=None) == told(JONAS_FIRST, GRETA_SECOND)


@pytest.mark.parametrize(
    ("object", "reader", "reason"),
    [
        (COMPANY, JONAS_FIRST, Reason.NO_RECIPIENTS),
        (DEAL, FOR_DEAL, Reason.NO_RECIPIENTS),
        (PROJECT, to(JONAS, Reason.PROJECT_RESPONSIBLE), Reason.NO_RECIPIENTS),
        (TICKET, to(JONAS, Reason.TICKET_RESPONSIBLE), Reason.ACTOR_SELF),
        (INGA, to(JONAS, Reason.CUSTOM_FIELD_USER), Reason.ACTOR_SELF),
    ],
    ids=["company", "deal", "project", "ticket", "contact"],
)
def test_with_notify_actor_off_an_only_reader_who_acted_leaves_nobody(
    object: ActivityObject, reader: Any, reason: Reason
) -> None:
    rules = replace(ACTOR_OFF, notify_custom_user_field=True)

    assert decided(object, rules, actor=JONAS.id) == suppressed(reason, actor_self(reader))


def test_an_actor_who_is_dropped_makes_no_duplicate_of_a_colleague_with_the_same_address() -> None:
    rules, known = replace(WITH_SECOND, notify_actor=False), users(replace(GRETA, address=JONAS.address))

    assert decided(BOTH, rules, actor=JONAS.id, users=known) == told(
        actor_self(JONAS_FIRST), replace(GRETA_SECOND, address=JONAS.address)
    )


def test_without_cross_notify_a_deals_action_is_not_told_to_the_companys_managers() -> None:
    assert decided(DEAL, WITH_SECOND, company=MANAGED_BY_OTHERS) == told(FOR_DEAL)


def test_cross_notify_tells_the_companys_managers_in_their_own_roles() -> None:
    manager, second = to(MAREN, AS_FIRST, FIRST), GRETA_SECOND

    assert decided(DEAL, ACROSS, company=MANAGED_BY_OTHERS) == told(FOR_DEAL, manager, second_is_off(second))
    assert decided(DEAL, TO_ALL, company=MANAGED_BY_OTHERS) == told(FOR_DEAL, manager, second)


def test_cross_notify_gives_somebody_with_both_places_one_letter_and_both_roles() -> None:
    decision = decided(DEAL, TO_ALL, company=BOTH)

    assert decision == told(to(JONAS, Reason.DEAL_RESPONSIBLE, Role.RESPONSIBLE, FIRST), GRETA_SECOND)


def test_cross_notify_reaches_a_second_responsible_who_is_the_companys_first_manager() -> None:
    deal = replace(DEAL, responsible=(GRETA.id, MAREN.id))
    as_manager = to(MAREN, AS_FIRST, Role.RESPONSIBLE, FIRST)
    company = replace(HAFENBAU, account_managers=(MAREN.id,))

    assert decided(deal, ACROSS, company=company) == told(to(GRETA, Reason.DEAL_RESPONSIBLE), as_manager)


def test_cross_notify_the_first_kept_person_gives_the_notices_reason() -> None:
    decision = decided(DEAL, ACROSS, company=MANAGED_BY_OTHERS, users=users(replace(JONAS, active=False)))

    assert decision == told(inactive(FOR_DEAL), to(MAREN, AS_FIRST, FIRST), second_is_off(GRETA_SECOND))
    assert decision.reason is Reason.COMPANY_ACCOUNT_MANAGER


@pytest.mark.parametrize("company", [None, HAFENBAU], ids=["none or unknown", "without managers"])
def test_cross_notify_without_managers_changes_nothing(company: Any) -> None:
    assert decided(DEAL, TO_ALL, company=company) == told(FOR_DEAL)


@pytest.mark.parametrize(
    ("object", "reason"),
    [(PROJECT, Reason.PROJECT_RESPONSIBLE), (TICKET, Reason.TICKET_RESPONSIBLE), (INGA, Reason.CUSTOM_FIELD_USER)],
    ids=["project", "ticket", "contact"],
)
def test_cross_notify_concerns_deals_only(object: ActivityObject, reason: Reason) -> None:
    assert decided(object, TO_ALL, company=MANAGED_BY_OTHERS) == told(to(JONAS, reason))


@pytest.mark.parametrize("object", ["company/K-9", "deal/D-9", "project/J-9", "ticket/T-9"])
def test_0_12_an_unknown_object_is_waited_for_before_anything_else_is_asked(object: str) -> None:
    strict = replace(RULES, plan="none", plans={"none": frozenset()})
    decision = decided(object, strict, action="never heard of", reach=with_switches(off()), company=BOTH)

    assert decision == Decision(Reason.REFERENCE_MISSING, Outcome.HELD)


@pytest.mark.parametrize("object", [COMPANY, DEAL, PROJECT, TICKET, INGA, "invoice/55"])
def test_0_7_a_template_switched_off_as_a_whole_lists_no_people(object: Any) -> None:
    assert decided(object, reach=with_switches(off())) == suppressed(Reason.TEMPLATE_DISABLED)


@pytest.mark.parametrize(
    "switches",
    [(off("fr"),), (off(), off(enabled=True, minute=1)), (replace(off(), template="lead.follow_up"),)],
    ids=["a language nobody reads", "on again", "another template"],
)
def test_0_7_other_switches_keep_nobody_from_being_told(switches: tuple[Switch, ...]) -> None:
    assert decided(BOTH, WITH_SECOND, reach=with_switches(*switches)) == told(JONAS_FIRST, GRETA_SECOND)


def test_0_7_a_template_off_in_one_language_drops_its_readers_only() -> None:
    reach = with_switches(off("de"))
    refused = dropped(JONAS_FIRST, Reason.TEMPLATE_DISABLED, ("template.activity.de", "off"))

    assert decided(BOTH, WITH_SECOND, reach=reach) == told(refused, GRETA_SECOND)
    assert decided(COMPANY, reach=reach) == suppressed(Reason.NO_RECIPIENTS, refused)


def test_0_7_off_in_the_language_of_a_tickets_only_reader_is_the_notices_reason() -> None:
    reader = to(JONAS, Reason.TICKET_RESPONSIBLE)
    refused = dropped(reader, Reason.TEMPLATE_DISABLED, ("template.activity.de", "off"))

    assert decided(TICKET, reach=with_switches(off("de"))) == suppressed(Reason.TEMPLATE_DISABLED, refused)


@pytest.mark.parametrize(("language", "written"), [("de-AT", "de"), ("it", "en"), ("FR", "fr")])
def test_0_8_each_letter_is_in_its_readers_language(language: str, written: str) -> None:
    decision = decided(BOTH, WITH_SECOND, users=users(replace(JONAS, language=language)))

    assert decision == told(replace(JONAS_FIRST, language=written), GRETA_SECOND)


def test_0_9_a_suppressed_address_is_dropped_however_it_is_written() -> None:
    reach = Reachability(suppressed=frozenset({"jonas.keller@nordwind.example.org"}))
    known = users(replace(JONAS, address="Jonas.Keller@Nordwind.example.org "))
    refused = dropped(
        JONAS_FIRST,
        Reason.ADDRESS_SUPPRESSED,
        ("address", "jonas.keller@nordwind.example.org"),
        address="Jonas.Keller@Nordwind.example.org ",
    )

    assert decided(BOTH, WITH_SECOND, users=known, reach=reach) == told(refused, GRETA_SECOND)


def test_0_10_of_several_refusals_of_one_person_the_first_in_order_is_recorded() -> None:
    """Everything holds against Greta; one thing after the other is mended."""
    closed = Reachability((off("en"),), frozenset({"greta.voss@nordwind.example.org"}))
    nameless = replace(GRETA, active=False, address=None)
    rules, mended = ACTOR_OFF, replace(WITH_SECOND, notify_actor=False)
    shared = replace(JONAS, address=GRETA.address)
    steps: list[tuple[ResponsibilityRules, dict[str, Any], Reachability]] = [
        (rules, users(without=GRETA), closed),
        (mended, users(without=GRETA), closed),
        (mended, users(nameless), closed),
        (mended, users(replace(nameless, active=True)), closed),
        (mended, users(GRETA), closed),
        (mended, users(GRETA, shared), with_switches(off("en"))),
        (mended, users(GRETA, shared), Reachability()),
        (WITH_SECOND, users(GRETA, shared), Reachability()),
        (WITH_SECOND, users(GRETA), Reachability()),
    ]
    reasons = [
        decided(BOTH, rules, actor=GRETA.id, users=known, reach=reach).people[1].reason for rules, known, reach in steps
    ]

    assert reasons == [
        Reason.SECOND_ACCOUNT_MANAGER_DISABLED,
        Reason.USER_NOT_FOUND,
        Reason.USER_INACTIVE,
        Reason.NO_ADDRESS,
        Reason.ADDRESS_SUPPRESSED,
        Reason.TEMPLATE_DISABLED,
        Reason.ACTOR_SELF,
        Reason.DUPLICATE_ADDRESS,
        Reason.COMPANY_SECOND_ACCOUNT_MANAGER,
    ]


def test_0_10_an_unknown_second_is_recorded_as_second_where_the_option_is_off() -> None:
    refused = second_is_off(unknown(GRETA_SECOND))

    assert decided(BOTH, users=users(without=GRETA)) == told(JONAS_FIRST, refused)


def test_0_11_the_first_refusal_of_the_whole_notice_wins() -> None:
    small = replace(RULES, plan="small", plans={"small": frozenset()})
    ticket = replace(TICKET, responsible=None)
    template_off = decided(ticket, small, action="created", reach=with_switches(off()))
    not_in_plan = decided(ticket, small, action="created")
    not_told = decided(ticket, action="created")
    unowned = decided(ticket)

    assert template_off == suppressed(Reason.TEMPLATE_DISABLED)
    assert not_in_plan == suppressed(Reason.FEATURE_NOT_IN_PLAN)
    assert not_told == suppressed(Reason.ACTION_NOT_NOTIFIABLE)
    assert unowned == suppressed(Reason.NO_OWNER, nobody(Role.RESPONSIBLE, Reason.NO_OWNER))


def test_0_11_a_mandatory_owner_is_missed_only_where_somebody_would_be_told() -> None:
    unowned = replace(PROJECT, responsible=())
    small = replace(RULES, plan="small", plans={"small": frozenset()})

    assert decided(unowned, small) == suppressed(Reason.FEATURE_NOT_IN_PLAN)
    assert decided(unowned, action="assigned") == suppressed(Reason.ACTION_NOT_NOTIFIABLE)


def test_0_11_a_deleted_company_still_tells_its_last_account_managers() -> None:
    deleted = replace(BOTH, deleted=True)
    as_manager = to(JONAS, Reason.DEAL_RESPONSIBLE, Role.RESPONSIBLE, FIRST)

    assert decided(deleted, WITH_SECOND, action="deleted") == told(JONAS_FIRST, GRETA_SECOND)
    assert decided(DEAL, TO_ALL, company=deleted) == told(as_manager, GRETA_SECOND)
