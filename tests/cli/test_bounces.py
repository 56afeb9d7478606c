"""`rappel bounces ingest` and `rappel addresses`: what came back, from a pipe, a file, an mbox or a maildir."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import rappel
from tests.postbox.came_back import PATH, Copy, complaint, list_mail, out_of_office, postfix, qmail
from workers.house import build
from workers.settings import load
from workers.stages.return_paths import return_path

KEYS = ["mail", "kind", "delivery", "address", "verified", "suppressed", "repeated"]


@pytest.fixture
def copy(lived: str) -> Copy:
    """The mail about lead L-101, as its last server knew it."""
    (sent,) = rappel("deliveries", "--subject", "lead/L-101", "--json", "--limit", "1").json
    shown = rappel("deliveries", "show", str(sent["id"]), "--json").json[0]
    house = build(load())
    path = return_path(house.vault, sent["id"], sent["address"], "example.com")
    house.database.close()
    return Copy(sent["address"], path, shown["message_id"])


def forged(copy: Copy) -> Copy:
    return replace(copy, path=PATH)


class TestOneMail:
    def test_a_hard_bounce_is_told_in_words(self, copy: Copy) -> None:
        done = rappel("bounces", "ingest", stdin=postfix(copy))
        assert done.code == 0
        assert done.table("kind", "mails") == [
            ["hard", "1", "the address does not exist, or takes no mail: suppressed, where the report is proved"]
        ]
        ((name, kind, _, address, did),) = done.table("mail", "kind", "delivery")
        assert (name, kind, address, did) == ("-", "hard", copy.recipient, "address suppressed")

    def test_json_is_a_line_a_mail(self, copy: Copy) -> None:
        (said,) = rappel("bounces", "ingest", "-", "--json", stdin=postfix(copy)).json
        assert list(said) == KEYS
        assert (said["kind"], said["verified"], said["suppressed"]) == ("hard", True, True)
        again = rappel("bounces", "ingest", "--json", stdin=postfix(copy)).json[0]
        assert again == said | {"suppressed": False, "repeated": True}

    def test_a_report_that_could_be_forged_says_so(self, copy: Copy) -> None:
        done = rappel("bounces", "ingest", stdin=postfix(forged(copy)))
        assert "kept, but unverified: nothing else" in done.out
        assert rappel("addresses", "--json").out == ""

    def test_the_recipient_that_the_mail_server_names_is_enough(self, copy: Copy) -> None:
        done = rappel("bounces", "ingest", "--recipient", copy.path, "--json", stdin=postfix(forged(copy)))
        assert done.json[0]["suppressed"] is True

    @pytest.mark.usefixtures("installation")
    def test_nothing_at_all(self) -> None:
        done = rappel("bounces", "ingest")
        assert (done.code, done.table("kind", "mails")) == (0, [["empty", "1", "nothing in it: left alone"]])

    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            (["nowhere"], 6, "nowhere does not exist."),
            ([".", "--format", "maildir"], 1, ". is no maildir: it lacks the directories new and cur."),
            ([".", "--format", "eml"], 1, ". cannot be read: it is a directory."),
            (["mail.eml", "--pipe"], 2, "a pipe is one mail on standard input."),
            (["--format", "mh"], 2, "'mh' is not one of 'auto', 'eml', 'mbox', 'maildir'"),
        ],
    )
    @pytest.mark.usefixtures("installation")
    def test_misuse_is_told(self, arguments: list[str], code: int, said: str) -> None:
        done = rappel("bounces", "ingest", *arguments)
        assert (done.code, done.out) == (code, "")
        assert said in done.err


class TestPipe:
    """A mail server runs it: 0 means that it may forget the mail, 75 that it comes again."""

    def test_a_mail_is_taken_in_without_a_word(self, copy: Copy) -> None:
        mail = b"From MAILER-DAEMON Wed Jun  3 07:05:00 2026\n" + postfix(copy) + b"\n\nFrom here on Jan 1 2026\n"
        done = rappel("bounces", "ingest", "--pipe", stdin=mail)
        assert (done.code, done.out, done.err) == (0, "", "")
        assert [line["address"] for line in rappel("addresses", "--json").json] == [copy.recipient]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("RAPPEL_DATABASE__URL", "postgresql://rappel@127.0.0.1:1/rappel"),
            ("RAPPEL_DATABASE__URL", "sqlite:///not-there.db"),
            ("RAPPEL_MAIL__MODE", "lve"),
        ],
    )
    def test_whatever_goes_wrong_the_mail_server_keeps_the_mail(
        self, name: str, value: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(name, value)
        done = rappel("bounces", "ingest", "--pipe", stdin=postfix(Copy()))
        assert (done.code, done.out) == (75, "")
        assert done.err

    def test_without_it_the_codes_are_those_of_the_house(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RAPPEL_DATABASE__URL", "postgresql://rappel@127.0.0.1:1/rappel")
        assert rappel("bounces", "ingest", stdin=postfix(Copy())).code == 4


class TestMbox:
    def test_mails_are_cut_at_their_envelope_lines(self, copy: Copy, tmp_path: Path) -> None:
        box = tmp_path / "bounces.mbox"
        mails = [postfix(copy, status="5.2.2"), b"", out_of_office(copy), complaint(copy), list_mail(copy)]
        line = b"From MAILER-DAEMON Wed Jun  3 07:05:00 2026\n"
        box.write_bytes(b"".join(line + mail + b"\n" for mail in mails))
        first = rappel("bounces", "ingest", box, "--json").json
        assert [each["kind"] for each in first] == ["soft", "empty", "auto_reply", "complaint", "list_mail"]
        assert [each["mail"] for each in first] == [f"{box}:{number}" for number in range(1, 6)]
        again = rappel("bounces", "ingest", box, "--json").json
        assert [each["repeated"] for each in again] == [True, False, False, True, False]
        assert rappel("addresses", "--json").json[0]["soft_bounces"] == 1

    def test_one_without_end_is_read_in_constant_memory(self, copy: Copy, tmp_path: Path) -> None:
        box = tmp_path / "bounces.mbox"
        line = b"From MAILER-DAEMON Wed Jun  3 07:05:00 2026\n"
        with box.open("wb") as out:
            out.write(line + postfix(copy))
            for _ in range(200):
                out.write(b"x" * 65536)
            out.write(b"\n\n" + line + qmail(copy))
        assert [each["kind"] for each in rappel("bounces", "ingest", box, "--json").json] == ["hard", "hard"]


class TestMaildir:
    @pytest.fixture
    def box(self, tmp_path: Path) -> Path:
        box = tmp_path / "Maildir"
        for part in ("new", "cur", "tmp"):
            (box / part).mkdir(parents=True)
        return box

    def test_what_was_handled_is_moved_and_what_somebody_should_read_stays_unread(self, box: Path, copy: Copy) -> None:
        for name, mail in (("1.a", postfix(copy)), ("2.b", out_of_office(copy)), ("3.c:2,", complaint(copy))):
            (box / "new" / name).write_bytes(mail)
        (box / "tmp" / "4.d").write_bytes(postfix(copy))
        done = rappel("bounces", "ingest", box, "--json")
        assert [(each["mail"], each["kind"]) for each in done.json] == [
            ("1.a", "hard"),
            ("2.b", "auto_reply"),
            ("3.c:2,", "complaint"),
        ]
        assert sorted(path.name for path in (box / "cur").iterdir()) == ["1.a:2,S", "2.b:2,", "3.c:2,S"]
        assert list((box / "new").iterdir()) == []
        assert [path.name for path in (box / "tmp").iterdir()] == ["4.d"]
        assert rappel("bounces", "ingest", box).out == "There was no mail to read.\n"

    def test_a_crash_before_the_move_costs_nothing(self, box: Path, copy: Copy) -> None:
        (box / "new" / "1.a").write_bytes(postfix(copy, status="5.2.2"))
        rappel("bounces", "ingest", box)
        (box / "cur" / "1.a:2,S").rename(box / "new" / "1.a")
        assert rappel("bounces", "ingest", box, "--json").json[0]["repeated"] is True
        assert [path.name for path in (box / "cur").iterdir()] == ["1.a:2,S"]
        assert rappel("addresses", "--json").json[0]["soft_bounces"] == 1

    def test_a_database_that_is_away_leaves_everything_in_its_place(
        self, box: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (box / "new" / "1.a").write_bytes(postfix(Copy()))
        monkeypatch.setenv("RAPPEL_DATABASE__URL", "postgresql://rappel@127.0.0.1:1/rappel")
        assert rappel("bounces", "ingest", box).code == 4
        assert [path.name for path in (box / "new").iterdir()] == ["1.a"]


class TestAddresses:
    @pytest.fixture
    def bounced(self, copy: Copy) -> Copy:
        rappel("bounces", "ingest", stdin=postfix(copy, said="550 5.1.1 <gone> no such user"))
        return copy

    def test_the_list_shows_how_each_stands(self, bounced: Copy) -> None:
        rows = rappel("addresses").table("address", "state", "since", "reason")
        assert [(row[0], row[1], row[3]) for row in rows] == [(bounced.recipient, "suppressed", "hard")]
        (line,) = rappel("addresses", "--state", "suppressed", "--json").json
        assert list(line) == ["address", "standing", "since", "reason", "words", "soft_bounces"]
        assert line["words"] == "550 5.1.1 <gone> no such user"

    def test_filters_and_pages(self, bounced: Copy) -> None:
        events = [bounce(f"b{number}@example.net", "soft") for number in range(3)]
        rappel("ingest", "-", stdin="\n".join(map(json.dumps, events)))
        assert len(rappel("addresses", "--json").json) == 4
        assert len(rappel("addresses", "--state", "counted", "--json").json) == 3
        assert [each["address"] for each in rappel("addresses", "--address", "B1@", "--json").json] == [
            "b1@example.net"
        ]
        assert "There are more; --limit 4 shows some." in rappel("addresses", "--limit", "2").out
        assert rappel("addresses", "--address", "%").out == "No address matches.\n"

    def test_show_tells_which_bounce_whose_words_which_delivery(self, bounced: Copy) -> None:
        out = rappel("addresses", "show", bounced.recipient.upper()).out
        assert out.startswith(f"{bounced.recipient}: suppressed since ")
        assert "  550 5.1.1 <gone> no such user\n  said by the event rappel/bounces " in out
        assert "  hard, relay.example.org: 550 5.1.1 <gone> no such user, delivery " in out
        (shown,) = rappel("addresses", "show", bounced.recipient, "--json").json
        assert [each["kind"] for each in shown["reports"]] == ["hard"]
        assert shown["refusal"] is None

    def test_the_delivery_and_its_notice_tell_of_it(self, bounced: Copy) -> None:
        id = str(rappel("addresses", "show", bounced.recipient, "--json").json[0]["reports"][0]["delivery"])
        assert "  hard, relay.example.org: 550 5.1.1 <gone> no such user\n" in rappel("deliveries", "show", id).out
        assert rappel("deliveries", "show", id, "--json").json[0]["reports"][0]["kind"] == "hard"
        assert "note copy_bounced: a copy came back after it had left" in rappel("explain", "lead/L-101").out

    def test_release_says_who_and_why(self, bounced: Copy) -> None:
        done = rappel("addresses", "release", bounced.recipient, "--why", "new mailbox", "--by", "jo")
        assert done.out == f"{bounced.recipient} is released.\n"
        assert rappel("addresses", "--json").json[0]["standing"] == "released"
        assert "  released, jo: new mailbox\n" in rappel("addresses", "show", bounced.recipient).out
        again = rappel("addresses", "release", bounced.recipient, "--why", "new mailbox")
        assert (again.code, again.out) == (0, f"{bounced.recipient} is not suppressed; nothing was changed.\n")

    def test_whoever_is_signed_in_says_so_if_nobody_is_named(self, bounced: Copy, monkeypatch: Any) -> None:
        monkeypatch.setenv("LOGNAME", "ada")
        rappel("addresses", "release", bounced.recipient, "--why", "new mailbox")
        assert "  released, ada: new mailbox\n" in rappel("addresses", "show", bounced.recipient).out

    def test_an_event_from_upstream_is_named(self, lived: str) -> None:
        rappel("ingest", "-", stdin=json.dumps(bounce("a@example.net", "complaint")))
        assert "  said by the event https://crm.example.com b-a\n" in rappel("addresses", "show", "a@example.net").out

    @pytest.mark.usefixtures("installation")
    def test_nothing_yet(self) -> None:
        assert rappel("addresses").out == (
            "No address yet: no mail bounced, and nobody complained. "
            "`rappel bounces ingest` takes in what comes back.\n"
        )
        assert rappel("addresses", "--json").out == ""

    @pytest.mark.parametrize("verb", [["show"], ["release", "--why", "x"]])
    @pytest.mark.usefixtures("installation")
    def test_an_address_that_is_not_known(self, verb: list[str]) -> None:
        done = rappel("addresses", verb[0], "eve@example.net", *verb[1:])
        assert (done.code, done.out) == (6, "")
        assert done.err == "Nothing is known of eve@example.net: no mail to it bounced, and nobody complained.\n"

    @pytest.mark.usefixtures("installation")
    @pytest.mark.parametrize("arguments", [[], ["--why", " "]])
    def test_a_release_needs_a_reason(self, arguments: list[str]) -> None:
        done = rappel("addresses", "release", "eve@example.net", *arguments)
        assert done.code == 2
        assert "--why" in done.err


def bounce(address: str, kind: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"b-{address.partition('@')[0]}",
        "source": "https://crm.example.com",
        "type": "address.bounced",
        "time": "2026-06-03T10:00:00Z",
        "data": {"address": address, "kind": kind},
    }
