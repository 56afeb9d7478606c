"""The last check without a barrier: 200 leads whose mails and whose stoppers meet at random, on both databases.

A trigger numbers, inside the transactions themselves, what happens to a notice: "fenced" (an ingest took its copies
back) and "sending" (its body is about to leave). Both happen under the lock of the notice's row, so the numbers are in
the order of the commits. A mail is legitimate if, and only if, its `sending` comes before the fence of its lead's stop.
"""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import sqlalchemy as sa

from tests.delivery import office as cast
from tests.delivery.office import Office, said
from workers.stages import send
from workers.store import tables
from workers.store.database import Database

LEADS = [f"L-{number:03}" for number in range(200)]
TOGETHER = 4
"""Copies that go out at once, while their stoppers come in one by one."""
LONGEST_DELAY = 0.02
"""Seconds by which the first stopper comes later: about as long as it takes to lease, compose and offer the copies."""
NOW = "2026-06-03T07:00:01Z"

SQLITE = """
CREATE TABLE happened (number INTEGER PRIMARY KEY AUTOINCREMENT, notice INTEGER, what TEXT);
CREATE TRIGGER fenced AFTER UPDATE ON notices WHEN NEW.needs_decision AND NOT OLD.needs_decision
BEGIN INSERT INTO happened (notice, what) VALUES (NEW.id, 'fenced'); END;
CREATE TRIGGER sending AFTER UPDATE ON deliveries WHEN NEW.state = 'sending' AND OLD.state <> 'sending'
BEGIN INSERT INTO happened (notice, what) VALUES (NEW.notice, 'sending'); END;
CREATE TRIGGER revoked AFTER UPDATE ON deliveries WHEN NEW.state = 'pending' AND OLD.state = 'leased'
BEGIN INSERT INTO happened (notice, what) VALUES (NEW.notice, 'revoked'); END;
"""
POSTGRESQL = """
CREATE TABLE happened (number BIGSERIAL PRIMARY KEY, notice BIGINT, what TEXT);
CREATE FUNCTION fenced() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO happened (notice, what) VALUES (NEW.id, 'fenced'); RETURN NULL; END $$;
CREATE FUNCTION sending() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO happened (notice, what) VALUES (NEW.notice, 'sending'); RETURN NULL; END $$;
CREATE FUNCTION revoked() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO happened (notice, what) VALUES (NEW.notice, 'revoked'); RETURN NULL; END $$;
CREATE TRIGGER fenced AFTER UPDATE ON notices FOR EACH ROW
WHEN (NEW.needs_decision AND NOT OLD.needs_decision) EXECUTE FUNCTION fenced();
CREATE TRIGGER sending AFTER UPDATE ON deliveries FOR EACH ROW
WHEN (NEW.state = 'sending' AND OLD.state <> 'sending') EXECUTE FUNCTION sending();
CREATE TRIGGER revoked AFTER UPDATE ON deliveries FOR EACH ROW
WHEN (NEW.state = 'pending' AND OLD.state = 'leased') EXECUTE FUNCTION revoked();
"""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """One of its own, with triggers."""
    with closing(Database(database_url)) as watched:
        with closing(watched.engine.raw_connection()) as raw:
            raw.cursor().executescript(SQLITE) if watched.is_sqlite else raw.cursor().execute(POSTGRESQL)
            raw.commit()
        yield watched


def order(database: Database) -> dict[int, list[str]]:
    """What happened to each notice, in the order of commits."""
    found: dict[int, list[str]] = {}
    with database.read() as connection:
        for notice, what in connection.execute(sa.text("SELECT notice, what FROM happened ORDER BY number")):
            found.setdefault(notice, []).append(what)
    return found


def stop(lead: str, chance: random.Random) -> cast.Event:
    return chance.choice(
        [
            said("lead.task_created", NOW, lead=lead, id="T-1"),
            said("lead.closed", NOW, id=lead, outcome="won"),
            cast.lead(lead, NOW, stage="S-2", stage_entered_at=NOW),
            said("lead.appointment_saved", NOW, lead=lead, id="A-1", starts_at="2026-07-01T09:00:00Z"),
        ]
    )


def test_f18_a_body_leaves_only_if_its_sending_was_committed_before_the_stopper(
    database: Database, office: Office
) -> None:
    office.ingest(*cast.PEOPLE, cast.process(), *(cast.lead(lead, acceptor=f"U-{lead}") for lead in LEADS))
    office.ingest(*(cast.user(f"U-{lead}", f"{lead}@nordwind.example.org".lower()) for lead in LEADS))
    office.make_run()
    chance = random.Random()
    lead_of = {row.id: row.subject.removeprefix("lead/") for row in office.rows(tables.notices)}
    copies = office.rows(tables.deliveries)
    with ThreadPoolExecutor(1) as mailer:
        for start in range(0, len(copies), TOGETHER):
            some = copies[start : start + TOGETHER]
            mailing = mailer.submit(send.send, office.room, [copy.id for copy in some])
            threading.Event().wait(chance.random() * LONGEST_DELAY)
            for copy in some:
                office.ingest(stop(lead_of[copy.notice], chance))
            mailing.result(30)
    office.finish()

    happened = order(database)
    mailed = {address.partition("@")[0].upper() for address in office.recipients}
    for notice in office.rows(tables.notices):
        was_first = happened[notice.id][0] == "sending"
        was_mailed = lead_of[notice.id] in mailed
        assert (notice.outcome, was_mailed) == (("sent", True) if was_first else ("suppressed", False))
    assert len(office.server.bodies) == len(mailed)
    assert all("sending" not in each[1:] for each in happened.values())
    revoked = [each for each in happened.values() if "revoked" in each]
    assert mailed, "no mail was faster than its stopper"
    assert revoked, "no stopper met a copy that a mailer held"
