"""VERP: a bounce finds its delivery, and nobody can make a return path up."""

import re

import pytest

from workers.stages.return_paths import return_path, return_paths_in, vouches
from workers.store.vault import Vault, new_key

KEY = new_key()
OURS, OTHERS = Vault(lambda: KEY), Vault(new_key)
GRETA, EVE = "greta@nordwind.example.org", "eve@example.net"
PATH = return_path(OURS, 12, GRETA, "bounces.example.org")
((_, MARK),) = return_paths_in([PATH])


def test_a_return_path_is_short_and_survives_a_server_that_changes_its_case() -> None:
    assert re.fullmatch(r"bounce\+12-[a-z2-7]{16}@bounces\.example\.org", PATH)
    assert list(return_paths_in([f"Return-Path: <{PATH.upper()}>"])) == [(12, MARK)]


def test_it_is_the_same_on_every_attempt_and_in_every_process() -> None:
    assert return_path(Vault(lambda: KEY), 12, f" {GRETA.upper()}", "bounces.example.org") == PATH


@pytest.mark.parametrize(
    ("vault", "delivery", "recipient", "mark", "expected"),
    [
        (OURS, 12, GRETA, MARK, True),
        (OURS, 13, GRETA, MARK, False),
        (OURS, 12, EVE, MARK, False),
        (OTHERS, 12, GRETA, MARK, False),
        (OURS, 12, GRETA, "a" * 16, False),
    ],
    ids=["ours", "another delivery", "another recipient", "another fleet", "made up"],
)
def test_a_mark_vouches_for_its_delivery_and_recipient_alone(
    vault: Vault, delivery: int, recipient: str, mark: str, expected: bool
) -> None:
    assert vouches(vault, delivery, recipient, mark) is expected


def test_several_are_found_in_order_and_each_once() -> None:
    other = return_path(OURS, 7, EVE, "example.org")
    texts = [f"{PATH}, {other}", f"for <{PATH}>; bounce+9@example.org bounce+9-short@example.org"]
    assert [delivery for delivery, _ in return_paths_in(texts)] == [12, 7]
