"""Who gets a due follow-up, and the mailer's last check: F16, F18, F19 (RULES 3; 0.7, 0.9, 0.10)."""

from dataclasses import replace
from typing import Any

import pytest

from tests.domain.leads import (
    CASE,
    CATCH_UP,
    FIRST,
    GRETA,
    NEVER,
    NEXT,
    NORDWIND,
    VISIT,
    WHEN_CLEAR,
    appointment,
    due,
    entered,
    sent,
    task,
    utc,
    with_process,
    with_visit,
)
from workers.domain.cases import LeadCase
from workers.domain.facts import Interval, Reachability, Switch, Unit, User
from workers.domain.follow_up import decide
from workers.domain.notices import Decision, LetterPlan, Person
from workers.domain.reasons import Outcome, Reason, Role

TUESDAY = utc("2026-06-02T07:00")
READER = Person((Role.ACCEPTOR,), "user/U-2", GRETA.address, True, Reason.LEAD_ACCEPTOR, "de", "Greta Voss")


def dropped(reason: Reason, person: Person = READER, **changes: Any) -> Decision:
    refused = replace(person, kept=False, reason=reason, **changes)
    return Decision(reason, Outcome.SUPPRESSED, (refused,))


def switch(language: str | None, enabled: bool = False, hour: int = 9) -> Switch:
    return Switch("lead.follow_up", language, enabled, utc(f"2026-06-01T{hour:02}:00"))


def with_acceptor(**changes: Any) -> LeadCase:
    return replace(CASE, acceptor=replace(GRETA, **changes))


def with_switches(*switches: Switch) -> LeadCase:
    return replace(CASE, reach=Reachability(switches=switches))


@pytest.mark.parametrize("reason", [FIRST, NEXT, CATCH_UP])
def test_lt5_the_acceptor_gets_the_mail_for_the_reason_it_is_due(reason: Reason) -> None:
    case = CASE if reason is FIRST else sent(CASE, ("2026-06-01T07:00", FIRST))
    assert decide(case, due(len(case.sent) + 1, reason), TUESDAY, NEVER) == Decision(
        reason, None, (READER,), (LetterPlan("lead.follow_up", "de", (READER,)),)
    )


@pytest.mark.parametrize(("language", "written"), [("fr-CH", "fr"), ("pt", "en"), ("en", "en")])
def test_the_letter_is_in_the_acceptors_language(language: str, written: str) -> None:
    decision = decide(with_acceptor(language=language), due(1, FIRST), TUESDAY, NEVER)
    assert [letter.language for letter in decision.letters] == [written]


def test_f16_no_acceptor() -> None:
    case = replace(with_visit(acceptor=None), acceptor=None, acceptor_partner=None)
    nobody = Person((Role.ACCEPTOR,), None, None, False, Reason.NO_LEAD_ACCEPTOR)
    assert decide(case, due(1, FIRST, case), TUESDAY, NEVER) == Decision(
        Reason.NO_LEAD_ACCEPTOR, Outcome.SUPPRESSED, (nobody,)
    )


def test_f16_an_acceptor_nobody_has_sent_yet() -> None:
    case = replace(CASE, acceptor=None, acceptor_partner=None)
    unknown = Person((Role.ACCEPTOR,), "user/U-2", None, False, Reason.NO_LEAD_ACCEPTOR, facts=(("known", "no"),))
    assert decide(case, due(1, FIRST), TUESDAY, NEVER) == Decision(
        Reason.NO_LEAD_ACCEPTOR, Outcome.SUPPRESSED, (unknown,)
    )


def test_f16_inactive_acceptor() -> None:
    assert decide(with_acceptor(active=False), due(1, FIRST), TUESDAY, NEVER) == dropped(
        Reason.USER_INACTIVE, facts=(("active", "no"),)
    )


def test_f16_the_acceptors_partner_has_ended() -> None:
    case = replace(CASE, acceptor_partner=replace(NORDWIND, ended=True))
    assert decide(case, due(1, FIRST), TUESDAY, NEVER) == dropped(
        Reason.PARTNER_ENDED, facts=(("partner", "P-1"), ("partner.status", "ended"))
    )


@pytest.mark.parametrize("address", [None, "", "  "])
def test_f16_no_address(address: str | None) -> None:
    assert decide(with_acceptor(address=address), due(1, FIRST), TUESDAY, NEVER) == dropped(
        Reason.NO_ADDRESS, address=address
    )


def test_f16_a_suppressed_address_is_found_in_any_spelling() -> None:
    suppressed = Reachability(suppressed=frozenset({"greta.voss@nordwind.example.org"}))
    case = replace(with_acceptor(address=" Greta.Voss@Nordwind.example.org"), reach=suppressed)
    assert decide(case, due(1, FIRST), TUESDAY, NEVER) == dropped(
        Reason.ADDRESS_SUPPRESSED,
        address=" Greta.Voss@Nordwind.example.org",
        facts=(("address", "greta.voss@nordwind.example.org"),),
    )


def test_f16_the_first_refusal_is_recorded() -> None:
    wrong = User("U-2", "Greta Voss", active=False, language="de", partner=NORDWIND.id)
    case = replace(with_switches(switch("de")), acceptor=wrong, acceptor_partner=replace(NORDWIND, ended=True))
    reasons = [decide(case, due(1, FIRST), TUESDAY, NEVER).reason]
    for mended in (replace(wrong, active=True), replace(GRETA, active=True)):
        reasons.append(decide(replace(case, acceptor=mended), due(1, FIRST), TUESDAY, NEVER).reason)
        case = replace(case, acceptor_partner=NORDWIND)
    reasons.append(decide(replace(case, acceptor=replace(wrong, active=True)), due(1, FIRST), TUESDAY, NEVER).reason)
    assert reasons == [
        Reason.USER_INACTIVE,
        Reason.PARTNER_ENDED,
        Reason.TEMPLATE_DISABLED,
        Reason.NO_ADDRESS,
    ]


def test_f19_a_template_switched_off_as_a_whole_lists_no_people() -> None:
    refused = Decision.refused(Reason.TEMPLATE_DISABLED)
    assert decide(with_switches(switch(None)), due(1, FIRST), TUESDAY, NEVER) == refused
    nobody = replace(with_switches(switch(None)), acceptor=None)
    assert decide(nobody, due(1, FIRST), TUESDAY, NEVER) == refused, "the template comes before the acceptor"


def test_f19_off_in_the_acceptors_language_drops_the_acceptor() -> None:
    assert decide(with_switches(switch("de")), due(1, FIRST), TUESDAY, NEVER) == dropped(
        Reason.TEMPLATE_DISABLED, facts=(("template.lead.follow_up.de", "off"),)
    )


@pytest.mark.parametrize(
    ("switches", "sends"),
    [
        pytest.param([switch("fr")], True, id="another language"),
        pytest.param([switch(None), switch("de", True, 10)], True, id="all off, then his on"),
        pytest.param([switch("de", True), switch(None, False, 10)], False, id="his on, then all off"),
        pytest.param([switch("de"), switch(None, True, 10)], True, id="his off, then all on"),
        pytest.param([replace(switch(None), order=2), replace(switch(None, True), order=1)], False, id="arrival"),
        pytest.param([replace(switch(None), template="renewal.notice")], True, id="another template"),
    ],
)
def test_f19_the_newest_switch_that_covers_the_language_decides(switches: list[Switch], sends: bool) -> None:
    assert decide(with_switches(*switches), due(1, FIRST), TUESDAY, NEVER).sends is sends


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        pytest.param(replace(CASE, lead=replace(CASE.lead, closed=True)), Reason.LEAD_CLOSED, id="closed"),
        pytest.param(replace(CASE, lead=replace(CASE.lead, deleted=True)), Reason.LEAD_DELETED, id="deleted"),
        pytest.param(with_visit(stage="S-1"), Reason.STOPPED_STATUS_CHANGE, id="F9 another stage"),
        pytest.param(with_visit(acceptor="U-7"), Reason.STOPPED_STATUS_CHANGE, id="F9 another acceptor"),
        pytest.param(with_visit(stage="S-4"), Reason.LEAD_CLOSED, id="F15 before F9"),
        pytest.param(with_visit(stage="S-3"), Reason.STOPPED_STATUS_CHANGE, id="F9 before F2"),
        pytest.param(with_process(follow_up=False), Reason.FOLLOW_UP_DISABLED, id="switched off"),
        pytest.param(with_process(stages=()), Reason.STAGE_WITHOUT_DURATION, id="no duration"),
        pytest.param(
            appointment("2026-06-02T07:00:01", "2026-06-05T10:00"), Reason.STOPPED_FUTURE_APPOINTMENT, id="appointment"
        ),
        pytest.param(task("2026-06-02T07:00:01"), Reason.STOPPED_TASK_CREATED, id="task"),
        pytest.param(entered("2026-05-25T10:00", Interval(2, Unit.WEEKS)), Reason.NOT_OVERDUE, id="longer duration"),
        pytest.param(
            entered("2026-05-25T10:00", Interval(182, Unit.HOURS)), Reason.FIRST_MAIL_NEXT_DAY, id="overdue today only"
        ),
    ],
)
def test_f18_what_arrives_between_decision_and_smtp_suppresses_the_mail(case: LeadCase, reason: Reason) -> None:
    ten = utc("2026-06-02T10:00")
    assert decide(case, due(1, FIRST), ten, NEVER) == Decision.refused(reason)
    assert decide(CASE, due(1, FIRST), ten, NEVER).sends


def test_f18_max_reminders_lowered_meanwhile() -> None:
    rules = replace(NEVER, max_reminders=1)
    case = sent(CASE, ("2026-06-02T07:00", FIRST))
    assert decide(case, due(2, NEXT), utc("2026-06-09T07:00"), rules) == Decision.refused(Reason.MAX_REMINDERS)


def test_f18_when_clear_a_mail_that_was_stopped_and_cleared_on_its_way_waits_for_a_first_mail() -> None:
    blip = appointment("2026-06-09T08:00", "2026-06-20T10:00", void_at="2026-06-09T09:00")
    case = replace(blip, sent=sent(CASE, ("2026-06-02T07:00", FIRST)).sent)
    same_day, day_after = utc("2026-06-09T10:00"), utc("2026-06-10T06:00")
    waits = Decision.refused(Reason.FIRST_MAIL_NEXT_DAY)
    assert decide(case, due(2, NEXT), same_day, WHEN_CLEAR) == waits
    assert decide(case, due(2, NEXT), day_after, WHEN_CLEAR) == waits
    assert decide(case, due(2, FIRST), utc("2026-06-10T07:00"), WHEN_CLEAR).sends


def test_f18_a_mail_retried_on_a_later_day_is_still_wanted() -> None:
    assert decide(CASE, due(1, FIRST), utc("2026-06-04T03:00"), NEVER).sends


def test_the_visit_is_named_by_its_key() -> None:
    assert due(1, FIRST).visit == VISIT.key == "V-1|S-2|U-2|2026-05-25T10:00:00Z"
