"""What the house makes of its settings."""

from contextlib import closing
from pathlib import Path

import pytest

from workers.house import build
from workers.settings import Settings


@pytest.mark.parametrize("address", ["post@müller.example", "post@xn--mller-kva.example"])
def test_a_sender_on_a_domain_with_umlauts_has_message_ids_and_return_paths_in_ascii(
    tmp_path: Path, address: str
) -> None:
    settings = {"database": {"url": f"sqlite:///{tmp_path}/rappel.db"}, "mail": {"sender": {"address": address}}}
    house = build(Settings.model_validate(settings))
    with closing(house.database):
        assert house.message_domain == house.policy.return_path_domain == "xn--mller-kva.example"
