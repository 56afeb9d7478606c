"""The wake-up channel: dramatiq's broker on Redis, to which a full server is one that is away."""

from collections.abc import Callable
from typing import Any

import redis
from dramatiq.broker import Broker
from dramatiq.brokers.redis import RedisBroker


def queued(broker: Broker, queue: str) -> int:
    """Messages that wait in a queue of a broker on Redis; those that a worker has fetched are not among them."""
    if not isinstance(broker, RedisBroker):
        raise TypeError(f"queues are counted on Redis, not on {type(broker).__name__}")
    return int(broker.client.llen(f"{broker.namespace}:{queue}"))


class Channel(RedisBroker):
    """A server that refuses to write for want of memory (noeviction) is a lost connection: `redis.ConnectionError`.

    dramatiq tries again what a lost connection made fail. After any other error it gives an acknowledgement up: the
    message would stay among those under way, in the very memory that is short, for as long as its worker lives.
    """

    def __getattr__(self, name: str) -> Callable[..., Any]:
        command: Callable[..., Any] = super().__getattr__(name)  # type: ignore[no-untyped-call]

        def run(*arguments: Any) -> Any:
            try:
                return command(*arguments)
            except redis.exceptions.OutOfMemoryError as full:
                raise redis.ConnectionError(f"the server is full: {full}") from full

        return run
