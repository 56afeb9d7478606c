"""An actor that breaks is told of once: dramatiq's own line about it repeats the message, which may be about people."""

import redis.exceptions
from dramatiq.broker import Broker, MessageProxy
from dramatiq.middleware import Middleware, Shutdown

from workers.store.patience import AWAY
from workers.watch import reports
from workers.watch.logs import logger

log = logger()

_SWEEP = "the sweep tries again"
_NEXT = {"ingest": "its events may be lost: have them sent again, what is stored is answered as a duplicate"}
"""What happens next, where it is not the sweep: the message was the only copy of its events."""

_AWAY = (*AWAY, redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)


class Breakages(Middleware):
    """Logs and reports what an actor raised. A server that is away is only logged: the sweep comes back."""

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: object = None,
        exception: BaseException | None = None,
    ) -> None:
        if exception is None or isinstance(exception, Shutdown):
            return
        if isinstance(exception, _AWAY):
            kind = type(exception).__name__
            log.warning("a server is away, the sweep tries again", actor=message.actor_name, error=kind)
            return
        log.error(
            f"an actor broke, {_NEXT.get(message.actor_name, _SWEEP)}", actor=message.actor_name, exc_info=exception
        )
        reports.report(exception, message.actor_name)
