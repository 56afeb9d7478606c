"""The connections of one route: few, kept open, used in turn."""

import asyncio
from collections.abc import Awaitable, Callable

from workers.postbox.outcomes import Reply
from workers.postbox.parcels import Reuse
from workers.postbox.smtp import Connection

Connect = Callable[[], Awaitable[Connection | Reply]]


class Pool:
    """At most `size` connections, the most recently used one first. Belongs to one event loop.

    A server that turns a further connection away while it serves others is full, not out of reach: the pool then gets
    along with what it has, until one of those is closed.
    """

    def __init__(self, connect: Connect, size: int, reuse: Reuse) -> None:
        self.size = size
        self._connect = connect
        self._reuse = reuse
        self._slots = asyncio.Semaphore(size)
        self._turn = asyncio.Lock()
        self._failure: Reply | None = None  # of the latest attempt to connect
        self._withheld = 0  # slots that the server has no room for
        self._lent = 0
        self._idle: list[Connection] = []
        self._reaper: asyncio.TimerHandle | None = None
        self._farewells: set[asyncio.Task[None]] = set()

    async def take(self) -> Connection | Reply:
        """A live connection, to be given back; or why there is none."""
        while True:
            await self._slots.acquire()
            taken = await self._idle_or_new()
            if isinstance(taken, Connection):
                self._lent += 1
                return taken
            if self._lent and not self._idle:
                self._withheld += 1
                continue
            self._slots.release()
            if not self._idle:
                return taken

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next parcel, unless it is closed or has carried enough."""
        self._lent -= 1
        self._slots.release()
        if connection.is_usable and connection.carried < self._reuse.letters:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
            self._reap_later()
        else:
            self._part_with(connection)

    async def close(self) -> None:
        """Say goodbye on every idle connection."""
        if self._reaper:
            self._reaper.cancel()
        while self._idle:
            self._part_with(self._idle.pop())
        await asyncio.gather(*self._farewells)

    async def _idle_or_new(self) -> Connection | Reply:
        try:
            return await self._living() or await self._new()
        except BaseException:
            self._slots.release()
            raise

    async def _living(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if await connection.is_alive(self._reuse):
                return connection
            self._part_with(connection)
        return None

    async def _new(self) -> Connection | Reply:
        """Connect, one at a time: a failure answers all who wait for their turn meanwhile."""
        known = self._failure
        async with self._turn:
            if self._failure is not known and self._failure:
                return self._failure
            living = await self._living()
            if living:
                return living
            opened = await self._connect()
            self._failure = opened if isinstance(opened, Reply) else None
            return opened

    def _part_with(self, connection: Connection) -> None:
        while self._withheld:
            self._withheld -= 1
            self._slots.release()
        if connection.is_usable:
            farewell = asyncio.get_running_loop().create_task(connection.quit())
            self._farewells.add(farewell)
            farewell.add_done_callback(self._farewells.discard)

    def _reap_later(self) -> None:
        if self._reaper is None and self._idle:
            loop = asyncio.get_running_loop()
            self._reaper = loop.call_at(self._idle[0].idle_since + self._reuse.idle, self._reap)

    def _reap(self) -> None:
        self._reaper = None
        oldest = asyncio.get_running_loop().time() - self._reuse.idle
        while self._idle and self._idle[0].idle_since <= oldest:
            self._part_with(self._idle.pop(0))
        self._reap_later()
