"""`rappel simulate`: the format of EVENTS byte for byte, and a table for people."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.terminal import EXAMPLE, VECTORS, rappel, rappel_process
from tests.scenarios import event, ndjson
from workers.store import fences

INDEX = json.loads((VECTORS / "index.json").read_text(encoding="utf-8"))
LT8 = VECTORS / "lt8-weekly.ndjson"
UNTIL = "2026-06-17T00:00:00Z"
BAD = event("user.saved", "2026-06-01T08:00:00", id="U-7", name="Lea", email="lea@example.org")


@pytest.mark.parametrize("vector", INDEX, ids=lambda vector: vector["name"])
def test_a_vector_byte_for_byte(vector: dict[str, str]) -> None:
    done = rappel("simulate", VECTORS / f"{vector['name']}.ndjson", "--until", vector["until"], "--json")
    assert (done.code, done.err) == (0, "")
    assert done.bytes == (VECTORS / f"{vector['name']}.expected.ndjson").read_bytes()


def test_twice_gives_the_same_bytes_and_leaves_nothing_behind(place: Path) -> None:
    arguments = ["simulate", EXAMPLE / "01-state.ndjson", EXAMPLE / "02-fortnight.ndjson"]
    arguments += ["--relative-to", "2026-06-01", "--until", "2026-06-15T12:00:00Z", "--json"]
    arguments += ["--outage", "2026-06-09T06:00:00Z/2026-06-09T20:00:00Z", "--explain", "lead/L-101"]
    first, second = (
        rappel_process(*arguments, cwd=place, env={"PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": zone})
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    )
    assert (first.code, first.err) == (0, "")
    assert first.bytes == second.bytes
    assert len(first.json) == 120
    assert list(place.iterdir()) == []


def test_it_prints_the_same_however_many_notices_lean_on_a_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fleet takes a while to fence thousands of them; simulated work takes no time."""
    few = rappel("simulate", "-", "--until", "2026-06-02T12:00:00Z", "--json", stdin=ndjson(SWITCHED))
    monkeypatch.setattr(fences, "AT_ONCE", 0)
    many = rappel("simulate", "-", "--until", "2026-06-02T12:00:00Z", "--json", stdin=ndjson(SWITCHED))
    assert few.bytes == many.bytes
    assert [(line["at"], line["outcome"], line["reason"]) for line in few.json] == [
        ("2026-06-01T10:00:00Z", "suppressed", "no_owner")
    ]


SWITCHED = [
    event("activity.recorded", "2026-06-01T08:00:00Z", object="company/K-1", action="note_added"),
    event("company.saved", "2026-06-01T10:00:00Z", id="K-1", name="Lumière"),
]
"""An activity waits for its company."""


def test_what_arrives_after_the_end_is_told_beside_the_output() -> None:
    """A wrong year in one line keeps out all that stand below it: nothing arrives before what stands above it."""
    late = event("user.saved", "2027-06-01T08:00:00Z", id="U-7", name="Lea", email="lea@example.org")
    done = rappel("simulate", "-", "--until", "2026-06-02T12:00:00Z", "--json", stdin=ndjson([late, *SWITCHED]))
    assert done.out == ""
    assert f"line 1: from here on {1 + len(SWITCHED)} events arrived after --until and had no part in it." in done.err


def test_the_text_says_of_what_it_can_answer() -> None:
    done = rappel(
        "simulate", "-", "--until", "2026-06-02T12:00:00Z", "--explain", "contact/C-1", stdin=ndjson(SWITCHED)
    )
    assert done.out.endswith("contact/C-1: unknown. Only lead/ID and renewal/ID have an answer.\n")


def test_only_json_is_on_standard_output_and_what_was_rejected_beside_it() -> None:
    text = ndjson([BAD]) + "\n" + LT8.read_text(encoding="utf-8") + "{\n"
    done = rappel("simulate", "-", "--until", UNTIL, "--json", stdin=text)
    assert done.bytes == (VECTORS / "lt8-weekly.expected.ndjson").read_bytes()
    assert done.code == 5
    first, second = done.err.splitlines()
    assert first.startswith("-, line 1: /time naive_time: ")
    assert second.startswith("-, line 7: not_json: ")


def test_what_was_rejected_is_found_in_its_own_file(place: Path) -> None:
    (place / "bad.ndjson").write_text("\n" + ndjson([BAD]))
    done = rappel("simulate", LT8, "bad.ndjson", "--until", UNTIL)
    assert done.err.startswith("bad.ndjson, line 2: /time naive_time: ")


def test_invalid_utf8_and_a_huge_line_are_told_by_line() -> None:
    huge = b'{"x": "' + b"y" * 1_500_000 + b'"}\n'
    done = rappel("simulate", "-", "--until", UNTIL, "--json", stdin=b'{"a": "\xff"}\n' + huge + LT8.read_bytes())
    assert [re.split(r": ", line)[1] for line in done.err.splitlines()] == ["not_json", "too_large"]
    assert len(done.json) == 3


def test_events_after_the_end_are_checked_for_form_only() -> None:
    late = event("user.saved", "2027-01-01T00:00:00Z", id="U-1", name="Other", email="other@example.org")
    wrong = late | {"id": "x", "data": {"id": "U-1"}}
    done = rappel("simulate", "-", "--until", UNTIL, "--json", stdin=LT8.read_text() + ndjson([late, wrong]))
    assert done.bytes == (VECTORS / "lt8-weekly.expected.ndjson").read_bytes()
    assert (done.code, done.err.split(": ")[0]) == (5, "-, line 6")


def test_explanations_follow_the_notices() -> None:
    refs = ["lead/L-1", "renewal/none", "company/C-1"]
    asked = [word for ref in refs for word in ("--explain", ref)]
    done = rappel("simulate", LT8, "--until", UNTIL, "--json", *asked)
    at = {"at": UNTIL}
    assert done.json[3:] == [
        {"explain": "lead/L-1", **at, "answer": "between_intervals", "next": "2026-06-23T07:00:00Z"},
        {"explain": "renewal/none", **at, "answer": "unknown", "next": None},
        {"explain": "company/C-1", **at, "answer": "unknown", "next": None},
    ]


def test_a_run_that_an_outage_swallows_is_made_up_for_on_the_next_day() -> None:
    outage = "2026-06-09T06:00:00Z/2026-06-09T20:00:00Z"
    done = rappel("simulate", LT8, "--until", UNTIL, "--json", "--outage", outage)
    assert [(line["at"], line["reason"]) for line in done.json] == [
        ("2026-06-02T07:00:00Z", "follow_up_first"),
        ("2026-06-10T07:00:00Z", "follow_up_catch_up"),
        ("2026-06-16T07:00:00Z", "follow_up_next"),
    ]


def test_the_settings_of_a_file_count(place: Path) -> None:
    (place / "late.toml").write_text('[daily_run]\nat = "09:30"\n')
    done = rappel("simulate", LT8, "--until", UNTIL, "--json", "--config", "late.toml")
    assert [line["at"] for line in done.json] == [
        "2026-06-02T09:30:00Z",
        "2026-06-09T09:30:00Z",
        "2026-06-16T09:30:00Z",
    ]


def test_people_get_a_table_for_each_day() -> None:
    done = rappel("simulate", LT8, "--until", "2026-06-10T00:00:00Z", "--explain", "lead/L-1")
    assert done.out == (
        "Tuesday 2026-06-02 (UTC)\n"
        "time   notice             about     outcome  reason           to                             cc\n"
        "07:00  lead.follow_up #1  lead/L-1  sent     follow_up_first  jonas.weiss@hafen.example.com\n"
        "\n"
        "Tuesday 2026-06-09 (UTC)\n"
        "time   notice             about     outcome  reason          to                             cc\n"
        "07:00  lead.follow_up #2  lead/L-1  sent     follow_up_next  jonas.weiss@hafen.example.com\n"
        "\n"
        "2 notices: 2 sent\n"
        "lead/L-1: between_intervals, the next mail waits for its day, counted from the first one. "
        "Next: 2026-06-16 07:00 UTC.\n"
    )


def test_nothing_to_tell_says_whom_to_ask() -> None:
    done = rappel("simulate", LT8, "--until", "2026-06-01T00:00:00Z")
    assert done.out == ("No notice came to an outcome. `--explain lead/ID` or `--explain renewal/ID` tells why.\n")


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--until", "2026-06-17T00:00:00", "names no zone: add Z for UTC"),
        ("--until", "tomorrow", "must be an RFC 3339 time such as 2026-06-01T08:30:00Z"),
        ("--until", "2026-02-30T00:00:00Z", "must exist in the calendar"),
        ("--outage", "2026-06-09T06:00:00Z", "write FROM/TO"),
        ("--outage", "2026-06-09T06:00:00/2026-06-09T20:00:00Z", "names no zone"),
        ("--outage", "2026-06-09T06:00:00Z/2026-06-09T06:00:00Z", "an outage ends after it began"),
        ("--outage", "2026-06-10T06:00:00Z/2026-06-09T06:00:00Z", "an outage ends after it began"),
    ],
)
def test_a_wrong_time_is_a_usage_error_with_a_sentence(option: str, value: str, says: str) -> None:
    until = [] if option == "--until" else ["--until", UNTIL]
    done = rappel("simulate", LT8, *until, option, value)
    assert (done.code, done.out) == (2, "")
    assert f"Invalid value for '{option}'" in done.err
    assert says in done.err


def test_the_end_must_be_given() -> None:
    done = rappel("simulate", LT8)
    assert done.code == 2
    assert "Missing option '--until'" in done.err


def test_a_missing_file_is_named() -> None:
    done = rappel("simulate", "nowhere.ndjson", "--until", UNTIL)
    assert (done.code, done.out, done.err) == (6, "", "nowhere.ndjson does not exist.\n")


def test_an_erasure_in_the_story_leaves_what_was_sent_before_as_it_was() -> None:
    """Its ledger is its own, and gone with it: nobody goes through it for who was erased."""
    first_run = "2026-06-02T12:00:00Z"
    erased = event("user.erased", "2026-06-02T09:00:00Z", id="U-1")
    text = LT8.read_text(encoding="utf-8")
    plain = rappel("simulate", "-", "--until", first_run, "--json", stdin=text)
    done = rappel("simulate", "-", "--until", first_run, "--json", stdin=text + ndjson([erased]) + "\n")
    assert [line["outcome"] for line in done.json] == ["sent"]
    assert done.bytes == plain.bytes
