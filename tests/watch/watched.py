"""A real fleet, `rappel up`, and everything that can be seen of it from outside."""

import contextlib
import json
import shutil
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import redis
import sqlalchemy as sa

from tests.fleet.driving import ROOT
from tests.servers.error_sink import ErrorSink
from tests.servers.smtpd import Smtpd
from tests.waiting import WITHIN
from tests.watch import private
from workers.actors.declare import declare
from workers.cli import demo, example
from workers.cli.example import Story
from workers.domain.delivery import State
from workers.fleet import premises
from workers.fleet.plan import free_port
from workers.fleet.tour import Arrival
from workers.house import House
from workers.settings import Settings
from workers.settings.installation import Database as DatabaseSettings
from workers.store import tables
from workers.store.clock import lead_clock

BROKEN_TEMPLATE = "{% set x = {}[content.reader.name ~ content.company_name].x %}\n"
"""What the engine says of this repeats names."""


@dataclass
class Watched:
    """`copy`: the checkout that the fleet runs from."""

    house: House
    server: Smtpd
    sink: ErrorSink
    pages: str
    titles: set[str] = field(default_factory=set)
    into_redis: bytearray = field(default_factory=bytearray)

    @property
    def log(self) -> str:
        return (self.house.settings.data_dir / "fleet.log").read_text()

    @property
    def redis_socket(self) -> Path:
        found = premises.socket_of_running_fleet(self.house.settings.data_dir)
        assert found
        return found

    def bring(self, *events: Any) -> None:
        """Into the queue, as a producer does."""
        with closing(self.house.broker(url=f"unix://{self.redis_socket}")) as broker:
            declare(broker, self.house).ingest.send(list(events))

    def lead_clock(self, at: datetime) -> None:
        """It goes on from there: what waits for its turn gets it."""
        lead_clock(self.house.database, at, runs=True)

    def lead_clock_to_next_try(self) -> None:
        """To when the first copy or route that waits is due: no further, however often it is asked."""
        now = self.house.clock()
        waiting = [row.next_attempt_at for row in self.rows(tables.deliveries) if row.state == State.PENDING]
        waiting += [row.paused_until for row in self.rows(tables.routes) if row.paused_until]
        if later := [at for at in waiting if at > now]:
            self.lead_clock(min(later))

    def rows(self, table: sa.Table) -> list[Any]:
        with self.house.database.read() as connection:
            return list(connection.execute(sa.select(table).order_by(*table.primary_key)))

    def ends(self, subject: str) -> list[str]:
        """The outcomes of the notices about it."""
        return [row.outcome for row in self.rows(tables.notices) if row.subject == subject and row.outcome]

    def look(self, path: str) -> int:
        """The status of a page, for somebody who signs in with the link."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        try:
            opener.open(f"{self.pages}/sign-in?token={private.WEB_TOKEN}", timeout=WITHIN).close()
            with opener.open(f"{self.pages}{path}", timeout=WITHIN) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def note_titles(self) -> None:
        """The command lines and names of all its processes."""
        mark = f"RAPPEL_DATA_DIR={self.house.settings.data_dir}".encode()
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    self.titles |= {(entry / name).read_text() for name in ("cmdline", "comm")}

    def kept_in_redis(self) -> dict[str, str]:
        """Every key but those of the queue `events`, with all that it holds."""
        reads = {"string": "get", "hash": "hgetall", "list": "lrange 0 -1", "zset": "zrange 0 -1", "set": "smembers"}
        with redis.Redis(unix_socket_path=str(self.redis_socket)) as client:
            found = {}
            for key in client.scan_iter():
                type = client.type(key).decode()
                if type != "none":  # it went away meanwhile
                    verb, *rest = reads[type].split()
                    found[key.decode()] = repr(client.execute_command(verb, key, *rest))
        return {key: value for key, value in found.items() if not key.startswith("dramatiq:events")}

    @contextmanager
    def listening_to_redis(self) -> Iterator[None]:
        """Keeps every command that the server is given (MONITOR)."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.redis_socket))
            line.sendall(b"MONITOR\r\n")
            thread = threading.Thread(target=self._listen, args=(line,), name="monitor")
            thread.start()
            try:
                yield
            finally:
                line.shutdown(socket.SHUT_RDWR)
                thread.join()

    def _listen(self, line: socket.socket) -> None:
        while some := line.recv(65_536):
            self.into_redis += some

    def commands(self) -> list[str]:
        """What was said to the server, without what concerns the queue `events`."""
        said = self.into_redis.decode(errors="replace").splitlines()
        return [command for command in said if '"events"' not in command and "dramatiq:events" not in command]


@contextmanager
def watched(directory: Path, database_url: str, server: Smtpd, sink: ErrorSink) -> Iterator[Watched]:
    """From a copy of this checkout in which one template is broken; the present directory must be `directory`."""
    for name in ("workers", "templates", "locales", "config"):
        shutil.copytree(ROOT / name, directory / name, ignore=shutil.ignore_patterns("__pycache__"))
    words = directory / "templates" / "estimate.sent" / "words.txt"
    words.write_text(BROKEN_TEMPLATE + words.read_text())
    settings = example.settings_for(Settings(data_dir=directory / "data"), "private")
    settings = settings.model_copy(update={"database": DatabaseSettings(url=database_url)})
    settings.data_dir.mkdir(parents=True)
    demo.prepare(settings, Story([Arrival(private.STATE[0], private.START)], private.START))
    port = free_port()
    with demo.fleet(settings, **environment(database_url, server, sink, port)) as house:
        found = Watched(house, server, sink, f"http://127.0.0.1:{port}")
        with found.listening_to_redis():
            yield found


def environment(database_url: str, server: Smtpd, sink: ErrorSink, port: int) -> dict[str, str]:
    route = {"name": "relay", "host": server.host, "port": server.port, "tls": "none"}
    route |= {"username": "rappel", "password": private.SMTP_PASSWORD, "rate": "50/s"}
    return {
        "RAPPEL_DATABASE__URL": database_url,
        "RAPPEL_FLEET__HEARTBEAT": "1s",
        "RAPPEL_FLEET__PROCESSES": "1",
        "RAPPEL_FLEET__THREADS": "2",
        "RAPPEL_FLEET__WEB": "true",
        "RAPPEL_LOG__LEVEL": "debug",
        "RAPPEL_MAIL__MODE": "live",
        "RAPPEL_SECRETS__KEY": private.SECRET_KEY,
        "RAPPEL_SENTRY__DSN": sink.dsn,
        "RAPPEL_SMTP__ROUTES": json.dumps([route]),
        "RAPPEL_WEB__PORT": str(port),
        "RAPPEL_WEB__PUBLIC_URL": "https://mail.example.com",
        "RAPPEL_WEB__TOKEN": private.WEB_TOKEN,
    }
