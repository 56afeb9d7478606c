"""Each audit of the ledger finds its own violation, and none of them finds any in a ledger that is as it should be."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tests.delivery.office import RULES
from tests.servers.postgres import Postgres
from tests.store.ledger_story import THURSDAY, tell
from workers.actors.declare import WRITING
from workers.postbox.outcomes import Kind
from workers.stages.verify import verify
from workers.store import tables
from workers.store.audits import copies as audits_of_copies
from workers.store.audits.audit import LONGEST_BATCH, Audit, Row
from workers.store.audits.table import AUDITS
from workers.store.database import Database

notices, letters, deliveries = tables.notices, tables.letters, tables.deliveries
people, attempts, workers = tables.people, tables.attempts, tables.workers

LONG_AGO = THURSDAY.replace(year=2020)

Plant = Callable[[Connection], object]

SENT, OPEN, LEASED, REFUSED, HELD, UNCERTAIN = (
    sa.select(notices.c.id).where(notices.c.subject == subject).scalar_subquery()
    for subject in ("renewal/R-1", "renewal/R-2", "lead/L-2", "lead/L-0", "deal/D-9", "contact/C-1")
)


def notice(id: Any, **values: Any) -> Plant:
    return lambda connection: connection.execute(notices.update().where(notices.c.id == id).values(values))


def copy(of: Any, line: str = "to", person: int | None = None, **values: Any) -> Plant:
    here = (deliveries.c.notice == of) & (deliveries.c.line == line)
    if person is not None:
        here &= deliveries.c.person == person
    return lambda connection: connection.execute(deliveries.update().where(here).values(values))


def letter(of: Any, **values: Any) -> Plant:
    return lambda connection: connection.execute(letters.update().where(letters.c.notice == of).values(values))


def gone(table: sa.Table, where: sa.ColumnElement[bool]) -> Plant:
    return lambda connection: connection.execute(table.delete().where(where))


def again(table: sa.Table, where: sa.ColumnElement[bool], **changes: Any) -> Plant:
    """A second row like the one that is there."""

    def plant(connection: Connection) -> None:
        row = connection.execute(sa.select(table).where(where).limit(1)).mappings().one()
        connection.execute(table.insert().values({**row, "id": 999, **changes}))

    return plant


def also(*plants: Plant) -> Plant:
    return lambda connection: [plant(connection) for plant in plants]


def suppress_address(connection: Connection) -> None:
    row = {"key": "bruno@lumiere.example.com", "address": "bruno@lumiere.example.com", "suppressed": True}
    connection.execute(tables.addresses.insert().values(row))


def erase_without_a_sweep(connection: Connection) -> None:
    row = {"ref": "contact/C-2", "seq": 1000, "at": THURSDAY, "letter": 1000, "step": None}
    connection.execute(tables.erasures.insert().values(row | {"words": sa.null()}))


TO_SENT = (deliveries.c.notice == SENT) & (deliveries.c.line == "to")
NO_END = {"ended_at": None, "reason": None}

PLANTED: dict[str, tuple[Plant, set[str]]] = {
    "one-open-notice": (
        again(notices, notices.c.id == HELD, cause="x", blocks=False, arrival=None),
        {"occurrence-held"},
    ),
    "one-sent-notice": (again(notices, notices.c.id == SENT, cause="x", blocks=False), {"occurrence-held"}),
    "one-holder": (again(notices, notices.c.id == SENT, cause="x", outcome="failed"), set()),
    "one-decision": (again(notices, notices.c.id == REFUSED), set()),
    "occurrence-held": (notice(SENT, blocks=False), set()),
    "occurrence-free": (notice(REFUSED, blocks=True), set()),
    "outcome-of-copies": (notice(SENT, outcome="failed"), set()),
    "ends-say-why": (notice(REFUSED, at=None), set()),
    "open-leads-somewhere": (notice(HELD, held_reason=None), set()),
    "held-has-an-end": (notice(HELD, stands_until=None), set()),
    "ended-is-not-decided-again": (notice(SENT, needs_decision=True), set()),
    "open-leans-on-facts": (gone(tables.notice_refs, tables.notice_refs.c.notice == OPEN), set()),
    "occasion-kept": (gone(tables.occasions, tables.occasions.c.notice == HELD), set()),
    "secret-forgotten": (notice(UNCERTAIN, stands_until=LONG_AGO), set()),
    "known-states": (copy(OPEN, person=0, state="lost"), {"ends-of-copies"}),
    "copies-belong": (copy(OPEN, person=0, letter=999), {"kept-get-copies", "lines-name-readers"}),
    "copies-numbered": (again(deliveries, TO_SENT, copy_number=3, reason="operator"), set()),
    "one-copy-an-address": (
        again(deliveries, TO_SENT, person=3, line="cc", reason="operator"),
        {"addressed-as-decided", "copies-numbered", "lines-name-readers"},
    ),
    "under-way-has-worker": (copy(OPEN, person=0, worker="simulation"), set()),
    "workers-live": (gone(workers, workers.c.id == "simulation"), set()),
    "leases-have-an-end": (copy(LEASED, woken_at=LONG_AGO), set()),
    "due-goes-out-today": (also(copy(OPEN, next_attempt_at=LONG_AGO), notice(OPEN, decided_at=LONG_AGO)), set()),
    "claims-move-tokens": (copy(UNCERTAIN, token=0), set()),
    "claims-have-an-end": (copy(OPEN, person=0, claims=7), set()),
    "sent-was-accepted": (gone(attempts, sa.true()), set()),
    "resent-is-flagged": (
        also(copy(UNCERTAIN, state="pending", **NO_END), notice(UNCERTAIN, outcome=None, reason=None, at=None)),
        {"open-leans-on-facts"},
    ),
    "void-stays-home": (
        also(letter(LEASED, void=True), notice(LEASED, needs_decision=True)),
        set(),
    ),
    "left-is-frozen": (notice(SENT, frozen=False), set()),
    "cc-waits-for-to": (copy(SENT, line="cc", state="waiting", **NO_END), {"resent-is-flagged", "open-leans-on-facts"}),
    "cc-follows-to": (copy(OPEN, line="cc", state="pending"), set()),
    "addressed-as-decided": (
        lambda connection: connection.execute(people.update().where(people.c.notice == OPEN).values(kept=False)),
        set(),
    ),
    "kept-get-copies": (
        gone(deliveries, (deliveries.c.notice == OPEN) & (deliveries.c.line == "cc")),
        {"lines-name-readers"},
    ),
    "lines-name-readers": (letter(OPEN, to_line=[["", "somebody@example.org"]]), set()),
    "ends-of-copies": (copy(SENT, person=0, ended_at=None), set()),
    "patience-counted": (copy(OPEN, person=0, attempts=1), set()),
    "suppressed-stay-home": (suppress_address, set()),
    "erased-have-left": (erase_without_a_sweep, set()),
    "erased-say-nothing": (copy(SENT, person=0, address=""), {"addressed-as-decided", "lines-name-readers"}),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The story on a database of each kind that does not guard itself: no foreign key, no unique constraint."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('audits') / 'rappel.db'}"
        tell(url)
        with closing(Database(url)) as database:
            yield database
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    with server.database(tell) as url, closing(Database(url)) as database:
        yield database


def test_a_ledger_with_something_of_everything_breaks_nothing(told: Database) -> None:
    assert list(verify(told, RULES.daily, THURSDAY)) == []


def unguard(database: Database) -> None:
    """Take away what keeps the database from storing most of what the audits look for."""
    database.close()
    if database.is_sqlite:
        sa.event.listen(database.engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=OFF"))
        with closing(sqlite3.connect(str(database.url.database))) as raw:
            raw.executescript("CREATE TABLE bare AS SELECT * FROM notices; DROP TABLE notices")
            raw.executescript("ALTER TABLE bare RENAME TO notices; CREATE TABLE bare AS SELECT * FROM deliveries")
            raw.executescript("DROP TABLE deliveries; ALTER TABLE bare RENAME TO deliveries")
        return
    query = "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype IN ('f', 'u')"
    query += " AND connamespace = 'public'::regnamespace"
    with database.write() as connection:
        for table, constraint in connection.execute(sa.text(query)).all():
            connection.execute(sa.text(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}"))
        unique = "uq_notices_blocking_occurrence, uq_notices_occurrence_cause_digest, uq_deliveries_copy"
        connection.execute(sa.text(f"DROP INDEX {unique}"))


def test_it_sees_one_state_and_keeps_nobody_from_writing(told: Database) -> None:
    """A fleet goes on beside it; what that writes meanwhile is not seen, whole or half."""
    seen: list[str] = []

    def write(audit: Audit) -> None:
        if seen:
            with told.write() as connection:
                connection.execute(notices.update().where(notices.c.id == SENT).values(frozen=False))
        seen.append(audit.name)

    try:
        assert list(verify(told, RULES.daily, THURSDAY, began=write)) == []
    finally:
        with told.write() as connection:
            connection.execute(notices.update().where(notices.c.id == SENT).values(frozen=True))
    assert seen == [audit.name for audit in AUDITS]


class UndoError(Exception):
    """Ends a transaction without a trace."""


@contextmanager
def undone(database: Database) -> Iterator[Connection]:
    with suppress(UndoError), database.write() as connection:
        yield connection
        raise UndoError


def test_every_audit_finds_what_was_planted_for_it(told: Database) -> None:
    unguard(told)
    found: dict[str, set[str]] = {}
    for name, (plant, _) in PLANTED.items():
        with undone(told) as connection:
            plant(connection)
            found[name] = {
                audit.name for audit in AUDITS if rows_of(audit.violations(connection, RULES.daily, THURSDAY))
            }
    assert found == {name: {name, *others} for name, (_, others) in PLANTED.items()}


def rows_of(violations: Iterator[Row]) -> list[Row]:
    return list(violations)


def test_no_audit_goes_without_its_violation_nor_without_words() -> None:
    assert [audit.name for audit in AUDITS] == list(PLANTED)
    assert all(audit.says.endswith(".") and audit.advice.endswith(".") and audit.promise for audit in AUDITS)
    assert WRITING * timedelta(milliseconds=1) < LONGEST_BATCH
    assert (audits_of_copies.ACCEPTED, audits_of_copies.UNCERTAIN) == (Kind.ACCEPTED, Kind.UNCERTAIN)
