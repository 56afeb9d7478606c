"""`rappel deliveries`: what became of each copy, and each letter as it was sent."""

import email
import email.policy
import json
import sqlite3
from collections import Counter
from contextlib import closing
from typing import Any

import pytest

from tests.cli.conftest import STORY
from tests.cli.terminal import rappel

LIST_KEYS = [
    *("id", "at", "state", "reason", "line", "address", "notice", "subject", "notice_reason", "template", "language"),
    *("subject_line", "attempts", "possible_duplicate", "letter", "capture"),
]
SHOW_KEYS = [*LIST_KEYS, "message_id", "to", "cc", "text", "html", "opening", "answers", "reports", "interventions"]


@pytest.fixture
def first(lived: str) -> str:
    """The id of the mail about lead L-101."""
    return str(rappel("deliveries", "--subject", "lead/L-101", "--json").json[0]["id"])


@pytest.mark.usefixtures("lived")
class TestList:
    def test_the_newest_comes_first_with_all_keys(self) -> None:
        lines = rappel("deliveries", "--json", "--limit", "1000").json
        assert [list(line) for line in lines] == [LIST_KEYS] * len(lines)
        order = [(line["at"], line["id"]) for line in lines]
        assert order == sorted(order, reverse=True)

    def test_the_table_shows_what_is_needed_and_that_there_is_more(self) -> None:
        done = rappel("deliveries", "--limit", "2")
        assert len(done.table("id", "time", "state")) == 2
        assert "There are more; --limit 4 shows some." in done.out

    @pytest.mark.parametrize(
        ("option", "value", "key", "expected"),
        [
            ("--state", "sent", "state", "sent"),
            ("--subject", "renewal/RN-02", "subject", "renewal/RN-02"),
            ("--address", " Anna.Kuester@HAFEN.example.com", "address", "anna.kuester@hafen.example.com"),
            ("--reason", "hubspot_owner_default", "notice_reason", "hubspot_owner_default"),
        ],
    )
    def test_a_filter_keeps_what_fits_and_nothing_else(self, option: str, value: str, key: str, expected: str) -> None:
        everything = rappel("deliveries", "--json", "--limit", "1000").json
        found = rappel("deliveries", option, value, "--json", "--limit", "1000").json
        assert found == [line for line in everything if line[key].casefold() == expected.casefold()]
        assert found

    def test_tl8_a_segment_is_what_somebody_is_responsible_for(self) -> None:
        everything = rappel("deliveries", "--json", "--limit", "1000").json
        theirs = rappel("deliveries", "--responsible", "user/U-jonas", "--json", "--limit", "1000").json
        assert theirs == [line for line in everything if line["address"] == "jonas.weiss@hafen.example.com"]
        assert 0 < len(theirs) < len(everything)
        assert {"responsible": "user/U-jonas", "copies": len(theirs)} in self.counts("responsible")

    def test_tl8_copies_are_counted_by_reason_state_and_responsible_person(self) -> None:
        everything = rappel("deliveries", "--json", "--limit", "1000").json
        for_state = Counter(line["state"] for line in everything)
        for_reason = Counter(line["reason"] or line["notice_reason"] for line in everything)
        assert {line["state"]: line["copies"] for line in self.counts("state")} == for_state
        assert {line["reason"]: line["copies"] for line in self.counts("reason")} == for_reason
        nobodys = sum(line["subject"].startswith("renewal/") for line in everything)
        assert {"responsible": None, "copies": nobodys} in self.counts("responsible")
        assert "(none)" in rappel("deliveries", "--count-by", "responsible").out

    def counts(self, by: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = rappel("deliveries", "--count-by", by, "--json").json
        assert [line["copies"] for line in found] == sorted((line["copies"] for line in found), reverse=True)
        return found

    @pytest.mark.parametrize(("who", "code"), [("user/U-nobody", 6), ("U-jonas", 2), ("contact/K-1", 2), ("user/", 2)])
    def test_a_responsible_person_is_a_known_user(self, who: str, code: int) -> None:
        done = rappel("deliveries", "--responsible", who)
        assert (done.code, done.out) == (code, "")
        assert "not known" in done.err if code == 6 else "write user/ID" in done.err

    def test_times_include_both_ends(self) -> None:
        day = ["--since", "2026-06-02T07:00:00Z", "--until", "2026-06-02T07:00:00Z"]
        assert {line["at"] for line in rappel("deliveries", *day, "--json").json} == {"2026-06-02T07:00:00Z"}

    def test_nothing_that_fits_says_where_to_look(self) -> None:
        assert rappel("deliveries", "--state", "failed").out == (
            "No delivery matches. A notice that reached nobody has none: `rappel explain REF` tells why.\n"
        )

    @pytest.mark.parametrize("verb", [[], ["drop", "--why", "x"]])
    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (["--template", "invoice.sen"], "there is no template 'invoice.sen': did you mean invoice.sent"),
            (["--subject", "invoces/1"], "write KIND/ID with one of the kinds lead, renewal, "),
            (["--subject", "lead/"], "not 'lead/'."),
            (["--since", "2026-06-02T07:00:01Z", "--until", "2026-06-02T07:00:00Z"], "--until lies before --since."),
        ],
    )
    def test_what_nothing_can_fit_is_a_usage_error(self, verb: list[str], given: list[str], said: str) -> None:
        done = rappel("deliveries", *verb, *given)
        assert (done.code, done.out) == (2, "")
        assert said in done.err

    def test_an_export_that_ends_before_it_begins_is_a_usage_error(self) -> None:
        done = rappel("deliveries", "export", "--since", "2026-06-02T07:00:01Z", "--until", "2026-06-02T07:00:00Z")
        assert (done.code, done.out) == (2, "")

    def test_a_state_that_is_none_is_a_usage_error(self) -> None:
        done = rappel("deliveries", "--state", "lost")
        assert done.code == 2
        assert "'lost' is not one of 'waiting', 'pending'" in done.err


class TestShow:
    def test_a_letter_is_shown_as_it_was_sent(self, first: str) -> None:
        out = rappel("deliveries", "show", first).out
        assert out.startswith(
            f"Delivery {first}: sent (2026-06-01 07:00 UTC)\n  accepted: the mail server accepted it\n"
        )
        assert "\nTo: Jonas Weiß <jonas.weiss@hafen.example.com>\nSubject: „Onlineshop für Backwaren“" in out
        assert rappel("deliveries", "show", first, "--text").out in out

    def test_json_has_everything(self, first: str) -> None:
        (shown,) = rappel("deliveries", "show", first, "--json").json
        assert list(shown) == SHOW_KEYS
        assert shown["to"] == ["jonas.weiss@hafen.example.com"]
        assert shown["html"] == rappel("deliveries", "show", first, "--html").out
        assert [list(answer) for answer in shown["answers"]] == [
            ["at", "route", "kind", "phase", "code", "enhanced", "reply"]
        ]

    def test_the_whole_mail_can_be_read_by_a_mail_program(self, first: str) -> None:
        shown = rappel("deliveries", "show", first, "--json").json[0]
        mail = email.message_from_bytes(rappel("deliveries", "show", first, "--eml").bytes, policy=email.policy.default)
        assert (mail["Subject"], mail["Message-ID"]) == (shown["subject_line"], shown["message_id"])
        assert mail["Date"].datetime.isoformat() == "2026-06-01T07:00:00+00:00"
        assert mail.get_body(("plain",)).get_content().split() == shown["text"].split()  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("state", "said"),
        [
            ("pending", "This letter is not written yet: that happens when it is sent.\n"),
            ("held", "This letter is not written yet: that happens when it is sent.\n"),
            ("cancelled", "This letter was never written: nothing of it was sent.\n"),
        ],
    )
    def test_a_letter_that_is_not_written_says_whether_it_will_be(
        self, state: str, said: str, first: str, lived: str
    ) -> None:
        with closing(sqlite3.connect(lived.removeprefix("sqlite:///"))) as database, database:
            database.execute("UPDATE letters SET subject_line = NULL, body = NULL, rendered_at = NULL")
            database.execute("UPDATE deliveries SET state = ?", (state,))
        assert rappel("deliveries", "show", first).out.endswith(f"\n\n{said}")
        done = rappel("deliveries", "show", first, "--eml")
        assert (done.code, done.out, done.err) == (1, "", said)

    def test_what_only_the_catcher_took_is_not_said_to_be_accepted(self, first: str, lived: str) -> None:
        assert "mail catcher" not in rappel("deliveries", "show", first).out
        with closing(sqlite3.connect(lived.removeprefix("sqlite:///"))) as database, database:
            database.execute("UPDATE attempts SET route = 'catcher'")
        listed = rappel("deliveries", "--state", "sent").table("id", "time", "state", "reason")
        assert {row[3] for row in listed} == {"captured"}
        shown = rappel("deliveries", "show", first).out
        assert "\n  captured: only the mail catcher took it; nobody has said yet whether it counts as sent" in shown
        assert "the mail server accepted it" not in shown
        rappel("captured", "--count-as-sent")
        assert (
            "\n  counted: only the mail catcher took it; it counts as sent\n" in rappel("deliveries", "show", first).out
        )

    def test_px12_an_opening_is_told_with_what_it_is_worth(self, first: str, lived: str) -> None:
        with closing(sqlite3.connect(lived.removeprefix("sqlite:///"))) as database, database:
            database.execute("UPDATE letters SET head = json_set(head, '$.opens_at', 'https://a.example.org/u/open/')")
        assert "\n  Not opened as far as its picture tells" in rappel("deliveries", "show", first).out
        with closing(sqlite3.connect(lived.removeprefix("sqlite:///"))) as database, database:
            database.execute("INSERT INTO openings VALUES (?, '2026-06-02 08:30:00.000000', 2)", (int(first),))
        out = rappel("deliveries", "show", first).out
        assert (
            "\n  Opened for the first time 2026-06-02 08:30 UTC, at least: its picture was fetched 2 times. That says "
            in out
        )
        (shown,) = rappel("deliveries", "show", first, "--json").json
        assert shown["opening"] == {"first_at": "2026-06-02T08:30:00Z", "times": 2}
        assert "/u/open/" not in rappel("deliveries", "show", first, "--eml").out

    def test_one_form_at_a_time(self, first: str) -> None:
        assert rappel("deliveries", "show", first, "--text", "--html").code == 2

    @pytest.mark.usefixtures("installation")
    def test_a_delivery_that_is_not_there(self) -> None:
        done = rappel("deliveries", "show", "99")
        assert (done.code, done.err) == (6, "There is no delivery 99. `rappel deliveries` lists them.\n")


@pytest.mark.usefixtures("lived")
class TestExport:
    def test_it_is_what_the_simulation_prints(self) -> None:
        until = ["--relative-to", "2026-06-01", "--until", "2026-06-03T12:00:00Z"]
        simulated = rappel("simulate", *STORY, *until, "--json")
        assert rappel("deliveries", "export").bytes == simulated.bytes

    def test_a_part_of_it(self) -> None:
        lines = rappel("deliveries", "export").out.splitlines()
        day = [line for line in lines if json.loads(line)["at"] == "2026-06-02T07:00:00Z"]
        bounds = ["--since", "2026-06-02T07:00:00Z", "--until", "2026-06-02T07:00:00Z"]
        assert rappel("deliveries", "export", *bounds).out.splitlines() == day
        assert day


@pytest.mark.usefixtures("installation")
def test_an_empty_installation_says_what_to_do() -> None:
    assert rappel("deliveries").out == (
        "No deliveries yet. `rappel ingest` brings events in, `rappel explain lead/ID` tells what is foreseen.\n"
    )
    assert rappel("deliveries", "--json").out == rappel("deliveries", "export").out == ""
