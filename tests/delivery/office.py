"""A post office for tests: a real database, a real SMTP server and a real postbox, and a clock that is led by hand.

Wednesday, 3 June 2026: the follow-up of lead L-1 and the notice of renewal R-1 are due at the run of 07:00 UTC.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from typing import Any

import sqlalchemy as sa

from tests.scenarios import Event, event
from tests.servers.smtpd import Answer, Mail, Smtpd
from tests.world import utc
from workers.house import renderer_of, rules_of
from workers.postbox.addresses import Mailbox
from workers.postbox.parcels import Route, Timeouts
from workers.postbox.postbox import Postbox
from workers.render.renderer import Renderer
from workers.settings import Settings
from workers.stages import ingest, resolve, schedule, send, sweep
from workers.stages.incoming import Incoming, Intake
from workers.stages.mailroom import Mailroom, Policy, Sender
from workers.stages.sweep import Woken
from workers.store import fleet, tables
from workers.store.database import Database
from workers.store.vault import Vault, new_key

RUN = utc("2026-06-03T07:00")
WORKER = "worker-1"
RULES = rules_of(Settings())
VAULT = Vault(new_key)
INTAKE = Intake(RULES, VAULT, "test")
POLICY = Policy(Sender(Mailbox("Nordwind", "post@nordwind.example.org")), "bounces.example.org")
QUICK = Timeouts(connect=5, command=10, data=5)

GRETA, JONAS = "greta@nordwind.example.org", "jonas@nordwind.example.org"
CLAIRE, BRUNO, ODILE = (f"{name}@lumiere.example.com" for name in ("claire", "bruno", "odile"))
CLIENTS = [BRUNO, CLAIRE, ODILE]


def said(type: str, at: str | datetime = "2026-06-01T08:00:00Z", /, **data: Any) -> Event:
    return event(type, at, **data)


def user(id: str, address: str, at: str = "2026-06-01T08:00:00Z", **more: Any) -> Event:
    return said("user.saved", at, **{"id": id, "name": id, "email": address, "partner": "P-1"} | more)


def partner(at: str = "2026-06-01T08:00:00Z", **more: Any) -> Event:
    return said("partner.saved", at, **{"id": "P-1", "name": "Nordwind", "point_of_contact": "U-1"} | more)


def company(at: str = "2026-06-01T08:00:00Z", **more: Any) -> Event:
    return said("company.saved", at, **{"id": "K-1", "name": "Lumière", "language": "fr", "partner": "P-1"} | more)


def contact(id: str, address: str, at: str = "2026-06-01T08:00:00Z", **more: Any) -> Event:
    names = {"first_name": id, "last_name": "Fontaine"}
    return said("contact.saved", at, **{"id": id, "company": "K-1", "email": address} | names | more)


def renewal(at: str = "2026-06-01T08:00:00Z", **more: Any) -> Event:
    return said(
        "renewal.saved", at, **{"id": "R-1", "company": "K-1", "product": "Hub", "renews_on": "2026-09-01"} | more
    )


def process(at: str = "2026-06-01T08:00:00Z", *, follow_up: bool = True) -> Event:
    stages = [
        {"id": "S-1", "name": "New", "duration": {"value": 1, "unit": "days"}},
        {"id": "S-2", "name": "Offer", "duration": {"value": 1, "unit": "days"}},
    ]
    cadence = {"enabled": follow_up, "interval": {"value": 1, "unit": "weeks"}}
    return said("process.saved", at, id="PR-1", name="Sales", stages=stages, follow_up=cadence)


def lead(id: str = "L-1", at: str = "2026-06-01T08:00:00Z", **more: Any) -> Event:
    entered = {"stage": "S-1", "stage_entered_at": "2026-06-01T08:00:00Z"}
    return said("lead.saved", at, **{"id": id, "title": "Sails", "process": "PR-1", "acceptor": "U-2"} | entered | more)


PEOPLE = [user("U-1", JONAS), user("U-2", GRETA), partner()]
LEAD = [*PEOPLE, process(), lead()]
RENEWAL = [
    *PEOPLE,
    company(),
    contact("C-1", CLAIRE, primary=True),
    contact("C-2", BRUNO, billing=True),
    contact("C-3", ODILE, decision_maker=True),
    renewal(),
]


@cache
def renderer() -> Renderer:
    return renderer_of(Settings())


@dataclass
class Office:
    """One worker's view of the fleet, its stages called by hand. `now` is the fleet's clock."""

    database: Database
    server: Smtpd
    postbox: Postbox
    now: datetime = RUN
    room: Mailroom = field(init=False)

    def __post_init__(self) -> None:
        with self.database.write() as connection:
            fleet.enlist(connection, WORKER, "worker", "localhost", 1)
        self.room = Mailroom(
            database=self.database,
            renderer=renderer(),
            carrier=self.postbox,
            policy=POLICY,
            vault=VAULT,
            daily=RULES.daily,
            clock=lambda: self.now,
            routes=("relay",),
            worker=lambda: WORKER,
        )

    def ingest(self, *events: Event) -> None:
        incoming = [Incoming(number, each, self.now) for number, each in enumerate(events, start=1)]
        done = ingest.ingest(self.database, incoming, INTAKE)
        assert [answer.status for answer in done.answers] == ["accepted"] * len(events), done.answers

    def make_run(self) -> None:
        self.plan_run()
        self.resolve()

    def plan_run(self) -> None:
        """The run's notices, not decided yet."""
        day = schedule.open_due_run(self.database, RULES, self.now, WORKER)
        assert day is not None
        while schedule.plan(self.database, RULES, day, self.now) is not None:
            pass

    def resolve(self) -> None:
        while resolve.resolve(self.database, RULES, self.now, "example.org").notices:
            pass

    def send(self, ids: Sequence[int] | None = None) -> int:
        """One batch; how many copies it had."""
        return send.send(self.room, ids).claimed

    def finish(self) -> None:
        """Decide and send until nothing is due."""
        self.resolve()
        while self.send():
            self.resolve()

    def wake(self) -> Woken:
        return sweep.wake(self.database, RULES.daily, self.now)

    def review(self) -> None:
        while sweep.review(self.database, RULES.daily, self.now):
            pass

    @contextmanager
    def sending(self, ids: Sequence[int] | None = None) -> Iterator[None]:
        """A mailer at work on one batch, for as long as the block."""
        errors: list[BaseException] = []

        def work() -> None:
            try:
                self.send(ids)
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=work, name="mailer")
        thread.start()
        try:
            yield
        finally:
            thread.join(60)
        assert not thread.is_alive()
        assert errors == []

    def with_policy(self, **changes: Any) -> None:
        self.room = replace(self.room, policy=replace(POLICY, **changes))

    def rows(self, table: sa.Table, *where: Any) -> Sequence[Any]:
        with self.database.read() as connection:
            return connection.execute(sa.select(table).where(*where).order_by(table.c.id)).all()

    def rows_of(self, table: sa.Table) -> Sequence[Any]:
        """Of a table without numbers."""
        with self.database.read() as connection:
            return connection.execute(sa.select(table)).all()

    @property
    def notice(self) -> Any:
        (row,) = self.rows(tables.notices)
        return row

    @property
    def outcome(self) -> tuple[str | None, str | None]:
        """Of the only notice."""
        return self.notice.outcome, self.notice.reason

    def copies(self) -> list[tuple[str, str, str | None]]:
        """(address, state, reason) of the copies of letters that stand."""
        standing = {row.id for row in self.rows(tables.letters, ~tables.letters.c.void)}
        rows = (row for row in self.rows(tables.deliveries) if row.letter in standing)
        return sorted((row.address, row.state, row.reason) for row in rows)

    def alerts(self) -> list[tuple[str, str]]:
        return [(row.subject, row.reason) for row in self.rows(tables.problems)]

    @property
    def recipients(self) -> list[str]:
        """Who was sent a body, in alphabetical order."""
        return sorted(address for mail in self.server.mails for address in mail.recipients)


def read(mail: Mail) -> EmailMessage:
    found = message_from_bytes(mail.message, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def line(letter: EmailMessage, name: str) -> list[str]:
    """The addresses of a To or Cc line."""
    return [address.addr_spec for address in letter[name].addresses] if letter[name] else []


def route_to(server: Smtpd, **more: Any) -> Route:
    return Route(**({"name": "relay", "host": server.host, "port": server.port} | more))


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATER = Answer(450, "4.3.0 come back later")


@contextmanager
def lost_answer(database: Database, *, after: int = 0) -> Iterator[None]:
    """A change, the next one `after` so many, is committed, and the connection is lost before its maker hears of that.

    Fails where there was none.
    """
    left = after + 1

    def lose(connection: sa.Connection) -> None:
        nonlocal left
        left -= bool(connection.get_execution_options().get("rappel_write"))
        if left == 0:
            left = -1
            connection.connection.commit()
            if not database.is_sqlite:
                connection.invalidate()
            raise sa.exc.OperationalError("COMMIT", None, ConnectionError("the connection was lost"))

    sa.event.listen(database.engine, "commit", lose)
    try:
        yield
    finally:
        sa.event.remove(database.engine, "commit", lose)
    assert left < 0, f"{left} more changes would have been needed"


def fill_disk(database: Database) -> None:
    """From now on SQLite may not grow any more, as on a disk without room."""
    _limit(database, 1)  # SQLite takes the present size where less is asked for


def make_room(database: Database) -> None:
    _limit(database, 1_000_000)


def _limit(database: Database, pages: int) -> None:
    sa.event.listen(database.engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count={pages}").fetchall())
    database.engine.dispose()
