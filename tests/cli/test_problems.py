"""`rappel problems`: refused events are kept, shown, tried again; alerts and dangling references are listed."""

from contextlib import closing
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.cli.terminal import rappel
from tests.scenarios import event, ndjson
from workers.store import tables
from workers.store.database import Database

NOW = "2026-06-01T08:00:00Z"
STAGES = [{"id": "new", "name": "New", "duration": {"value": 3, "unit": "days"}}]
ENTERED = {"process": "PR-1", "stage_entered_at": NOW}
PROCESS = event("process.saved", NOW, id="PR-1", name="Sales", stages=STAGES)
WIDER = event(
    "process.saved",
    "2026-06-01T09:00:00Z",
    id="PR-1",
    name="Sales",
    stages=[*STAGES, {"id": "late", "name": "Late", "closed": True}],
)
TOO_EARLY = event("lead.saved", NOW, id="L-1", title="Shop", stage="late", **ENTERED)
DANGLING = event("lead.saved", NOW, id="L-2", title="Shop", stage="new", acceptor="U-9", **ENTERED)
KEYS = ["id", "at", "kind", "subject", "reason", "pointer", "detail"]

pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture
def refused() -> int:
    """A lead whose stage the process does not have yet was refused; its problem."""
    rappel("ingest", "-", stdin=ndjson([PROCESS, TOO_EARLY]))
    problem: int = rappel("problems", "--json").json[0]["id"]
    return problem


def test_an_empty_list_says_so() -> None:
    done = rappel("problems")
    assert (done.code, done.out) == (0, "No problems.\n")
    assert rappel("problems", "--kind", "refused").out == "No problems of kind refused.\n"
    assert rappel("problems", "--json").out == ""


def test_mails_that_wait_for_somebodys_word_are_counted_below(lived: str) -> None:
    with closing(Database(lived)) as database, database.write() as connection:
        ids = sorted(connection.execute(sa.select(tables.deliveries.c.id)).scalars())[:3]
        for id, state in zip(ids, ("uncertain", "held", "held"), strict=True):
            connection.execute(tables.deliveries.update().where(tables.deliveries.c.id == id).values(state=state))
    assert rappel("problems", "--kind", "poison").out == "No problems of kind poison.\n"
    assert rappel("problems").out.endswith(
        "\n2 mails wait for your word: `rappel deliveries --state held` lists them.\n"
        "\n1 mail waits for your word: `rappel deliveries --state uncertain` lists them.\n"
    )


def test_what_was_refused_is_listed_with_what_to_do(refused: int) -> None:
    (row,) = rappel("problems", "--kind", "refused").table("id", "kind")
    assert row[:4] == [str(refused), "refused", "ingest -, line 2", "invalid_value"]
    (line,) = rappel("problems", "--json").json
    assert list(line) == KEYS
    assert (line["kind"], line["pointer"]) == ("refused", "/data/stage")


def test_the_event_is_shown_as_it_came(refused: int) -> None:
    shown = rappel("problems", "show", str(refused))
    assert shown.out.endswith(f"\n\n{ndjson([TOO_EARLY])}")
    (line,) = rappel("problems", "show", str(refused), "--json").json
    assert list(line) == [*KEYS, "payload", "solved_at"]
    assert line["payload"] == ndjson([TOO_EARLY]).strip()


def test_tried_again_too_early_it_stays_and_is_not_doubled(refused: int) -> None:
    done = rappel("problems", "retry", str(refused))
    assert done.code == 1
    assert done.table("id", "now")[0][:3] == [str(refused), "refused", "invalid_value"]
    assert [line["id"] for line in rappel("problems", "--json").json] == [refused]


def test_tried_again_when_the_reason_is_gone_it_is_stored_and_solved(refused: int) -> None:
    rappel("ingest", "-", stdin=ndjson([WIDER]))
    done = rappel("problems", "retry", "--all", "--json")
    assert [(line["problem"], line["status"]) for line in done.json] == [(refused, "accepted")]
    assert done.code == 0
    assert rappel("problems").out == "No problems.\n"
    assert rappel("ingest", "-", "--json", stdin=ndjson([TOO_EARLY])).json[0]["status"] == "duplicate"


def test_what_was_sent_again_meanwhile_is_solved_as_duplicate(refused: int) -> None:
    rappel("ingest", "-", stdin=ndjson([WIDER, TOO_EARLY]))
    done = rappel("problems", "retry", str(refused), "--json")
    assert [(line["status"], done.code) for line in done.json] == [("duplicate", 0)]
    assert rappel("problems").out == "No problems.\n"


def test_some_solved_and_some_not_is_a_part(refused: int) -> None:
    rappel("ingest", "-", stdin=ndjson([WIDER]) + "{\n")
    assert rappel("problems", "retry", "--all").code == 5


def test_solved_by_hand_it_is_off_the_list(refused: int) -> None:
    assert rappel("problems", "solve", str(refused)).out == "1 problem solved.\n"
    again = rappel("problems", "solve", str(refused))
    assert (again.code, again.out) == (0, "0 problems solved; 1 had been solved before.\n")
    assert rappel("problems").out == "No problems.\n"
    assert ", solved 20" in rappel("problems", "show", str(refused)).out


@pytest.mark.parametrize("verb", ["show", "retry", "solve"])
def test_a_problem_that_is_not_there(verb: str) -> None:
    done = rappel("problems", verb, "99")
    assert (done.code, done.out) == (6, "")
    assert done.err == "There is no problem 99. `rappel problems` lists them.\n"


def test_retry_needs_ids_or_all() -> None:
    assert rappel("problems", "retry").code == 2
    assert rappel("problems", "retry", "1", "--all").code == 2


def test_a_dangling_reference_is_listed_until_its_object_is_there() -> None:
    rappel("ingest", "-", stdin=ndjson([PROCESS, DANGLING]))
    assert rappel("problems", "--kind", "dangling", "--json").json == [
        {
            "id": None,
            "at": None,
            "kind": "dangling",
            "subject": "lead/L-2",
            "reason": "reference_missing",
            "pointer": "/data/acceptor",
            "detail": "user/U-9 is not known; send it. It is used as soon as it is there.",
        }
    ]
    assert rappel("problems", "--kind", "refused").out == "No problems of kind refused.\n"
    rappel("ingest", "-", stdin=ndjson([event("user.saved", NOW, id="U-9", name="Lea", email="lea@example.org")]))
    assert rappel("problems").out == "No problems.\n"


def test_upstream_cannot_steer_the_terminal() -> None:
    rappel("ingest", "-", stdin=b'{"specversion": "1.0", "\x1b[2J": 1}\n')
    for done in (rappel("problems"), rappel("problems", "show", "1")):
        assert "\x1b" not in done.out


def test_a_lead_in_a_stage_that_its_process_dropped_is_listed_until_one_of_them_is_mended() -> None:
    there = event("lead.saved", NOW, id="L-1", title="Shop", stage="new", **ENTERED)
    moved = event(
        "process.saved", "2026-06-01T09:00:00Z", id="PR-1", name="Sales", stages=[{"id": "won", "name": "Won"}]
    )
    done = rappel("ingest", "-", stdin=ndjson([PROCESS, there, moved]))
    assert [row[1:3] for row in done.table("warning", "field")] == [["/data/stages", "stage_in_use"]]
    (line,) = rappel("problems", "--kind", "dangling", "--json").json
    assert list(line) == KEYS
    assert (line["subject"], line["reason"], line["pointer"]) == ("lead/L-1", "stage_missing", "/data/stage")
    assert line["detail"].startswith("Its process has no stage new, so nobody is reminded of it:")
    rappel("ingest", "-", stdin=ndjson([WIDER | {"time": "2026-06-01T10:00:00Z"}]))
    assert rappel("problems").out == "No problems.\n"


def test_what_an_undecided_occasion_refers_to_is_listed() -> None:
    told = event("activity.recorded", datetime.now(UTC), object="deal/D-1", action="moved", actor="U-9")
    rappel("ingest", "-", stdin=ndjson([told]))
    listed = rappel("problems", "--kind", "dangling", "--json").json
    assert [(line["subject"], line["pointer"], line["detail"].split()[0]) for line in listed] == [
        ("deal/D-1", "/data/object", "deal/D-1"),
        ("deal/D-1", "/data/actor", "user/U-9"),
    ]


def test_upstream_cannot_turn_our_words_on_the_terminal() -> None:
    """Hebrew stays as it is; the page that prints the event as it came strips what turns it, too."""
    rappel("ingest", "-", stdin='{"specversion": "1.0", "id": "\u202eשלום", "\u2066x": 1}\n')
    for done in (rappel("problems"), rappel("problems", "show", "1")):
        assert not {"\u202e", "\u2066"} & set(done.out)
    assert "שלום" in rappel("problems", "show", "1").out
