"""The fleet's metronome: makes the daily run, wakes what is due, buries the dead. Any number may run at once."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date

import redis

from workers.actors.declare import MAIL, RESOLVE, Actors
from workers.actors.presence import Presence
from workers.house import House
from workers.stages import schedule, scrub, sweep
from workers.store.patience import AWAY
from workers.watch import reports
from workers.watch.logs import logger

log = logger()

BETWEEN_TICKS = 0.5
"""Seconds."""

BATCHES_A_TICK = 20
"""Of an erasure: about a second's worth."""


class Scheduler:
    """One scheduler process. A look at everything is safe to do at any time, anywhere, by anybody."""

    def __init__(self, house: House, actors: Actors, presence: Presence) -> None:
        self._house = house
        self._actors = actors
        self._presence = presence
        self._reviewed: date | None = None
        self._noted: date | None = None
        self._noted_rules = False
        self._chance = random.Random()  # noqa: S311 (no secret hangs on it)
        self._stop = threading.Event()

    def stop(self) -> None:
        self._stop.set()

    def run(self, between: float = BETWEEN_TICKS) -> None:
        """Tick until `stop`; servers that are away cost time, nothing else, and no duty's fault stops the others."""
        while not self._stop.is_set():
            for duty in self._duties():
                try:
                    duty()
                except (*AWAY, redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
                    log.warning("a server is away, trying again", error=type(error).__name__)
                except Exception as error:
                    log.exception("a duty of the scheduler failed, trying again", duty=duty.__name__)
                    reports.report(error, "scheduler")
            self._stop.wait(self._chance.uniform(0.5, 1.5) * between)  # so that several do not march in step

    def tick(self) -> None:
        for duty in self._duties():
            duty()

    def _duties(self) -> Iterator[Callable[[], None]]:
        """In this order: what is woken was looked at on its day, and what the dead held is free."""
        if not self._noted_rules:
            yield self._note_rules
        yield self._note_day
        yield self._make_run
        yield self._fan_out
        yield self._scrub
        yield self._review
        yield self._bury
        yield self._wake

    def _note_rules(self) -> None:
        sweep.note_rules(self._house.database, self._house.rules)
        self._noted_rules = True

    def _note_day(self) -> None:
        now = self._house.clock()
        today = self._house.rules.daily.day_of(now)
        if today != self._noted:
            sweep.note_day(self._house.database, self._house.rules.daily, now)
            self._noted = today

    def _fan_out(self) -> None:
        while sweep.fan_out(self._house.database, self._house.rules.daily, self._house.clock()):
            pass

    def _scrub(self) -> None:
        """A piece of it: whoever was erased may have had very many mails, and others wait for theirs."""
        for carry in (scrub.scrub, scrub.scrub_left):
            for _ in range(BATCHES_A_TICK):
                if not carry(self._house.database):
                    break

    def _wake(self) -> None:
        """Into a long queue only goes what was never there; the rest most likely still is, and is put again once it is
        short. Else a queue that nobody reads, or that a slow mail server works off, would grow until Redis is full.
        """
        notices_again, copies_again = (self._actors.is_short(queue) for queue in (RESOLVE, MAIL))
        woken = sweep.wake(
            self._house.database,
            self._house.rules.daily,
            self._house.clock(),
            notices_again=notices_again,
            copies_again=copies_again,
        )
        self._actors.wake_resolver(woken.notices)
        self._actors.wake_mailer(woken.deliveries)

    def _make_run(self) -> None:
        now = self._house.clock()
        day = schedule.open_due_run(self._house.database, self._house.rules, now, self._presence.id)
        if day is None:
            return
        began, count = time.monotonic(), 0
        while (ids := schedule.plan(self._house.database, self._house.rules, day, now)) is not None:
            self._actors.wake_resolver(ids)  # committed above; what is lost on the way the next tick sends again
            count += len(ids)
        log.info("daily run", day=str(day), notices=count, seconds=round(time.monotonic() - began, 3))

    def _review(self) -> None:
        """Once a day of the zone, and at the start."""
        now = self._house.clock()
        today = self._house.rules.daily.day_of(now)
        if today == self._reviewed:
            return
        while sweep.review(self._house.database, self._house.rules.daily, now):
            pass
        kept = self._house.settings.retention
        sweep.purge(self._house.database, now, sweep.Kept(kept.events, kept.bodies, kept.ledger))
        self._reviewed = today

    def _bury(self) -> None:
        if not self._presence.is_settled():
            return
        house, after = self._house, self._house.settings.fleet.dead_after
        resent = house.settings.mail.resent_when_uncertain
        for worker in sweep.bury(house.database, after, self._presence.id, house.clock(), resent):
            log.warning("worker is dead, its work goes to others", worker=worker)
