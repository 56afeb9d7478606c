"""Group commit: one call for everything that waits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Grouping(Generic[Item, Result]):
    """Calls `call` with all items that wait, one call at a time; what comes meanwhile goes into the next one.

    The more there is to do, the larger the groups, and nobody waits for a timer. Belongs to one event loop.
    """

    def __init__(self, call: Callable[[list[Item]], Awaitable[Result]]) -> None:
        self._call = call
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._calls: asyncio.Task[None] | None = None

    def join(self, item: Item) -> "asyncio.Future[Result]":
        """The result of the call that `item` will be part of, or its error."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((item, future))
        if self._calls is None:
            self._calls = loop.create_task(self._call_until_nobody_waits())
        return future

    async def _call_until_nobody_waits(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                result = await self._call([item for item, _ in group])
            except Exception as error:
                for future in _still_waited_for(group):
                    future.set_exception(error)
            else:
                for future in _still_waited_for(group):
                    future.set_result(result)
        self._calls = None


def _still_waited_for(group: list[tuple[Item, "asyncio.Future[Result]"]]) -> list["asyncio.Future[Result]"]:
    return [future for _, future in group if not future.done()]
