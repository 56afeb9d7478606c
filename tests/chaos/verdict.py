"""What the mail server accepted, held against what the ledger says."""

from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from tests.chaos.sink import Sink
from workers.domain.delivery import State
from workers.store import tables
from workers.store.database import Database


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts and, where there should be none, names. `most_uncertain`: as many may be uncertain after these faults.

    lost: events that were accepted and did not end in a mail, and copies that are called sent but never arrived.
    """

    accepted_events: int
    states: dict[str, int]
    arrived: int
    lost: list[str]
    unflagged_duplicates: list[str]
    never_begun: list[int]
    flagged_duplicates: int
    most_uncertain: int

    @property
    def holds(self) -> bool:
        """Nothing lost, nothing silently doubled, and uncertain only what may be."""
        return (
            not (self.lost or self.unflagged_duplicates or self.never_begun) and self.uncertain <= self.most_uncertain
        )

    @property
    def uncertain(self) -> int:
        return self.states.get(State.UNCERTAIN, 0)


def compare(database: Database, sink: Sink, kills: int, at_once: int) -> Verdict:
    """`at_once`: bodies that can be under way in the whole fleet."""
    accepted = sink.accepted()
    deliveries, letters, notices, events = tables.deliveries, tables.letters, tables.notices, tables.events
    with database.read() as connection:
        copies = connection.execute(
            sa.select(deliveries, letters.c.message_id, notices.c.cause)
            .join(letters, letters.c.id == deliveries.c.letter)
            .join(notices, notices.c.id == deliveries.c.notice)
        ).all()
        query = sa.select(events.c.source, events.c.id).where(events.c.type == "invoice.sent")
        causes = {f"event/{row.source}/{row.id}" for row in connection.execute(query)}
    ended = {copy.cause for copy in copies if copy.state in (State.SENT, State.UNCERTAIN)}
    absent = [
        f"copy {copy.id} is called sent"
        for copy in copies
        if copy.state == State.SENT and not accepted[copy.message_id, copy.address]
    ]
    flagged = {copy.address for copy in copies if copy.possible_duplicate}
    # By address, not by Message-ID: each is told of one event, so a second letter about it is one too many as well.
    times = Counter(address for (_, address), count in accepted.items() for _ in range(count))
    twice = {address for address, count in times.items() if count > 1}
    uncertain = [copy.id for copy in copies if copy.state == State.UNCERTAIN]
    return Verdict(
        accepted_events=len(causes),
        states=dict(Counter(copy.state for copy in copies)),
        arrived=sum(accepted.values()),
        lost=[*(f"{cause} led to no mail" for cause in sorted(causes - ended)), *absent],
        unflagged_duplicates=sorted(twice - flagged),
        never_begun=[id for id in uncertain if not sink.begun[id]],
        flagged_duplicates=len(twice & flagged),
        most_uncertain=kills * at_once + sink.dropped_bodies,
    )
