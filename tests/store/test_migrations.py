"""The schema that migrations make is the one that the code means, on both databases."""

import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from workers.store import tables
from workers.store.database import Database
from workers.store.migrate import check, migrate
from workers.store.tables import metadata


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_migrated_schema_is_that_of_the_tables(database: Database) -> None:
    def is_of_this_database(found: Any, *_: object) -> bool:
        condition = getattr(found, "_ddl_if", None)  # Alembic does not ask for it
        return condition is None or bool(condition.dialect == database.engine.dialect.name)

    with database.read() as connection:
        opts = {"compare_type": True, "compare_server_default": not database.is_sqlite}
        opts |= {"include_object": is_of_this_database}
        assert compare_metadata(MigrationContext.configure(connection, opts=opts), metadata) == []


def test_the_migrated_sqlite_file_is_that_of_a_scratch_database(sqlite_url: str) -> None:
    """Alembic does not compare conditions of indexes, nor autoincrement; the statements that SQLite keeps do."""
    assert _statements(Database(sqlite_url)) == _statements(_scratch())


def test_indexes_on_postgresql_are_those_of_the_tables(postgres_url: str) -> None:
    database = Database(postgres_url)
    migrated = _indexes(database)
    with database.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE alembic_version"))
        metadata.drop_all(connection)
    database.create()
    assert migrated == _indexes(database)
    database.close()


def test_an_empty_database_lacks_everything_and_a_migrated_one_nothing(empty_database_url: str) -> None:
    assert check(empty_database_url) == [
        "0001: All tables of the first release.",
        "0002: Occasions: deals, projects, tickets, and the events that cause notices.",
        "0003: What stands above a letter is kept with it; who unsubscribed, by which way, and who took it back.",
        "0004: Bounces: what came back about deliveries and addresses.",
        "0005: Interventions: what operators decided about single copies, and why.",
        "0006: The pages that support reads: who looked at what, and indexes for their searches.",
        "0007: Claims: how often copies and notices were taken up without an answer; indexes for companies.",
        "0008: Openings: which mails were opened, as far as their pictures tell.",
        "0009: Erasures: whose data must leave the ledger, how far that has come, and what of it waits for an end.",
        "0010: Keys of any length that the contract allows; fences that are on their way to many notices.",
        "0011: Order of arrival: what must be kept so that late events count at their own time.",
        "0012: Words are found without their accents, partners by their name, renewals by their product.",
        "0013: What is unsolved about a subject, and the users of a partner, are found at once.",
    ]
    migrate(empty_database_url)
    assert check(empty_database_url) == []
    migrate(empty_database_url)
    assert check(empty_database_url) == []


def test_a_new_sqlite_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "rappel.db"
    migrate(f"sqlite:///{file}")
    with closing(Database(f"sqlite:///{file}")) as database, database.write() as connection:
        connection.execute(tables.flags.insert().values(name="some", value="thing"))
        modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}
        assert modes == dict.fromkeys(("rappel.db", "rappel.db-wal", "rappel.db-shm"), 0o600)


def test_looking_does_not_create_a_database(tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    assert check(f"sqlite:///{file}") != []
    assert not file.exists()


def test_a_newer_schema_is_left_alone(database: Database, database_url: str) -> None:
    """Promise 7: workers of the release before run side by side with those that migrated."""
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'of a later release'"))
    migrate(database_url)
    assert check(database_url) == []
    with database.read() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == "of a later release"


def test_processes_that_migrate_at_once_do_it_once(empty_database_url: str) -> None:
    script = "import sys; from workers.store.migrate import migrate; migrate(sys.argv[1])"
    both = [subprocess.Popen([sys.executable, "-c", script, empty_database_url]) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert check(empty_database_url) == []


def _scratch() -> Database:
    scratch = Database("sqlite://")
    scratch.create()
    return scratch


def _statements(database: Database) -> dict[str, set[str]]:
    """What makes each table and index: the parts of its statement, in no order (later columns have no lines)."""
    query = sa.text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'")
    with database.read() as connection:
        found = {
            name: {part.strip(" \t\n)") for part in re.split(r"\n|,(?![^(]*\))", sql)}
            for name, sql in connection.execute(query)
        }
    database.close()
    return found


def _indexes(database: Database) -> set[str]:
    query = sa.text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
    with database.read() as connection:
        return set(connection.execute(query).scalars())
