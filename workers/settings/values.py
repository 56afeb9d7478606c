"""The kinds of values that settings hold, each with one way to write it."""

import re
from collections.abc import Callable, Hashable, Sequence
from datetime import time, timedelta
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Annotated, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    StringConstraints,
)
from redis.connection import parse_url
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from workers.domain import rates


class Section(BaseModel):
    """A frozen group of settings that knows all its names."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)


_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def _parse_duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"([0-9]{1,6})([dhms])", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('not a duration: write a whole number and a unit (d, h, m or s), such as "3d", "24h", "90m"')
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def write_duration(duration: timedelta) -> str:
    """The duration as a setting is written, in the largest unit of which it holds several: "3d", "24h", "90m"."""
    seconds = int(duration.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds > size and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


_SPANS = {"s": 1, "m": 60, "h": 3600}


def _parse_rate(value: object) -> rates.Rate:
    if isinstance(value, rates.Rate):
        return value
    match = re.fullmatch(r"([0-9]{1,6})/([smh])", value.strip()) if isinstance(value, str) else None
    if match is None or not int(match[1]):
        raise ValueError('not a rate: write how many, a slash and a unit (s, m or h), such as "600/m"')
    return rates.Rate(int(match[1]), _SPANS[match[2]])


def _write_rate(rate: rates.Rate) -> str:
    return f"{rate.count}/{next(unit for unit, seconds in _SPANS.items() if seconds == rate.seconds)}"


def _parse_wall_time(value: object) -> time:
    if isinstance(value, time) and value.tzinfo is None and value == value.replace(second=0, microsecond=0):
        return value
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('not a time of day: write hours and minutes, from "00:00" to "23:59"')
    return time(int(match[1]), int(match[2]))


def _parse_zone(value: object) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    if isinstance(value, str):
        try:
            return ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            near = get_close_matches(value, available_timezones(), n=1)
            hint = f', did you mean "{near[0]}"?' if near else ', use an IANA name such as "Europe/Brussels"'
            raise ValueError(f"{value!r} is not a time zone{hint}") from None
    raise ValueError('not a time zone: use an IANA name such as "Europe/Brussels"')


def _check_address(value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False, globally_deliverable=False).normalized
    except EmailNotValidError as error:
        raise ValueError(f"not a mail address: {error}") from None


def check_domain(value: str) -> str:
    """The domain in lower case and in its ASCII form. Raises ValueError where it is none."""
    try:
        found = validate_email(f"x@{value.strip()}", check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise ValueError(f"not a domain: {error}") from None
    return found.ascii_domain.lower()


def _check_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be one line of printable text")
    return value


def _none_if_said(value: object) -> object:
    return None if isinstance(value, str) and value.strip().lower() in {"", "none"} else value


_Item = TypeVar("_Item", bound=Hashable)


def _check_unique(values: Sequence[_Item]) -> Sequence[_Item]:
    if len(set(values)) != len(values):
        raise ValueError("each may stand there only once")
    return values


_T = TypeVar("_T")

Maybe = Annotated[_T | None, BeforeValidator(_none_if_said)]
"""A value or none; none is said with "none" or an empty text, as TOML and the environment have no null."""

Unique = Annotated[tuple[_T, ...], AfterValidator(_check_unique)]

Duration = Annotated[timedelta, BeforeValidator(_parse_duration), PlainSerializer(write_duration)]
"""A length of time, written as one whole number and its unit: "3d", "24h", "90m", "5s"."""

PositiveDuration = Annotated[Duration, Field(gt=timedelta(0))]

WallTime = Annotated[time, BeforeValidator(_parse_wall_time), PlainSerializer(lambda at: f"{at:%H:%M}")]
"""A time of day to the minute: "07:00"."""

Zone = Annotated[ZoneInfo, BeforeValidator(_parse_zone), PlainSerializer(str)]
"""A time zone by its IANA name."""

Address = Annotated[str, AfterValidator(_check_address)]
Domain = Annotated[str, AfterValidator(check_domain)]
Line = Annotated[str, AfterValidator(_check_line)]
"""Text that may stand in a mail's header."""


def _check_public_url(value: str) -> str:
    """The URL without a slash at its end. What it may hold can stand in a header as it is."""
    try:
        url = urlsplit(value.strip())
        url.port  # noqa: B018 - reading it checks it
    except ValueError:
        url = urlsplit("")
    plain = re.fullmatch(r"[!-~]{1,500}", value.strip()) and not re.search(r'[<>"\\^`{|}]', value)
    if not plain or url.scheme != "https" or not url.hostname or "@" in url.netloc or "?" in value or "#" in value:
        raise ValueError('is not an address such as "https://notices.example.com": https, a host, no query')
    return url.geturl().rstrip("/")


PublicUrl = Annotated[str, AfterValidator(_check_public_url)]
"""An absolute https URL that others are appended to."""

Rate = Annotated[rates.Rate, BeforeValidator(_parse_rate), PlainSerializer(_write_rate)]
"""How many in which time: "600/m", "10/s", "5000/h"."""

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]


def _check_picture(value: str) -> str:
    parts = urlsplit(value)
    if not (parts.scheme == "https" and parts.hostname and parts.username is None and value.isascii()):
        raise ValueError("must be an https address that everybody can open, such as https://www.example.com/logo.png")
    if re.search(r"[\s\"'<>\\]", value) or not value.isprintable():
        raise ValueError("must be an address without blanks and quotes: write them as %20, %22, %27")
    return value


PictureUrl = Annotated[str, AfterValidator(_check_picture)]
"""Where a hosted picture is fetched from by those who read a mail."""


def _check_scheme(*schemes: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(schemes):
            raise ValueError(f"must begin with {' or '.join(schemes)}")
        return value

    return AfterValidator(check)


def _name_driver(value: SecretStr) -> SecretStr:
    scheme, _, rest = value.get_secret_value().partition("://")
    return SecretStr(f"postgresql+psycopg://{rest}") if scheme in {"postgres", "postgresql"} else value


def _check_url(read: Callable[[str], object]) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        try:
            read(value.get_secret_value())
        except (ValueError, ArgumentError):
            raise ValueError("is not a URL: look at its port and its brackets") from None  # theirs repeat secrets
        return value

    return AfterValidator(check)


def _names_a_file(value: SecretStr) -> SecretStr:
    """SQLite without a file keeps everything in memory, and each process would have a database of its own."""
    if make_url(value.get_secret_value()).database in (None, "", ":memory:"):
        raise ValueError("names no database: write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
    return value


def _check_loopback(value: str) -> str:
    address = "127.0.0.1" if value == "localhost" else value
    try:
        ours = ip_address(address).is_loopback
    except ValueError:
        ours = False
    if not ours:
        raise ValueError("must be a loopback address, 127.0.0.1 or ::1: who may read has no account yet")
    return address


Loopback = Annotated[str, AfterValidator(_check_loopback)]
"""An address that only this machine reaches."""

DatabaseUrl = Annotated[
    SecretStr,
    AfterValidator(_name_driver),
    _check_scheme("sqlite:///", "postgresql+psycopg://", "postgresql://"),
    _check_url(make_url),
    AfterValidator(_names_a_file),
]
RedisUrl = Annotated[SecretStr, _check_scheme("redis://", "rediss://", "unix://"), _check_url(parse_url)]
