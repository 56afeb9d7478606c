"""`rappel ingest`: an answer for each line, good ones stored, bad ones told with what to change."""

import json
from pathlib import Path

import pytest

from tests.cli.terminal import EXAMPLE, rappel
from tests.scenarios import event, ndjson
from workers.contract.reading import MAX_BYTES

NOW = "2026-06-01T08:00:00Z"

USER = event("user.saved", NOW, id="U-1", name="Jonas Weiß", email="jonas@example.org")
PROCESS = event(
    "process.saved",
    NOW,
    id="PR-1",
    name="Sales",
    stages=[{"id": "new", "name": "New", "duration": {"value": 3, "unit": "days"}}],
    follow_up={"enabled": True, "interval": {"value": 1, "unit": "weeks"}},
)
LEAD = event(
    "lead.saved", NOW, id="L-1", title="Shop", process="PR-1", stage="new", stage_entered_at=NOW, acceptor="U-1"
)
NAIVE = event("user.saved", "2026-06-01T08:00:00", id="U-2", name="Lea", email="lea@example.org")
UNKNOWN_STAGE = event(
    "lead.saved", NOW, id="L-2", title="Shop", process="PR-1", stage="gone", stage_entered_at=NOW, acceptor="U-1"
)
INTERVAL_0 = event(
    "process.saved",
    NOW,
    id="PR-2",
    name="Sales",
    stages=[{"id": "new", "name": "New"}],
    follow_up={"enabled": True, "interval": {"value": 0, "unit": "weeks"}},
)
NO_DURATION = event(
    "process.saved",
    NOW,
    id="PR-3",
    name="Sales",
    stages=[{"id": "new", "name": "New"}],
    follow_up={"enabled": True, "interval": {"value": 1, "unit": "weeks"}},
)
NO_ACCEPTOR = event(
    "lead.saved", NOW, id="L-3", title="Shop", process="PR-1", stage="new", stage_entered_at=NOW, acceptor="U-9"
)
INVOICE = event("invoice.sent", NOW, company="C-1", document={"id": "I-1"})

pytestmark = pytest.mark.usefixtures("installation")


def test_good_events_are_accepted_and_counted() -> None:
    done = rappel("ingest", "-", stdin=ndjson([USER, PROCESS, LEAD]))
    assert done.table("answer", "events") == [
        ["accepted", "3"],
        ["duplicate", "0"],
        ["rejected", "0"],
        ["warnings", "0"],
    ]
    assert (done.code, done.err) == (0, "")


def test_the_same_again_is_duplicate_and_no_failure() -> None:
    rappel("ingest", "-", stdin=ndjson([USER, PROCESS]))
    done = rappel("ingest", "-", "--json", stdin=ndjson([USER, LEAD, LEAD]))
    assert [line["status"] for line in done.json] == ["duplicate", "accepted", "duplicate"]
    assert done.code == 0


def test_an_id_that_said_something_else_before_is_refused() -> None:
    rappel("ingest", "-", stdin=ndjson([USER]))
    done = rappel("ingest", "-", "--json", stdin=ndjson([PROCESS | {"id": USER["id"]}, LEAD]))
    assert [(line["status"], line["reason"]) for line in done.json] == [
        ("rejected", "event_id_reused"),
        ("accepted", None),
    ]


@pytest.mark.parametrize(
    ("wrong", "pointer", "reason", "says"),
    [
        (NAIVE, "/time", "naive_time", "add Z for UTC, or an offset such as +02:00"),
        (UNKNOWN_STAGE, "/data/stage", "invalid_value", "new"),
        (INTERVAL_0, "/data/follow_up/interval/value", "invalid_value", "at least 1"),
    ],
    ids=["naive time", "unknown stage", "interval 0"],
)
def test_a_wrong_event_is_told_by_line_field_and_reason(
    wrong: dict[str, object], pointer: str, reason: str, says: str
) -> None:
    done = rappel("ingest", "-", stdin=ndjson([USER, PROCESS, wrong]))
    ((line, field, code, detail),) = done.table("rejected", "field")
    assert (line, field, code) == ("-:3", pointer, reason)
    assert says in detail
    assert done.table("answer", "events")[0] == ["accepted", "2"]
    assert done.code == 5


@pytest.mark.parametrize(
    ("event", "pointer", "code", "says"),
    [
        (NO_DURATION, "/data/stages/0", "stage_without_duration", "Give it a duration"),
        (NO_ACCEPTOR, "/data/acceptor", "reference_missing", "U-9"),
    ],
    ids=["stage without duration", "unknown acceptor"],
)
def test_what_may_be_meant_otherwise_is_stored_with_a_warning(
    event: dict[str, object], pointer: str, code: str, says: str
) -> None:
    done = rappel("ingest", "-", stdin=ndjson([USER, PROCESS, event]))
    ((line, field, reason, detail),) = done.table("warning", "field")
    assert (line, field, reason, done.code) == ("-:3", pointer, code, 0)
    assert says in detail


def test_good_lines_among_bad_ones_are_stored() -> None:
    bad = [b"{", b"[1]", b"\xff\xfe{}", b"null", b'{"specversion": "1.0"}']
    good = ndjson([USER, PROCESS, LEAD, NO_DURATION, NO_ACCEPTOR]).encode().splitlines()
    mixed = b"\n".join(line for pair in zip(bad, good, strict=True) for line in pair)

    done = rappel("ingest", "-", "--json", stdin=mixed)
    assert [line["status"] for line in done.json] == ["rejected", "accepted"] * 5
    assert [line["position"] for line in done.json] == list(range(1, 11))
    assert done.code == 5
    again = rappel("ingest", "-", "--json", stdin=b"\n".join(good))
    assert {line["status"] for line in again.json} == {"duplicate"}


def test_blank_lines_are_passed_over_but_counted_as_lines() -> None:
    done = rappel("ingest", "-", "--json", stdin="\n  \r\n" + ndjson([USER]) + "\n" + ndjson([PROCESS]))
    assert [(line["position"], line["status"]) for line in done.json] == [(3, "accepted"), (5, "accepted")]


def test_windows_line_ends_a_byte_order_mark_and_a_missing_last_line_end_are_read() -> None:
    text = ndjson([USER, PROCESS]).replace("\n", "\r\n").removesuffix("\r\n")
    done = rappel("ingest", "-", "--json", stdin=b"\xef\xbb\xbf" + text.encode())
    assert [line["status"] for line in done.json] == ["accepted", "accepted"]


def test_if_all_were_rejected_it_is_a_failure() -> None:
    done = rappel("ingest", "-", stdin=ndjson([NAIVE]))
    assert done.code == 1


def test_a_line_that_is_too_long_is_refused_and_the_next_one_stored() -> None:
    long = b'{"text": "' + "ü".encode() * (2 * MAX_BYTES) + b'"}'
    done = rappel("ingest", "-", "--json", stdin=long + b"\n" + ndjson([USER]).encode())
    assert [(line["position"], line["status"], line["reason"]) for line in done.json] == [
        (1, "rejected", "too_large"),
        (2, "accepted", None),
    ]


def test_a_line_as_long_as_is_allowed_is_read() -> None:
    text = json.dumps(USER)
    done = rappel("ingest", "-", "--json", stdin=text[:-1] + " " * (MAX_BYTES - len(text.encode())) + "}\r\n")
    assert [line["status"] for line in done.json] == ["accepted"]


def test_json_has_the_same_keys_in_the_same_order_for_every_answer() -> None:
    done = rappel("ingest", "-", "--json", stdin=ndjson([USER, NAIVE]) + "{\n")
    keys = ["file", "position", "source", "id", "status", "reason", "pointer", "detail", "warnings"]
    assert [list(line) for line in done.json] == [keys] * 3
    assert done.json[0] == {
        "file": "-",
        "position": 1,
        "source": USER["source"],
        "id": USER["id"],
        "status": "accepted",
        "reason": None,
        "pointer": None,
        "detail": None,
        "warnings": [],
    }
    assert done.json[1]["id"] == NAIVE["id"]


def test_only_the_first_twenty_rejections_are_shown_and_the_rest_counted() -> None:
    done = rappel("ingest", "-", stdin="{\n" * 23 + ndjson([USER]))
    assert len(done.table("rejected", "field")) == 20
    assert "and 3 more. `rappel problems` keeps them for 30 days." in done.out


def test_state_only_refuses_occasions_and_takes_the_rest() -> None:
    done = rappel("ingest", "-", "--state-only", "--json", stdin=ndjson([USER, INVOICE]))
    assert [(line["status"], line["reason"]) for line in done.json] == [
        ("accepted", None),
        ("rejected", "occasion_refused"),
    ]


def test_nothing_to_read_says_what_is_expected() -> None:
    done = rappel("ingest", "-", stdin="\n")
    assert (done.code, done.out) == (
        0,
        "There was no event to read: one JSON object a line is expected. `rappel schema` lists the types.\n",
    )


def test_several_files_are_told_apart(place: Path) -> None:
    (place / "a.ndjson").write_text(ndjson([USER]))
    (place / "b.ndjson").write_text(ndjson([NAIVE]))
    done = rappel("ingest", "a.ndjson", "b.ndjson", "--json")
    assert [(line["file"], line["position"], line["status"]) for line in done.json] == [
        ("a.ndjson", 1, "accepted"),
        ("b.ndjson", 1, "rejected"),
    ]


def test_a_missing_file_stops_it_before_anything_is_stored(place: Path) -> None:
    (place / "a.ndjson").write_text(ndjson([USER]))
    done = rappel("ingest", "a.ndjson", "nowhere.ndjson")
    assert (done.code, done.out, done.err) == (6, "", "nowhere.ndjson does not exist.\n")
    assert rappel("ingest", "a.ndjson", "--json").json[0]["status"] == "accepted"


def test_a_directory_is_no_file(place: Path) -> None:
    done = rappel("ingest", place)
    assert (done.code, done.err) == (1, f"{place} cannot be read: it is a directory.\n")


def test_the_example_goes_in_with_its_dates_resolved() -> None:
    done = rappel("ingest", EXAMPLE / "01-state.ndjson", "--relative-to", "today", "--json")
    assert {line["status"] for line in done.json} == {"accepted"}
    assert len(done.json) == 129


def test_a_misspelt_placeholder_is_named_and_not_stored(place: Path) -> None:
    (place / "a.ndjson").write_text(ndjson([USER, event("user.saved", "{now}", id="U-2", name="Lea", email="l@x.org")]))
    done = rappel("ingest", "a.ndjson", "--relative-to", "2026-06-01")
    assert done.code == 1
    assert done.err.startswith("a.ndjson, line 2: {now} is no placeholder: write {day-12T09:30} or {date+45}")


def test_a_day_that_is_none_is_told() -> None:
    done = rappel("ingest", "-", "--relative-to", "yesterday")
    assert done.code == 2
    assert "write a date such as 2026-06-01, or \"today\", not 'yesterday'." in done.err
