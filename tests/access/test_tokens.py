"""The tokens of unsubscribe links: what cannot be forged, and what is refused."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workers.access.tokens import delivery_of, token_of
from workers.store.vault import Vault, new_key

KEY, OTHER = b"k" * 32, b"o" * 32
ALPHABET = string.ascii_letters + string.digits + "-_"

deliveries = st.integers(min_value=1, max_value=2**63 - 1)
keys = st.binary(min_size=32, max_size=32)


@given(keys, deliveries)
def test_a_token_names_its_delivery(key: bytes, delivery: int) -> None:
    token = token_of(key, delivery)
    assert delivery_of(key, token) == delivery
    assert len(token) == 32
    assert set(token) <= set(ALPHABET)


@given(deliveries, st.integers(0, 31), st.characters() | st.sampled_from(ALPHABET))
@example(1, 31, "=")
@example(1, 31, "\n")
def test_any_other_character_at_any_place_is_refused(delivery: int, at: int, character: str) -> None:
    token = token_of(KEY, delivery)
    changed = token[:at] + character + token[at + 1 :]
    assert delivery_of(KEY, changed) == (delivery if changed == token else None)


def test_every_change_of_one_character_is_refused() -> None:
    token = token_of(KEY, 12)
    changed = {token[:at] + other + token[at + 1 :] for at in range(32) for other in ALPHABET} - {token}
    assert len(changed) == 32 * 63
    assert {delivery_of(KEY, each) for each in changed} == {None}


@given(deliveries, deliveries)
def test_the_signature_of_one_delivery_does_not_fit_another(one: int, other: int) -> None:
    id, signature = token_of(KEY, one)[:10], token_of(KEY, other)[10:]
    assert delivery_of(KEY, id + signature) in ({one} if one == other else {None, one, other} - {one})


@given(deliveries)
def test_a_token_of_another_installation_is_refused(delivery: int) -> None:
    assert delivery_of(KEY, token_of(OTHER, delivery)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "A" * 31,
        "A" * 32,
        "A" * 33,
        "A" * 10_000,
        token_of(KEY, 1) + "\n",
        token_of(KEY, 1) + "=",
        " " + token_of(KEY, 1),
        token_of(KEY, 1)[:-1],
        "../../../../etc/passwd0000000000",
        "<script>alert(1)</script>0000000",
        "０" * 32,
        "\x00" * 32,
        "'; DROP TABLE opt_outs; --000000",
    ],
)
def test_hostile_tokens_are_refused(text: str) -> None:
    assert delivery_of(KEY, text) is None


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    assert delivery_of(KEY, text) is None


def test_keys_for_different_purposes_have_nothing_in_common() -> None:
    secret = new_key()
    vault, same = Vault(lambda: secret), Vault(lambda: secret)
    assert vault.derived("unsubscribe") == same.derived("unsubscribe")
    assert vault.derived("unsubscribe") != vault.derived("something else")
    assert vault.derived("unsubscribe") != Vault(new_key).derived("unsubscribe")
    assert len(vault.derived("unsubscribe")) == 32
