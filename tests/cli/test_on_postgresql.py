"""The questions that the verbs ask, on the other database: the same answers as on SQLite."""

import pytest

from tests.cli.conftest import STORY, live
from tests.cli.terminal import rappel
from tests.cli.test_ingest import NOW
from tests.contract.longest import longest
from tests.scenarios import event, ndjson

QUESTIONS = [
    ["deliveries", "--json", "--limit", "1000"],
    ["deliveries", "--state", "sent", "--address", "Anna.Kuester@hafen.example.com", "--json"],
    ["deliveries", "--subject", "renewal/RN-02", "--reason", "accepted", "--json"],
    ["deliveries", "--since", "2026-06-02T07:00:00Z", "--until", "2026-06-02T07:00:00Z", "--json"],
    ["deliveries", "--responsible", "user/U-jonas", "--json"],
    ["deliveries", "--count-by", "responsible"],
    ["deliveries", "--count-by", "reason", "--json"],
    ["deliveries", "export", "--since", "2026-06-02T07:00:00Z", "--until", "2026-06-02T07:00:00Z"],
    ["deliveries", "resend", "--state", "sent", "--template", "lead.follow_up", "--why", "x", "--dry-run", "--json"],
    ["explain", "lead/L-101", "--at", "2026-06-03T12:00:00Z"],
    ["explain", "company/C-02", "--json"],
    ["explain", "user/U-anna"],
    ["problems", "--json"],
    ["resume"],
]


def test_an_event_of_any_allowed_length_is_stored_with_its_neighbours(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL's indexes take 2,704 octets; the source and the id of this event have 1,536 together."""
    monkeypatch.setenv("RAPPEL_DATABASE__URL", postgres_url)
    jonas, greta = (event("user.saved", NOW, id=id, name=id, email=f"{id}@example.com") for id in ("U-1", "U-2"))
    done = rappel("ingest", "-", "--json", stdin=ndjson([jonas, longest("activity.recorded"), greta]))
    assert (done.code, [line["status"] for line in done.json]) == (0, ["accepted"] * 3)


def test_every_question_has_the_same_answer(lived: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    on_sqlite = [rappel(*question) for question in QUESTIONS]
    monkeypatch.setenv("RAPPEL_DATABASE__URL", postgres_url)
    live(postgres_url)
    assert [rappel(*question) for question in QUESTIONS] == on_sqlite
    assert all(done.code == 0 and done.out for done in on_sqlite)
    simulated = rappel(
        *("simulate", *STORY, "--relative-to", "2026-06-01", "--until", "2026-06-03T12:00:00Z", "--json")
    )
    assert rappel("deliveries", "export").bytes == simulated.bytes
    assert rappel("pause").out.startswith("Sending is paused, since ")
