"""The postbox: many threads put parcels in, one event loop takes them to their servers."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Self

from workers.postbox.batch import Batch
from workers.postbox.outcomes import Phase, silence
from workers.postbox.parcels import Gate, Parcel, Record, Reuse, Route, StillOurs, Timeouts, is_open
from workers.postbox.pool import Pool
from workers.postbox.rates import Rates
from workers.postbox.smtp import Connection

_TIMEOUTS = Timeouts()
_REUSE = Reuse()
_CALLS_AT_A_TIME = 8  # of gates and records, each of which holds a database connection


class PostboxClosedError(RuntimeError):
    """The postbox takes nothing any more, or was closed before a batch was done; some of it may have been sent."""


class Postbox:
    """Sends through the first of `routes` that is not paused; one event loop in one thread, started by `start()`.

    What a route cannot take through its own or the sender's fault goes by the next one at once. `rates` says whose
    turn it is not; it is asked once for each batch and route, in a thread.
    `clock` stamps outcomes when they come about; it is called on the loop and must not wait.
    `hostname` is what EHLO says, by default this machine's name.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        *,
        clock: Callable[[], datetime],
        timeouts: Timeouts = _TIMEOUTS,
        reuse: Reuse = _REUSE,
        hostname: str | None = None,
        rates: Rates | None = None,
    ) -> None:
        self._routes = tuple(routes)
        self._clock = clock
        self._timeouts = timeouts
        self._reuse = reuse
        self._hostname = hostname or socket.getfqdn()
        self._rates = rates
        self._contexts = {route.name: _tls_context(route) for route in self._routes}
        self._pools: dict[str, Pool] = {}
        self._batches: set[Future[None]] = set()
        self._lock = threading.Lock()
        self.is_open = False
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="postbox", daemon=True)
        self._calls = ThreadPoolExecutor(_CALLS_AT_A_TIME, thread_name_prefix="postbox-call")

    def start(self) -> Self:
        """Start the loop: once a process, after any fork."""
        self._thread.start()
        self._started.wait()
        self.is_open = True
        return self

    def deliver(
        self,
        parcels: Sequence[Parcel],
        gate: Gate,
        record: Record,
        *,
        paused: Collection[str] = (),
        still_ours: StillOurs = lambda: True,
    ) -> None:
        """Carry parcels to their server; returns when every one of them has an outcome, recorded.

        `paused` names routes that are not to be used, also for one sender (`way`). `still_ours` is asked right before
        the first byte of a body, on the loop, where it must not wait: if it says no (a stale heartbeat), nothing is
        sent. Called from any thread. Raises PostboxClosedError.
        """
        with self._lock:
            if not self.is_open:
                raise PostboxClosedError("the postbox is not open")
            work = self._deliver(parcels, gate, record, paused, still_ours)
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
            self._batches.add(future)
        try:
            future.result()
        except CancelledError:
            raise PostboxClosedError("the postbox was closed before the batch was done") from None
        finally:
            with self._lock:
                self._batches.discard(future)

    def close(self, grace: float = 30) -> None:
        """Take nothing any more, give what is under way `grace` seconds, drop the rest unrecorded."""
        with self._lock:
            if not self.is_open:
                return
            self.is_open = False
            under_way = list(self._batches)
        wait(under_way, timeout=grace)
        for batch in under_way:
            batch.cancel()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._calls.shutdown()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._live())

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._pools = {route.name: self._pool(route) for route in self._routes}
        self._started.set()
        await self._stop.wait()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))

    async def _deliver(
        self,
        parcels: Sequence[Parcel],
        gate: Gate,
        record: Record,
        paused: Collection[str],
        still_ours: StillOurs,
    ) -> None:
        make = partial(Batch, gate=gate, record=record, clock=self._clock, still_ours=still_ours, threads=self._calls)
        names = [route.name for route in self._routes]
        waiting = list(parcels)
        for position, name in enumerate(names, start=1):
            going = [parcel for parcel in waiting if is_open(name, parcel.sender_domain, paused)]
            staying = [parcel for parcel in waiting if not is_open(name, parcel.sender_domain, paused)]
            batch = make(going, name, goes_on=partial(_is_open_to, names[position:], paused))
            waiting = staying + await batch.run(self._pools[name], await self._waits(name, going))
        if waiting:
            await make(waiting, names[0]).turn_away(silence(Phase.CONNECT, "every route is paused"))

    async def _waits(self, route: str, parcels: Sequence[Parcel]) -> Mapping[str, timedelta]:
        if self._rates is None:
            return {}
        return await asyncio.get_running_loop().run_in_executor(self._calls, self._rates.waits, route, parcels)

    def _pool(self, route: Route) -> Pool:
        connect = partial(Connection.open, route, self._timeouts, self._hostname, self._contexts[route.name])
        return Pool(connect, route.pool_size, self._reuse)


def _is_open_to(routes: Collection[str], paused: Collection[str], parcel: Parcel) -> bool:
    return any(is_open(route, parcel.sender_domain, paused) for route in routes)


def _tls_context(route: Route) -> ssl.SSLContext | None:
    if route.tls == "none":
        return None
    context = ssl.create_default_context(cafile=route.ca_file)
    if route.client_cert:
        context.load_cert_chain(route.client_cert)
    return context
