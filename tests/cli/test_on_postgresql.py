"""The questions that the verbs ask, on the other database: the same answers as on SQLite."""

import pytest

from tests.cli.conftest import STORY, live
from tests.cli.terminal import rappel

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
