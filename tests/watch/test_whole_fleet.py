"""Nothing personal leaks from a whole fleet, whatever happens to it: not into logs, reports, Redis or titles."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.servers import postgres, schema
from tests.servers.error_sink import ErrorSink
from tests.servers.postgres import Postgres
from tests.servers.smtpd import DROP, Answer, Smtpd
from tests.waiting import until
from tests.watch import private
from tests.watch.private import (
    KWYJI,
    NAMES,
    PRIVATE,
    QWER,
    RUN,
    START,
    STATE,
    VEX,
    WRONG,
    ZYX,
    called,
    created,
    document,
)
from tests.watch.watched import Watched, watched
from workers.stages.pausing import pause, resume
from workers.store import tables

CRY = """
CREATE OR REPLACE FUNCTION cry() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'this row will not do: %', NEW; END $$
"""

PARTS = {"ingest", "resolver", "mailer", "scheduler", "web", None}
"""That reported an error; None: what was only logged as one."""
SAID = (
    "a batch of events broke",
    "an actor broke",
    "a duty of the scheduler failed",
    "a page broke",
    "cannot be written",
    "the database is away",
)


def test_nothing_personal_leaks_whatever_happens_to_a_fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    login = {"rappel": private.SMTP_PASSWORD}
    with postgres.running(synchronous_commit="on") as own, Smtpd(users=login) as server, ErrorSink() as sink:
        with watched(tmp_path, url_of(own), server, sink) as fleet:
            bring_good_and_bad(fleet)
            be_refused_by_the_mail_server(fleet)
            break_letters(fleet)
            break_every_part(fleet)
            lose_the_database(fleet, own)
            fleet.note_titles()
            kept = until(lambda: what_is_left(fleet.kept_in_redis()))
        told = fleet.log
    assert {error.get("tags", {}).get("part") for error in sink.errors()} == PARTS
    assert all(words in told for words in SAID)
    assert any('"mail"' in command for command in fleet.commands())
    for place, words in {
        "logs": told,
        "reports": b"\n".join(sink.envelopes).decode(),
        "Redis": "\n".join(fleet.commands()),
        "what Redis kept": str(kept),
        "titles": "\n".join(fleet.titles),
    }.items():
        assert [secret for secret in PRIVATE if secret.casefold() in words.casefold()] == [], place


def what_is_left(kept: dict[str, str]) -> dict[str, str]:
    """Nothing as long as a message is still under way."""
    return kept if kept.keys() == {"dramatiq:__heartbeats__", "rappel:rate:route:relay"} else {}


def url_of(own: Postgres) -> str:
    plain = own.create(schema.migrate).replace("+psycopg", "")
    return plain.replace("rappel@", f"rappel:{private.DATABASE_PASSWORD}@")


def bring_good_and_bad(fleet: Watched) -> None:
    fleet.lead_clock(START)
    fleet.bring(*STATE)
    fleet.bring(*WRONG, f"no object, but {KWYJI}")
    until(lambda: len(fleet.rows(tables.problems)) >= len(WRONG) + 1)
    fleet.bring(created(1), called(1))
    until(lambda: fleet.ends("contact/N-1") == ["sent", "sent"] and fleet.ends("company/K-1") == ["sent"])
    fleet.lead_clock(RUN)
    until(lambda: fleet.ends("lead/L-1") == ["sent"])
    bodies = [mail.message for mail in fleet.server.mails]
    assert any(private.LINK_TOKEN.encode() in body for body in bodies), "it is in the mail, and only there"


def be_refused_by_the_mail_server(fleet: Watched) -> None:
    """In words that repeat what they refuse."""
    server, words = fleet.server, f"{NAMES[2]} <{VEX}> pass {private.SMTP_PASSWORD}"
    server.misbehave("rcpt", Answer(550, f"5.1.1 nobody here: {words}"), recipient=VEX)
    server.misbehave("rcpt", Answer(451, f"4.2.1 not now: {NAMES[1]} <{QWER}>"), recipient=QWER, times=1)
    server.misbehave("dot", DROP, recipient=ZYX, times=1)
    fleet.bring(document("invoice.sent", 1, "C-1", "C-2"), called(2))
    until(lambda: fleet.ends("company/K-1") == ["sent", "uncertain"])
    until(lambda: {row.state for row in copies(fleet, "invoice/1")} == {"failed", "pending"})
    server.misbehave("mail", Answer(550, f"5.7.1 we do not want you: {words}"), times=1)
    server.misbehave("auth", Answer(535, f"5.7.8 that is no password: {words}"), times=1)
    fleet.bring(document("invoice.sent", 2, "C-1"))

    def all_sent() -> bool:
        fleet.lead_clock_to_next_try()
        return fleet.ends("invoice/1") == fleet.ends("invoice/2") == ["sent"]

    until(all_sent)


def copies(fleet: Watched, subject: str) -> list[sa.Row[tuple[object, ...]]]:
    ids = {row.id for row in fleet.rows(tables.notices) if row.subject == subject}
    return [row for row in fleet.rows(tables.deliveries) if row.notice in ids]


def break_letters(fleet: Watched) -> None:
    """A template that stumbles over a name; a stored content that cannot be read, of which the error quotes it."""
    fleet.bring(document("estimate.sent", 3, "C-1"))
    until(lambda: [row.state for row in copies(fleet, "estimate/3")] == ["held"])
    pause(fleet.house.database, fleet.house.clock())
    fleet.bring(document("invoice.sent", 4, "C-1"))
    until(lambda: len(copies(fleet, "invoice/4")) == 1)
    (copy,) = copies(fleet, "invoice/4")
    with fleet.house.database.write() as connection:
        letters = tables.letters
        connection.execute(letters.update().where(letters.c.id == copy.letter).values(content={"reader": [ZYX]}))
    resume(fleet.house.database)
    until(lambda: [row.state for row in copies(fleet, "invoice/4")] == ["held"])


def break_every_part(fleet: Watched) -> None:
    """The database repeats a row in its refusal."""
    with crying(fleet, "INSERT ON contacts", "ingest"):
        fleet.bring(created(2))
    with crying(fleet, "INSERT ON deliveries", "resolver"):
        fleet.bring(document("invoice.sent", 5, "C-1"))
    with crying(fleet, "UPDATE ON letters", "mailer"):
        fleet.bring(document("invoice.sent", 6, "C-1"))
    with crying(fleet, "INSERT ON notices", "scheduler"):
        fleet.lead_clock(RUN + timedelta(days=1))
    with crying(fleet, "INSERT ON views", "web"):
        assert fleet.look(f"/?q={QWER}") == 500
    until(lambda: fleet.ends("invoice/5") == fleet.ends("invoice/6") == ["sent"])
    until(lambda: fleet.ends("lead/L-1") == ["sent"] * 2)
    assert fleet.look(f"/?q={QWER}") == 200
    assert fleet.look(f"/u/{private.LINK_TOKEN}") == 404


@contextmanager
def crying(fleet: Watched, where: str, part: str) -> Iterator[None]:
    """Until this part of the fleet broke at it, and said so."""

    def reports() -> int:
        return [error.get("tags", {}).get("part") for error in fleet.sink.errors()].count(part)

    before = reports()
    with fleet.house.database.write() as connection:
        connection.execute(sa.text(CRY))
        connection.execute(sa.text(f"CREATE TRIGGER cry BEFORE {where} FOR EACH ROW EXECUTE FUNCTION cry()"))
    yield
    until(lambda: reports() > before)
    with fleet.house.database.write() as connection:
        connection.execute(sa.text(f"DROP TRIGGER cry ON {where.split()[-1]}"))


def lose_the_database(fleet: Watched, own: Postgres) -> None:
    own.stop()
    fleet.bring(document("invoice.sent", 7, "C-1"))
    until(lambda: "the database is away, waiting" in fleet.log)
    assert fleet.look(f"/?q={QWER}") == 503
    own.start()
    until(lambda: fleet.ends("invoice/7") == ["sent"])
