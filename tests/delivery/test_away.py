"""Servers that go away and come back: a fleet of one process, with its real scheduler, actors, Redis and SMTP."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dramatiq
import pytest
import redis
import sqlalchemy as sa

from tests.cli.terminal import rappel_process
from tests.delivery import office as cast
from tests.delivery.office import GRETA, LEAD, RUN
from tests.scenarios import Event, ndjson
from tests.servers import postgres, schema, valkey
from tests.servers.postgres import Postgres
from tests.servers.smtpd import Smtpd
from tests.servers.valkey import Valkey
from tests.waiting import until
from workers.actors.declare import declare
from workers.actors.presence import Presence
from workers.actors.scheduler import Scheduler
from workers.house import build
from workers.settings import Settings
from workers.stages import ingest, sweep
from workers.stages.incoming import Incoming
from workers.stages.mailroom import Mailroom
from workers.stages.verify import verify
from workers.store import tables
from workers.store.clock import lead_clock

LIFE = {"heartbeat": timedelta(seconds=0.1), "dead_after": timedelta(minutes=1)}
"""Longer than a busy machine leaves a process waiting: nobody is taken for dead."""


class Fleet:
    """Scheduler, resolver and mailer in threads."""

    def __init__(self, database_url: str, redis_url: str, server: Smtpd, **smtp: Any) -> None:
        smtp = {"routes": [settings_of(server)]} | smtp
        servers = {"database": {"url": database_url.replace("+psycopg", "")}, "redis": {"url": redis_url}}
        self.house = build(
            Settings(mail={"mode": "live"}, smtp=smtp, clock={"source": "database"}, fleet=LIFE, **servers)
        )
        self.presence, self.metronome_presence = (
            Presence(self.house.database, role, LIFE["heartbeat"], LIFE["dead_after"])
            for role in ("worker", "scheduler")
        )
        self.postbox = self.house.postbox()
        broker = self.house.broker()
        self.actors = declare(broker, self.house, self.mailroom)
        self.scheduler = Scheduler(self.house, self.actors, self.metronome_presence)
        self.worker = dramatiq.Worker(broker, worker_threads=2, worker_timeout=50)
        self.threads: list[threading.Thread] = []

    def mailroom(self) -> Mailroom:
        return self.house.mailroom(self.postbox, lambda: self.presence.id, self.presence.holds)

    def begin(self) -> None:
        self.presence.start()
        self.metronome_presence.start()
        self.postbox.start()

    def run(self) -> None:
        self.worker.start()
        self.threads = [threading.Thread(target=self.scheduler.run, args=(0.05,), name="scheduler")]
        self.threads[0].start()

    def end(self) -> None:
        self.scheduler.stop()
        for thread in self.threads:
            thread.join(60)
        if self.threads:
            self.worker.stop()
        self.postbox.close(grace=5)
        self.presence.stop()
        self.metronome_presence.stop()
        self.house.database.close()

    def take_in(self, now: datetime, *events: Event) -> None:
        incoming = [Incoming(number, event, now) for number, event in enumerate(events, start=1)]
        ingest.ingest(self.house.database, incoming, self.house.intake("test"))

    def verify(self) -> None:
        """The state afterwards: every invariant of the ledger holds."""
        violations = verify(self.house.database, self.house.rules.daily, self.house.clock())
        assert [(each.audit.name, each.rows) for each in violations] == []

    def verify_sent(self, copies: int) -> None:
        """So many copies were sent, once each, and nothing else is left."""
        until(lambda: [row.state for row in self.all(tables.deliveries)] == ["sent"] * copies)
        assert [row.possible_duplicate for row in self.all(tables.deliveries)] == [False] * copies
        self.verify()

    def all(self, table: sa.Table) -> list[Any]:
        with self.house.database.read() as connection:
            return list(connection.execute(sa.select(table)))


def settings_of(server: Smtpd, name: str = "relay") -> dict[str, Any]:
    return {"name": name, "host": server.host, "port": server.port, "tls": "none"}


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server that may be stopped, and forgets nothing."""
    with postgres.running(synchronous_commit="on") as server:
        yield server


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    """A server that may be killed, and forgets everything then."""
    with valkey.running() as server:
        yield server


def mails(server: Smtpd) -> list[str]:
    return sorted(address for mail in server.mails for address in mail.recipients)


def test_promise_3_the_database_goes_away_amid_everything_and_comes_back(
    own_postgres: Postgres, redis_url: str, server: Smtpd
) -> None:
    with own_postgres.database(schema.migrate) as url:
        fleet = Fleet(url, redis_url, server)
        lead_clock(fleet.house.database, RUN - cast.DAY)
        fleet.begin()
        fleet.run()
        try:
            fleet.take_in(RUN, *LEAD)
            barrier = server.hold("dot")
            lead_clock(fleet.house.database, RUN)
            barrier.wait_until_reached()

            own_postgres.stop()
            worker = fleet.presence.id
            until(lambda: not fleet.presence.holds(worker))
            barrier.release()
            until(lambda: len(server.mails) == 1)
            own_postgres.start()

            # The answer that could not be recorded was kept, and nobody was buried for the silence of all.
            until(lambda: [row.outcome for row in fleet.all(tables.notices)] == ["sent"])
            until(lambda: fleet.presence.holds(worker))
            fleet.take_in(RUN + cast.HOUR, cast.lead("L-2"))
            lead_clock(fleet.house.database, RUN + cast.DAY)
            until(lambda: mails(server) == [GRETA, GRETA])
            until(lambda: [row.outcome for row in fleet.all(tables.notices)] == ["sent", "sent"])
            assert [row.dead_at for row in fleet.all(tables.workers)] == [None, None]
            assert [row.possible_duplicate for row in fleet.all(tables.deliveries)] == [False, False]
            assert all(thread.is_alive() for thread in fleet.threads)
            fleet.verify()
        finally:
            fleet.end()


def test_wake_ups_that_redis_lost_are_sent_again(
    database_url: str, redis_url: str, server: Smtpd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "AGAIN", timedelta(seconds=0.2))
    fleet = Fleet(database_url, redis_url, server)
    lead_clock(fleet.house.database, RUN)
    fleet.begin()
    try:
        fleet.take_in(RUN, *LEAD)
        fleet.scheduler.tick()
        with redis.Redis.from_url(redis_url) as client:
            assert client.dbsize()
            client.flushdb()
        fleet.run()
        until(lambda: mails(server) == [GRETA])
        fleet.verify_sent(1)
    finally:
        fleet.end()


def test_events_that_come_while_the_database_is_away_are_refused_at_the_prompt_and_wait_in_the_queue(
    own_postgres: Postgres, redis_url: str, server: Smtpd, tmp_path: Path
) -> None:
    with own_postgres.database(schema.migrate) as url:
        fleet = Fleet(url, redis_url, server)
        lead_clock(fleet.house.database, RUN - cast.DAY)
        fleet.begin()
        fleet.run()
        try:
            own_postgres.stop()
            place = {"RAPPEL_DATABASE__URL": url.replace("+psycopg", "")}
            refused = rappel_process("ingest", "-", cwd=tmp_path, stdin=ndjson(LEAD), env=place)
            fleet.actors.ingest.send(LEAD)
            with redis.Redis.from_url(redis_url) as client:
                until(lambda: client.llen("dramatiq:events") == 0)  # a worker has them in hand, and waits
            own_postgres.start()
            assert (refused.code, refused.out) == (4, "")
            assert refused.err.startswith("The database cannot be reached: ")
            until(lambda: len(fleet.all(tables.events)) == len(LEAD))
            assert fleet.all(tables.problems) == []
            lead_clock(fleet.house.database, RUN)
            until(lambda: mails(server) == [GRETA])
            fleet.verify_sent(1)
        finally:
            fleet.end()


def test_events_in_the_queue_wait_while_the_disk_is_full(
    sqlite_url: str, redis_url: str, server: Smtpd, caplog: pytest.LogCaptureFixture
) -> None:
    fleet = Fleet(sqlite_url, redis_url, server)
    database = fleet.house.database
    lead_clock(database, RUN - cast.DAY)
    crowd = [cast.contact(f"C-{n}", f"c{n}@lumiere.example.com") for n in range(400)]
    fleet.begin()
    fleet.run()
    try:
        cast.fill_disk(database)
        fleet.actors.ingest.send([*LEAD, *crowd])
        until(lambda: caplog.text.count("the database is away, waiting") >= 2)
        assert fleet.all(tables.events) == []
        cast.make_room(database)
        until(lambda: len(fleet.all(tables.events)) == len(LEAD) + len(crowd))
        assert fleet.all(tables.problems) == []
        lead_clock(database, RUN)
        until(lambda: mails(server) == [GRETA])
        fleet.verify_sent(1)
    finally:
        fleet.end()


@pytest.mark.parametrize("accepted", ["before", "meanwhile"])
def test_redis_is_killed_and_loses_everything_and_the_sweep_brings_the_mails_all_the_same(
    accepted: str, database_url: str, own_valkey: Valkey, server: Smtpd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "AGAIN", timedelta(seconds=0.2))
    fleet = Fleet(database_url, own_valkey.url(), server)
    lead_clock(fleet.house.database, RUN - cast.DAY)
    fleet.begin()
    fleet.run()
    try:
        if accepted == "before":
            fleet.take_in(RUN, *LEAD)
        own_valkey.kill()
        if accepted == "meanwhile":
            fleet.take_in(RUN, *LEAD)
        lead_clock(fleet.house.database, RUN)
        until(lambda: RUN in {row.finished_at for row in fleet.all(tables.runs)})  # the run needs no Redis
        assert mails(server) == []
        own_valkey.start()
        until(lambda: mails(server) == [GRETA])
        fleet.verify_sent(1)
        assert all(thread.is_alive() for thread in fleet.threads)
    finally:
        fleet.end()


def test_redis_is_full_and_has_room_again_and_nothing_is_left_in_the_queues(
    sqlite_url: str, own_valkey: Valkey, server: Smtpd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It refuses to write (noeviction), acknowledgements included: those are made up for while the workers live on."""
    monkeypatch.setattr(dramatiq.worker, "POST_PROCESS_MESSAGE_RETRY_DELAY_SECS", 0.1)
    monkeypatch.setattr(dramatiq.worker, "CONSUMER_RESTART_DELAY_SECS", 0.1)
    monkeypatch.setattr(sweep, "AGAIN", timedelta(seconds=0.2))
    url = own_valkey.url()
    fleet = Fleet(sqlite_url, url, server)
    lead_clock(fleet.house.database, RUN - cast.DAY)
    fleet.begin()
    fleet.run()
    try:
        with redis.Redis.from_url(url) as client:
            barrier = server.hold("dot")
            fleet.take_in(RUN, *LEAD)
            lead_clock(fleet.house.database, RUN)
            barrier.wait_until_reached()
            client.config_set("maxmemory", 1)
            barrier.release()
            until(lambda: [row.state for row in fleet.all(tables.deliveries)] == ["sent"])
            fleet.take_in(RUN, cast.lead("L-2"))
            lead_clock(fleet.house.database, RUN + cast.DAY)  # the run needs no Redis, the wake-ups after it do
            until(lambda: len(fleet.all(tables.notices)) == 2)
            until(lambda: client.info("errorstats")["errorstat_OOM"]["count"] > 10)
            assert client.hlen("dramatiq:mail.msgs") == 1
            assert mails(server) == [GRETA]

            client.config_set("maxmemory", 0)
            until(lambda: mails(server) == [GRETA, GRETA])
            until(lambda: not any(client.hlen(f"dramatiq:{queue}.msgs") for queue in ("events", "resolve", "mail")))
            assert client.keys("dramatiq:__acks__*") == []
        fleet.verify_sent(2)
        assert all(thread.is_alive() for thread in fleet.threads)
    finally:
        fleet.end()


def test_what_came_while_the_clock_was_ahead_is_looked_at_by_the_next_run_after_it_was_set_right(
    database_url: str, redis_url: str, server: Smtpd
) -> None:
    fleet = Fleet(database_url, redis_url, server)
    ahead = RUN + 30 * cast.DAY
    fleet.begin()
    try:
        for now in (ahead - cast.HOUR, RUN - cast.HOUR, RUN):
            lead_clock(fleet.house.database, now)
            if now > RUN:
                fleet.take_in(now, *LEAD)
                assert {row.due_on for row in fleet.all(tables.leads)} == {ahead.date()}
            fleet.scheduler.tick()
        assert [row.cause for row in fleet.all(tables.notices)] == [f"run/{RUN.date()}"]
    finally:
        fleet.end()


def test_a_fleet_takes_the_next_route_and_keeps_its_rate(database_url: str, redis_url: str, server: Smtpd) -> None:
    """From the settings to the server: the first route is gone, and Greta's domain takes ten a second."""
    with Smtpd() as gone:
        pass
    routes = [settings_of(gone, "gone"), settings_of(server, "spare")]
    fleet = Fleet(database_url, redis_url, server, routes=routes, domain_rates={"nordwind.example.org": "10/s"})
    now = RUN
    counted: set[bytes] = set()
    lead_clock(fleet.house.database, now)
    fleet.begin()
    try:
        fleet.take_in(RUN, *LEAD, *(cast.lead(f"L-{number}") for number in range(2, 6)))
        fleet.run()

        def all_arrived() -> bool:
            nonlocal now
            now += timedelta(seconds=1)
            lead_clock(
                fleet.house.database, now
            )  # turns are by the clock of Redis, when they come by that of the fleet
            with redis.Redis.from_url(redis_url) as client:
                counted.update(client.keys("rappel:rate:*"))  # it forgets them once they hold nobody up
            return mails(server) == [GRETA] * 5

        until(all_arrived)
        until(lambda: [row.outcome for row in fleet.all(tables.notices)] == ["sent"] * 5)
        assert counted == {b"rappel:rate:domain:nordwind.example.org"}
        kinds = {(row.route, row.kind) for row in fleet.all(tables.attempts)}
        assert kinds == {("gone", "unreachable"), ("spare", "accepted")}
        assert [(row.state, row.attempts) for row in fleet.all(tables.deliveries)] == [("sent", 0)] * 5
    finally:
        fleet.end()
