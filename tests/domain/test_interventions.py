"""What an operator's word does to a copy, and what speaks against it (DESIGN promise 3)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.world import utc
from workers.domain.delivery import State, Verb
from workers.domain.interventions import Against, Standing, adds_copy, becomes, last_check, objection
from workers.domain.reasons import Reason

NOON = utc("2026-06-03T12:00")
COPY = Standing(
    id=12,
    notice=1,
    letter=1,
    person=0,
    copy_number=1,
    line="to",
    address="claire@lumiere.example.com",
    reader="claire@lumiere.example.com",
    state=State.UNCERTAIN,
    token=1,
    reason=Reason.CONNECTION_LOST,
    possible_duplicate=False,
    by_hand=False,
    ended_at=NOON,
    left_at=NOON,
    newest=12,
    doubled=None,
    subject="invoice/55",
    template="invoice.sent",
    ref="contact/C-1",
    void=False,
    set_aside=False,
    only_captured=False,
    text_erased=False,
    text_forgotten=False,
    needs_link=False,
    has_link=False,
    link_until=None,
    erased=False,
    suppressed=False,
    opted_out=False,
    template_off=False,
)
TABLE = """
waiting    -                  -     -
pending    -                  -     -
leased     -                  -     -
sending    -                  -     -
sent       sent+new           -     -
failed     failed+new         -     -
uncertain  pending            sent  failed
cancelled  -                  -     -
suppressed -                  -     -
held       pending            sent  cancelled
"""
"""By state: what resend, mark-sent and drop make of it."""


def fate(verb: Verb, copy: Standing) -> str:
    if objection(verb, copy, NOON):
        return "-"
    return (becomes(verb, copy) or copy.state) + ("+new" if adds_copy(verb, copy) else "")


LEFT_BEHIND = {"line": "cc", "state": State.CANCELLED, "reason": Reason.NO_TO_COPY_ACCEPTED}


def test_hs_8_a_copy_in_cc_that_was_left_behind_goes_out_by_itself_only_after_one_in_to() -> None:
    cc, other = replace(COPY, **LEFT_BEHIND), replace(COPY, line="cc", state=State.CANCELLED, reason=Reason.OPERATOR)
    for verb in Verb:
        found = [objection(verb, copy, NOON) for copy in (cc, other, replace(cc, to_accepted=True))]
        over = Against.FOLLOWS_TO if verb is Verb.RESEND else Against.OVER
        last = None if verb is Verb.RESEND else Against.OVER
        assert [each and each.reason for each in found] == [over, Against.OVER, last]
    assert fate(Verb.RESEND, replace(cc, to_accepted=True)) == "cancelled+new"
    suppressed = objection(Verb.RESEND, replace(cc, to_accepted=True, suppressed=True), NOON)
    assert suppressed
    assert suppressed.reason is Against.ADDRESS_SUPPRESSED


def test_promise_3_every_word_in_every_state() -> None:
    rows = (row.split() for row in TABLE.strip().splitlines())
    expected = {State(state): fates for state, *fates in rows}
    assert {state: [fate(verb, replace(COPY, state=state)) for verb in Verb] for state in State} == expected


def test_a_corrected_address_ends_what_waited_and_makes_a_new_copy() -> None:
    fates = {}
    for state in (State.HELD, State.UNCERTAIN, State.SENT, State.FAILED):
        fates[state] = fate(Verb.RESEND, replace(COPY, state=state, reader="ada@example.com"))
    assert fates == {
        State.HELD: "cancelled+new",
        State.UNCERTAIN: "failed+new",
        State.SENT: "sent+new",
        State.FAILED: "failed+new",
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": State.SENT}, True),
        ({"state": State.UNCERTAIN}, True),
        ({"state": State.FAILED, "reason": Reason.REFUSED_BY_SERVER}, False),
        ({"state": State.FAILED, "reason": Reason.OPERATOR}, True),
        ({"state": State.FAILED, "reason": Reason.REFUSED_BY_SERVER, "possible_duplicate": True}, True),
        ({"state": State.HELD}, False),
    ],
)
def test_what_may_have_arrived_is_told(changes: dict[str, Any], expected: bool) -> None:
    assert replace(COPY, **changes).may_have_arrived is expected


LINK = {"needs_link": True, "has_link": True, "link_until": NOON + timedelta(seconds=1)}
OF_ANY = [
    ({"ordered_at": NOON}, Against.ORDERED_ALREADY),
    ({"newest": 13}, Against.NEWER_COPY),
]
OF_A_RESEND = [
    ({"void": True}, Against.DECIDED_AGAIN),
    ({"set_aside": True}, Against.SET_ASIDE),
    ({"only_captured": True}, Against.ONLY_CAPTURED),
    ({"address": ""}, Against.ERASED),
    ({"text_erased": True}, Against.TEXT_ERASED),
    ({"text_forgotten": True}, Against.TEXT_FORGOTTEN),
    ({"doubled": 14}, Against.DUPLICATE_ADDRESS),
]
OF_LEAVING = [
    (LINK | {"has_link": False}, Against.LINK_GONE),
    (LINK | {"link_until": NOON}, Against.LINK_GONE),
    ({"erased": True}, Against.ERASED),
    ({"suppressed": True}, Against.ADDRESS_SUPPRESSED),
    ({"opted_out": True}, Against.OPTED_OUT),
    ({"template_off": True}, Against.TEMPLATE_DISABLED),
]


@pytest.mark.parametrize(("changes", "against"), [*OF_ANY, *OF_A_RESEND, *OF_LEAVING])
def test_one_objection_is_enough_and_says_what_to_do(changes: dict[str, Any], against: Against) -> None:
    for verb in Verb:
        found = objection(verb, replace(COPY, **changes), NOON)
        concerns = verb is Verb.RESEND or (changes, against) in OF_ANY
        assert (found.reason if found else None) == (against if concerns else None)
        assert found is None or len(found.advice) > 30


def test_px_10_a_link_goes_out_until_it_expires() -> None:
    assert objection(Verb.RESEND, replace(COPY, **LINK), NOON) is None


def test_the_last_check_asks_what_stops_any_mail_and_nothing_else() -> None:
    asked = [last_check(replace(COPY, **changes), NOON) for changes, _ in OF_LEAVING]
    gone = [Reason.LINK_EXPIRED, Reason.LINK_EXPIRED, Reason.CONTACT_NOT_FOUND]
    assert asked == [*gone, Reason.ADDRESS_SUPPRESSED, Reason.OPTED_OUT, Reason.TEMPLATE_DISABLED]
    assert last_check(replace(COPY, erased=True, ref="user/U-1"), NOON) is Reason.USER_NOT_FOUND
    assert [last_check(replace(COPY, **changes), NOON) for changes, _ in (*OF_ANY, *OF_A_RESEND)] == [None] * 9
