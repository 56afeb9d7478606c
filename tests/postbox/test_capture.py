"""The postbox that sends nothing."""

import pytest

from tests.postbox.conftest import NOON, Ledger, parcels
from workers.postbox.capture import CapturePostbox
from workers.postbox.outcomes import GATE_SAID_NO, Kind, Outcome, Phase, Reply
from workers.postbox.parcels import Carrier


def test_everything_that_the_gate_lets_through_is_accepted_in_order() -> None:
    ledger = Ledger(closed_to=frozenset({"1"}))
    postbox: Carrier = CapturePostbox(clock=lambda: NOON)
    postbox.deliver(parcels(3), ledger.gate, ledger.record)
    captured = Reply(Phase.BODY, 250, "2.0.0", "2.0.0 captured, not sent")
    assert ledger.gate_calls == [["0", "1", "2"]]
    assert ledger.records == [
        [
            Outcome("0", "capture", Kind.ACCEPTED, captured, NOON, 0.0),
            Outcome("1", "capture", Kind.GATED, GATE_SAID_NO, NOON, 0.0),
            Outcome("2", "capture", Kind.ACCEPTED, captured, NOON, 0.0),
        ]
    ]


def test_a_gate_that_fails_ends_the_delivery() -> None:
    ledger = Ledger()

    def gate(ids: list[str]) -> set[str]:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        CapturePostbox(clock=lambda: NOON).deliver(parcels(1), gate, ledger.record)
    assert ledger.records == []


def test_nothing_to_deliver_asks_nobody() -> None:
    ledger = Ledger()
    CapturePostbox(clock=lambda: NOON).deliver([], ledger.gate, ledger.record)
    assert (ledger.gate_calls, ledger.records) == ([], [])
