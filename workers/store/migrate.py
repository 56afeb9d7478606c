"""The database's schema: brought to this release's, and what it lacks of it."""

import os
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import ResolutionError
from sqlalchemy.engine import Connection

from workers.store.database import Database

LOCK = 7_242_336
"""Key of the PostgreSQL advisory lock of who migrates."""


def migrate(url: str) -> None:
    """Bring the schema to this release's. Two at once do it once; a newer schema is left alone.

    Raises sqlalchemy.exc.OperationalError if the database cannot be reached.
    """
    _create_file(sa.make_url(url))
    database = Database(url)
    try:
        with database.write() as connection:
            if not database.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
            if _missing(connection):
                command.upgrade(_config(connection), "head")
    finally:
        database.close()


def _create_file(url: sa.URL) -> None:
    """A new SQLite file is its owner's alone, whatever the umask: it holds addresses and letters."""
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        with suppress(FileExistsError, FileNotFoundError):  # without its directory SQLite says so itself
            os.close(os.open(url.database, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def check(url: str) -> list[str]:
    """What the schema lacks: one line for each step that `migrate` would take. A newer schema lacks nothing.

    Raises sqlalchemy.exc.OperationalError if the database cannot be reached.
    """
    file = sa.make_url(url).database
    if sa.make_url(url).get_backend_name() == "sqlite" and file and not Path(file).exists():
        return [_line(step) for step in _steps()]  # looking at it would create it
    database = Database(url)
    try:
        with database.read() as connection:
            return _missing(connection)
    finally:
        database.close()


def _missing(connection: Connection) -> list[str]:
    current = MigrationContext.configure(connection).get_current_revision()
    try:
        return [_line(step) for step in _steps(current)]
    except ResolutionError:
        return []  # a revision that a newer release brought: its schema still serves us (DESIGN promise 7)


def _steps(current: str | None = None) -> list[Script]:
    """The revisions after `current`, oldest first. Raises ResolutionError if it is not one of ours."""
    scripts = ScriptDirectory.from_config(_config())
    return list(scripts.iterate_revisions("head", current or "base"))[::-1]


def _line(step: Script) -> str:
    return f"{step.revision}: {step.doc}"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
