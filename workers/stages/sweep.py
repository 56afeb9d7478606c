"""What falls between: lost wake-ups, dead workers, changes that concern many rows, waiting that lost its sense.

All of it is called again and again, and nearly always there is nothing to do: so each looks first, and only who has
something to do takes the locks of a change, for which ingest and decisions would have to wait.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from workers.domain.calendar import DailyRun
from workers.stages.rules import Rules
from workers.stages.set_aside import set_aside
from workers.store import (
    erasure,
    fan_outs,
    fences,
    fleet,
    interventions,
    ledger,
    problems,
    reports,
    retention,
    runs,
    settlement,
    views,
    waking,
)
from workers.store.database import Database, real_now
from workers.store.waking import Due

AGAIN = timedelta(seconds=10)
"""An id that was put into the queue is not put there again before this time is over, by the database's clock."""

FAN_OUT = 1000
"""Rows a transaction that a change reaches: far shorter than a heartbeat."""

LIMIT = 2000
"""Rows a transaction that are woken, or looked at again."""

PURGE = 5000
"""Rows a transaction that are forgotten."""

PROBLEMS_KEPT = timedelta(days=30)
DEAD_WORKERS_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Woken:
    """Ids that nobody seems to be working on: notices for the resolver, copies for the mailer."""

    notices: list[int]
    deliveries: list[int]


def wake(
    database: Database, daily: DailyRun, now: datetime, *, notices_again: bool = True, copies_again: bool = True
) -> Woken:
    """What is due and was not put into the queue of late; two sweepers at once share it.

    What had all its claims is set aside instead: whoever took it up died, or ran out of time (promise 8). What no
    claim would take, because it was decided on another day, is decided again first: it may have become due since the
    day's review. `notices_again`, `copies_again`: False where only those are meant that were never put there.
    """
    end_decisions(database, now)
    today = daily.day(now)
    with database.read() as connection:
        real = real_now(connection)
        again = real - AGAIN
        is_due = waking.any_notice_due(connection, real, again if notices_again else None)
        if not is_due and not fleet.flag(connection, fleet.PAUSED):
            is_due = waking.any_copy_due(connection, now, today, real, again if copies_again else None)
    if not is_due:
        return Woken([], [])
    with database.write() as connection:
        real = real_now(connection)  # not that of the look: another sweeper may have woken them since
        again = real - AGAIN
        notices = waking.wake_notices(connection, real, again if notices_again else None, LIMIT)
        copies = Due()
        if not fleet.flag(connection, fleet.PAUSED):
            copies = waking.wake(connection, now, today, real, again if copies_again else None, LIMIT)
    if notices.spent or copies.spent:
        with database.write() as connection:
            set_aside(connection, notices.spent, copies.spent, now)
    if copies.stale:
        with database.write() as connection:
            ledger.decide_again(connection, copies.stale)
    return Woken(notices.ids, copies.ids)


def end_decisions(database: Database, now: datetime) -> None:
    """Decisions that stood until now must be made again: enough was waited for an object, a link has expired."""
    with database.read() as connection:
        ended = ledger.outlived(connection, now, LIMIT)
    if ended:
        with database.write() as connection:
            ledger.decide_again(connection, ended)


def bury(database: Database, after: timedelta, sparing: str, now: datetime, resent: Collection[str] = ()) -> list[str]:
    """Declare silent workers dead, and take over what they held (DESIGN promise 3). Their ids.

    Only for a sweeper whose own heartbeat was written for a whole dead-time. `resent`: templates whose uncertain mails
    go out again by themselves; of what was uncertain before, nothing does.
    """
    with database.read() as connection:
        if not fleet.anyone_to_bury(connection, after, sparing):
            return []
    with database.write() as connection:
        dead = fleet.declare_dead(connection, after, sparing)
        uncertain = fleet.take_over(connection, now)
        interventions.resend_uncertain(connection, uncertain, resent, now)
        settlement.settle(connection, sorted(set(uncertain.values())), now)
    return dead


def note_rules(database: Database, rules: Rules) -> None:
    """Other settings than last time change what is due when: every lead and renewal is looked at by the next run."""
    now_in_force = repr((rules.daily, rules.follow_up, rules.renewals))
    with database.read() as connection:
        if fleet.flag(connection, fleet.RULES) == now_in_force:
            return
    with database.write_facts() as connection:
        before = fleet.flag(connection, fleet.RULES)
        if before == now_in_force:
            return
        fleet.set_flag(connection, fleet.RULES, now_in_force)
        if before is not None:
            fan_outs.look_at_all(connection)


def note_day(database: Database, daily: DailyRun, now: datetime) -> None:
    """A day that comes before the one noted last: the fleet's clock went back, so what was put off to a day to come is
    looked at by the next run."""
    today = daily.day_of(now).isoformat()
    with database.read() as connection:
        if fleet.flag(connection, fleet.DAY) == today:
            return
    with database.write_facts() as connection:
        before = fleet.flag(connection, fleet.DAY)
        if before != today:
            fleet.set_flag(connection, fleet.DAY, today)
        if before is not None and before > today:
            fan_outs.look_at_all(connection)


def fan_out(database: Database, daily: DailyRun, now: datetime) -> bool:
    """Carry one batch of a change to the rows it concerns. False when there is none left to carry."""
    if carry_fence(database):
        return True
    with database.read() as connection:
        if not fan_outs.any_left(connection):
            return False
    with database.write_facts() as connection:
        return fan_outs.carry(connection, runs.day_to_look(connection, daily.day_of(now)), FAN_OUT)


def carry_fence(database: Database) -> bool:
    """Tell the next of the notices that lean on a changed fact. False when none is left that was not told."""
    with database.read() as connection:
        if not fences.any_left(connection):
            return False
    with database.write_facts() as connection:
        return fences.carry(connection, FAN_OUT)


def review(database: Database, daily: DailyRun, now: datetime) -> int:
    """Decide a batch again of what waits since another day: it may have lost its sense.

    Texts that count days are written anew, what is past its date expires (DESIGN promise 5). How many notices.
    """
    with database.read() as connection:
        ids = ledger.of_another_day(connection, daily.day(now), LIMIT)
    if ids:
        with database.write() as connection:
            ledger.decide_again(connection, ids)
    return len(ids)


@dataclass(frozen=True, slots=True)
class Kept:
    """How long what is kept: keys of events, texts of letters, and the rest of the ledger."""

    events: timedelta
    bodies: timedelta
    ledger: timedelta


def purge(database: Database, now: datetime, kept: Kept) -> None:
    """Forget after their time: keys of events, texts, notices, problems (EVENTS), views, erasures, secrets."""
    duties = (
        (retention.forget_events, now - kept.events),
        (retention.forget_texts, now - kept.bodies),
        (retention.forget_unwritten, now - kept.bodies),
    )
    for forget, before in duties:
        while _batch(database, forget, before):
            pass
    _forget_notices(database, now - kept.ledger, now)
    with database.write() as connection:
        problems.purge(connection, now - PROBLEMS_KEPT)
        views.forget(connection, now - kept.ledger)
        reports.forget_releases(connection, now - kept.ledger)
        retention.forget_erasures(connection, now - kept.ledger)
        erasure.begin_missed(connection, now - kept.ledger)
        retention.forget_outlived_secrets(connection, now)
        fleet.forget_dead(connection, real_now(connection) - DEAD_WORKERS_KEPT)


def _forget_notices(database: Database, before: datetime, now: datetime) -> None:
    """Place by place, not again and again from the start: some stay."""
    place: retention.Place | None = None
    while True:
        with database.write() as connection:
            place = retention.forget_notices(connection, before, now, PURGE, place)
        if place is None:
            return


def _batch(database: Database, forget: Callable[[Connection, datetime, int], int], before: datetime) -> int:
    with database.write() as connection:
        return forget(connection, before, PURGE)
