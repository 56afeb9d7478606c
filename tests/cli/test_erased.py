"""What the commands say of somebody who was erased: that they were, in words, and nothing else of them."""

import json
from contextlib import closing

import pytest

from tests.cli.terminal import rappel
from workers.domain.interventions import Against
from workers.stages import scrub
from workers.store.database import Database

JONAS = ("jonas", "weiß")
ERASED = {
    "specversion": "1.0",
    "source": "crm",
    "id": "erased-jonas",
    "type": "user.erased",
    "time": "2026-06-03T11:00:00Z",
    "data": {"id": "U-jonas"},
}


@pytest.fixture
def without_jonas(lived: str) -> list[int]:
    """He was erased, and the sweep came by; ids of the mails that were his."""
    his = rappel("deliveries", "--address", "jonas.weiss@hafen.example.com", "--json").json
    assert rappel("ingest", "-", stdin=json.dumps(ERASED) + "\n").code == 0
    with closing(Database(lived)) as database:
        while scrub.scrub(database) or scrub.scrub_left(database):
            pass
    return [line["id"] for line in his]


def nothing_of_him(text: str) -> bool:
    return not any(name in text.casefold().replace("u-jonas", "") for name in map(str.casefold, JONAS))


def test_explain_says_that_he_was_erased_and_why_he_was_written_to(without_jonas: list[int]) -> None:
    done = rappel("explain", "lead/L-101")
    assert "kept: acceptor: (erased) user/U-jonas: lead_acceptor, took the lead" in done.out
    people = [each for line in rappel("explain", "user/U-jonas", "--json").json for each in line["people"]]
    his = [each for each in people if each["ref"] == "user/U-jonas"]
    assert {(each["address"], each["erased"]) for each in his} == {(None, True)}
    assert not any("erased" in each for each in people if each["ref"] != "user/U-jonas")
    assert without_jonas
    assert nothing_of_him(done.out)


def test_the_list_of_deliveries_has_no_empty_cell_for_him(without_jonas: list[int]) -> None:
    done = rappel("deliveries", "--limit", "1000")
    rows = {row[0]: row for row in done.table("id", "time", "state")}
    assert all("(erased)" in rows[str(id)] for id in without_jonas)
    lines = {line["id"]: line for line in rappel("deliveries", "--json", "--limit", "1000").json}
    assert {(lines[id]["address"], lines[id]["erased"], lines[id]["subject_line"]) for id in without_jonas} == {
        (None, True, None)
    }
    assert {id for id, line in lines.items() if "erased" in line} == set(without_jonas)
    assert nothing_of_him(done.out + json.dumps(list(lines.values()), ensure_ascii=False))


def test_one_of_them_tells_what_became_of_it(without_jonas: list[int]) -> None:
    id = str(without_jonas[0])
    done = rappel("deliveries", "show", id)
    assert f"Delivery {id}: sent" in done.out
    assert "Whoever it went to was erased" in done.out
    assert "The text of this letter was deleted with somebody on its To or Cc line who was erased." in done.out
    assert "Message-ID: <" in done.out
    assert nothing_of_him(done.out)
    (line,) = rappel("deliveries", "show", id, "--json").json
    assert (line["erased"], None in [*line["to"], *line["cc"]], line["text"]) == (True, True, None)
    refused = rappel("deliveries", "show", id, "--text")
    assert (refused.code, "who was erased" in refused.err) == (1, True)


def test_the_export_names_him_as_erased_and_is_otherwise_as_it_was(without_jonas: list[int]) -> None:
    done = rappel("deliveries", "export")
    mails = [mail for line in done.json for mail in line["mails"]]
    erased = [mail for mail in mails if mail.get("erased")]
    assert erased
    assert all(None in [*mail["to"], *mail["cc"]] and mail["subject_line"] is None for mail in erased)
    assert all(None not in [*mail["to"], *mail["cc"]] for mail in mails if mail not in erased)
    assert nothing_of_him(done.out)


def test_resend_is_refused_with_the_reason(without_jonas: list[int]) -> None:
    done = rappel("deliveries", "resend", str(without_jonas[0]), "--why", "he asked", "--dry-run", "--json")
    (line,) = done.json
    assert (done.code, line["reason"], line["address"]) == (1, Against.ERASED, None)
    assert line["advice"].startswith("user/U-jonas was erased: nothing may be sent")


def test_the_ledger_stays_as_it_should_be(without_jonas: list[int]) -> None:
    assert without_jonas
    assert rappel("ledger", "verify").code == 0
