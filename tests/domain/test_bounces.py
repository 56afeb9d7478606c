"""RULES 0.9 and promise 5: what a report means for the address that a copy went to."""

import pytest

from workers.domain.bounces import Action, Fate, Verdict, judge, nobody_reads_there

OURS, THEIRS = "claire@lumiere.example.com", "shop@elsewhere.example.net"


def fate(action: Action = Action.FAILED, status: str | None = "5.1.1", *addresses: str) -> Fate:
    return Fate(action, status, "words", frozenset(addresses))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("5.1.1", True),
        ("5.1.10", True),
        ("5.2.1", True),
        ("5.1.7", False),
        ("5.1.8", False),
        ("5.2.2", False),
        ("5.2.10", False),
        ("5.7.1", False),
        ("5.0.0", False),
        ("4.1.1", False),
        (None, False),
    ],
)
def test_promise_5_only_these_codes_mean_the_address(status: str | None, expected: bool) -> None:
    assert nobody_reads_there(status) is expected


@pytest.mark.parametrize(
    ("fates", "verdict"),
    [
        ([fate(Action.FAILED, "5.1.1", OURS)], Verdict.HARD),
        ([fate(Action.FAILED, "5.1.1")], Verdict.HARD),
        ([fate(Action.FAILED, "5.1.1", THEIRS, OURS)], Verdict.HARD),
        ([fate(Action.FAILED, "5.2.2", OURS)], Verdict.SOFT),
        ([fate(Action.FAILED, "4.4.7", OURS)], Verdict.SOFT),
        ([fate(Action.FAILED, None, OURS)], Verdict.SOFT),
        ([fate(Action.DELAYED, "4.4.1", OURS)], Verdict.DELAYED),
        ([fate(Action.DELIVERED, "2.0.0", OURS)], Verdict.DELIVERED),
        ([fate(Action.REMARKED, None)], Verdict.REMARK),
        ([fate(Action.FAILED, "5.1.1", THEIRS)], Verdict.ELSEWHERE),
        ([fate(Action.DELIVERED, "2.0.0", THEIRS)], Verdict.ELSEWHERE),
        ([fate(Action.COMPLAINED, None, THEIRS)], Verdict.COMPLAINT),
        ([fate(Action.FAILED, "5.1.1", OURS), fate(Action.FAILED, "5.2.2", OURS)], Verdict.SOFT),
        ([fate(Action.FAILED, "5.1.1", OURS), fate(Action.DELIVERED, "2.0.0", OURS)], Verdict.DELIVERED),
        ([fate(Action.FAILED, "5.1.1", THEIRS), fate(Action.FAILED, "5.2.2", OURS)], Verdict.SOFT),
    ],
)
def test_0_9_what_a_report_means(fates: list[Fate], verdict: Verdict) -> None:
    assert judge(fates, {OURS})[0] is verdict


def test_the_fate_that_decided_is_told() -> None:
    soft, hard = fate(Action.FAILED, "5.2.2", OURS), fate(Action.FAILED, "5.1.1", OURS)
    assert judge([hard, soft], {OURS}) == (Verdict.SOFT, soft)
