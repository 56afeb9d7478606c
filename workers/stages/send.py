"""Letters on their way: lease copies, compose, hand them to the postbox, and write down what it answered.

The order of DESIGN promise 3: a copy is leased; its recipient is accepted; `sending` is committed with the token of the
lease; the body goes out; the answer is committed. Whoever takes the copy back in between moves the token on.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from workers.domain.delivery import State
from workers.domain.reasons import Reason
from workers.postbox.outcomes import Outcome
from workers.postbox.parcels import Parcel
from workers.postbox.postbox import PostboxClosedError
from workers.stages import answers
from workers.stages.alone import one_by_one
from workers.stages.answers import Answer, Ways
from workers.stages.letters import messages
from workers.stages.mailroom import Mailroom
from workers.stages.wrapping import wrapped
from workers.store import fleet, ledger, outbox
from workers.store.outbox import Claimed
from workers.store.patience import AWAY, patiently

BATCH = 100
"""Copies a claim."""

_NOT_THE_LETTERS_FAULT = (*AWAY, PostboxClosedError)
"""What may end a batch, beside a fault in one of its letters, or one that takes all of our time."""


@dataclass(frozen=True, slots=True)
class Sent:
    """How many copies were claimed, and the ids of Cc copies that may follow now (HS-8)."""

    claimed: int
    released: list[int] = field(default_factory=list)


def send(room: Mailroom, ids: Sequence[int] | None = None) -> Sent:
    """Claim a batch of due copies (of the given ones, or any) and see each to an answer.

    Then, one letter after the other, those that are suspected of killing their workers (promise 8).
    """

    def alone() -> Sent | None:
        found = _send(room, partial(outbox.claim_alone, ids=ids, limit=BATCH))
        return found if found.claimed else None

    done = [_send(room, partial(outbox.claim, ids=ids, limit=BATCH)), *one_by_one(alone)]
    return Sent(sum(each.claimed for each in done), [id for each in done for id in each.released])


def _send(room: Mailroom, claim: Callable[..., list[Claimed]]) -> Sent:
    now, worker = room.clock(), room.worker()
    if not room.still_ours(worker):  # nothing that we lease could leave
        return Sent(0)
    held: list[Claimed] = []
    try:
        found = _take(room, worker, claim, now, held)
        return Sent(len(held), _Batch(room, worker, held, found.ways).send(found.resting) if found else [])
    except BaseException as error:  # we live on, so nobody would take our leases over
        is_theirs = not isinstance(error, _NOT_THE_LETTERS_FAULT)
        patiently(lambda: _give_back(room, worker, held, suspected=is_theirs))
        raise


@dataclass(frozen=True, slots=True)
class _Open:
    """The ways that a batch may take: all but those that rest."""

    ways: Ways
    resting: Collection[str]


def _take(
    room: Mailroom, worker: str, claim: Callable[..., list[Claimed]], now: datetime, held: list[Claimed]
) -> _Open | None:
    """Lease a batch, known by `held` before its commit is answered: that answer may be lost. None: there was none."""
    ways = Ways(room.routes, room.policy.return_path_domain)
    with room.database.write() as connection:
        if fleet.flag(connection, fleet.PAUSED) or not ways.is_any_open(fleet.resting(connection, now)):
            return None
        held += claim(connection, worker=worker, now=now, today=room.daily.day(now))
        if not held:
            return None
        probes = fleet.take_probes(connection, ways.all, now)
        resting = fleet.resting(connection, now).keys() - probes.keys()
    return _Open(replace(ways, probes=probes), resting)


def _give_back(room: Mailroom, worker: str, held: Collection[Claimed], *, suspected: bool) -> None:
    if held:
        with room.database.write() as connection:
            outbox.release(connection, held, worker, suspected=suspected)


class _Batch:
    """The copies of one claim, on their way through the postbox."""

    def __init__(self, room: Mailroom, worker: str, claimed: Sequence[Claimed], ways: Ways) -> None:
        self._room = room
        self._worker = worker
        self._ways = ways
        self._held = {str(copy.id): copy for copy in claimed}
        self._answered_at: dict[tuple[str, str], datetime] = {}
        self._released: list[int] = []

    def send(self, resting: Collection[str]) -> list[int]:
        """Ids of the Cc copies that may follow."""
        self._room.carrier.deliver(
            self._parcels(),
            self._gate,
            self._record,
            paused=resting,
            still_ours=lambda: self._room.still_ours(self._worker),
        )
        return self._released

    def _parcels(self) -> list[Parcel]:
        """A parcel for each copy; one that may not go out, or whose letter cannot be written, is held.

        For what may not go out no letter is written.
        """
        going = {id: copy for id, copy in self._held.items() if self._room.policy.allows(copy.address)}
        held = dict.fromkeys(self._held.keys() - going.keys(), Reason.OUTSIDE_ALLOWED_DOMAINS)
        parcels = []
        written = messages(self._room, going.values())
        own = wrapped(self._room, going.values(), written)
        for id, copy in going.items():
            letter = own[copy.id]
            if isinstance(letter, Reason):
                held[id] = letter
            else:
                recipient, has_waited = self._recipient(copy), copy.reason == Reason.RATE_LIMITED
                sender = self._room.return_path(copy.id, recipient)
                parcels.append(Parcel(id, sender, recipient, letter, has_waited))
        self._hold(held)
        return parcels

    def _recipient(self, copy: Claimed) -> str:
        return self._room.policy.recipient(copy.address)

    def _hold(self, held: dict[str, Reason]) -> None:
        if held:
            with self._room.database.write() as connection:
                ledger.lock(connection, {self._held[id].notice for id in held})
                for id, reason in held.items():
                    outbox.move(connection, self._held[id], State.HELD, reason)

    def _gate(self, ids: list[str]) -> set[str]:
        """Commit `sending` for the copies whose recipient was accepted, all in one transaction."""
        held = [self._held[id] for id in ids]
        with self._room.database.write() as connection:
            if fleet.flag(connection, fleet.PAUSED):
                return set()
            allowed = outbox.begin_sending(connection, held, self._worker, self._room.clock())
        return {str(id) for id in allowed}

    def _record(self, outcomes: list[Outcome]) -> None:
        """Write the answers down, all in one transaction, with what they make of their notices.

        An answer that had to wait for the database keeps its time: a visit's grid counts from it (LT-7).
        """
        now = self._room.clock()
        keys = [(outcome.delivery_id, outcome.route) for outcome in outcomes]
        since = min(self._answered_at.setdefault(key, now) for key in keys)
        said = [self._answer(outcome) for outcome in outcomes]
        database, ways = self._room.database, self._ways
        with database.write_facts() if any(each.suppresses for each in said) else database.write() as connection:
            room = self._room
            released = answers.record(connection, said, self._worker, since, ways, room.chance, room.resent)
        self._released += released

    def _answer(self, outcome: Outcome) -> Answer:
        copy = self._held[outcome.delivery_id]
        return Answer(copy, outcome, self._recipient(copy))
