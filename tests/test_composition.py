"""What the house makes of its settings."""

from contextlib import closing
from pathlib import Path

import pytest

from workers.house import build
from workers.settings import Settings
from workers.settings.installation import Database


@pytest.mark.parametrize("address", ["post@müller.example", "post@xn--mller-kva.example"])
def test_a_sender_on_a_domain_with_umlauts_has_message_ids_and_return_paths_in_ascii(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str
) -> None:
    monkeypatch.setenv("RAPPEL_MAIL__SENDER__ADDRESS", address)
    house = build(Settings(database=Database(url=f"sqlite:///{tmp_path}/rappel.db")))
    with closing(house.database):
        assert house.message_domain == house.policy.return_path_domain == "xn--mller-kva.example"
