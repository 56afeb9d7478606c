"""`rappel preselect`: whom a send dialog selects beforehand (PX-6)."""

from pathlib import Path

import pytest

from tests.cli.terminal import rappel
from tests.scenarios import ndjson
from tests.scenarios.office import company, contact, toggles


@pytest.fixture
def client(installation: str, place: Path) -> None:
    """Lumière with Anna, who takes invoices, Chloé, who is primary and does, too, and Bruno, who does not."""
    muted = contact("C-2", notifications=toggles("invoice"))
    resting = contact("C-3", active=False) | {"id": "resting"}
    resting["data"] = resting["data"] | {"id": "C-4"}
    events = (company(), contact("C-1"), muted, contact("C-3", primary=True), resting)
    (place / "events.ndjson").write_text(ndjson(events))
    assert rappel("ingest", "events.ndjson").code == 0


@pytest.mark.usefixtures("client")
class TestPreselection:
    def test_px6_those_whose_toggle_is_on_the_primary_first(self) -> None:
        done = rappel("preselect", "K-1", "--notice", "invoice.sent", "--json")
        assert [line["contact"] for line in done.json] == ["C-3", "C-1"]
        assert rappel("preselect", "K-1", "--notice", "task.commented", "--json").json[-1] == {
            "contact": "C-2",
            "address": "bruno@lumiere.example.com",
        }

    def test_for_people(self) -> None:
        assert "anna@lumiere.example.com" in rappel("preselect", "K-1", "--notice", "invoice.sent").out
        assert rappel("preselect", "K-1", "--notice", "proposal.sent").out == (
            "Nobody: no switch selects readers of proposal.sent; they are chosen by hand.\n"
        )

    def test_what_is_not_known(self) -> None:
        assert rappel("preselect", "K-9", "--notice", "invoice.sent").code == 6
        assert rappel("preselect", "K-1", "--notice", "activity").code == 2
