"""`rappel ledger verify`: what it says of a ledger that is as it should be, and of one that is not."""

import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa

from tests.cli.conftest import live
from tests.cli.terminal import rappel
from workers.store.audits.table import AUDITS

BROKEN = "UPDATE notices SET outcome = 'failed' WHERE id IN (SELECT id FROM notices WHERE outcome = 'sent' LIMIT 25)"


def break_it(url: str) -> list[int]:
    """The numbers of 25 notices that pretend not to be sent."""
    with closing(sqlite3.connect(str(sa.make_url(url).database))) as connection, connection:
        connection.execute(BROKEN)
        return [id for (id,) in connection.execute("SELECT id FROM notices WHERE outcome = 'failed' ORDER BY id")]


def test_a_ledger_that_is_as_it_should_be(lived: str) -> None:
    done = rappel("ledger", "verify")
    assert (done.code, done.out, done.err) == (0, f"Nothing breaks any of the {len(AUDITS)} invariants.\n", "")
    assert (rappel("ledger", "verify", "--json").out, rappel("ledger", "verify", "--json").code) == ("", 0)


def test_an_empty_ledger_breaks_nothing(installation: str) -> None:
    assert rappel("ledger", "verify").code == 0


def test_each_violation_names_its_invariant_its_promise_its_rows_and_what_to_do(lived: str) -> None:
    broken = break_it(lived)
    done = rappel("ledger", "verify", "--json")
    audit = next(audit for audit in AUDITS if audit.name == "outcome-of-copies")
    assert done.code == 1
    assert done.json == [
        {
            "check": audit.name,
            "promise": "DESIGN promise 3",
            "invariant": audit.says,
            "what_to_do": audit.advice,
            "rows": {"notice": id, "outcome": "failed", "should_be": "sent"},
        }
        for id in broken
    ]


def test_the_table_shows_some_and_counts_the_rest(lived: str) -> None:
    broken = break_it(lived)
    done = rappel("ledger", "verify")
    assert done.code == 1
    assert done.table("check", "rows") == [
        ["outcome-of-copies", f"notice {id}, outcome failed, should_be sent"] for id in broken[:20]
    ]
    assert "outcome-of-copies: 25 violations, of which 20 are shown; --json prints all" in done.out
    assert "keep a copy of the database" in done.out


def test_on_postgresql_too(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPEL_DATABASE__URL", postgres_url)
    live(postgres_url)
    assert rappel("ledger", "verify").code == 0
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(sa.text(BROKEN))
    engine.dispose()
    assert len(rappel("ledger", "verify", "--json").json) == 25


def test_a_database_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPEL_DATABASE__URL", "postgresql://nobody@127.0.0.1:1/rappel")
    done = rappel("ledger", "verify")
    assert done.code == 4
    assert done.err.startswith("The database cannot be reached: ")
