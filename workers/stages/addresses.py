"""Addresses that an operator lets mail go to again: the event `address.released`, with who said so and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from workers.domain.recipients import fold
from workers.stages.bounces import event
from workers.stages.incoming import Incoming, Intake
from workers.stages.ingest import ingest_within
from workers.store import address_book, fences, ledger, reports
from workers.store.address_book import Standing
from workers.store.database import Database

SOURCE = "rappel/operator"
"""Source of the events that operators cause."""


@dataclass(frozen=True, slots=True)
class Released:
    """`was`: how the address stood before, None where nothing is known of it. `undecided`: notices for the resolver."""

    was: Standing | None
    undecided: list[int]


def release(database: Database, intake: Intake, address: str, by: str, why: str, now: datetime) -> Released:
    """Let mail go to a suppressed address again; any other is left as it is."""
    key = fold(address)
    with database.write_facts() as connection:
        known = address_book.get(connection, key)
        if known is None or known.standing is not Standing.SUPPRESSED:
            return Released(known.standing if known else None, [])
        ledger.lock(connection, fences.leaning(connection, {f"address/{key}"}))
        at = max(now, (known.since or now) + _AFTER)  # a state applies by its own time (RULES 0.6)
        id = f"release.{uuid4()}"
        told = event("address.released", SOURCE, id, at, {"address": known.address})
        done = ingest_within(connection, [Incoming(1, told, now)], intake)
        row = {"key": id, "arrived_at": now, "at": at, "kind": reports.RELEASED, "address_key": key}
        reports.add(connection, row | {"verified": True, "words": why, "said_by": by})
    return Released(known.standing, done.undecided)


_AFTER = timedelta(microseconds=1)
