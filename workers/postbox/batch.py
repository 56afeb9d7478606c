"""One batch of parcels on its way through one route."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime, timedelta

from workers.postbox.grouping import Grouping
from workers.postbox.outcomes import NOT_ITS_TURN, Kind, Outcome, Phase, Reply
from workers.postbox.parcels import Gate, Parcel, Record, StillOurs
from workers.postbox.pool import Pool
from workers.postbox.smtp import Verdict

logger = logging.getLogger(__name__)

_FIRST_PAUSE = 0.25  # seconds before a record is tried again
_LONGEST_PAUSE = 15.0
_NOT_THE_LETTERS_FAULT = frozenset({Kind.UNREACHABLE, Kind.SENDER_REFUSED})


class Batch:
    """Carries its parcels, as many at a time as the pool has connections, and sees every outcome recorded.

    Once no connection can be had, what has not begun is unreachable at once. `goes_on` says of a parcel whether
    another route is open to it.
    """

    def __init__(
        self,
        parcels: Sequence[Parcel],
        route: str,
        gate: Gate,
        record: Record,
        *,
        clock: Callable[[], datetime],
        still_ours: StillOurs,
        threads: Executor,
        goes_on: Callable[[Parcel], bool] = lambda _: False,
    ) -> None:
        self._parcels = parcels
        self._route = route
        self._gate = gate
        self._record = record
        self._clock = clock
        self._still_ours = still_ours
        self._threads = threads
        self._goes_on = goes_on
        self._left: list[Parcel] = []
        self._unreachable: Reply | None = None
        self._allowed: Grouping[str, Collection[str]] = Grouping(self._ask)
        self._recorded: Grouping[Outcome, None] = Grouping(self._record_until_it_works)

    async def run(self, pool: Pool, waits: Mapping[str, timedelta]) -> list[Parcel]:
        """Returns when every outcome is recorded: the parcels that another route must take now.

        `waits` says whose turn it is not, by delivery id, and for how long.
        """
        going = [parcel for parcel in self._parcels if parcel.delivery_id not in waits]
        held_back = [parcel for parcel in self._parcels if parcel.delivery_id in waits]
        limited = [self._recorded.join(self._limited(parcel, waits)) for parcel in held_back]
        waiting = iter(going)
        carriers = [self._carry_all(waiting, pool) for _ in range(min(pool.size, len(going)))]
        recorded = await asyncio.gather(*carriers)
        await asyncio.gather(*limited, *(outcome for outcomes in recorded for outcome in outcomes))
        return self._left

    async def turn_away(self, reply: Reply) -> None:
        """No way out is open: every parcel is unreachable."""
        outcomes = [self._outcome(parcel, (Kind.UNREACHABLE, reply), time.monotonic()) for parcel in self._parcels]
        await asyncio.gather(*(self._recorded.join(outcome) for outcome in outcomes))

    async def _carry_all(self, waiting: Iterator[Parcel], pool: Pool) -> list[asyncio.Future[None]]:
        recorded = []
        for parcel in waiting:
            started = time.monotonic()
            verdict = await self._carry(parcel, pool)
            outcome = self._outcome(parcel, verdict, started)
            if outcome.goes_on:
                self._left.append(replace(parcel, is_detour=True))
            recorded.append(self._recorded.join(outcome))
        return recorded

    async def _carry(self, parcel: Parcel, pool: Pool) -> Verdict:
        while self._unreachable is None:
            connection = await pool.take()
            if isinstance(connection, Reply):
                self._unreachable = connection
                break
            was_used = connection.carried > 0
            try:
                kind, reply = await connection.carry(parcel, self._may_send, self._still_ours)
            finally:
                pool.give_back(connection)
            # A server may close a kept connection whenever it likes, 421 included; a new one tells more.
            if not (was_used and reply.phase is Phase.MAIL and not connection.is_usable):
                return kind, reply
        return Kind.UNREACHABLE, self._unreachable

    async def _may_send(self, delivery_id: str) -> bool:
        return delivery_id in await self._allowed.join(delivery_id)

    async def _ask(self, ids: list[str]) -> Collection[str]:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._gate, ids)

    async def _record_until_it_works(self, outcomes: list[Outcome]) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._record, list(outcomes))
            except Exception:
                logger.warning("%d outcomes kept, not yet recorded", len(outcomes), exc_info=True)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _limited(self, parcel: Parcel, waits: Mapping[str, timedelta]) -> Outcome:
        outcome = self._outcome(parcel, (Kind.LIMITED, NOT_ITS_TURN), time.monotonic())
        return replace(outcome, wait=waits[parcel.delivery_id])

    def _outcome(self, parcel: Parcel, verdict: Verdict, started: float) -> Outcome:
        kind, reply = verdict
        seconds = time.monotonic() - started
        goes_on = kind in _NOT_THE_LETTERS_FAULT and self._goes_on(parcel)
        return Outcome(parcel.delivery_id, self._route, kind, reply, self._clock(), seconds, goes_on)
