"""Who holds a copy, and what becomes of it when its holder dies, sleeps or comes back (DESIGN promises 3 and 4)."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.delivery import office as cast
from tests.delivery.office import CLAIRE, GRETA, JONAS, LEAD, RENEWAL, RUN, WORKER, Office, read
from tests.servers.smtpd import DROP, Answer, Barrier
from tests.waiting import until
from tests.world import utc
from workers.actors.presence import Presence
from workers.domain.delivery import State
from workers.stages import sweep
from workers.store import fleet, outbox, settlement, tables
from workers.store.database import Database, real_now

BEAT, DEAD_AFTER = timedelta(seconds=0.1), timedelta(seconds=1)
ROOT = Path(__file__).parents[2]

StartMailer = Callable[[Office], subprocess.Popen[str]]


@pytest.fixture
def start_mailer() -> Iterator[StartMailer]:
    started: list[subprocess.Popen[str]] = []

    def start(office: Office) -> subprocess.Popen[str]:
        url = office.database.url.render_as_string(hide_password=False)
        life = [str(BEAT.total_seconds()), str(DEAD_AFTER.total_seconds())]
        command = [sys.executable, "-m", "tests.delivery.mailer_process", url, str(office.server.port), *life]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def sweeper(database: Database) -> Iterator[Presence]:
    presence = Presence(database, "scheduler", BEAT, DEAD_AFTER).start()
    yield presence
    presence.stop()


@pytest.fixture
def decided(office: Office) -> Office:
    """A follow-up for Greta. The office's own worker is not there yet."""
    with office.database.write() as connection:
        connection.execute(tables.workers.delete())
    office.ingest(*LEAD)
    office.make_run()
    return office


def bury(office: Office, sweeper: Presence, resent: Collection[str] = ()) -> list[str]:
    """As the scheduler does, until somebody is dead."""
    dead: list[str] = []

    def somebody_is_dead() -> bool:
        if sweeper.is_settled():
            dead.extend(sweep.bury(office.database, DEAD_AFTER, sweeper.id, office.now, resent))
        return bool(dead)

    until(somebody_is_dead)
    return dead


def hire(office: Office) -> None:
    with office.database.write() as connection:
        fleet.enlist(connection, WORKER, "worker", "localhost", 1)


def woken(office: Office) -> list[int]:
    return office.wake().deliveries


def test_kill_9_of_a_worker_that_only_leased_costs_time_and_nothing_else(
    decided: Office, start_mailer: StartMailer, sweeper: Presence
) -> None:
    barrier = decided.server.hold("rcpt")
    process = start_mailer(decided)
    barrier.wait_until_reached()
    os.kill(process.pid, signal.SIGKILL)
    assert len(bury(decided, sweeper)) == 1
    assert decided.copies() == [(GRETA, "pending", None)]
    assert len(woken(decided)) == 1
    barrier.release()
    hire(decided)
    decided.finish()
    assert (decided.recipients, len(decided.server.bodies)) == ([GRETA], 1)
    assert decided.outcome == ("sent", "follow_up_first")


def test_kill_9_of_a_worker_that_was_sending_leaves_an_uncertain_mail_that_nobody_resends(
    decided: Office, start_mailer: StartMailer, sweeper: Presence
) -> None:
    barrier = decided.server.hold("dot")
    process = start_mailer(decided)
    barrier.wait_until_reached()
    os.kill(process.pid, signal.SIGKILL)
    bury(decided, sweeper)
    assert decided.copies() == [(GRETA, "uncertain", "worker_died")]
    assert decided.outcome == ("uncertain", "worker_died")
    assert woken(decided) == []
    hire(decided)
    barrier.release()
    decided.finish()
    assert len(decided.server.bodies) == 1
    assert decided.outcome == ("uncertain", "worker_died")


def test_kill_9_of_a_worker_that_was_sending_what_is_resent_by_itself_costs_a_flagged_double(
    decided: Office, start_mailer: StartMailer, sweeper: Presence
) -> None:
    barrier = decided.server.hold("dot")
    process = start_mailer(decided)
    barrier.wait_until_reached()
    os.kill(process.pid, signal.SIGKILL)
    bury(decided, sweeper, {"lead.follow_up"})
    (row,) = decided.rows(tables.deliveries)
    assert (row.state, row.possible_duplicate) == ("pending", True)
    hire(decided)
    barrier.release()
    decided.finish()
    assert decided.recipients == [GRETA, GRETA]
    assert decided.outcome == ("sent", "follow_up_first")


def sleep_at(phase: str, office: Office, start_mailer: StartMailer, sweeper: Presence) -> subprocess.Popen[str]:
    """A worker that is stopped at a barrier, declared dead, and woken when the server goes on."""
    barrier = office.server.hold(phase)
    process = start_mailer(office)
    barrier.wait_until_reached()
    with office.database.write():  # so that it does not fall asleep over SQLite's only write lock
        os.kill(process.pid, signal.SIGSTOP)
    bury(office, sweeper)
    barrier.release()
    return process


def test_a_sleeper_that_had_leased_finds_the_gate_closed(
    decided: Office, start_mailer: StartMailer, sweeper: Presence
) -> None:
    process = sleep_at("rcpt", decided, start_mailer, sweeper)
    hire(decided)
    decided.finish()
    assert decided.recipients == [GRETA]
    os.kill(process.pid, signal.SIGCONT)
    until(lambda: decided.server.count("RSET") == 1)
    assert len(decided.server.bodies) == 1
    assert decided.outcome == ("sent", "follow_up_first")


def test_a_sleeper_that_had_committed_sending_sends_no_body_and_says_so_late(
    decided: Office, start_mailer: StartMailer, sweeper: Presence
) -> None:
    process = sleep_at("data", decided, start_mailer, sweeper)
    assert decided.copies() == [(GRETA, "uncertain", "worker_died")]
    sessions = decided.server.connections
    os.kill(process.pid, signal.SIGCONT)
    until(lambda: decided.copies() == [(GRETA, "pending", None)])
    decided.resolve()  # facts may have changed while nothing was expected of it any more
    until(lambda: decided.recipients == [GRETA])  # under its new incarnation, flagged
    until(lambda: decided.outcome == ("sent", "follow_up_first"))
    (row,) = decided.rows(tables.deliveries)
    assert (row.possible_duplicate, len(decided.server.bodies)) == (True, 1)
    assert [attempt.kind for attempt in decided.rows(tables.attempts)] == ["deferred", "accepted"]
    assert decided.server.connections > sessions, "the old connection was closed"
    dead, living = (set(ids) for ids in incarnations(decided))
    assert dead.isdisjoint(living)


def incarnations(office: Office) -> tuple[list[str], list[str]]:
    with office.database.read() as connection:
        rows = connection.execute(sa.select(tables.workers).where(tables.workers.c.role == "worker")).all()
    return [row.id for row in rows if row.dead_at], [row.id for row in rows if not row.dead_at]


# Heartbeats


def test_nobody_is_buried_before_the_sweeper_has_beaten_for_a_whole_dead_time(
    office: Office, database: Database
) -> None:
    """Everybody was silent while the database was away; the first who is back must give the others their chance."""
    long_ago = utc("2026-01-01T00:00")
    with database.write() as connection:
        connection.execute(tables.workers.update().values(beat_at=long_ago))
        began = real_now(connection)
    sweeper = Presence(database, "scheduler", BEAT, DEAD_AFTER).start()
    try:
        assert not sweeper.is_settled()
        assert bury(office, sweeper) == [WORKER]
        with database.read() as connection:
            died = connection.execute(sa.select(tables.workers.c.dead_at).where(tables.workers.c.id == WORKER)).scalar()
        assert died is not None
        assert died - began >= DEAD_AFTER
    finally:
        sweeper.stop()


def test_a_missed_heartbeat_makes_the_sweeper_wait_again(database: Database, sweeper: Presence) -> None:
    until(sweeper.is_settled)
    with held_up(database):
        until(lambda: not sweeper.is_settled())
    until(lambda: sweeper.holds(sweeper.id))
    assert not sweeper.is_settled()
    until(sweeper.is_settled)


@contextmanager
def held_up(database: Database) -> Iterator[None]:
    """Nobody can write a heartbeat."""
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.text("LOCK TABLE workers IN ACCESS EXCLUSIVE MODE"))
        yield


def test_a_process_whose_heartbeat_is_stale_may_not_send(database: Database, sweeper: Presence) -> None:
    id = sweeper.id
    assert sweeper.holds(id)
    with held_up(database):
        until(lambda: not sweeper.holds(id))
    until(lambda: sweeper.holds(id))


def test_who_was_declared_dead_takes_a_new_incarnation(database: Database, sweeper: Presence) -> None:
    old = sweeper.id
    with database.write() as connection:
        fleet.retire(connection, old)
    until(lambda: sweeper.id != old and sweeper.holds(sweeper.id))
    assert not sweeper.holds(old)


def test_a_process_that_starts_while_the_database_is_away_is_there_when_it_is_back(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/late.db")
    presence = Presence(database, "worker", BEAT, DEAD_AFTER).start()
    try:
        assert presence.id == ""
        assert not presence.holds("")
        database.create()
        until(lambda: presence.holds(presence.id))
        assert presence.id
    finally:
        presence.stop()
        database.close()


def test_the_dead_and_the_unknown_are_given_nothing(office: Office) -> None:
    office.ingest(*LEAD)
    office.make_run()
    with office.database.write() as connection:
        fleet.retire(connection, WORKER)
        for worker in (WORKER, "", "never-seen"):
            assert outbox.claim(connection, None, worker, RUN, TODAY, 10) == []


TODAY = cast.RULES.daily.day(RUN)


def test_an_orderly_end_leaves_nothing_to_wait_for(database: Database) -> None:
    presence = Presence(database, "worker", BEAT, DEAD_AFTER).start()
    presence.stop()
    with database.read() as connection:
        assert fleet.living(connection, ["worker"]) == []


# Late answers, and operators


@contextmanager
def buried_while_sending(office: Office) -> Iterator[Barrier]:
    """The server has the body and holds its answer; the mailer is declared dead meanwhile."""
    barrier = office.server.hold("dot")
    with office.sending():
        barrier.wait_until_reached()
        with office.database.write() as connection:
            fleet.retire(connection, WORKER)
            settlement.settle(connection, fleet.take_over(connection, office.now).values(), office.now)
        assert office.outcome == ("uncertain", "worker_died")
        yield barrier
        barrier.release()


def test_a_late_yes_with_the_same_token_makes_an_uncertain_mail_sent(decided: Office) -> None:
    hire(decided)
    with buried_while_sending(decided):
        pass
    assert decided.copies() == [(GRETA, "sent", "accepted")]
    assert decided.outcome == ("sent", "follow_up_first")
    assert decided.notice.notes == []


def test_a_late_no_with_the_same_token_makes_it_failed(decided: Office) -> None:
    hire(decided)
    decided.server.misbehave("dot", Answer(554, "5.6.0 no"))
    with buried_while_sending(decided):
        pass
    assert decided.outcome == ("failed", "refused_by_server")


def test_a_late_not_now_brings_it_back_with_the_flag(decided: Office) -> None:
    hire(decided)
    decided.server.misbehave("dot", cast.LATER)
    with buried_while_sending(decided):
        pass
    (row,) = decided.rows(tables.deliveries)
    assert (row.state, row.possible_duplicate, row.attempts) == ("pending", True, 1)
    assert decided.outcome == (None, None)
    assert decided.notice.needs_decision, "a fact that changed meanwhile counts"


def test_a_late_answer_does_not_count_once_an_operator_had_it_sent_again(decided: Office) -> None:
    hire(decided)
    with buried_while_sending(decided):
        resend(decided)
    (row,) = decided.rows(tables.deliveries)
    assert (row.state, row.possible_duplicate) == ("pending", True)
    assert [attempt.kind for attempt in decided.rows(tables.attempts)] == ["accepted"], "but it is on record"


def resend(office: Office) -> None:
    with office.database.write() as connection:
        ids = connection.execute(sa.select(tables.deliveries.c.id)).scalars().all()
        outbox.resend(connection, ids, office.now)


def test_an_operator_sends_an_uncertain_mail_again_flagged_and_with_the_same_message_id(office: Office) -> None:
    office.ingest(*LEAD)
    office.make_run()
    office.server.misbehave("dot", DROP, times=1)
    office.finish()
    resend(office)
    office.finish()
    (row,) = office.rows(tables.deliveries)
    assert (row.state, row.possible_duplicate, row.reason) == ("sent", True, "accepted")
    (letter,) = office.rows(tables.letters)
    assert [read(mail)["Message-ID"] for mail in office.server.mails] == [letter.message_id] * 2
    assert office.outcome == ("sent", "follow_up_first")


def test_a_mail_that_an_operator_sends_again_is_still_stopped_by_facts(office: Office) -> None:
    office.ingest(*LEAD)
    office.make_run()
    office.server.misbehave("dot", DROP, times=1)
    office.finish()
    office.ingest(cast.said("lead.closed", RUN, id="L-1", outcome="won"))
    resend(office)
    office.finish()
    assert len(office.server.bodies) == 1
    assert office.outcome == ("suppressed", "lead_closed")
    assert office.notice.blocks, "the first body may have arrived, so its occurrence stays taken"


def test_a_fault_after_the_lease_gives_it_back(office: Office) -> None:
    office.ingest(*LEAD)
    office.make_run()
    office.postbox.close(grace=0)
    with pytest.raises(RuntimeError, match="not open"):
        office.send()
    (row,) = office.rows(tables.deliveries)
    assert (row.state, row.worker) == (State.PENDING, None)


def test_uncertain_copies_of_one_letter_stay_while_the_others_go_on(office: Office) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    office.server.misbehave("dot", DROP, recipient=CLAIRE)
    office.finish()
    assert office.outcome == ("sent", "hubspot_owner_default")
    assert (CLAIRE, "uncertain", "connection_lost") in office.copies()
    assert (JONAS, "sent", "accepted") in office.copies()
    assert office.notice.notes == ["copy_uncertain"]
