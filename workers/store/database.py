"""One door to SQLite and PostgreSQL: short transactions, and the lock that keeps decisions and facts apart."""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

from workers.store.away import told_apart
from workers.store.tables import metadata, plain

logger = logging.getLogger(__name__)

FACTS_LOCK = 7_242_335
"""Key of the PostgreSQL advisory lock between ingest (exclusive) and decisions (shared)."""

PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""What a connection to PostgreSQL is given, unless the URL says otherwise: seconds, and the last one milliseconds.

A machine that vanished without a word is noticed after a minute. By its own rules the kernel would wait for two hours.
"""

LOCK_TIMEOUT = 60
"""Seconds that a connection to SQLite waits for the lock of another."""

LOCK_SILENCE = 2
"""Seconds of them after which it says so."""

STALLED = timedelta(seconds=20)
"""How long a process may stand still amid a change. Then PostgreSQL undoes it and takes its locks away: the process may
be frozen, and the fleet must go on."""

_STALLED_CHANGES = sa.text("""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND backend_xid IS NOT NULL
      AND state IN ('active', 'idle in transaction') AND wait_event IN ('ClientRead', 'ClientWrite')
      AND state_change < clock_timestamp() - CAST(:stalled AS interval)
""")
"""Changes that have waited for their process for too long; looks have no transaction id."""


class Database:
    """An engine and its transactions. `url` is a SQLAlchemy URL; `sqlite://` alone is a scratch database in memory."""

    def __init__(self, url: str, pool_size: int = 8, stalled: timedelta = STALLED) -> None:
        self.url = sa.make_url(url)
        self._stalled = f"{stalled // timedelta(milliseconds=1)}ms"
        self.engine = _engine(self.url, pool_size)
        # A look sees one state of the database; a change goes by what others have committed until it gets its locks.
        looks = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        changes = {} if self.is_sqlite else {"isolation_level": "READ COMMITTED"}
        self._reading = self.engine.execution_options(**looks)
        self._writing = self.engine.execution_options(rappel_write=True, **changes)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only looks. It sees one state of the database from its first query on."""
        with self._reading.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that changes rows. On SQLite it holds the only write lock from its start on."""
        with self._writing.connect() as connection, connection.begin():
            if not self.is_sqlite:
                connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{self._stalled}'")
            yield connection

    @contextmanager
    def write_facts(self) -> Iterator[Connection]:
        """A writing transaction of ingest: no decision is being made while it runs, and no other ingest."""
        with self.write() as connection:
            if not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(FACTS_LOCK)))
            yield connection

    @contextmanager
    def write_decisions(self) -> Iterator[Connection]:
        """A writing transaction that decides on facts: they stay as they are until it ends. Several run at once."""
        with self.write() as connection:
            if not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(FACTS_LOCK)))
            yield connection

    def end_stalled(self) -> None:
        """Undo the changes of processes that stand still amid them, where PostgreSQL does not by itself (ADR 11)."""
        if not self.is_sqlite:
            with self.read() as connection:
                connection.execute(_STALLED_CHANGES, {"stalled": self._stalled})

    def create(self) -> None:
        """Make all tables at once: for scratch databases, which never see a migration."""
        metadata.create_all(self.engine)

    def close(self) -> None:
        self.engine.dispose()


def real_now(connection: Connection) -> datetime:
    """The database's real clock, the same for every process of the fleet (leases and heartbeats go by it)."""
    if connection.dialect.name == "sqlite":
        return datetime.fromtimestamp(time.time(), UTC)  # the file's host is the fleet's host
    now: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return now.astimezone(UTC)


def insert_or_ignore(table: sa.Table, connection: Connection) -> Any:
    """INSERT that leaves an existing row of the same key alone; RETURNING and rowcount tell whether it went in."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table).on_conflict_do_nothing()


def upsert(table: sa.Table, connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Write whole rows by primary key. All rows must carry the same columns."""
    if not rows:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def elements(connection: Connection, column: sa.Column[Any]) -> sa.FromClause:
    """The elements of a column that holds a JSON list of texts, to be joined laterally; their column is `value`."""
    if connection.dialect.name == "sqlite":
        return sa.func.json_each(column).table_valued("value")
    lists = sa.case((sa.func.jsonb_typeof(column) == "array", column))  # PostgreSQL refuses to unfold a JSON null
    return sa.func.jsonb_array_elements_text(lists).table_valued("value").lateral()


def skip_locked(statement: sa.Select[Any], connection: Connection, of: sa.Table | None = None) -> sa.Select[Any]:
    """Lock the selected rows and pass over those that somebody else works on; SQLite has one writer anyway.

    `of`: the table of a join whose rows are meant, None for all.
    """
    return statement if connection.dialect.name == "sqlite" else statement.with_for_update(skip_locked=True, of=of)


def _engine(url: sa.URL, pool_size: int) -> Engine:
    options: dict[str, Any] = {"hide_parameters": True}  # rows are about people, errors go into logs
    if url.database and url.database != ":memory:":
        options |= {"pool_size": pool_size, "max_overflow": 8}
    if url.get_backend_name() != "sqlite":
        said = {name: value for name, value in PATIENCE.items() if name not in url.query}
        engine = sa.create_engine(url, pool_pre_ping=True, connect_args=said, **options)
    elif "pool_size" in options:
        engine = sa.create_engine(url, connect_args={"timeout": LOCK_TIMEOUT}, **options)
    else:
        engine = sa.create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False}, **options)
    event.listen(engine, "handle_error", told_apart, retval=True)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(dbapi_connection: Any, _record: Any) -> None:
    """In a zone of the server's the calendar's last hours would be of the year 10000, which cannot be read."""
    dbapi_connection.execute("SET TIME ZONE 'UTC'")
    dbapi_connection.commit()


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    cursor = dbapi_connection.cursor()
    for pragma in (f"busy_timeout={LOCK_TIMEOUT * 1000}", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    _switch_to_wal(cursor)
    cursor.close()
    dbapi_connection.create_function(
        "casefold", 1, str.casefold, deterministic=True
    )  # its own lower() knows ASCII only
    dbapi_connection.create_function("plain", 1, plain, deterministic=True)


def _switch_to_wal(cursor: sqlite3.Cursor) -> None:
    """Where several connections open a new file at once, SQLite refuses the switch without waiting: we wait."""
    deadline = time.monotonic() + LOCK_TIMEOUT
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get("rappel_write"):
        connection.exec_driver_sql("BEGIN")
        return
    try:
        _begin_immediate(connection, LOCK_SILENCE)
    except sa.exc.OperationalError as error:
        if not _is_busy(error.orig):
            raise
        logger.warning("another process writes to the database; waiting for up to %d s", LOCK_TIMEOUT)
        _begin_immediate(connection, LOCK_TIMEOUT - LOCK_SILENCE)


def _begin_immediate(connection: Connection, seconds: int) -> None:
    connection.exec_driver_sql(f"PRAGMA busy_timeout={seconds * 1000}")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={LOCK_TIMEOUT * 1000}")


def _is_busy(error: object) -> bool:
    """The low byte is the family: SQLITE_BUSY_RECOVERY and SQLITE_BUSY_SNAPSHOT are "busy" as well."""
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
