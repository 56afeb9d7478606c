"""`rappel deliveries resend`, `mark-sent` and `drop`: the plan first, then a word that is kept."""

import getpass
import sqlite3
from contextlib import closing

import pytest

from tests.cli.terminal import Printed, rappel

WHY = ("--why", "ticket 4711")
KEYS = ["delivery", "verb", "address", "state", "then", "new_copy", "follows", "made", "done", "reason", "advice"]


@pytest.fixture
def copies(lived: str) -> list[str]:
    """Ids of an uncertain follow-up, a held one, and a sent one."""
    with closing(sqlite3.connect(lived.removeprefix("sqlite:///"))) as database, database:
        query = (
            "SELECT d.id FROM deliveries d JOIN letters l ON l.id = d.letter WHERE l.template = 'lead.follow_up' "
            "AND d.state = 'sent' ORDER BY d.id LIMIT 3"
        )
        ids = [str(id) for (id,) in database.execute(query)]
        for id, state in zip(ids, ("uncertain", "held"), strict=False):
            database.execute("UPDATE deliveries SET state = ?, reason = 'connection_lost' WHERE id = ?", (state, id))
            notice = "UPDATE notices SET outcome = NULL WHERE id = (SELECT notice FROM deliveries WHERE id = ?)"
            database.execute(notice, (id,))
    return ids


def state(id: str) -> str:
    found: str = rappel("deliveries", "show", id, "--json").json[0]["state"]
    return found


def test_the_plan_comes_first_and_nothing_is_done_without_a_yes(copies: list[str]) -> None:
    uncertain = copies[0]
    for answer in ("n\n", "\n", ""):
        done = rappel("deliveries", "resend", uncertain, *WHY, stdin=answer)
        assert done.table("id", "now", "then", "to")[0][:3] == [uncertain, "uncertain", "pending"]
        assert done.code == 1
    assert "Send again? (1 delivery) [y/N]" in done.err
    assert state(uncertain) == "uncertain"
    done = rappel("deliveries", "resend", uncertain, *WHY, stdin="y\n")
    assert (done.code, done.out.splitlines()[-1]) == (0, "1 delivery done.")
    assert state(uncertain) == "pending"


def test_a_copy_that_waits_says_for_what(copies: list[str]) -> None:
    words = "It waits for somebody's word: `rappel deliveries resend {} --why TEXT`, or mark-sent, or drop."
    shown = [words.format(id) in rappel("deliveries", "show", id).out for id in copies]
    assert shown == [True, True, False]


def test_a_dry_run_only_shows(copies: list[str]) -> None:
    done = rappel("deliveries", "drop", *copies[:2], *WHY, "--dry-run")
    assert [row[2] for row in done.table("id", "now", "then")] == ["failed", "cancelled"]
    assert (done.code, done.err) == (0, "")
    assert [state(id) for id in copies] == ["uncertain", "held", "sent"]


@pytest.mark.parametrize(
    ("verb", "after"),
    [
        ("resend", ["pending", "pending", "sent"]),
        ("mark-sent", ["sent", "sent", "sent"]),
        ("drop", ["failed", "cancelled", "sent"]),
    ],
)
def test_all_means_what_is_held_or_uncertain(verb: str, after: list[str], copies: list[str]) -> None:
    done = rappel("deliveries", verb, "--all", *WHY, "--yes")
    assert (done.code, done.out.splitlines()[-1]) == (0, "2 deliveries done.")
    assert [state(id) for id in copies] == after
    again = rappel("deliveries", verb, "--all", *WHY, "--yes")
    assert (again.code, again.out) == (0, f"No delivery fits that `{verb}` is for.\n")


def test_filters_choose(copies: list[str]) -> None:
    def planned(*filters: str) -> list[str]:
        lines = rappel("deliveries", "resend", *filters, *WHY, "--dry-run", "--json").json
        return [str(line["delivery"]) for line in lines]

    assert planned("--state", "uncertain") == copies[:1]
    assert planned("--template", "lead.follow_up") == copies[:2]
    assert planned("--template", "renewal.notice") == []
    assert planned("--state", "held", "--reason", "connection_lost") == copies[1:2]
    sent = planned("--state", "sent")
    assert copies[2] in sent, "what has an end goes out again where somebody says so"
    assert not set(sent) & set(copies[:2])


def test_the_word_is_kept_and_shown(copies: list[str]) -> None:
    sent = copies[2]
    to = ("--to", "jonas@hafen.example.com")
    (line,) = rappel("deliveries", "resend", sent, *to, *WHY, "--by", "ada", "--yes", "--json").json
    assert list(line) == KEYS
    made = str(line["made"])
    assert line == {
        **{"delivery": int(sent), "verb": "resend", "address": "jonas@hafen.example.com", "state": "sent"},
        **{
            "then": "sent",
            "new_copy": True,
            "follows": False,
            "made": int(made),
            "done": True,
            "reason": None,
            "advice": None,
        },
    }
    words = f"resend of delivery {sent}, sent, by ada: ticket 4711 (to jonas@hafen.example.com, as delivery {made})"
    for id in (sent, made):
        assert words in rappel("deliveries", "show", id).out
        (record,) = rappel("deliveries", "show", id, "--json").json[0]["interventions"]
        assert (record["operator"], record["why"], record["made"]) == ("ada", "ticket 4711", int(made))
    (shown,) = rappel("deliveries", "show", made, "--json").json
    assert (shown["address"], shown["state"], shown["possible_duplicate"]) == (to[1], "pending", True)
    assert words in rappel("explain", shown["subject"]).out


def test_who_says_nothing_is_who_is_logged_in(copies: list[str]) -> None:
    rappel("deliveries", "mark-sent", copies[0], *WHY, "--yes")
    (record,) = rappel("deliveries", "show", copies[0], "--json").json[0]["interventions"]
    assert record["operator"] == getpass.getuser()


def test_said_again_to_the_word_it_is_done_once_and_is_no_failure(copies: list[str]) -> None:
    command = ("deliveries", "resend", copies[2], *WHY, "--yes")
    assert rappel(*command).out.splitlines()[-1] == "1 delivery done."
    count = len(rappel("deliveries", "--json", "--limit", "1000").json)
    again = rappel(*command)
    assert again.code == 0
    assert "ordered_already: the same was ordered at" in again.out
    assert len(rappel("deliveries", "--json", "--limit", "1000").json) == count


def test_what_is_refused_says_what_to_do(copies: list[str]) -> None:
    def failed(done: Printed) -> str:
        assert done.code == 1
        return done.out

    uncertain, _, sent = copies
    rappel("deliveries", "resend", sent, *WHY, "--yes")
    newer = failed(rappel("deliveries", "resend", sent, "--why", "again", "--yes"))
    assert "newer_copy: delivery" in newer
    assert "name it" in newer
    over = failed(rappel("deliveries", "mark-sent", sent, "--why", "again", "--yes"))
    assert "newer_copy" in over
    part = rappel("deliveries", "drop", uncertain, sent, *WHY, "--yes")
    assert (part.code, part.out.splitlines()[-1]) == (5, "1 delivery done.")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["drop", "1"], "--why"),
        (["drop", "1", "--why", " "], "write one line of text"),
        (["drop", "1", "--why", "two\nlines"], "write one line of text"),
        (["drop", *WHY], "give ids, or say which are meant"),
        (["drop", "1", "--all", *WHY], "give ids, or say which are meant"),
        (["drop", "--state", "sent", *WHY], "drop is for copies that are held, uncertain"),
        (["resend", "--state", "pending", *WHY], "resend is for copies that are failed, held, sent, uncertain"),
        (["resend", "1", "2", "--to", "ada@example.com", *WHY], "a corrected address is for one copy"),
        (["resend", "--all", "--to", "ada@example.com", *WHY], "a corrected address is for one copy"),
        (["resend", "1", "--to", "nobody", *WHY], "must be an e-mail address"),
        (["resend", "1", "--to", "a@b.example\r\nBcc: c@d.example", *WHY], "must be an e-mail address"),
        (["resend", "1", "--json", *WHY], "say --yes or --dry-run"),
        (["--state", "uncertain", "drop", "--all", *WHY], "write it behind `drop`"),
    ],
)
def test_misuse_changes_nothing(arguments: list[str], said: str, copies: list[str]) -> None:
    done = rappel("deliveries", *arguments)
    assert done.code == 2
    assert said in " ".join(done.err.split())
    assert [state(id) for id in copies] == ["uncertain", "held", "sent"]


@pytest.mark.usefixtures("installation")
@pytest.mark.parametrize("verb", ["resend", "mark-sent", "drop"])
def test_a_delivery_that_is_not_there(verb: str) -> None:
    done = rappel("deliveries", verb, "99", *WHY, "--yes")
    assert (done.code, done.err) == (6, "There is no delivery 99. `rappel deliveries` lists them.\n")
    nothing = rappel("deliveries", verb, "--all", *WHY, "--yes")
    assert (nothing.code, nothing.out) == (0, f"No delivery fits that `{verb}` is for.\n")


def test_hs_8_the_plan_names_who_follows_in_cc(lived: str) -> None:
    """A letter that was refused for everybody in To, so that nobody was copied."""
    with closing(sqlite3.connect(lived.removeprefix("sqlite:///"))) as database, database:
        query = (
            "SELECT id, line, address FROM deliveries WHERE letter = "
            "(SELECT letter FROM deliveries WHERE line = 'cc' AND state = 'sent' LIMIT 1) ORDER BY id"
        )
        rows = database.execute(query).fetchall()
        ((cc, _, address),) = [row for row in rows if row[1] == "cc"]
        first, *others = [str(id) for id, line, _ in rows if line == "to"]
        refused = "UPDATE deliveries SET state = 'failed', reason = 'refused_by_server' WHERE id = ?"
        database.executemany(refused, [(id,) for id in (first, *others)])
        left = "UPDATE deliveries SET state = 'cancelled', reason = 'no_to_copy_accepted' WHERE id = ?"
        database.execute(left, (cc,))
    done = rappel("deliveries", "resend", first, *WHY, stdin="n\n")
    table = done.table("id", "now", "then", "to")
    assert [row[:3] for row in table] == [
        [first, "failed", "failed, and a new copy"],
        [str(cc), "cancelled", "cancelled, and a new copy in Cc follows"],
    ]
    assert "Send again? (1 delivery) [y/N]" in done.err

    alone = rappel("deliveries", "resend", str(cc), *WHY, "--yes")
    assert (alone.code, "follows_to: it follows by itself" in alone.out) == (1, True)
    lines = rappel("deliveries", "resend", first, *WHY, "--yes", "--json").json
    assert [(line["delivery"], line["follows"], line["done"]) for line in lines] == [
        (int(first), False, True),
        (cc, True, True),
    ]
    (shown,) = rappel("deliveries", "show", str(lines[1]["made"]), "--json").json
    assert (shown["address"], shown["state"], shown["possible_duplicate"]) == (address, "waiting", False)
    again = rappel("deliveries", "resend", first, str(cc), "--why", "once more", "--yes")
    assert again.code == 1
