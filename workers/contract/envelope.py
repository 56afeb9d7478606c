"""One event as it arrives: a CloudEvents 1.0 envelope around data of a known type."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workers.contract.faults import refusal
from workers.contract.reading import is_fit, read
from workers.contract.redaction import may_hold_secret, without_links
from workers.contract.refusal import Code, Refused, nearest, shown
from workers.contract.registry import OCCASIONS, TYPES
from workers.contract.times import Instant
from workers.contract.types import WORD, Attribute, Model


class Envelope(BaseModel):
    """The attributes of an event. Those that are not named here are accepted and ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    specversion: Literal["1.0"] = Field(description="Version of CloudEvents.", examples=["1.0"])
    id: Attribute = Field(description="Unique within the source; sent again, it is a duplicate.", examples=["ev-1"])
    source: Attribute = Field(description="The system that sends.", examples=["https://crm.example.com"])
    type: str = Field(description="What happened.")
    time: Instant = Field(description="When it happened or, for state, was so.", examples=["2026-06-01T08:30:00Z"])
    receivedat: Instant | None = Field(
        None, description="When it arrived, for a simulation; absent: at its time.", examples=["2026-06-01T08:30:05Z"]
    )
    data: dict[str, Any] = Field(description="What the type says.")


@dataclass(frozen=True, slots=True)
class Event:
    """An event that keeps the contract. Times are UTC; `raw` is the JSON object as it arrived.

    `fingerprint`: two events of one (source, id) say the same if, and only if, theirs are equal: type, time as an
    instant, and the data as JSON values. Key order, 1 for 1.0 and the offset of `time` make no difference.
    """

    source: str
    id: str
    type: str
    time: datetime
    received_at: datetime | None
    data: Model
    fingerprint: str
    raw: dict[str, Any]

    @property
    def kind_of(self) -> Literal["state", "occasion"]:
        """Occasions can cause mail by themselves, state cannot."""
        return "occasion" if self.type in OCCASIONS else "state"


def parse(raw: str | bytes | dict[str, Any]) -> Event:
    """The event in one JSON text, or in an object that was parsed already. Raises Refused, and nothing else."""
    found: Mapping[str, Any] = {}
    try:
        found = event = read(raw)
        return _event(event)
    except Refused as refused:
        _say_of_which(refused, found or refused.fields)
        raise


def _event(raw: dict[str, Any]) -> Event:
    try:
        envelope = _ENVELOPE(raw)
    except ValidationError as error:
        raise _envelope_refusal(error) from None
    model = TYPES.get(envelope.type)
    if model is None:
        raise _unknown_type(envelope.type)
    try:
        data = model.__pydantic_validator__.validate_python(envelope.data)
    except ValidationError as error:
        raise refusal(error, model, ("data",)) from None
    return Event(
        source=envelope.source,
        id=envelope.id,
        type=envelope.type,
        time=envelope.time,
        received_at=envelope.receivedat,
        data=data,
        fingerprint=_fingerprint(envelope),
        raw=raw,
    )


_ENVELOPE = Envelope.__pydantic_validator__.validate_python
_canonical = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"), check_circular=False).encode


def _fingerprint(envelope: Envelope) -> str:
    text = _canonical([envelope.type, envelope.time.isoformat(), envelope.data])
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _say_of_which(refused: Refused, fields: Mapping[str, Any]) -> None:
    """Source and id of the event, and no secret of it (PX-10)."""
    refused.source, refused.id = _word(fields.get("source")), _word(fields.get("id"))
    if may_hold_secret(fields.get("type")):
        refused.detail, refused.pointer = without_links(refused.detail), without_links(refused.pointer)


def _word(value: object) -> str | None:
    """An attribute that an answer can repeat."""
    if not isinstance(value, str) or not 0 < len(value) <= 256:
        return None
    return value if re.fullmatch(WORD, value) and is_fit(value) else None


def _envelope_refusal(error: ValidationError) -> Refused:
    refused = refusal(error, Envelope, ())
    if refused.pointer == "/specversion" and refused.reason is Code.INVALID_VALUE:
        return Refused(Code.UNSUPPORTED_SPECVERSION, ("specversion",), refused.detail)
    return refused


def _unknown_type(type: str) -> Refused:
    hint = nearest(type, TYPES) or f"the types are {', '.join(TYPES)}."
    return Refused(Code.UNKNOWN_TYPE, ("type",), f"type {shown(type)} is not known: {hint}")
