"""A change is committed, and whoever made it never hears of that: the connection was lost in between."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.delivery.office import GRETA, LEAD, MINUTE, RULES, RUN, WORKER, Office, lost_answer
from workers.stages import schedule, sweep
from workers.store import fleet, outbox, tables

CHANGES = 20
"""So many transactions bring a due mail to its end."""


@pytest.fixture
def decided(office: Office) -> Office:
    """A follow-up for Greta."""
    office.ingest(*LEAD)
    office.make_run()
    return office


def only_copy(office: Office) -> Any:
    (row,) = office.rows(tables.deliveries)
    return row


def lose_the_claim(office: Office) -> None:
    with lost_answer(office.database), pytest.raises(sa.exc.OperationalError, match="lost"):
        office.send()


def test_what_a_worker_does_not_know_it_holds_is_given_back_while_it_lives(decided: Office) -> None:
    lose_the_claim(decided)
    row = only_copy(decided)
    assert (row.state, row.worker, row.token, row.claims) == ("pending", None, 1, 0)
    decided.finish()
    assert decided.recipients == [GRETA]


def test_a_probe_that_nobody_knows_of_holds_the_route_up_for_a_minute(decided: Office) -> None:
    with decided.database.write() as connection:
        fleet.pause_route(connection, "relay", "it never answered", RUN - MINUTE)
    lose_the_claim(decided)
    assert decided.send() == 0, "it is being tried, for all we know"
    decided.now += MINUTE
    decided.finish()
    assert decided.recipients == [GRETA]


def test_a_claim_that_was_undone_takes_nothing_from_whoever_claimed_since_under_the_same_token(
    decided: Office,
) -> None:
    today = RULES.daily.day(RUN)
    with decided.database.engine.connect() as connection, connection.begin() as undone:
        held = outbox.claim(connection, None, WORKER, RUN, today, 1)
        undone.rollback()
    with decided.database.write() as connection:
        fleet.enlist(connection, "worker-2", "worker", "localhost", 1)
        assert outbox.claim(connection, None, "worker-2", RUN, today, 1) == held
        outbox.release(connection, held, WORKER)
    row = only_copy(decided)
    assert (row.state, row.worker, row.claims) == ("leased", "worker-2", 1)


def test_an_attempt_is_kept_once_and_another_end_at_the_same_instant_as_well(decided: Office) -> None:
    """The clock may stand still between a way that was closed and the word of the next one."""
    decided.finish()
    said = {"delivery": only_copy(decided).id, "at": RUN, "route": "relay", "worker": WORKER, "phase": "rcpt"}
    said |= {"code": None, "enhanced": None, "reply": "", "seconds": 0.0}
    for _ in range(2):
        with decided.database.write() as connection:
            outbox.add_attempts(connection, [said | {"kind": kind} for kind in ("unreachable", "accepted")])
    assert [row.kind for row in decided.rows(tables.attempts)][1:] == ["unreachable", "accepted"]


@pytest.mark.parametrize("after", range(CHANGES))
def test_whichever_answer_is_lost_the_mail_goes_out_once_and_within_moments(
    after: int, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run, the sweep, deciding, burying, sending: each looks again, as the fleet does."""
    monkeypatch.setattr(sweep, "AGAIN", timedelta())
    office.ingest(*LEAD)

    def make_run() -> None:
        if day := schedule.open_due_run(office.database, RULES, office.now, WORKER):
            while schedule.plan(office.database, RULES, day, office.now) is not None:
                pass

    def bury() -> None:
        sweep.bury(office.database, timedelta(seconds=20), WORKER, office.now)

    def decide_and_send() -> None:
        office.wake()
        office.resolve()
        office.send(office.wake().deliveries)

    with lost_answer(office.database, after=after):
        for duty in (make_run, bury, decide_and_send, decide_and_send):
            again(duty)
    assert office.recipients == [GRETA]
    assert (office.outcome, only_copy(office).possible_duplicate) == (("sent", "follow_up_first"), False)


def again(duty: Callable[[], None]) -> None:
    try:
        duty()
    except sa.exc.OperationalError:
        duty()
