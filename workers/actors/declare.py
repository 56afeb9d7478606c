"""The actors of the fleet, declared on a broker. Messages carry ids and the version of their form, never an address."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import dramatiq
from dramatiq.broker import Broker

from workers.channel import queued
from workers.contract.refusal import Code, Refused
from workers.house import House
from workers.stages import ingest, refusals, resolve, send
from workers.stages.incoming import Incoming
from workers.stages.mailroom import Mailroom
from workers.store.patience import patiently
from workers.watch import reports
from workers.watch.logs import logger

log = logger()

VERSION = 1
"""Form of the messages; a release reads its own and the one before (DESIGN promise 7)."""

EVENTS, RESOLVE, MAIL = "events", "resolve", "mail"
FOREVER = float("inf")
MINUTE = 60_000
WRITING, DECIDING = 120 * MINUTE, 10 * MINUTE
"""Whoever takes longer is stopped (promise 8). A batch waits for servers that think for minutes; while one decides,
ingest waits."""

SHORT = 100
"""Messages: with as many before them, workers have enough to do until the scheduler looks again."""

DOOR = "queue events"
"""How answers and problems name this way in."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Actors:
    """The fleet's doors for ids; each takes any number and sends messages of a batch each."""

    ingest: dramatiq.Actor[Any, Any]
    resolver: dramatiq.Actor[Any, Any]
    mailer: dramatiq.Actor[Any, Any]
    batch: int

    def is_short(self, queue: str) -> bool:
        """Whether so little is left in a queue that workers may soon have nothing to do."""
        return queued(self.mailer.broker, queue) < SHORT

    def wake_resolver(self, ids: Sequence[int]) -> None:
        for some in pieces(ids, self.batch):
            self.resolver.send(VERSION, some)

    def wake_mailer(self, ids: Sequence[int]) -> None:
        for some in pieces(ids, self.batch):
            self.mailer.send(VERSION, some)


def pieces(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    """What one message each carries, in order."""
    return (list(items[start : start + size]) for start in range(0, len(items), size))


def no_mail() -> NoReturn:
    """The mailroom of a process that only puts ids into queues."""
    raise RuntimeError("this process sends no mail: workers do")


def declare(broker: Broker, house: House, mailroom: Callable[[], Mailroom] = no_mail) -> Actors:
    """Declare all actors. `mailroom` is asked in a worker process, after its fork; others have none."""

    @dramatiq.actor(broker=broker, queue_name=EVENTS, time_limit=FOREVER, actor_name="ingest")
    def ingest_events(*sent: Any, **named: Any) -> None:
        """One event or a list, as EVENTS says. The message is their only copy, so it is held until they are stored.

        Whatever else a producer sends is kept, too: a call that Python refuses would be gone.
        """
        batch = _flat([*sent, *named.values()])
        if len(sent) + len(named) != 1 or named.keys() - {"events"}:
            _refuse(house, batch, f"{len(sent)} positional and {len(named)} named arguments")
            return
        try:
            undecided = patiently(lambda: _ingest(house, batch))
        except Exception as error:
            _set_aside(house, batch, error)
            log.exception("events could not be stored, they are kept as problems")
            reports.report(error, "ingest")
        else:
            actors.wake_resolver(undecided)

    @dramatiq.actor(broker=broker, queue_name=RESOLVE, actor_name="resolver", time_limit=DECIDING)
    def resolver(version: int, ids: list[int]) -> None:
        done = resolve.resolve(house.database, house.rules, house.clock(), house.message_domain, ids)
        log.info("decided", notices=done.notices, copies=len(done.ready))
        actors.wake_mailer(done.ready)

    @dramatiq.actor(broker=broker, queue_name=MAIL, actor_name="mailer", time_limit=WRITING)
    def mailer(version: int, ids: list[int]) -> None:
        done = send.send(mailroom(), ids)
        log.info("answered", copies=done.claimed)
        actors.wake_mailer(done.released)

    actors = Actors(ingest_events, resolver, mailer, house.settings.fleet.batch)
    return actors


def _ingest(house: House, batch: Sequence[Any]) -> list[int]:
    done = ingest.ingest_all(house.database, _incoming(house, batch), house.intake(DOOR))
    return [id for each in done for id in each.undecided]


def _flat(sent: Sequence[Any]) -> list[Any]:
    return [event for each in sent for event in (each if isinstance(each, list) else [each])]


def _refuse(house: House, batch: Sequence[Any], how: str) -> None:
    advice = (
        "Send one event or one list. `rappel problems retry` takes in what arrived like this, where it is an event."
    )
    refused = Refused(Code.WRONG_TYPE, (), f"The actor ingest was sent {how}. {advice}")
    patiently(lambda: refusals.refuse(house.database, _incoming(house, batch or [None]), DOOR, refused))
    log.error("a message for ingest had other arguments than one event or one list, it is kept as problems", sent=how)


def _set_aside(house: House, batch: Sequence[Any], error: Exception) -> None:
    patiently(lambda: refusals.set_aside(house.database, _incoming(house, batch), DOOR, error))


def _incoming(house: House, batch: Sequence[Any]) -> list[Incoming]:
    arrived = house.clock()
    return [Incoming(place, event, arrived) for place, event in enumerate(batch, start=1)]
