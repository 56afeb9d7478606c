"""What the mail server accepted, held against what the ledger says."""

import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tests.chaos.cast import INVOICE, PASSWORD, RESENT, link, number
from tests.chaos.parts import Parts
from tests.chaos.sink import Sink, delivery_of
from workers.domain.delivery import RESENDS, State
from workers.postbox.outcomes import Kind, Phase
from workers.store import interventions, tables
from workers.store.database import Database

deliveries, letters, notices = tables.deliveries, tables.letters, tables.notices

OWN = -1
"""The chapter of what the mail server broke off by itself: no fault of ours was needed."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a person is told: `rappel deliveries --state uncertain`, by id, and `rappel ledger verify`, by line."""

    uncertain: frozenset[int] = frozenset()
    violations: tuple[str, ...] = ()


def told_by(parts: Parts) -> Told:
    """Asked for with the real commands."""
    listing = parts.rappel("deliveries", "--state", "uncertain", "--limit", "1000000", "--json")
    verifying = parts.rappel("ledger", "verify", "--json")
    listed, complaint = listing.communicate()
    assert listing.returncode == 0, complaint
    violations, complaint = verifying.communicate()
    assert verifying.returncode == int(bool(violations)), complaint
    return Told(frozenset(json.loads(line)["id"] for line in listed.splitlines()), tuple(violations.splitlines()))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts and, where there should be none, names. `most_uncertain`: as many may be uncertain after these faults.

    - lost: events that were never taken in though they were not in the queue when it lost its data, events that were
      accepted and did not end in a mail, copies that are called sent but never arrived, links that are missing in their
      mails, and copies that were given up although they go out again by themselves
    - unflagged_duplicates: readers who got a mail twice while the ledger does not say that they may have
    - renamed: readers who got it under two Message-IDs
    - never_begun: uncertain copies that the server knows nothing of, or of which the ledger knows every answer
    - held: copies that wait for a person though nothing is wrong with them
    - unlisted: uncertain copies that the command does not list, or lists while they are not
    - violations: of what must always be true of the ledger

    `uncertain_in`: how many became uncertain in which chapter, if it was not the mail server that broke off (OWN).
    """

    accepted_events: int
    states: dict[str, int]
    arrived: int
    most_uncertain: int
    lost: list[str] = field(default_factory=list)
    unflagged_duplicates: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    never_begun: list[int] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    unlisted: list[int] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    flagged_duplicates: int = 0
    sent_again: int = 0
    uncertain_in: Counter[int] = field(default_factory=Counter)

    @property
    def wrong(self) -> dict[str, list[Any]]:
        """What should not be there, by its name."""
        names = ("lost", "unflagged_duplicates", "renamed", "never_begun", "held", "unlisted", "violations")
        return {name: found for name in names if (found := getattr(self, name))}

    @property
    def holds(self) -> bool:
        """Nothing lost, nothing silently doubled, and uncertain only what may be."""
        return not self.wrong and self.uncertain <= self.most_uncertain

    @property
    def uncertain(self) -> int:
        return self.states.get(State.UNCERTAIN, 0)


def compare(database: Database, sink: Sink, kills: int, at_once: int, told: Told, due: Collection[str] = ()) -> Verdict:
    """`at_once`: bodies that can be under way in the whole fleet; `due`: ids of events that nobody could lose."""
    with database.read() as connection:
        copies, causes = _copies(connection), _causes(connection)
        known = _known_answers(connection)
    accepted = sink.accepted()
    # By address, not by Message-ID: each is told of one event, so a second letter about it is one too many as well.
    times, names = Counter[str](), Counter(address for _, address in accepted)
    for (_, address), count in accepted.items():
        times[address] += count
    twice = {address for address, count in times.items() if count > 1}
    flagged = {copy.address for copy in copies if copy.possible_duplicate}
    uncertain = [copy.id for copy in copies if copy.state == State.UNCERTAIN]
    return Verdict(
        accepted_events=len(causes),
        states=dict(Counter(copy.state for copy in copies)),
        arrived=sum(accepted.values()),
        most_uncertain=kills * at_once + sink.dropped_bodies,
        lost=[*_never_taken_in(causes, due), *_lost(copies, causes, accepted), *_without_link(copies, sink)],
        unflagged_duplicates=sorted(twice - flagged),
        renamed=sorted(address for address, count in names.items() if count > 1),
        never_begun=[id for id in uncertain if sink.begun[id].times <= known[id]],
        held=[f"copy {copy.id} is held: {copy.reason}" for copy in copies if copy.state == State.HELD],
        unlisted=sorted(told.uncertain.symmetric_difference(uncertain)),
        violations=list(told.violations),
        flagged_duplicates=len(twice & flagged),
        sent_again=sum(copy.resends > 0 for copy in copies),
        uncertain_in=Counter(OWN if sink.begun[id].dropped else sink.begun[id].chapter for id in uncertain),
    )


def _copies(connection: Connection) -> list[Any]:
    by_itself = tables.interventions.c.verb == interventions.BY_ITSELF
    count = sa.select(sa.func.count()).where(by_itself, tables.interventions.c.delivery == deliveries.c.id)
    query = (
        sa.select(deliveries, letters.c.message_id, letters.c.template, notices.c.cause)
        .add_columns(count.scalar_subquery().label("resends"))
        .join(letters, letters.c.id == deliveries.c.letter)
        .join(notices, notices.c.id == deliveries.c.notice)
    )
    return list(connection.execute(query.order_by(deliveries.c.id)))


def _causes(connection: Connection) -> set[str]:
    """The events that were accepted and ask for a mail."""
    events = tables.events
    query = sa.select(events.c.source, events.c.id).where(events.c.type.in_([INVOICE, PASSWORD]))
    return {f"event/{row.source}/{row.id}" for row in connection.execute(query)}


def _known_answers(connection: Connection) -> Counter[int]:
    """By copy, how often the ledger knows what became of a body that might have come: that no byte left included.

    An answer that was recorded twice, because nobody knew whether the first commit was one, has the same time.
    """
    attempts = tables.attempts
    answered = attempts.c.phase.in_([Phase.DATA, Phase.BODY]) & (attempts.c.kind != Kind.UNCERTAIN)
    given_up = (attempts.c.phase == Phase.GATE) & attempts.c.reply.startswith("given up before the body")
    query = sa.select(attempts.c.delivery, attempts.c.at).distinct().where(answered | given_up)
    return Counter(row.delivery for row in connection.execute(query))


def _never_taken_in(causes: set[str], due: Collection[str]) -> list[str]:
    taken_in = {cause.rpartition("/")[2] for cause in causes}
    return [f"event {id} was never taken in" for id in sorted(set(due) - taken_in)]


def _lost(copies: Iterable[Any], causes: set[str], accepted: Counter[tuple[str, str]]) -> list[str]:
    ended = {copy.cause for copy in copies if copy.state in (State.SENT, State.UNCERTAIN, State.HELD)}
    found = [f"{cause} led to no mail" for cause in sorted(causes - ended)]
    for copy in copies:
        if copy.state == State.SENT and not accepted[copy.message_id, copy.address]:
            found.append(f"copy {copy.id} is called sent")
        if copy.state == State.UNCERTAIN and copy.template == RESENT and copy.resends < RESENDS:
            found.append(f"copy {copy.id} was given up after it was sent again {copy.resends} times")
    return found


def _without_link(copies: Iterable[Any], sink: Sink) -> list[str]:
    """A link is deleted as soon as it is not needed any more: never before the mail goes out again."""
    links = {copy.id: link(number(copy.address)) for copy in copies if copy.template == RESENT}
    sent = [(delivery_of(mail.sender), mail.message) for mail in sink.mails]
    return [f"copy {id} came without its link" for id, mail in sent if id in links and links[id] not in _text(mail)]


def _text(mail: bytes) -> str:
    plain = message_from_bytes(mail, policy=default).get_body(("plain",))
    assert plain is not None
    text: str = plain.get_content()
    return text
