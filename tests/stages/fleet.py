"""A fleet without processes: events in, runs made, notices decided, copies claimed, on any database."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tests.scenarios import Event, event
from tests.world import utc
from workers.contract.answers import Answer
from workers.domain.calendar import DailyRun
from workers.domain.delivery import State
from workers.domain.follow_up import FollowUpRules
from workers.domain.reasons import Reason
from workers.domain.renewals import RenewalRules
from workers.stages import resolve, schedule, sweep
from workers.stages.incoming import Incoming, Intake
from workers.stages.ingest import Ingested, ingest
from workers.stages.rules import Rules
from workers.store import fleet as worker_fleet
from workers.store import outbox, settlement, tables
from workers.store.database import Database
from workers.store.outbox import Claimed
from workers.store.vault import Vault, new_key

DAILY = DailyRun(time(7), ZoneInfo("UTC"), time(18))
RULES = Rules(DAILY, FollowUpRules(DAILY), RenewalRules())
KEPT = sweep.Kept(timedelta(days=30), timedelta(days=90), timedelta(days=730))
INTAKE = Intake(RULES, Vault(new_key), "test")

MONDAY = utc("2026-06-01T00:00")
"""When most of the world was told: 2026-06-01, a Monday."""


def take_all(database: Database, events: Iterable[Event], at: datetime = MONDAY) -> Ingested:
    """Ingest as one batch, arrived at `at`."""
    incoming = [Incoming(position, each, at) for position, each in enumerate(events, start=1)]
    return ingest(database, incoming, INTAKE)


def take(database: Database, *events: Event, at: datetime = MONDAY) -> list[Answer]:
    return take_all(database, events, at).answers


def statuses(answers: Iterable[Answer]) -> list[str]:
    """What was answered; the reason, where it was a refusal."""
    return [answer.reason or answer.status for answer in answers]


def make_run(database: Database, day: str, rules: Rules = RULES, by: str = "test") -> list[int]:
    """The daily run of a day at its minute; ids of the notices to be decided."""
    at = DAILY.run_at(date.fromisoformat(day))
    opened = schedule.open_due_run(database, rules, at, by)
    ids: list[int] = []
    while opened and (planned := schedule.plan(database, rules, opened, at)) is not None:
        ids += planned
    return ids


def decide(database: Database, at: datetime, ids: list[int] | None = None, rules: Rules = RULES) -> list[int]:
    """Resolve what needs it; ids of the copies that may go out."""
    ready: list[int] = []
    while (done := resolve.resolve(database, rules, at, "mail.example.org", ids)).notices:
        ready += done.ready
    return ready


def run_and_decide(database: Database, day: str, rules: Rules = RULES) -> list[int]:
    """The run of a day, and all its decisions."""
    make_run(database, day, rules)
    return decide(database, utc(f"{day}T07:00"), rules=rules)


def fan_out(database: Database, at: datetime) -> None:
    while sweep.fan_out(database, DAILY, at):
        pass


def rows(database: Database, table: sa.Table, *columns: str) -> list[tuple[Any, ...]]:
    """The table's columns, by its key."""
    with database.read() as connection:
        query = sa.select(*(table.c[name] for name in columns)).order_by(*table.primary_key)
        return [tuple(row) for row in connection.execute(query)]


def notices(database: Database) -> list[tuple[str, str | None, str | None]]:
    """Subject, outcome and reason of each, in the order in which they came into being."""
    return rows(database, tables.notices, "subject", "outcome", "reason")


# What most tests are about -------------------------------------------------------------------------------------------

SALES = event(
    "process.saved",
    MONDAY,
    id="sales",
    name="New business",
    stages=[
        {"id": "new", "name": "New", "duration": {"value": 1, "unit": "days"}},
        {"id": "offer", "name": "Offer", "duration": {"value": 2, "unit": "days"}},
    ],
    follow_up={"enabled": True, "interval": {"value": 1, "unit": "weeks"}},
)
NORDWIND = event("partner.saved", MONDAY, id="P-1", name="Agentur Nordwind", point_of_contact="U-1")
JONAS = event("user.saved", MONDAY, id="U-1", name="Jonas Keller", email="jonas@nordwind.example.org", partner="P-1")
GRETA = event("user.saved", MONDAY, id="U-2", name="Greta Voss", email="greta@nordwind.example.org")
LUMIERE = event("company.saved", MONDAY, id="K-1", name="Ateliers Lumière", partner="P-1")
CLAIRE = event(
    "contact.saved", MONDAY, id="C-1", company="K-1", first_name="Claire", last_name="F.", email="claire@example.com"
)
RENEWAL = event("renewal.saved", MONDAY, id="R-1", company="K-1", product="Hub", renews_on="2026-08-31")
WORLD = (SALES, NORDWIND, JONAS, GRETA, LUMIERE, CLAIRE, RENEWAL)
"""Jonas is Nordwind's point of contact; Claire is the only contact of its client; the renewal's 90 days begin on
2026-06-02."""


def lead(id: str = "L-1", at: str | datetime = MONDAY, **changes: Any) -> Event:
    """A lead of Jonas that is overdue on Tuesday, so that its first mail is due on Wednesday, 2026-06-03."""
    data = {"title": "Two lines", "process": "sales", "stage": "new", "stage_entered_at": MONDAY, "acceptor": "U-1"}
    return event("lead.saved", at, **{"id": id} | data | changes)


def claim(database: Database, at: datetime, limit: int = 100) -> list[Claimed]:
    """Lease copies that are due, as a worker that lives."""
    with database.write() as connection:
        if "w-1" not in worker_fleet.living(connection, ["worker"]):
            worker_fleet.enlist(connection, "w-1", "worker", "localhost", 1)
        return outbox.claim(connection, None, "w-1", at, DAILY.day(at), limit)


def answer(database: Database, copies: Iterable[Claimed], at: datetime, state: State, reason: Reason) -> None:
    """What the server said to these copies, whose bodies have left."""
    with database.write() as connection:
        held = list(copies)
        assert outbox.begin_sending(connection, held, "w-1", at) == {copy.id for copy in held}
        for copy in held:
            assert outbox.move(connection, copy, state, reason, ended_at=at)
        settlement.settle(connection, [copy.notice for copy in held], at)


def deliver_all(database: Database, at: datetime) -> None:
    """Every copy that is due is accepted."""
    while copies := claim(database, at):
        answer(database, copies, at, State.SENT, Reason.ACCEPTED)
