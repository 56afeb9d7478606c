"""The example keeps the contract on any day, and its table promises enough to be worth a look."""

import json
import re
from collections import Counter
from datetime import date, datetime
from itertools import accumulate
from pathlib import Path

import pytest

from tests.example.replay import EXAMPLE, EXPECTED, FORTNIGHT, VECTORS, lines_of
from workers.contract.relative import resolve_all

DAYS = [date(2024, 2, 20), date(2026, 6, 1), date(2026, 12, 30)]
INPUTS = [*FORTNIGHT, *sorted(path for path in VECTORS.glob("*.ndjson") if ".expected." not in path.name)]


@pytest.mark.parametrize("today", DAYS, ids=str)
@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_every_event_keeps_the_contract(path: Path, today: date) -> None:
    envelope = pytest.importorskip("workers.contract.envelope", reason="the event models are not there yet")
    for line in resolve_all(lines_of(path), today):
        envelope.parse(line)


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_addresses_can_reach_nobody(path: Path) -> None:
    domains = re.findall(r"@([\w.-]+)", path.read_text(encoding="utf-8"))
    assert [domain for domain in domains if not re.search(r"(^|\.)example\.(com|org)$", domain.casefold())] == []


def test_exactly_one_event_is_delivered_twice_and_says_the_same() -> None:
    lines = lines_of(*FORTNIGHT)
    ids = Counter(json.loads(line)["id"] for line in lines)
    assert [id for id, count in ids.items() if count > 1] == ["fortnight-005"]
    assert len(lines) - len(set(lines)) == 1


def test_the_state_arrives_this_morning_and_the_fortnight_after_it() -> None:
    state, fortnight = (arrivals_of(path) for path in FORTNIGHT)
    assert set(state) == {datetime.fromisoformat("2026-06-01T06:00:00Z")}
    assert datetime.fromisoformat("2026-06-01T07:00:00Z") < fortnight[0]
    assert fortnight[-1] < datetime.fromisoformat("2026-06-15T07:00:00Z")


def test_two_events_of_the_fortnight_are_late() -> None:
    events = [json.loads(line) for line in resolve_all(lines_of(FORTNIGHT[1]), date(2026, 6, 1))]
    times = [datetime.fromisoformat(event["time"]) for event in events]
    newest = accumulate(times, max)
    late = {event["id"] for event, time, seen in zip(events, times, newest, strict=True) if time < seen}
    assert late == {"fortnight-005", "fortnight-031", "fortnight-038"}  # the first of them is the repeated one


def test_the_cast_is_as_large_as_promised() -> None:
    events = {json.loads(line)["id"]: json.loads(line) for line in lines_of(FORTNIGHT[0])}
    kinds = Counter(event["type"] for event in events.values())
    clients = [event["data"] for event in events.values() if event["type"] == "company.saved"]
    assert sum(client.get("partner") == "P-hafen" for client in clients) == 10
    assert {client["language"] for client in clients} == {"de", "fr", "en"}
    assert (kinds["lead.saved"], kinds["renewal.saved"], kinds["partner.saved"], kinds["process.saved"]) == (
        30,
        30,
        3,
        3,
    )


def test_the_expectation_shows_enough_lines_and_reasons() -> None:
    lines = json.loads(EXPECTED.read_text(encoding="utf-8"))["lines"]
    assert len(lines) == 119
    assert len({line["reason"] for line in lines}) == 18


def test_the_expectation_contradicts_itself_nowhere() -> None:
    lines = json.loads(EXPECTED.read_text(encoding="utf-8"))["lines"]
    sent = [line for line in lines if line["outcome"] == "sent"]
    assert all(line["to"] == line["cc"] == line["notes"] == [] for line in lines if line["outcome"] != "sent")
    assert all(line["to"] for line in sent)
    assert all((line["sequence"] is None) != (line["offset_days"] is None) for line in lines)
    assert all(line["day"] != 8 for line in lines), "the run of day 8 is swallowed by the outage"
    mails = Counter(line["subject"] for line in sent if line["notice"] == "lead.follow_up")
    assert all(line["sequence"] <= mails[line["subject"]] + 1 for line in lines if line["sequence"])


def test_the_readme_tells_about_every_lead_and_renewal() -> None:
    events = [json.loads(line) for line in lines_of(*FORTNIGHT)]
    subjects = {event["data"]["id"] for event in events if event["type"] in ("lead.saved", "renewal.saved")}
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert {subject for subject in subjects if not re.search(rf"^\| {subject} \|", readme, re.MULTILINE)} == set()


def arrivals_of(path: Path) -> list[datetime]:
    """When the events arrive; no arrival is before that of the line above (EVENTS, simulate)."""
    events = [json.loads(line) for line in resolve_all(lines_of(path), date(2026, 6, 1))]
    return list(accumulate((datetime.fromisoformat(event.get("receivedat", event["time"])) for event in events), max))
