"""Promise 8: what breaks three times is set aside, with the places where it broke, and retried on demand.

Everything else goes on. The template's part of it is in tests/delivery/test_copies.py.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from tests.scenarios import event
from tests.stages.fleet import (
    CLAIRE,
    INTAKE,
    JONAS,
    KEPT,
    MONDAY,
    RENEWAL,
    RULES,
    WORLD,
    fan_out,
    lead,
    rows,
    run_and_decide,
    take,
)
from tests.world import utc
from workers.domain.renewals import RenewalRules
from workers.stages.incoming import Incoming
from workers.stages.ingest import ingest_all
from workers.stages.retry import Retried, retry
from workers.stages.rules import Rules
from workers.stages.sweep import PROBLEMS_KEPT, purge
from workers.store import problems, tables
from workers.store.database import Database

NOW = utc("2026-06-05T08:00")

GUARD = {
    "sqlite": "CREATE TRIGGER guard BEFORE INSERT ON users WHEN NEW.id = 'U-9' BEGIN SELECT RAISE(ABORT, 'no'); END",
    "postgresql": "ALTER TABLE users ADD CONSTRAINT guard CHECK (id <> 'U-9')",
}
"""What makes the store refuse one row that the rules allow, as a fault of ours would."""
WALL = {
    "sqlite": "CREATE TRIGGER guard BEFORE INSERT ON users WHEN NEW.id = 'U-9' BEGIN SELECT json('{'); END",
    "postgresql": """
        CREATE FUNCTION wall() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'too long for an index' USING ERRCODE = 'program_limit_exceeded'; END $$;
        CREATE TRIGGER guard BEFORE INSERT ON users FOR EACH ROW WHEN (NEW.id = 'U-9') EXECUTE FUNCTION wall();
    """,
}
"""What drivers call by the same name as a database that is away: it would be waited for without an end."""
NO_WALL = {"sqlite": "DROP TRIGGER guard", "postgresql": "DROP TRIGGER guard ON users"}
NO_GUARD = {"sqlite": "DROP TRIGGER guard", "postgresql": "ALTER TABLE users DROP CONSTRAINT guard"}


def do(database: Database, statements: dict[str, str]) -> None:
    with database.write() as connection:
        connection.execute(sa.text(statements[connection.dialect.name]))


def unsolved(database: Database) -> list[Any]:
    with database.read() as connection:
        return problems.unsolved(connection, "poison")


def tried_again(database: Database) -> list[Retried]:
    ids = [row.id for row in reversed(unsolved(database))]
    return list(retry(database, ids, replace(INTAKE, door=None), NOW))


@pytest.mark.usefixtures("database_url")
@pytest.mark.parametrize(
    ("guard", "no_guard", "error"),
    [(GUARD, NO_GUARD, "IntegrityError"), (WALL, NO_WALL, "ProgrammingError")],
    ids=["a constraint", "a limit"],
)
def test_an_event_that_breaks_us_is_set_aside_and_the_rest_of_its_batch_goes_in(
    database: Database, guard: dict[str, str], no_guard: dict[str, str], error: str
) -> None:
    do(database, guard)
    some = [JONAS, event("user.saved", MONDAY, **JONAS["data"] | {"id": "U-9"}), CLAIRE]
    incoming = [Incoming(number, each, MONDAY) for number, each in enumerate(some, start=1)]
    answers = [answer for done in ingest_all(database, incoming, INTAKE) for answer in done.answers]
    assert [(answer.position, answer.status, answer.reason) for answer in answers] == [
        (1, "accepted", None),
        (2, "rejected", "ingest_broke"),
        (3, "accepted", None),
    ]
    assert rows(database, tables.users, "id") == [("U-1",)]
    (problem,) = unsolved(database)
    assert (problem.subject, problem.reason) == ("test, line 2", "ingest_broke")
    assert problem.detail.endswith(error)
    assert "workers/stages/ingest.py" in problem.detail
    assert JONAS["data"]["email"] not in problem.detail

    assert [done.solved for done in tried_again(database)] == [False]
    assert [row.id for row in unsolved(database)] == [problem.id], "still one"
    do(database, no_guard)
    assert [(done.solved, done.answer and done.answer.status) for done in tried_again(database)] == [(True, "accepted")]
    assert (rows(database, tables.users, "id"), unsolved(database)) == ([("U-1",), ("U-9",)], [])


def test_a_row_that_breaks_three_runs_is_set_aside_until_it_is_tried_again(database: Database) -> None:
    take(database, *WORLD, lead())
    fan_out(database, MONDAY)
    broken = Rules(RULES.daily, RULES.follow_up, RenewalRules(offsets=("ninety",)))  # type: ignore[arg-type]
    days = ["2026-06-02", "2026-06-03", "2026-06-04"]
    due = []
    for day in days:
        run_and_decide(database, day, broken)
        due += rows(database, tables.renewals, "due_on")
    assert due == [(date(2026, 6, 3),), (date(2026, 6, 4),), (None,)]
    assert rows(database, tables.notices, "subject") == [("lead/L-1",)], "the others went on"
    shown = unsolved(database)
    assert [(row.subject, row.reason) for row in shown] == [("renewal/R-1", "run_broke")] * 3
    assert "it was set aside" in shown[0].detail
    assert "workers/domain/renewals.py" in shown[0].detail

    assert all(done.solved for done in tried_again(database))
    assert unsolved(database) == []
    assert len(run_and_decide(database, "2026-06-05")) == 1
    assert rows(database, tables.notices, "subject")[1:] == [("renewal/R-1",)]


def test_a_changed_fact_tries_a_row_that_was_set_aside(database: Database) -> None:
    take(database, *WORLD)
    broken = Rules(RULES.daily, RULES.follow_up, RenewalRules(offsets=("ninety",)))  # type: ignore[arg-type]
    for day in ("2026-06-02", "2026-06-03", "2026-06-04"):
        run_and_decide(database, day, broken)
    take(database, event("renewal.saved", NOW, **RENEWAL["data"] | {"product": "Hub 2"}), at=NOW)
    assert rows(database, tables.renewals, "due_on") == [(NOW.date(),)]


@pytest.fixture
def set_aside(database: Database) -> Database:
    """The renewal's notice broke its decision three times."""
    take(database, *WORLD)
    fan_out(database, MONDAY)
    companies = tables.companies.update()
    with database.write() as connection:
        connection.execute(companies.values(timezone="Mars/Base"))
    run_and_decide(database, "2026-06-02")
    (problem,) = unsolved(database)
    assert (problem.subject, problem.reason) == ("notice/1", "decision_broke")
    assert problem.detail.endswith("ZoneInfoNotFoundError")
    return database


def test_a_notice_that_was_set_aside_is_decided_when_it_is_tried_again(set_aside: Database) -> None:
    with set_aside.write() as connection:
        connection.execute(tables.companies.update().values(timezone="Europe/Paris"))
    assert [done.undecided for done in tried_again(set_aside)] == [[1]]
    assert unsolved(set_aside) == []
    assert len(run_and_decide(set_aside, "2026-06-03")) == 1


def test_a_notice_that_breaks_again_is_shown_again(set_aside: Database) -> None:
    tried_again(set_aside)
    run_and_decide(set_aside, "2026-06-03")
    assert [row.subject for row in unsolved(set_aside)] == ["notice/1"]


def test_what_is_still_set_aside_is_never_forgotten(set_aside: Database) -> None:
    purge(set_aside, NOW + 2 * PROBLEMS_KEPT, KEPT)
    assert [row.subject for row in unsolved(set_aside)] == ["notice/1"]
