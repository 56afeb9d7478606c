"""RULES part 2 through the simulation: rows O1 to O17, and what Teamleader's page states."""

import pytest

from tests.scenarios import event
from tests.scenarios.office import (
    COLLEAGUES,
    GRETA,
    JONAS,
    MAREN,
    START,
    activity,
    company,
    contact,
    deal,
    manager,
    nobody,
    not_sent,
    off,
    project,
    sent,
    ticket,
    told,
    user,
)
from tests.scenarios.story import dropped, kept, mail, z

SECOND = "[responsibility]\nsecond_account_manager = true\n"
MANAGER, BOTH = manager(JONAS), manager(GRETA, "second_account_manager")


def responsible(who: tuple[str, str], reason: str) -> dict[str, object]:
    return kept("responsible", *who, reason)


@pytest.mark.parametrize("action", ["note_added", "meeting_planned", "an action nobody has heard of"])
def test_o1_the_account_manager_hears_of_any_action_on_the_company(action: str) -> None:
    lines = told(*COLLEAGUES, company(START, "U-1"), activity("company/K-1", action))
    assert lines == [sent("company/K-1", "company_account_manager", MANAGER)]


def test_o2_with_the_option_on_both_account_managers_hear_of_it() -> None:
    lines = told(*COLLEAGUES, company(START, "U-1", "U-2"), activity("company/K-1"), toml=SECOND)
    assert lines == [sent("company/K-1", "company_account_manager", MANAGER, BOTH)]


def test_o3_with_the_option_off_the_second_does_not() -> None:
    second = dropped("second_account_manager", *GRETA, "second_account_manager_disabled")
    lines = told(*COLLEAGUES, company(START, "U-1", "U-2"), activity("company/K-1"))
    assert lines == [sent("company/K-1", "company_account_manager", MANAGER, second)]


def test_o4_a_company_without_account_manager_has_no_owner() -> None:
    lines = told(*COLLEAGUES, company(), activity("company/K-1"))
    assert lines == [not_sent("company/K-1", "no_owner", nobody("account_manager", "no_owner"))]


def test_o5_only_a_second_manager_with_the_option_on_is_told() -> None:
    lines = told(*COLLEAGUES, company(START, None, "U-2"), activity("company/K-1"), toml=SECOND)
    assert lines == [sent("company/K-1", "company_second_account_manager", BOTH)]


def test_o6_the_responsible_person_of_a_deal_and_the_second_if_on() -> None:
    first, second = (responsible(who, "deal_responsible") for who in (JONAS, GRETA))
    events = (*COLLEAGUES, company(START, "U-3"), deal("U-1", "U-2"), activity("deal/D-1"))
    without = dropped("responsible", *GRETA, "second_account_manager_disabled")
    assert told(*events) == [sent("deal/D-1", "deal_responsible", first, without)]
    assert told(*events, toml=SECOND) == [sent("deal/D-1", "deal_responsible", first, second)]


def test_o7_a_deal_without_responsible_person_fails() -> None:
    lines = told(*COLLEAGUES, company(START, "U-1"), deal(), activity("deal/D-1"))
    missing = nobody("responsible", "missing_mandatory_owner")
    assert lines == [not_sent("deal/D-1", "missing_mandatory_owner", missing, outcome="failed")]


def test_o8_contacts_and_invoices_have_no_owner_and_are_not_waited_for() -> None:
    events = (*COLLEAGUES, company(START, "U-1"), contact("C-1", custom_user="U-3"))
    told_of = (activity("contact/C-1"), activity("contact/C-9"), activity("invoice/55"))
    names = ("contact/C-1", "contact/C-9", "invoice/55")
    assert told(*events, *told_of) == [not_sent(name, "object_has_no_owner") for name in names]


def test_o8_a_contacts_custom_user_with_the_option_on() -> None:
    events = (*COLLEAGUES, company(START, "U-1"), contact("C-1", custom_user="U-3"), activity("contact/C-1"))
    lines = told(*events, toml="[responsibility]\nnotify_custom_user_field = true\n")
    assert lines == [sent("contact/C-1", "custom_field_user", responsible(MAREN, "custom_field_user"))]


@pytest.mark.parametrize("action", ["created", "updated", "closed", "deleted", "task_completed"])
def test_o9_everybody_responsible_for_a_project(action: str) -> None:
    lines = told(*COLLEAGUES, project("U-1", "U-3"), activity("project/J-1", action))
    people = (responsible(who, "project_responsible") for who in (JONAS, MAREN))
    assert lines == [sent("project/J-1", "project_responsible", *people)]


def test_o10_a_project_without_responsible_people_fails() -> None:
    missing = nobody("responsible", "missing_mandatory_owner")
    lines = told(*COLLEAGUES, project(), activity("project/J-1", "closed"))
    assert lines == [not_sent("project/J-1", "missing_mandatory_owner", missing, outcome="failed")]


@pytest.mark.parametrize(
    ("plan", "of_project", "of_ticket"),
    [("basic", False, False), ("move", True, False), ("boost", True, True), ("unheard-of", True, True)],
)
def test_o11_projects_and_tickets_need_their_feature(plan: str, of_project: bool, of_ticket: bool) -> None:
    toml = f"""[responsibility]
plan = "{plan}"
plans = {{basic = [], move = ["projects"], boost = ["projects", "tickets"]}}
"""
    events = (
        project("U-1"),
        ticket(responsible="U-1"),
        activity("project/J-1", "closed"),
        activity("ticket/T-1", "closed"),
    )
    sent_project = sent("project/J-1", "project_responsible", responsible(JONAS, "project_responsible"))
    sent_ticket = sent("ticket/T-1", "ticket_responsible", responsible(JONAS, "ticket_responsible"))
    assert told(*COLLEAGUES, company(), *events, toml=toml) == [
        sent_project if of_project else not_sent("project/J-1", "feature_not_in_plan"),
        sent_ticket if of_ticket else not_sent("ticket/T-1", "feature_not_in_plan"),
    ]


@pytest.mark.parametrize("action", ["internal_note_added", "customer_replied", "closed"])
def test_o12_the_three_things_a_tickets_person_is_told(action: str) -> None:
    lines = told(*COLLEAGUES, company(START, "U-3"), ticket(responsible="U-2"), activity("ticket/T-1", action))
    assert lines == [sent("ticket/T-1", "ticket_responsible", responsible(GRETA, "ticket_responsible"))]


def test_o13_a_ticket_without_responsible_person_has_no_owner() -> None:
    lines = told(*COLLEAGUES, company(START, "U-3"), ticket(), activity("ticket/T-1", "closed"))
    assert lines == [not_sent("ticket/T-1", "no_owner", nobody("responsible", "no_owner"))]


@pytest.mark.parametrize("action", ["created", "updated", "reopened", "assigned", "deleted", "colleague_replied"])
def test_o14_nobody_is_told_of_anything_else_that_happens_to_a_ticket(action: str) -> None:
    lines = told(*COLLEAGUES, company(), ticket(responsible="U-1"), activity("ticket/T-1", action))
    assert lines == [not_sent("ticket/T-1", "action_not_notifiable")]


def test_o14_nor_of_unlisted_actions_on_a_project() -> None:
    lines = told(*COLLEAGUES, project("U-1"), activity("project/J-1", "renamed"))
    assert lines == [not_sent("project/J-1", "action_not_notifiable")]


def test_o15_the_rest_is_told_and_none_left_means_no_recipients() -> None:
    gone = dropped("responsible", *JONAS, "user_inactive")
    unknown = dropped("responsible", "user/U-9", None, "user_not_found")
    events = (*COLLEAGUES, event("user.deactivated", z("06-01 08:30"), id="U-1"))
    some = told(*events, project("U-1", "U-3"), activity("project/J-1", "closed"))
    none = told(*events, project("U-1", "U-9"), activity("project/J-1", "closed"))
    assert some == [sent("project/J-1", "project_responsible", gone, responsible(MAREN, "project_responsible"))]
    assert none == [not_sent("project/J-1", "no_recipients", gone, unknown)]


def test_o16_the_same_user_twice_gets_one_mail_and_holds_both_places() -> None:
    lines = told(*COLLEAGUES, company(START, "U-1", "U-1"), activity("company/K-1"), toml=SECOND)
    once = kept("account_manager second_account_manager", *JONAS, "company_account_manager")
    assert lines == [sent("company/K-1", "company_account_manager", once)]


def test_o16_of_two_users_with_one_address_the_second_is_dropped() -> None:
    twin = user("U-2", START, email=f" {JONAS[1].upper()} ".strip())
    lines = told(user("U-1"), twin, project("U-1", "U-2"), activity("project/J-1", "closed"))
    double = dropped("responsible", "user/U-2", JONAS[1].upper(), "duplicate_address")
    assert lines == [sent("project/J-1", "project_responsible", responsible(JONAS, "project_responsible"), double)]


def test_o17_the_owner_that_this_very_action_made_is_told() -> None:
    """The change of the owner arrives with the action, later than the old owner, and is honoured."""
    changed = company(z("06-01 09:00"), "U-2")
    lines = told(*COLLEAGUES, company(START, "U-1"), changed, activity("company/K-1", "account_manager_changed"))
    assert lines == [sent("company/K-1", "company_account_manager", manager(GRETA))]


def test_tl2_who_did_it_is_told_too_unless_the_option_is_off() -> None:
    events = (*COLLEAGUES, company(START, "U-1"), activity("company/K-1", actor="U-1"))
    self_made = dropped("account_manager", *JONAS, "actor_self")
    quiet = told(*events, toml="[responsibility]\nnotify_actor = false\n")
    assert told(*events) == [sent("company/K-1", "company_account_manager", MANAGER)]
    assert quiet == [not_sent("company/K-1", "no_recipients", self_made)]


def test_a_deals_action_is_told_to_the_companys_managers_with_cross_notify_only() -> None:
    events = (*COLLEAGUES, company(START, "U-3"), deal("U-1"), activity("deal/D-1"))
    first = responsible(JONAS, "deal_responsible")
    across = told(*events, toml="[responsibility]\ncross_notify = true\n")
    assert told(*events) == [sent("deal/D-1", "deal_responsible", first)]
    assert across == [sent("deal/D-1", "deal_responsible", first, manager(MAREN))]


def test_0_11_a_deleted_company_still_has_its_last_account_manager() -> None:
    gone = event("company.deleted", z("06-01 08:30"), id="K-1")
    lines = told(*COLLEAGUES, company(START, "U-1"), gone, activity("company/K-1", "deleted"))
    assert lines == [sent("company/K-1", "company_account_manager", MANAGER)]


def test_0_7_a_template_that_is_off_blocks_every_activity_and_one_language_its_readers() -> None:
    events = (*COLLEAGUES, project("U-1", "U-3"), activity("project/J-1", "closed"))
    assert told(off("activity"), *events) == [not_sent("project/J-1", "template_disabled")]
    german = dropped("responsible", *JONAS, "template_disabled")
    french = responsible(MAREN, "project_responsible")
    assert told(off("activity", language="de"), *events) == [sent("project/J-1", "project_responsible", german, french)]


def test_a_repeated_activity_changes_nothing() -> None:
    told_once = activity("company/K-1")
    lines = told(*COLLEAGUES, company(START, "U-1"), told_once, told_once)
    assert lines == [sent("company/K-1", "company_account_manager", MANAGER)]
    assert lines[0]["mails"] == [mail("activity", "de", [JONAS[1]])]
