"""A real PostgreSQL on a unix socket, with a fresh database for each test."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from tests.servers import child
from tests.servers.need import need

OWNER = "nobody"
"""Whom the server runs as where the tests are run by root, whom PostgreSQL refuses."""

_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "timezone": "UTC",
}

_MEMORY = Path("/dev/shm")
_ENOUGH = 2 << 30
"""Bytes of memory that may be given to files: what a server of the tests writes stays far below."""

Prepare = Callable[[str], None]
"""Brings the empty database of a URL to the state in which tests want it."""


@dataclass
class Postgres:
    """A running server."""

    directory: Path
    command: Sequence[str | Path] = ()
    _process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _templates: dict[Prepare, str] = field(default_factory=dict)

    def start(self) -> None:
        """Also after `stop`: the databases are still there."""
        # SIGQUIT ends the server at once and its children with it; SIGKILL would leave shared memory behind.
        self._process = child.spawn(self.command, self.directory, dies_by="QUIT", user=OWNER)
        child.wait_until(self.answers, self._process, self.directory)

    def stop(self) -> None:
        """At once: whoever is connected loses the connection."""
        if self._process:
            child.stop(self._process, signal.SIGQUIT)

    @contextmanager
    def database(self, prepare: Prepare | None = None) -> Iterator[str]:
        """The SQLAlchemy URL of a fresh database, dropped afterwards.

        It is a copy of one that was prepared once: a few milliseconds, whatever the preparation takes.
        """
        name = self._create(self._template(prepare) if prepare else "template0")
        try:
            yield self._url(name)
        finally:
            self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def create(self, prepare: Prepare) -> str:
        """The SQLAlchemy URL of a fresh, prepared database that stays as long as the server."""
        return self._url(self._create(self._template(prepare)))

    def answers(self) -> bool:
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _template(self, prepare: Prepare) -> str:
        if prepare not in self._templates:
            name = self._create("template0")
            prepare(self._url(name))
            self._execute("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", name)
            self._templates[prepare] = name
        return self._templates[prepare]

    def _create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)  # by far faster where small
        return name

    def _execute(self, statement: str, *names: str) -> None:
        parameters = f"host={self.directory} user=rappel dbname=postgres"
        with psycopg.connect(parameters, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://rappel@/{name}?host={self.directory}"


@contextmanager
def running(**options: str) -> Iterator[Postgres]:
    """A server of its own for as long as the block. `options` are PostgreSQL's, such as `fsync="on"`."""
    initdb = need("initdb")
    directory = Path(tempfile.mkdtemp(prefix="rappel-pg-", dir=_fastest_place()))
    data, server = directory / "data", Postgres(directory)
    if os.geteuid() == 0:
        os.chown(directory, pwd.getpwnam(OWNER).pw_uid, -1)
    try:
        create = ["--username=rappel", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        child.run([initdb, "-D", data, *create], directory, user=OWNER)
        settings = [f"-c{name}={value}" for name, value in (_OPTIONS | options).items()]
        server.command = [initdb.with_name("postgres"), "-D", data, "-k", directory, *settings]
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory)


def _fastest_place() -> Path | None:
    """Memory where there is enough: a fresh database is ten megabytes, a run makes hundreds. None: the usual place."""
    roomy = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ENOUGH
    return _MEMORY if roomy else None
