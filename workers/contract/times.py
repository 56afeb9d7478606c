"""Instants, days, zones and spans of time as events write them."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Literal, TypeVar
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, PlainValidator, StringConstraints, WithJsonSchema

from workers.contract.refusal import Code, fault, nearest, shown
from workers.contract.types import Model

FIRST, LAST = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"
"""The range of instants, that of the calendar and of both databases; of days likewise."""

_NO_YEAR = "0000"
_DAY_FORM = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_LOCAL_FORM = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?"
_INSTANT_FORM = _LOCAL_FORM + r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"

_DAY = re.compile(_DAY_FORM)
_INSTANT = re.compile(_INSTANT_FORM)
_NAIVE = re.compile(_LOCAL_FORM + "$")

Moment = TypeVar("Moment", date, datetime)


def instant(value: object) -> datetime:
    """An RFC 3339 time with offset, in UTC; parts below a microsecond are dropped. Raises a validation fault."""
    text = _text(value)
    if _NAIVE.fullmatch(text):
        raise fault(Code.NAIVE_TIME, f"{shown(value)} names no zone: add Z for UTC, or an offset such as +02:00.")
    if not _INSTANT.fullmatch(text):
        raise fault(Code.INVALID_VALUE, f"must be an RFC 3339 time such as 2026-06-01T08:30:00Z, not {shown(value)}.")
    return _possible(_utc, text.upper())


def _day(value: object) -> date:
    text = _text(value)
    if not _DAY.fullmatch(text):
        raise fault(Code.INVALID_VALUE, f"must be a date written YYYY-MM-DD, such as 2026-06-01, not {shown(value)}.")
    return _possible(date.fromisoformat, text)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise fault(Code.WRONG_TYPE, f"must be a text such as 2026-06-01 or 2026-06-01T08:30:00Z, not {shown(value)}.")
    return value


def _possible(read: Callable[[str], Moment], text: str) -> Moment:
    try:
        if not text.startswith(_NO_YEAR):
            return read(text)
    except ValueError:
        raise fault(Code.INVALID_VALUE, f"must exist in the calendar; {shown(text)} does not.") from None
    except OverflowError:
        pass  # only its offset leads it out of the range
    raise fault(Code.INVALID_VALUE, f"must lie within {FIRST} to {LAST}; {shown(text)} does not.")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "Factory"})  # these two mean something else on each machine


def _zone(name: str) -> str:
    if name in _zones():
        return name
    hint = nearest(name, sorted(_zones())) or "a zone is named like Europe/Berlin."
    raise fault(Code.INVALID_VALUE, f"must be a time zone of the IANA database; {shown(name)} is none: {hint}")


def _range(first: str, last: str) -> dict[str, str]:
    return {"formatMinimum": first, "formatMaximum": last}


Instant = Annotated[
    datetime,
    PlainValidator(instant),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": _INSTANT_FORM, **_range(FIRST, LAST)}),
]
Day = Annotated[
    date,
    PlainValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": _DAY_FORM, **_range(FIRST[:10], LAST[:10])}),
]
TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)]


class Span(Model):
    """A whole number of units. Months are counted by the calendar, without drift (LT-4)."""

    value: int = Field(ge=1, le=100_000, description="How many units, at least 1.", examples=[1])
    unit: Literal["hours", "days", "weeks", "months"] = Field(
        description="hours, days, weeks or months.", examples=["weeks"]
    )
