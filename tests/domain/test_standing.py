"""One word for whoever asks "did they get it?"."""

from dataclasses import replace

import pytest

from workers.domain.delivery import State
from workers.domain.notices import Person
from workers.domain.reasons import Outcome, Reason, Role
from workers.domain.standing import Capture, Fate, Standing, Stands, of_notice, of_person

CLAIRE = Person((Role.CONTACT,), "contact/C-1", "claire@example.com", kept=True, reason=Reason.TOGGLE_ON)
SENT = Stands(Standing.SENT, "toggle_on")


@pytest.mark.parametrize("state", State)
def test_every_state_of_a_copy_has_a_word(state: State) -> None:
    assert of_person(CLAIRE, [(state, None, None)], SENT).standing in Standing


@pytest.mark.parametrize("outcome", [*Outcome, None])
def test_every_outcome_of_a_notice_has_a_word(outcome: Outcome | None) -> None:
    assert of_notice(outcome, None).standing in Standing


def test_who_was_dropped_did_not_get_what_the_others_got() -> None:
    dropped = replace(CLAIRE, kept=False, reason=Reason.TOGGLE_OFF)
    assert of_person(dropped, [], SENT) == Stands(Standing.NOT_SENT, "toggle_off")


def test_who_was_kept_and_failed_did_not_get_what_the_others_got() -> None:
    failed = of_person(CLAIRE, [(State.FAILED, Reason.REFUSED_BY_SERVER, None)], SENT)
    assert failed == Stands(Standing.FAILED, "refused_by_server")


def test_a_copy_sent_again_counts_by_its_best() -> None:
    copies = [(State.UNCERTAIN, Reason.CONNECTION_LOST, None), (State.SENT, Reason.ACCEPTED, None)]
    assert of_person(CLAIRE, copies, SENT) == Stands(Standing.SENT, "toggle_on")


LEFT: Fate = (State.SENT, Reason.ACCEPTED, None)


def caught(capture: Capture) -> Fate:
    return State.SENT, Reason.ACCEPTED, capture


@pytest.mark.parametrize(
    ("capture", "stands"),
    [
        (Capture.CAPTURED, Stands(Standing.CAPTURED, "toggle_on")),
        (Capture.COUNTED, Stands(Standing.COUNTED, "toggle_on")),
        (Capture.NOT_COUNTED, Stands(Standing.NOT_SENT, "only_captured")),
    ],
)
def test_part_4_what_only_the_catcher_took_is_not_sent(capture: Capture, stands: Stands) -> None:
    assert of_person(CLAIRE, [caught(capture)], SENT) == stands
    assert of_person(CLAIRE, [caught(capture), LEFT], SENT) == SENT
    assert of_person(CLAIRE, [caught(capture), (State.FAILED, Reason.REFUSED_BY_SERVER, None)], SENT) == stands


def test_what_an_operator_called_sent_counts_so() -> None:
    called: Fate = (State.SENT, Reason.OPERATOR, None)
    assert of_person(CLAIRE, [called], SENT) == Stands(Standing.COUNTED, "toggle_on")
    assert of_person(CLAIRE, [called, LEFT], SENT) == SENT
    assert of_notice(Outcome.SENT, "toggle_on", [called]) == Stands(Standing.COUNTED, "toggle_on")


def test_part_4_a_notice_is_sent_if_one_copy_truly_left() -> None:
    copies = [caught(Capture.CAPTURED), (State.FAILED, Reason.REFUSED_BY_SERVER, None)]
    assert of_notice(Outcome.SENT, "toggle_on", copies) == Stands(Standing.CAPTURED, "toggle_on")
    assert of_notice(Outcome.SENT, "toggle_on", [*copies, LEFT]) == SENT
    assert of_notice(Outcome.SENT, "toggle_on") == SENT
    assert of_notice(Outcome.CANCELLED, Reason.ONLY_CAPTURED, copies) == Stands(Standing.NOT_SENT, "only_captured")


def test_an_open_notice_waits_or_is_held_with_its_reason() -> None:
    assert of_notice(None, None) == Stands(Standing.WAITING)
    assert of_notice(None, Reason.REFERENCE_MISSING) == Stands(Standing.HELD, "reference_missing")


def test_without_a_copy_of_ones_own_it_stands_as_the_notice_does() -> None:
    assert of_person(CLAIRE, [], Stands(Standing.WAITING)) == Stands(Standing.WAITING)
