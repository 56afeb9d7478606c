"""A small world an event of which carries the same words wherever a producer writes words, and the mails it causes."""

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from tests.contract.mutations import places, replaced
from tests.delivery.office import Office
from tests.scenarios import Event
from tests.world import utc
from workers.contract import examples
from workers.contract.envelope import parse
from workers.contract.refusal import Refused
from workers.contract.registry import TYPES
from workers.contract.templates import TEMPLATES
from workers.domain.notices import LANGUAGES
from workers.postbox.capture import CapturePostbox
from workers.postbox.parcels import Gate, Parcel, Record
from workers.store.database import Database

MORNING = utc("2026-06-01T08:00")
RUN = utc("2026-06-02T07:00")
"""The daily run at which the follow-up and the first notice of the renewal are due."""
CHUNK = 500

_OF_THE_WORLD = re.compile(r"^((?:company|deal|project|ticket)/)?([A-Z]-\d|sales|55|77)$")


def event_of(type: str, world: int, minute: int, /, **data: Any) -> Event:
    """The full example of a type as an event of world number `world`."""
    made: Event = copy.deepcopy(examples.full(type))
    made["data"] |= data
    made["data"] = _moved(made["data"], world)
    at = (MORNING + timedelta(minutes=minute)).isoformat()
    subject = made["data"].get("id") or made["data"].get("object", "")
    return made | {"id": f"{type}:{subject}:{world}".replace("/", ":"), "time": at}


def _moved(value: Any, world: int) -> Any:
    if isinstance(value, dict):
        return {name: _moved(inner, world) for name, inner in value.items()}
    if isinstance(value, list):
        return [_moved(inner, world) for inner in value]
    return f"{value}-{world}" if isinstance(value, str) and _OF_THE_WORLD.match(value) else value


def story(world: int) -> list[Event]:
    """Everything there is, once; then every occasion once. Nothing in it keeps a mail from being sent."""
    language = LANGUAGES[world % len(LANGUAGES)]
    every = dict.fromkeys(("invoice", "credit_note", "estimate", "ticket", "project", "contract", "task"), True)
    reader = {"email": f"reader.{world}@example.org", "language": language, "notifications": every}
    users = [
        event_of(
            "user.saved", world, 0, id=f"U-{n}", email=f"u{n}.{world}@example.com", language=language, partner="P-1"
        )
        for n in (1, 2, 3, 4)
    ]
    state = [
        event_of("partner.saved", world, 1),
        event_of("company.saved", world, 2, language=language),
        event_of("contact.saved", world, 3, **reader),
        event_of("deal.saved", world, 3),
        event_of("project.saved", world, 3),
        event_of("ticket.saved", world, 4),
        event_of("process.saved", world, 4),
        event_of("lead.saved", world, 5, stage_entered_at="2026-05-25T08:00:00Z"),
        event_of("renewal.saved", world, 6, renews_on="2026-08-31"),
        event_of("address.bounced", world, 6),
    ]
    return [*users, *state, *_occasions(world, reader)]


def _occasions(world: int, reader: dict[str, Any]) -> Iterator[Event]:
    minute = 10
    for object, more in (
        ("company/C-1", {}),
        ("deal/D-1", {}),
        ("project/J-1", {"action": "updated"}),
        ("ticket/T-1", {"action": "customer_replied"}),
    ):
        yield event_of("activity.recorded", world, minute, object=object, **more)
        minute += 1
    password = {"url": "https://portal.example.com/set-password/TOKEN", "issued_at": MORNING.isoformat()}
    deaf = {"notifications": dict.fromkeys(reader["notifications"], False), "billing": False}
    newcomer = reader | deaf | {"email": f"newcomer.{world}@example.org", "primary": False, "set_password": password}
    yield event_of("contact.created", world, minute, id="K-3", **newcomer)
    for type in TYPES:
        if type in TEMPLATES and "." in type and type.split(".")[0] not in ("contact", "lead", "renewal"):
            minute += 1
            made = event_of(type, world, minute, mode="automatic", address=f"buyer.{world}@example.net")
            del made["data"]["contacts"]
            yield made


@cache
def wordy(type: str) -> tuple[tuple[str | int, ...], ...]:
    """The places of a type's example that hold words: any word is accepted there."""
    example = examples.full(type)
    texts = (path for path in places(example) if isinstance(_at(example, path), str))
    return tuple(path for path in texts if accepted(replaced(example, path, 'Any "word" <here>, really; 100 %')))


def _at(value: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        value = value[step]
    return value


def accepted(event: Any) -> bool:
    return pointer(event) is None


def pointer(event: Any) -> str | None:
    """The field at which the event is refused; None where it is accepted."""
    try:
        parse(event)
    except Refused as refused:
        return refused.pointer
    return None


@cache
def acceptable(words: str) -> bool:
    """Whether these words are accepted wherever words are: not blank, free of control characters."""
    return accepted(replaced(examples.full("deal.saved"), ("data", "title"), words))


FIELDS = 4
"""The most places for words that the data of an event has."""


def said(event: Event, words: Sequence[str]) -> Event:
    """The event with one of the words (as many as FIELDS) in each place of its data that takes words."""
    fixed = event["type"] == "activity.recorded" and event["data"]["object"].startswith(("project/", "ticket/"))
    for path, word in zip((path for path in wordy(event["type"]) if path[0] == "data"), words, strict=False):
        if not (fixed and path[1] == "action"):
            event = replaced(event, path, word)
    return replaced(event, ("data", "details"), {words[2]: words[3]}) if "details" in event["data"] else event


def mails_of(database: Database, events: Sequence[Event]) -> list[Parcel]:
    """What a fleet on this empty database hands to its postbox until Tuesday noon, all events being accepted."""
    kept = Keeping(lambda: office.now)
    office = Office(database, None, kept, now=MORNING)  # type: ignore[arg-type]
    office.make_run()
    for chunk in range(0, len(events), CHUNK):
        office.ingest(*events[chunk : chunk + CHUNK])
    office.now = MORNING + timedelta(hours=1)
    office.finish()
    office.now = RUN
    office.make_run()
    office.finish()
    return kept.parcels


class Keeping(CapturePostbox):
    """A postbox that sends nothing and keeps everything."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self.parcels: list[Parcel] = []

    def deliver(self, parcels: Sequence[Parcel], gate: Gate, record: Record, **more: Any) -> None:
        self.parcels += parcels
        super().deliver(parcels, gate, record, **more)
