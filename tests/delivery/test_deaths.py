"""Promise 8: a mail or a notice that kills whoever takes it up is taken up alone, and set aside in the end.

Everything else of its batch goes on, and what was only near when somebody died is free at the first answer.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import TimeLimit

from tests.delivery import office as cast
from tests.delivery.mortals import HEAVY
from tests.delivery.office import GRETA, INTAKE, JONAS, LEAD, RENEWAL, WORKER, Office
from tests.waiting import until
from workers.actors.presence import Presence
from workers.domain.contents import Content
from workers.domain.letters import Letter
from workers.domain.suspicion import MOST, SUSPECT
from workers.render.renderer import Renderer
from workers.stages import send, sweep
from workers.stages.retry import retry
from workers.store import fleet, outbox, problems, tables

BEAT, DEAD_AFTER, BETWEEN = timedelta(seconds=0.1), timedelta(seconds=0.8), 0.05
ROOT = Path(__file__).parents[2]

TWO_MORE = [cast.lead("L-2", acceptor="U-1"), cast.lead("L-3", title=HEAVY, acceptor="U-3")]
HEAVY_READER = "hanna@nordwind.example.org"
THREE = [*LEAD, cast.user("U-3", HEAVY_READER), *TWO_MORE]
"""A follow-up each for Greta, Jonas, and Hanna, whose lead is more than a process can bear."""


@dataclass
class Mortals:
    """A master and its workers; `deaths` so far."""

    process: subprocess.Popen[str]
    deaths: int = 0
    _reader: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.deaths += line == "died\n"


@contextmanager
def mortals(role: str, office: Office, *arguments: str) -> Iterator[Mortals]:
    url = office.database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.delivery.mortals", role, url, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Mortals(process)
        finally:
            process.kill()


@pytest.fixture
def sweeper(office: Office) -> Iterator[Presence]:
    presence = Presence(office.database, "scheduler", BEAT, DEAD_AFTER).start()
    yield presence
    presence.stop()


def poison(office: Office) -> list[Any]:
    with office.database.read() as connection:
        return problems.unsolved(connection, "poison")


def claims(office: Office, table: Any = tables.deliveries) -> list[int]:
    return [row.claims for row in office.rows(table)]


def try_again(office: Office) -> None:
    ids = [row.id for row in poison(office)]
    assert all(done.solved for done in retry(office.database, ids, INTAKE, office.now))


def test_a_mail_that_kills_its_mailer_is_set_aside_and_the_rest_of_its_batch_goes_out(
    office: Office, sweeper: Presence
) -> None:
    office.ingest(*THREE)
    office.make_run()
    with office.database.write() as connection:
        fleet.retire(connection, WORKER)
    life = str(BEAT.total_seconds()), str(DEAD_AFTER.total_seconds())
    with mortals("mailer", office, str(office.server.port), *life) as fleet_of_mortals:

        def is_set_aside() -> bool:
            if sweeper.is_settled():
                sweep.bury(office.database, DEAD_AFTER, sweeper.id, office.now)
                office.wake()
            return bool(poison(office)) or threading.Event().wait(BETWEEN)

        until(is_set_aside, 60)
        until(lambda: len(office.recipients) == 2)
        assert SUSPECT < fleet_of_mortals.deaths <= MOST  # fewer if one was only thought dead

    assert office.recipients == [GRETA, JONAS]
    held = (HEAVY_READER, "held", "breaks_workers")
    assert office.copies() == sorted([(GRETA, "sent", "accepted"), held, (JONAS, "sent", "accepted")])
    (problem,) = poison(office)
    (notice,) = office.rows(tables.notices, tables.notices.c.subject == "lead/L-3")
    assert (problem.subject, problem.reason) == (f"notice/{notice.id}", "breaks_workers")

    with office.database.write() as connection:
        fleet.enlist(connection, "mended", "worker", "localhost", 1)
    office.room = replace(office.room, worker=lambda: "mended")
    try_again(office)
    office.finish()
    assert office.recipients == sorted([GRETA, HEAVY_READER, JONAS])
    assert (poison(office), claims(office)) == ([], [0, 0, 0])


def test_a_notice_that_kills_its_resolver_is_set_aside_and_the_rest_of_its_batch_is_decided(office: Office) -> None:
    office.ingest(*RENEWAL, cast.process(), cast.lead())
    office.plan_run()
    with mortals("resolver", office) as fleet_of_mortals:
        until(lambda: fleet_of_mortals.deaths == MOST)

        def is_set_aside() -> bool:
            office.wake()  # passes over what a connection of the dead still holds
            return bool(poison(office))

        until(is_set_aside)
        office.send()
    assert office.recipients == [GRETA]
    (problem,) = poison(office)
    (notice,) = office.rows(tables.notices, tables.notices.c.subject == "renewal/R-1")
    assert (problem.subject, problem.reason) == (f"notice/{notice.id}", "decision_broke")
    office.finish()
    assert office.recipients == [GRETA], "nobody decides it any more"

    try_again(office)
    office.finish()
    assert set(office.recipients) == {GRETA, JONAS, *cast.CLIENTS}
    assert (poison(office), set(claims(office, tables.notices))) == ([], {0})


# Who was only near


def crash(office: Office, claim: Callable[[], object]) -> None:
    """A worker takes something up and is killed; its leases go back."""
    claim()
    with office.database.write() as connection:
        fleet.retire(connection, WORKER)
        fleet.take_over(connection, office.now)
        connection.execute(tables.workers.delete())
        fleet.enlist(connection, WORKER, "worker", "localhost", 1)


def lease(office: Office) -> None:
    """All that is due together, as a mailer does before it writes anything."""
    with office.database.write() as connection:
        today = cast.RULES.daily.day(office.now)
        outbox.claim(connection, None, WORKER, office.now, today, 100)


@pytest.fixture
def decided(office: Office) -> Office:
    office.ingest(*THREE)
    office.make_run()
    return office


def test_what_was_near_when_a_fleet_was_killed_often_goes_out_at_the_first_answer(decided: Office) -> None:
    for _ in range(2 * MOST):
        crash(decided, lambda: lease(decided))
    assert claims(decided) == [SUSPECT] * 3, "nothing is taken up together any more, so nothing counts any more"
    decided.finish()
    assert len(decided.recipients) == 3
    assert (claims(decided), poison(decided)) == ([0, 0, 0], [])


def test_any_answer_wipes_the_claims_out(decided: Office) -> None:
    for _ in range(SUSPECT - 1):
        crash(decided, lambda: lease(decided))
    decided.server.misbehave("rcpt", cast.LATER)
    decided.finish()
    assert [(row.state, row.claims) for row in decided.rows(tables.deliveries)] == [("pending", 0)] * 3


def test_a_lease_that_a_fact_took_back_was_no_claim(office: Office) -> None:
    """Its answer is not recorded: the token has moved on. Facts may change as often as they like."""
    office.ingest(*LEAD)
    office.make_run()
    for minute in range(MOST):
        lease(office)
        assert claims(office) == [1]
        office.ingest(cast.lead(at=f"2026-06-02T08:{minute:02}:00Z"))
        assert claims(office) == [0]
        office.resolve()
    office.finish()
    assert office.recipients == [GRETA]


def test_a_copy_that_was_written_anew_keeps_its_claims_and_is_tried_once(decided: Office) -> None:
    with decided.database.write() as connection:
        of_hanna = tables.deliveries.c.address == HEAVY_READER
        connection.execute(tables.deliveries.update().where(of_hanna).values(claims=MOST))
    decided.wake()
    assert (HEAVY_READER, "held", "breaks_workers") in decided.copies()
    decided.ingest(cast.lead("L-3", "2026-06-02T08:00:00Z", title="Sails of linen", acceptor="U-3"))
    decided.resolve()
    assert claims(decided)[-1] == MOST - 1
    decided.finish()
    assert len(decided.recipients) == 3


# Time


def test_who_runs_out_of_time_says_at_once_that_one_of_the_batch_is_at_fault(
    decided: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dramatiq's own time limit, in a real worker's thread, over a letter that never ends."""
    monkeypatch.setattr(sweep, "AGAIN", timedelta(0))
    room = decided.room
    endless = Endless(room.renderer)  # type: ignore[arg-type]
    decided.room = replace(room, renderer=endless)
    broker = StubBroker(middleware=[TimeLimit(interval=20)])

    @dramatiq.actor(broker=broker, time_limit=TIME_LIMIT)
    def mailer() -> None:
        send.send(decided.room)

    broker.emit_after("process_boot")
    worker = dramatiq.Worker(broker, worker_timeout=10, worker_threads=1)
    worker.start()
    try:
        mailer.send()
        until(lambda: claims(decided) == [SUSPECT] * 3)
        while max(claims(decided)) < MOST:
            mailer.send()
            broker.join("default", timeout=30_000)
            worker.join()
    finally:
        worker.stop()
        broker.close()
    assert decided.recipients == [GRETA, JONAS], "they went out while the endless one was tried alone"
    decided.wake()
    assert (HEAVY_READER, "held", "breaks_workers") in decided.copies()
    assert [row.reason for row in poison(decided)] == ["breaks_workers"]


@dataclass(frozen=True, slots=True)
class Endless:
    """A renderer whose letter about the heavy lead never ends."""

    renderer: Renderer

    def render(self, template: str, content: Content) -> Letter:
        while content.lead_title == HEAVY:  # type: ignore[union-attr]
            threading.Event().wait(0.01)
        return self.renderer.render(template, content)


TIME_LIMIT = 1000
"""Milliseconds: far more than a mail takes."""
