"""The life of a delivery and what it makes of its notice (DESIGN promises 3 and 5)."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import utc
from workers.domain.delivery import (
    OPEN,
    ORDERS,
    REVOCABLE,
    SENT_ANEW,
    TRANSITIONS,
    Copy,
    State,
    cc_follows,
    next_attempt,
    next_probe,
    next_resend,
    origins,
    outcome,
)
from workers.domain.reasons import Outcome, Reason

NOON = utc("2026-06-03T12:00")
STATES = {state.value: state for state in State}

PROMISE_3 = """
waiting -> pending cancelled suppressed held
pending -> leased cancelled suppressed held
leased -> pending sending failed cancelled suppressed held
sending -> sent failed uncertain pending
held -> pending cancelled sent
uncertain -> sent failed pending
sent ->
failed ->
cancelled ->
suppressed ->
"""
"""The promise, line by line; a refusal at RCPT (promise 5) ends a copy that is only leased."""


def test_promise_3_every_pair_of_states_is_as_promised() -> None:
    promised = {}
    for line in PROMISE_3.strip().splitlines():
        before, _, after = line.partition("->")
        promised[STATES[before.strip()]] = frozenset(STATES[state] for state in after.split())
    assert promised == TRANSITIONS


def test_origins_are_the_transitions_read_backwards() -> None:
    pairs = {(before, after) for after in State for before in origins(after)}
    assert pairs == {(before, after) for before in State for after in TRANSITIONS[before]}


def test_what_has_begun_to_leave_is_never_taken_back() -> None:
    taken_back = {State.CANCELLED, State.SUPPRESSED, State.HELD}
    for state in (State.SENDING, State.UNCERTAIN):
        assert not TRANSITIONS[state] & taken_back
    assert {state for state in State if State.CANCELLED in TRANSITIONS[state]} == REVOCABLE
    assert REVOCABLE | {State.SENDING} == OPEN


def test_promise_3_an_operators_word_takes_steps_of_the_table_and_only_where_somebody_must_decide() -> None:
    for verb, steps in ORDERS.items():
        assert steps.keys() == {State.HELD, State.UNCERTAIN}, verb
        assert all(after in TRANSITIONS[before] for before, after in steps.items()), verb
    assert all(not TRANSITIONS[end] for end in SENT_ANEW), "a resend adds a copy beside an end"


def to(*states: State) -> list[Copy]:
    return [Copy("to", state, Reason(f"{REASONS.get(state, 'accepted')}")) for state in states]


REASONS = {
    State.UNCERTAIN: "connection_lost",
    State.FAILED: "refused_by_server",
    State.CANCELLED: "decided_again",
    State.SUPPRESSED: "toggle_off",
}


@pytest.mark.parametrize(
    ("copies", "expected"),
    [
        (to(State.SENT, State.PENDING, State.FAILED), (Outcome.SENT, None)),
        (to(State.FAILED, State.HELD), None),
        (to(State.UNCERTAIN, State.SENDING), None),
        (to(State.FAILED, State.UNCERTAIN, State.CANCELLED), (Outcome.UNCERTAIN, Reason.CONNECTION_LOST)),
        (to(State.SUPPRESSED, State.CANCELLED, State.FAILED), (Outcome.FAILED, Reason.REFUSED_BY_SERVER)),
        (to(State.SUPPRESSED, State.CANCELLED), (Outcome.CANCELLED, Reason.DECIDED_AGAIN)),
        (to(State.SUPPRESSED), (Outcome.SUPPRESSED, Reason.TOGGLE_OFF)),
        ([Copy("cc", State.SENT)], None),
    ],
)
def test_promise_3_outcome_of_a_notice(copies: list[Copy], expected: tuple[Outcome, Reason | None] | None) -> None:
    assert outcome(copies) == expected


def test_promise_3_failed_carries_the_first_reason() -> None:
    copies = [Copy("to", State.FAILED, Reason.ADDRESS_REFUSED), Copy("to", State.FAILED, Reason.RETRIES_EXHAUSTED)]
    assert outcome(copies) == (Outcome.FAILED, Reason.ADDRESS_REFUSED)


@given(st.lists(st.sampled_from(State), min_size=1), st.sampled_from(State))
def test_a_cc_copy_decides_nothing(states: list[State], of_copy: State) -> None:
    assert outcome(to(*states)) == outcome([*to(*states), Copy("cc", of_copy, Reason.TOGGLE_OFF)])


@given(st.lists(st.sampled_from(State), min_size=1))
def test_hs_8_a_cc_copy_follows_the_first_accepted_to_copy_and_dies_with_the_last(states: list[State]) -> None:
    follows = cc_follows([*to(*states), Copy("cc", State.WAITING)])
    if State.SENT in states:
        assert follows is State.PENDING
    elif OPEN.union({State.UNCERTAIN}) & set(states):
        assert follows is None
    else:
        assert follows is State.CANCELLED


class Late(random.Random):
    """Always the most jitter there is."""

    def random(self) -> float:
        return 1.0


class Early(random.Random):
    def random(self) -> float:
        return 0.0


def test_promise_5_retries_after_5_15_30_minutes_1_2_4_hours_until_48_hours_are_over() -> None:
    at, waits = NOON, []
    attempts = 1
    while (again := next_attempt(at, attempts, NOON, Early())) is not None:
        waits.append(int((again - at) / timedelta(minutes=1)))
        at, attempts = again, attempts + 1
    assert waits[:8] == [5, 15, 30, 60, 120, 240, 240, 240]
    assert set(waits[5:]) == {240}
    assert NOON + timedelta(hours=44) < at <= NOON + timedelta(hours=48)


def test_promise_5_the_jitter_only_makes_later_by_up_to_a_fifth() -> None:
    assert next_attempt(NOON, 1, NOON, Late()) == NOON + timedelta(minutes=6)


@given(st.integers(1, 100), st.floats(0, 60), st.integers())
def test_promise_5_no_retry_lies_after_48_hours(attempts: int, hours: float, seed: int) -> None:
    now = NOON + timedelta(hours=hours)
    again = next_attempt(now, attempts, NOON, random.Random(seed))
    assert again is None or now < again <= NOON + timedelta(hours=48)


def test_promise_5_a_route_is_probed_after_1_2_5_10_and_then_every_30_minutes() -> None:
    waits = [(next_probe(NOON, failures) - NOON) / timedelta(minutes=1) for failures in range(1, 8)]
    assert waits == [1, 2, 5, 10, 30, 30, 30]


def test_promise_3_an_uncertain_mail_goes_out_again_by_itself_at_once_after_5_and_15_minutes_and_no_more() -> None:
    waits = [at and (at - NOON) / timedelta(minutes=1) for at in (next_resend(NOON, times) for times in range(5))]
    assert waits == [0, 5, 15, None, None]
