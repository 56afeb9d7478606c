"""Which notices an event causes, and what of it is kept for them (EVENTS, "occasions for mail"; RULES 0.12)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python

from workers.contract.envelope import Event
from workers.contract.occasions import (
    ActivityRecorded,
    ContactCreated,
    ContactPasswordRequested,
    DocumentOccasion,
    TicketOccasion,
)
from workers.contract.types import Model
from workers.domain import contact_mails
from workers.domain.facts import Occasion
from workers.domain.notices import ACTIVITY, SET_PASSWORD, WELCOME, Kind
from workers.domain.occasions import OccasionRules, staleness, waits
from workers.store.ledger import NewNotice, NewOccasion
from workers.store.vault import Vault


@dataclass(frozen=True, slots=True)
class _Cause:
    """A notice that an event causes: about what, and what of the event it needs. `secret`: a link (PX-10)."""

    kind: str
    subject: str
    data: Mapping[str, Any]
    secret: str | None = None


def notices_of(event: Event, seq: int, arrived: datetime, rules: OccasionRules, vault: Vault) -> list[NewOccasion]:
    """The notices that an event causes, in the order in which they go out; none if it is one of state."""
    stale = staleness(event.time, arrived, rules.max_age)
    return [
        NewOccasion(
            notice=NewNotice(
                kind=cause.kind,
                subject=cause.subject,
                occurrence=f"{event.source}|{_without('|', event.id)}|{cause.kind}",
                cause=cause_of(event),
                verdict=stale,
                arrival=seq,
                position=position,
            ),
            type=event.type,
            time=event.time,
            arrived_at=arrived,
            data=cause.data,
            sealed=vault.seal(cause.secret) if cause.secret and not stale else None,
        )
        for position, cause in enumerate(_causes(event))
    ]


def cause_of(event: Event) -> str:
    """What is kept as the cause of its notices."""
    return f"event/{event.source}/{_without('/', event.id)}"


def _without(separator: str, id: str) -> str:
    """The id, percent-encoded where it must be: where it ends with no separator in it, the source may hold any."""
    return id.replace("%", "%25").replace(separator, f"%{ord(separator):02X}")


def uses_later(event: Event, ref: str) -> bool:
    """Whether an object (kind/ID) that nobody has sent yet is used as soon as it is: state keeps what it refers to, an
    occasion is decided without it, unless it waits for it (RULES 0.12)."""
    match event.data:
        case ActivityRecorded() as data:
            named = {"object": data.object}
        case TicketOccasion() as data:
            named = {"company": data.company, "ticket": data.ticket_id}
        case DocumentOccasion() as data:
            named = {"company": data.company}
        case ContactPasswordRequested():
            named = {}
        case _:
            return True
    return ref in waits(Occasion(event.type, event.time, event.time, **named))


def _causes(event: Event) -> Iterator[_Cause]:
    match event.data:
        case ActivityRecorded() as data:
            yield _Cause(ACTIVITY.name, data.object, _plain(data))
        case DocumentOccasion() as data:
            subject = f"{event.type.partition('.')[0]}/{data.document.id}"
            yield _Cause(event.type, subject, _plain(data))
        case ContactCreated() as data:
            yield from (_of_creation(kind, data) for kind in contact_mails.on_creation(data.set_password is not None))
        case ContactPasswordRequested() as data:
            yield _password(data.id, {"issued_at": data.issued_at.isoformat()}, data.url)


def _plain(data: Model) -> Any:
    """As JSON knows it. Amounts and dates cannot go the short way: what reads them warns of what it wrote itself."""
    return to_jsonable_python(data.model_dump())


def _of_creation(kind: Kind, data: ContactCreated) -> _Cause:
    link = data.set_password
    issued = {"issued_at": link.issued_at.isoformat() if link else None}
    if kind is SET_PASSWORD and link:
        return _password(data.id, issued | {"company": data.company}, link.url)
    said = {"id": data.id, "company": data.company, "welcome": data.welcome}
    return _Cause(WELCOME.name, f"contact/{data.id}", said | issued)


def _password(contact: str, said: Mapping[str, Any], url: str) -> _Cause:
    return _Cause(SET_PASSWORD.name, f"contact/{contact}", {"id": contact, **said}, secret=url)
