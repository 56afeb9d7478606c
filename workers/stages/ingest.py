"""Events in, facts changed, answers out: durable and idempotent, in transactions shorter than a heartbeat.

A refused event leaves nothing but its problem; the others of its batch go in (EVENTS).
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.contract.answers import Answer, Warning
from workers.contract.envelope import Event, parse
from workers.contract.redaction import redacted
from workers.contract.references import references
from workers.contract.refusal import Refused
from workers.contract.state import ContactDeleted, ContactErased, ContactSaved
from workers.domain.recipients import fold
from workers.stages import lost_stages, occasions
from workers.stages.apply import apply
from workers.stages.change import Change
from workers.stages.marks import Marks
from workers.stages.rules import Rules
from workers.store import fences, ledger, problems, runs, tables
from workers.store.bench import OBJECTS, Bench
from workers.store.database import Database, insert_or_ignore
from workers.store.decisions import POISON
from workers.store.erasure import Erased, erase
from workers.store.patience import AWAY
from workers.store.vault import Vault
from workers.watch import reports
from workers.watch.logs import logger
from workers.watch.places import places

log = logger()

BROKE = "ingest_broke"
_BROKE = "Taking it in broke rappel, so it was set aside; it is no fault of yours. `rappel problems retry` tries again."

_USED_LATER = "This event was stored and will use it as soon as it is sent."
_LEFT_OUT = "It is not waited for: what is unknown when this is decided is left out."

AHEAD = timedelta(days=1)
"""How far clocks may differ without a warning."""
_IN_FUTURE = (
    "The time of this event is more than a day ahead. What it says of a state is replaced only by an event of the same "
    "or a later time: if the sender's clock or zone is wrong, send the right state with this time."
)

CHUNK = 500
"""Events a transaction: far shorter than a heartbeat, and long enough to share its commit."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event as a door received it. `position`: line number, or place in the batch, from 1."""

    position: int
    raw: str | bytes | dict[str, Any]
    arrived: datetime


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


@dataclass(frozen=True, slots=True)
class Intake:
    """How events are taken in. `door` names where they came in; None: what is refused is among the problems already.

    `state_only` refuses occasions, for the first synchronisation (EVENTS).
    """

    rules: Rules
    vault: Vault
    door: str | None
    state_only: bool = False


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
        set_aside(database, [incoming], intake.door, broke)
    event = _parsed(incoming, intake)
    source, id = (event.source, event.id) if isinstance(event, Event) else (None, None)
    return Ingested([Answer(incoming.position, source, id, "rejected", BROKE, None, _BROKE)], [], [])


def ingest(database: Database, incoming: Sequence[Incoming], intake: Intake) -> Ingested:
    """Store one chunk of events in one transaction; durable when this returns."""
    parsed = [(each, _parsed(each, intake)) for each in incoming]
    with database.write_facts() as connection:
        return _store(connection, parsed, intake)


def ingest_within(connection: Connection, incoming: Sequence[Incoming], intake: Intake) -> Ingested:
    """Store events of our own together with what they come from: in a transaction of `write_facts` under way."""
    return _store(connection, [(each, _parsed(each, intake)) for each in incoming], intake)


def _store(connection: Connection, parsed: Sequence[tuple[Incoming, Event | Answer]], intake: Intake) -> Ingested:
    batch = _Batch(connection, [(each, event) for each, event in parsed if isinstance(event, Event)], intake)
    answers = [batch.take(each, event) if isinstance(event, Event) else event for each, event in parsed]
    fenced, caused = batch.close()
    if intake.door is not None:
        problems.add(connection, list(_problems(parsed, answers, intake.door)))
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


def rejected(incoming: Incoming, refused: Refused, event: Event | None = None) -> Answer:
    """The answer for an event that breaks the contract."""
    if event:
        refused.source, refused.id = event.source, event.id
    return Answer.rejection(incoming.position, refused)


class _Batch:
    """One transaction's worth of events: what was known of them before, and the bench they change."""

    def __init__(self, connection: Connection, events: Sequence[tuple[Incoming, Event]], intake: Intake) -> None:
        self._connection = connection
        self._intake = intake
        self._bench = Bench(connection)
        self._marks = Marks(self._bench)
        self._known = _fingerprints(connection, [event for _, event in events])
        self._seq = connection.execute(sa.select(sa.func.max(tables.events.c.seq))).scalar() or 0
        self._rows: list[dict[str, Any]] = []
        self._occasions: list[ledger.NewOccasion] = []
        self._refs: set[str] = set()
        self._fan_outs: set[str] = set()
        self._erased: dict[str, Erased] = {}
        self._arrived: datetime | None = None
        self._look_on: dict[Any, Any] = {}
        _load(self._bench, [event for _, event in events])

    def take(self, incoming: Incoming, event: Event) -> Answer:
        key = (event.source, event.id)
        if key in self._known:
            return self._repeated(incoming, event)
        change = Change(event, self._seq + 1, self._bench, self._marks, self._day_to_look(incoming.arrived))
        try:
            apply(change)
        except Refused as refused:
            return rejected(incoming, refused, event)
        self._seq += 1
        self._known[key] = event.fingerprint
        self._refs |= change.refs
        self._fan_outs |= change.fan_outs
        self._erased |= {ref: each.after(self._erased.get(ref)) for ref, each in change.erased.items()}
        self._arrived = incoming.arrived
        self._rows.append(_event_row(event, self._seq, incoming.arrived))
        rules, vault = self._intake.rules.occasions, self._intake.vault
        self._occasions += occasions.notices_of(event, self._seq, incoming.arrived, rules, vault)
        warnings = (*_too_early(event, incoming.arrived), *change.warnings, *self._dangling(event))
        return Answer(incoming.position, event.source, event.id, "accepted", warnings=warnings)

    def close(self) -> tuple[list[int], list[int]]:
        """Write it all down; ids of the notices to be decided again, and of the new ones."""
        self._marks.close(self._connection.execute(sa.select(sa.func.min(tables.events.c.seq))).scalar() or 0)
        self._bench.flush()
        if self._rows:
            self._connection.execute(tables.events.insert(), self._rows)
        if self._erased and self._arrived:
            self._refs |= erase(self._connection, self._erased, self._arrived)
        for process in sorted(self._fan_outs):
            add_fan_out(self._connection, "process", process)
        fenced = fences.fence(self._connection, self._refs)
        return fenced, ledger.add_occasions(self._connection, self._occasions)

    def _repeated(self, incoming: Incoming, event: Event) -> Answer:
        if self._known[event.source, event.id] == event.fingerprint:
            return Answer(incoming.position, event.source, event.id, "duplicate")
        detail = "This id was used by this source for another event; give each event an id of its own."
        return Answer(incoming.position, event.source, event.id, "rejected", "event_id_reused", "/id", detail)

    def _dangling(self, event: Event) -> Iterator[Warning]:
        for pointer, kind, id in references(event.data):
            if kind in OBJECTS and not self._bench.known(kind, id):
                what_then = _USED_LATER if occasions.uses_later(event, f"{kind}/{id}") else _LEFT_OUT
                yield Warning("reference_missing", pointer, f"{kind} {id} is not known yet. {what_then}")

    def _day_to_look(self, arrived: datetime) -> Any:
        today = self._intake.rules.daily.day_of(arrived)
        if today not in self._look_on:
            self._look_on[today] = runs.day_to_look(self._connection, today)
        return self._look_on[today]


def _too_early(event: Event, arrived: datetime) -> Iterator[Warning]:
    """A state of a time to come blocks every correction until then (RULES 0.6)."""
    if event.time - arrived > AHEAD:
        yield Warning("time_in_future", "/time", _IN_FUTURE)


def _load(bench: Bench, events: Sequence[Event]) -> None:
    wanted: dict[str, set[str]] = defaultdict(set)
    contacts: set[str] = set()
    companies: set[str] = set()
    for event in events:
        kind, data = event.type.split(".")[0], event.data
        if kind == "address":
            wanted[kind].add(fold(data.address))  # type: ignore[attr-defined]
        elif kind in OBJECTS and hasattr(data, "id"):
            wanted[kind].add(data.lead if hasattr(data, "lead") else data.id)
        if isinstance(data, ContactSaved | ContactDeleted | ContactErased):
            contacts.add(data.id)
        if isinstance(data, ContactSaved):
            companies.add(data.company)
        for _, referred, id in references(data):
            if referred in OBJECTS:
                wanted[referred].add(id)
    bench.load(wanted)
    bench.load_contacts(contacts, companies)
    lost_stages.load(bench, events)
    bench.load_log(tables.lead_saves, {event.data.id for event in events if event.type == "lead.saved"})  # type: ignore[attr-defined]
    bench.load_log(tables.lead_entries, {event.data.lead for event in events if hasattr(event.data, "lead")})
    if any(event.type == "template.switched" for event in events):
        bench.load_switches()


def _fingerprints(connection: Connection, events: Sequence[Event]) -> dict[tuple[str, str], str]:
    """What was accepted before under the keys of these events."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for event in events:
        by_source[event.source].append(event.id)
    table = tables.events
    found: dict[tuple[str, str], str] = {}
    for source, ids in by_source.items():
        query = sa.select(table.c.id, table.c.fingerprint).where(table.c.source == source, table.c.id.in_(ids))
        found |= {(source, id): fingerprint for id, fingerprint in connection.execute(query)}
    return found


def _event_row(event: Event, seq: int, arrived: datetime) -> dict[str, Any]:
    return {
        "seq": seq,
        "source": event.source,
        "id": event.id,
        "type": event.type,
        "time": event.time,
        "fingerprint": event.fingerprint,
        "received_at": arrived,
    }


def _problems(
    parsed: Sequence[tuple[Incoming, Event | Answer]], answers: Sequence[Answer], door: str
) -> Iterator[dict[str, Any]]:
    for (incoming, _), answer in zip(parsed, answers, strict=True):
        if answer.status == "rejected":
            said = {"reason": answer.reason, "pointer": answer.pointer, "detail": answer.detail}
            yield _problem("refused", incoming, door) | said


def set_aside(database: Database, incoming: Sequence[Incoming], door: str, error: Exception) -> None:
    """Keep events that break us among the problems: nobody else has them, and a mended release can take them in.

    The error is told by its places and its type alone: its words may repeat an event's.
    """
    said = {"reason": BROKE, "detail": f"{_BROKE}\n{places(error)}"}
    _keep(database, [_problem("poison", each, door) | said for each in incoming])


def refuse(database: Database, incoming: Sequence[Incoming], door: str, refused: Refused) -> None:
    """Keep among the problems what came in a way that the door does not know: nobody else has it."""
    said = {"reason": refused.reason, "pointer": refused.pointer, "detail": refused.detail}
    _keep(database, [_problem("refused", each, door) | said for each in incoming])


def _keep(database: Database, rows: Sequence[dict[str, Any]]) -> None:
    with database.write() as connection:
        problems.add(connection, rows)


def _problem(kind: str, incoming: Incoming, door: str) -> dict[str, Any]:
    return {
        "at": incoming.arrived,
        "kind": kind,
        "subject": f"{door}, line {incoming.position}",
        "payload": _as_text(incoming.raw),
    }


def _as_text(raw: object) -> str:
    """What was refused, as it came, but for secret links (PX-10)."""
    text = raw.decode(errors="replace") if isinstance(raw, bytes) else raw
    return redacted(text if isinstance(text, str) else json.dumps(text, default=str))


def add_fan_out(connection: Connection, kind: str, ref: str) -> None:
    """Something changed that concerns many rows: they are reached later, in batches (`stages.sweep.fan_out`)."""
    table = tables.fan_outs
    row = {"kind": kind, "ref": ref, "after": ""}
    connection.execute(insert_or_ignore(table, connection).values(row))
    connection.execute(table.update().where(table.c.kind == kind, table.c.ref == ref).values(after=""))
