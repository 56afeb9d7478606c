"""Events in, facts changed, answers out: durable and idempotent, in transactions shorter than a heartbeat.

A refused event leaves nothing but its problem; the others of its batch go in (EVENTS).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy.engine import Connection

from workers.contract.answers import Answer
from workers.contract.envelope import Event, parse
from workers.contract.refusal import Refused
from workers.stages import refusals
from workers.stages.batch import Batch
from workers.stages.incoming import Incoming, Intake, rejected
from workers.store import problems
from workers.store.database import Database
from workers.store.decisions import POISON
from workers.store.patience import AWAY
from workers.watch import reports
from workers.watch.logs import logger

log = logger()

CHUNK = 500
"""Events a transaction: far shorter than a heartbeat, and long enough to share its commit."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """The answers, in order; the open notices that must be decided again because of what changed; and the new ones.

    Not those of a fact on which very many lean: a fence is on its way to them (`store.fences`).
    """

    answers: list[Answer]
    fenced: list[int]
    caused: list[int]

    @property
    def undecided(self) -> list[int]:
        """The notices that the resolver must be told of."""
        return sorted({*self.fenced, *self.caused})


def ingest_all(database: Database, incoming: Iterable[Incoming], intake: Intake) -> Iterator[Ingested]:
    """Ingest a stream of any length in constant memory, chunk by chunk.

    A chunk that breaks us is taken in one by one: what breaks three times is set aside, the rest goes in (promise 8).
    """
    stream = iter(incoming)
    while chunk := list(islice(stream, CHUNK)):
        try:
            yield ingest(database, chunk, intake)
        except AWAY:
            raise
        except Exception as error:
            log.warning("a batch of events broke, trying them one by one", error=type(error).__name__)
            yield from (_alone(database, each, intake) for each in chunk)


def _alone(database: Database, incoming: Incoming, intake: Intake) -> Ingested:
    broke: Exception | None = None
    for _ in range(POISON):
        try:
            return ingest(database, [incoming], intake)
        except AWAY:
            raise
        except Exception as error:
            broke = error
    assert broke is not None  # noqa: S101 - POISON is at least 1
    reports.report(broke, "ingest")
    if intake.door is not None:
        refusals.set_aside(database, [incoming], intake.door, broke)
    event = _parsed(incoming, intake)
    source, id = (event.source, event.id) if isinstance(event, Event) else (None, None)
    answer = Answer(incoming.position, source, id, "rejected", refusals.BROKE, None, refusals.IT_BROKE)
    return Ingested([answer], [], [])


def ingest(database: Database, incoming: Sequence[Incoming], intake: Intake) -> Ingested:
    """Store one chunk of events in one transaction; durable when this returns."""
    parsed = [(each, _parsed(each, intake)) for each in incoming]
    with database.write_facts() as connection:
        return _store(connection, parsed, intake)


def ingest_within(connection: Connection, incoming: Sequence[Incoming], intake: Intake) -> Ingested:
    """Store events of our own together with what they come from: in a transaction of `write_facts` under way."""
    return _store(connection, [(each, _parsed(each, intake)) for each in incoming], intake)


def _store(connection: Connection, parsed: Sequence[tuple[Incoming, Event | Answer]], intake: Intake) -> Ingested:
    batch = Batch(connection, [(each, event) for each, event in parsed if isinstance(event, Event)], intake)
    answers = [batch.take(each, event) if isinstance(event, Event) else event for each, event in parsed]
    fenced, caused = batch.close()
    if intake.door is not None:
        problems.add(connection, list(refusals.of_answers([each for each, _ in parsed], answers, intake.door)))
    return Ingested(answers, fenced, caused)


def _parsed(incoming: Incoming, intake: Intake) -> Event | Answer:
    try:
        event = parse(incoming.raw)
    except Refused as refused:
        return rejected(incoming, refused)
    if intake.state_only and event.kind_of == "occasion":
        detail = f"{event.type} is an occasion for mail; only state is taken here (--state-only)."
        return Answer(incoming.position, event.source, event.id, "rejected", "occasion_refused", "/type", detail)
    return event
