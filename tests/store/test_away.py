"""What the database says when it is away, and what it says of our own faults: only the first is waited out."""

import os
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from workers.store import tables
from workers.store.database import PATIENCE, Database
from workers.store.patience import AWAY

FAULTS = {
    "sqlite": ["SELECT json('{')"],
    "postgresql": [
        "DO $$ BEGIN RAISE EXCEPTION 'too long' USING ERRCODE = 'program_limit_exceeded'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION 'too slow' USING ERRCODE = 'query_canceled'; END $$",
    ],
}
PASSING = {
    "postgresql": [
        "DO $$ BEGIN RAISE EXCEPTION 'circle' USING ERRCODE = 'deadlock_detected'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION 'bye' USING ERRCODE = 'admin_shutdown'; END $$",
        "SELECT pg_terminate_backend(pg_backend_pid())",
    ],
}


def said(database: Database, statement: str) -> type[BaseException] | None:
    try:
        with database.write() as connection:
            connection.execute(sa.text(statement.replace(":", "\\:")))
    except sa.exc.SQLAlchemyError as error:
        return type(error)
    return None


def test_faults_of_ours_do_not_look_like_a_database_that_is_away(database: Database) -> None:
    """Drivers call some of them OperationalError, too."""
    statements = FAULTS[database.engine.dialect.name]
    assert {statement: said(database, statement) for statement in statements} == dict.fromkeys(
        statements, sa.exc.ProgrammingError
    )


def test_tables_that_nobody_has_made_yet_are_waited_for(database: Database) -> None:
    for statement in ("SELECT * FROM nowhere", "SELECT elsewhere FROM flags"):
        assert said(database, statement) is sa.exc.OperationalError


def test_more_parameters_than_a_statement_takes_are_a_fault(database: Database) -> None:
    many = sa.select(tables.flags.c.name).where(tables.flags.c.name.in_([str(number) for number in range(300_000)]))
    with pytest.raises(sa.exc.ProgrammingError), database.read() as connection:
        connection.execute(many)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_what_passes_by_itself_is_waited_out(database: Database) -> None:
    found = {statement: said(database, statement) for statement in PASSING["postgresql"]}
    assert found == dict.fromkeys(PASSING["postgresql"], sa.exc.OperationalError)
    assert sa.exc.OperationalError in AWAY


CLOSED = "DO $$ BEGIN SET TRANSACTION READ ONLY; DELETE FROM flags; END $$"


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_server_that_takes_no_changes_is_waited_out_over_new_connections(database: Database) -> None:
    """It stands by since another took over: only a new connection finds the one that has."""

    def served_by() -> int:
        with database.write() as connection:
            return connection.execute(sa.select(sa.func.pg_backend_pid())).scalar_one()

    before = served_by()
    assert served_by() == before, "a connection is kept"
    assert said(database, CLOSED) is sa.exc.OperationalError
    assert served_by() != before


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_change_within_a_look_is_a_fault(database: Database) -> None:
    with pytest.raises(sa.exc.InternalError), database.read() as connection:
        connection.execute(tables.flags.delete())


def test_another_writer_and_a_missing_disk_are_waited_out(tmp_path: Path) -> None:
    missing = Database(f"sqlite:///{tmp_path / 'not-mounted' / 'rappel.db'}")
    with closing(missing), pytest.raises(AWAY), missing.read():
        pytest.fail("there is nothing to read")


# --- connections -----------------------------------------------------------------------------------------------------

OPTIONS = {
    "keepalives_idle": socket.TCP_KEEPIDLE,
    "keepalives_interval": socket.TCP_KEEPINTVL,
    "keepalives_count": socket.TCP_KEEPCNT,
    "tcp_user_timeout": socket.TCP_USER_TIMEOUT,
}


class _Relay(socketserver.BaseRequestHandler):
    """One connection, led on to a unix socket."""

    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(self.server.leads_to)  # type: ignore[attr-defined]
            back = threading.Thread(target=self.pump, args=(server, self.request))
            back.start()
            self.pump(self.request, server)
            back.join()

    def pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while some := source.recv(65_536):
                target.sendall(some)
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def over_tcp(postgres_url: str) -> Iterator[str]:
    """The URL of a database that is reached over the network, as on another machine."""
    url = sa.make_url(postgres_url)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Relay) as relay:
        relay.leads_to = f"{url.query['host']}/.s.PGSQL.5432"  # type: ignore[attr-defined]
        threading.Thread(target=relay.serve_forever, args=(0.05,)).start()
        try:
            yield str(url.set(host="127.0.0.1", port=relay.server_address[1]).difference_update_query(["host"]))
        finally:
            relay.shutdown()


def patience_of(url: str) -> dict[str, int]:
    """What the kernel was told about a connection."""
    with closing(Database(url)) as database, database.read() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        with closing(socket.socket(fileno=os.dup(raw.pgconn.socket))) as own:
            kept_alive = own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            found = {name: own.getsockopt(socket.IPPROTO_TCP, number) for name, number in OPTIONS.items()}
        return found | {"keepalives": kept_alive}


def test_a_connection_whose_other_end_vanished_ends_within_minutes(over_tcp: str) -> None:
    found = patience_of(over_tcp)
    assert found == {name: PATIENCE[name] for name in OPTIONS} | {"keepalives": 1}
    silent = found["keepalives_idle"] + found["keepalives_interval"] * found["keepalives_count"]
    assert max(silent, found["tcp_user_timeout"] / 1000) <= 120


def test_the_url_of_the_database_has_the_last_word(over_tcp: str) -> None:
    found = patience_of(f"{over_tcp}?keepalives_idle=600&tcp_user_timeout=0")
    assert (found["keepalives_idle"], found["tcp_user_timeout"]) == (600, 0)
    assert found["keepalives_interval"] == PATIENCE["keepalives_interval"]


def test_a_server_that_never_answers_is_given_up() -> None:
    """It takes the connection, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"postgresql+psycopg://rappel@127.0.0.1:{mute.getsockname()[1]}/rappel"
        began = time.monotonic()
        with closing(Database(f"{url}?connect_timeout=2")) as database, pytest.raises(AWAY), database.read():
            pytest.fail("nobody answered")
        assert time.monotonic() - began < PATIENCE["connect_timeout"], "the URL has the last word"
