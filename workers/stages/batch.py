"""One transaction's worth of events, applied in order and written down together."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from workers.contract.answers import Answer, Warning
from workers.contract.envelope import Event
from workers.contract.references import references
from workers.contract.refusal import Refused
from workers.contract.state import ContactDeleted, ContactErased, ContactSaved
from workers.domain.recipients import fold
from workers.stages import lost_stages, occasions
from workers.stages.apply import apply
from workers.stages.change import Change
from workers.stages.incoming import Incoming, Intake, rejected
from workers.stages.marks import Marks
from workers.store import arrivals, fan_outs, fences, ledger, runs, tables
from workers.store.bench import OBJECTS, Bench
from workers.store.erasure import Erased, erase

_USED_LATER = "This event was stored and will use it as soon as it is sent."
_LEFT_OUT = "It is not waited for: what is unknown when this is decided is left out."

AHEAD = timedelta(days=1)
"""How far clocks may differ without a warning."""
_IN_FUTURE = (
    "The time of this event is more than a day ahead. What it says of a state is replaced only by an event of the same "
    "or a later time: if the sender's clock or zone is wrong, send the right state with this time."
)


class Batch:
    """One transaction's worth of events: what was known of them before, and the bench they change."""

    def __init__(self, connection: Connection, events: Sequence[tuple[Incoming, Event]], intake: Intake) -> None:
        self._connection = connection
        self._intake = intake
        self._bench = Bench(connection)
        self._marks = Marks(self._bench)
        self._known = arrivals.fingerprints(connection, [(event.source, event.id) for _, event in events])
        self._seq = arrivals.newest(connection)
        self._rows: list[dict[str, Any]] = []
        self._occasions: list[ledger.NewOccasion] = []
        self._refs: set[str] = set()
        self._fan_outs: set[str] = set()
        self._erased: dict[str, Erased] = {}
        self._arrived: datetime | None = None
        self._look_on: dict[Any, Any] = {}
        _load(self._bench, [event for _, event in events])

    def take(self, incoming: Incoming, event: Event) -> Answer:
        """Apply an event to the bench, unless it was taken before, or contradicts what is known."""
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
        self._marks.close(arrivals.oldest(self._connection))
        self._bench.flush()
        arrivals.add(self._connection, self._rows)
        if self._erased and self._arrived:
            self._refs |= erase(self._connection, self._erased, self._arrived)
        for process in sorted(self._fan_outs):
            fan_outs.add(self._connection, fan_outs.PROCESS, process)
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
