"""Mails that came back: each finds its delivery, is kept in its history, and says what it says of the address.

- a report that comes to the delivery's own return path is verified: only we can write that one (`return_paths`)
- one that shows no more than a Message-ID of ours is kept as unverified, and changes nothing: whoever saw the letter
  could have written it
- hard bounces and complaints suppress the address, soft ones are counted (RULES 0.9): as the event `address.bounced`
- an uncertain copy becomes sent or failed; what was sent stays sent (promise 3)
- about somebody who was erased nothing is counted, and no word is kept
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy.engine import Connection

from workers.domain.bounces import SUPPRESSING, Fate, Verdict, judge
from workers.domain.delivery import State
from workers.domain.reasons import Reason
from workers.domain.recipients import fold
from workers.postbox.addresses import AddressError, wire_address
from workers.postbox.returned.left_alone import Other
from workers.postbox.returned.reading import Report, read
from workers.stages.incoming import Incoming, Intake
from workers.stages.ingest import ingest_within
from workers.stages.return_paths import return_paths_in, vouches
from workers.store import fences, ledger, reports
from workers.store.database import Database
from workers.store.erasure import WORDLESS
from workers.store.export import stamp
from workers.store.reports import Returned
from workers.store.vault import Vault

SOURCE = "rappel/bounces"
"""Source of the events that bounces become."""

UNKNOWN = "unknown"
"""A report about a mail that is not ours, or that is forgotten by now, as that of an erased person is."""

MOST = 50
"""Reports that are kept of one delivery, verified and unverified ones each: who floods us fills no table."""

_MOST_PATHS = 20
"""Return paths in one report that are looked at."""

_OF_UNCERTAIN = {
    Verdict.HARD: (State.FAILED, Reason.ADDRESS_REFUSED),
    Verdict.SOFT: (State.FAILED, Reason.REFUSED_BY_SERVER),
    Verdict.COMPLAINT: (State.SENT, Reason.ACCEPTED),
    Verdict.DELAYED: (State.SENT, Reason.ACCEPTED),
    Verdict.DELIVERED: (State.SENT, Reason.ACCEPTED),
    Verdict.REMARK: (State.SENT, Reason.ACCEPTED),
}
_CAME_BACK = frozenset({Verdict.HARD, Verdict.SOFT, Verdict.COMPLAINT})


@dataclass(frozen=True, slots=True)
class Desk:
    """What it takes to take bounces in. `soft_limit`: so many soft ones within `soft_within` count as a hard one."""

    database: Database
    vault: Vault
    intake: Intake
    soft_limit: int | None = None
    soft_within: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a mail was (a Verdict, an Other, or UNKNOWN), and what it did. `undecided`: notices for the resolver.

    `repeated`: it was known before, and changed nothing.
    """

    kind: str
    delivery: int | None = None
    address: str | None = None
    verified: bool = False
    suppressed: bool = False
    repeated: bool = False
    undecided: list[int] = field(default_factory=list)

    @property
    def is_report(self) -> bool:
        return self.delivery is not None


def take(desk: Desk, raw: bytes, now: datetime, recipient: str | None = None) -> Taken:
    """Take one mail in; durable when this returns. `recipient`: the address that it came to, if somebody knows."""
    report = read(raw)
    if isinstance(report, Other):
        return Taken(report)
    with desk.database.write_facts() as connection:
        found, verified = _delivery_of(connection, desk.vault, report, recipient)
        if found is None or not found.address:  # forgotten, or its reader was erased
            return Taken(UNKNOWN)
        erased = reports.is_erased(connection, found.id)
        return _Case(connection, desk, report, found, verified, now, erased).close()


def _delivery_of(
    connection: Connection, vault: Vault, report: Report, recipient: str | None
) -> tuple[Returned | None, bool]:
    """The delivery that a report is about, and whether that is sure."""
    for id, mark in islice(return_paths_in((recipient or "", *report.texts)), _MOST_PATHS):
        found = reports.delivery(connection, id)
        if found and (not found.address or vouches(vault, found.id, found.address, mark)):
            return found, True
    copies = reports.copies_of(connection, report.message_ids)
    named = frozenset().union(*(fate.addresses for fate in report.fates))
    of_named = [copy for copy in copies if not named.isdisjoint(_ways_to_write(copy.address))]
    likely = of_named or copies
    return (likely[0], False) if len(likely) == 1 else (None, False)


def _ways_to_write(address: str) -> frozenset[str]:
    """As we keep it and as it goes on the wire, folded."""
    try:
        return frozenset({fold(address), fold(wire_address(address))})
    except AddressError:
        return frozenset({fold(address)})


@dataclass(frozen=True, slots=True)
class _Case:
    """A report and its delivery, in one transaction. `erased`: its reader was, though the copy is not over yet."""

    connection: Connection
    desk: Desk
    report: Report
    found: Returned
    verified: bool
    now: datetime
    erased: bool

    def close(self) -> Taken:
        verdict, fate = judge(self.report.fates, _ways_to_write(self.found.address))
        taken = Taken(verdict, self.found.id, self.found.address, self.verified)
        concerned = fences.leaning(self.connection, {f"address/{fold(self.found.address)}"})
        ledger.lock(self.connection, {self.found.notice, *concerned})
        if not self._keep(verdict, fate):
            return replace(taken, repeated=True)
        if not self.verified:
            return taken
        self._note(verdict)
        said = [] if self.erased else list(self._events(verdict, fate))
        suppressed = any(event["data"]["kind"] in SUPPRESSING for event in said)
        return replace(taken, suppressed=suppressed, undecided=self._tell(said))

    @property
    def _key(self) -> str:
        return f"{self.report.key}.{self.found.id}{'' if self.verified else '.unverified'}"

    @property
    def _at(self) -> datetime:
        """When it was written; never before the mail that it is about, nor after it came: other clocks go wrong."""
        return min(max(self.report.date or self.now, self.found.ended_at or self.now), self.now)

    def _keep(self, verdict: Verdict, fate: Fate) -> bool:
        """False: it was kept before, or too many were."""
        if reports.count_of(self.connection, self.found.id, verified=self.verified) >= MOST:
            return False
        row = {
            "key": self._key,
            "arrived_at": self.now,
            "at": self._at,
            "kind": verdict,
            "address_key": fold(self.found.address),
            "delivery": self.found.id,
            "verified": self.verified,
            "status": fate.status,
            "words": fate.words,
            "said_by": self.report.said_by,
        }
        row |= WORDLESS if self.erased else {}
        return reports.add(self.connection, row)

    def _note(self, verdict: Verdict) -> None:
        """What it makes of the delivery and its notice."""
        if self.found.state == State.UNCERTAIN and verdict in _OF_UNCERTAIN:
            reports.end_uncertain(self.connection, self.found, *_OF_UNCERTAIN[verdict], self.now)
        if verdict in _CAME_BACK:
            reports.note_bounce(self.connection, self.found.notice)

    def _events(self, verdict: Verdict, fate: Fate) -> Iterator[dict[str, Any]]:
        """What it says of the address, in the words of the contract."""
        if verdict in _CAME_BACK:
            yield self._event(verdict, fate.words, self._key)
        if verdict is Verdict.SOFT and self._bounced_often():
            words = f"{self.desk.soft_limit} soft bounces (bounces.soft_limit), the last one: {fate.words}"
            yield self._event(Verdict.HARD, words, f"{self._key}.limit")

    def _bounced_often(self) -> bool:
        since = self.now - self.desk.soft_within
        limit = self.desk.soft_limit
        return limit is not None and reports.soft_bounces(self.connection, fold(self.found.address), since) >= limit

    def _event(self, kind: Verdict, words: str, id: str) -> dict[str, Any]:
        data = {"address": self.found.address, "kind": kind.value, "diagnostic": words}
        return event("address.bounced", SOURCE, id, self._at, data)

    def _tell(self, said: list[dict[str, Any]]) -> list[int]:
        incoming = [Incoming(number, each, self.now) for number, each in enumerate(said, start=1)]
        done = ingest_within(self.connection, incoming, self.desk.intake)
        if any(answer.status == "rejected" for answer in done.answers):  # an address that was accepted once
            raise ValueError(f"the bounce of delivery {self.found.id} breaks the contract")
        return done.undecided


def event(type: str, source: str, id: str, time: datetime, data: dict[str, Any]) -> dict[str, Any]:
    """An event of our own (EVENTS)."""
    return {"specversion": "1.0", "id": id, "source": source, "type": type, "time": stamp(time), "data": data}
