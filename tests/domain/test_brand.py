"""Whose look a letter has."""

import pytest

from workers.domain.brand import brand_partner


@pytest.mark.parametrize(
    ("about", "reader", "ended", "brand"),
    [
        ("P-1", "P-1", False, "P-1"),  # a partner's client, to its contact or to the partner's people
        ("P-1", None, False, None),  # to a colleague in charge of the client
        ("P-1", "P-2", False, None),  # to somebody of another partner
        (None, "P-1", False, None),  # a client without partner, to a partner's employee
        (None, None, False, None),
        ("P-1", "P-1", True, None),  # R15b
    ],
)
def test_a_partners_brand_is_for_its_own_clients_and_people(about, reader, ended, brand):
    assert brand_partner(about, reader, ended=ended) == brand
