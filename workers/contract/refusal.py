"""A refused event is an expected answer: a code, a JSON Pointer, and a sentence that says what to do next."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from pydantic_core import PydanticCustomError

from workers.domain.direction import TURNS

_KINDS = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
_SHOWN = 60
_POINTER = 200
# A misspelt key must not write on a terminal or into a log, nor turn our words round.
_CONTROL = re.compile(rf"[\u0000-\u001f\u007f-\u009f{TURNS}]")

Path = tuple[str | int, ...]
"""Where something stands in an event: keys and zero-based places, from the root."""


class Code(StrEnum):
    """The reasons for which the contract refuses an event. Rooms that know more than one event add their own."""

    NOT_JSON = "not_json"
    DUPLICATE_KEY = "duplicate_key"
    TOO_LARGE = "too_large"
    UNSUPPORTED_SPECVERSION = "unsupported_specversion"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_FIELD = "unknown_field"
    MISSING_FIELD = "missing_field"
    NULL_NOT_ALLOWED = "null_not_allowed"
    WRONG_TYPE = "wrong_type"
    INVALID_VALUE = "invalid_value"
    NAIVE_TIME = "naive_time"
    EMPTY_SELECTION = "empty_selection"


class Refused(Exception):  # noqa: N818  an expected answer, no error
    """This event breaks the contract. `pointer` is "" for the event as a whole; `detail` is one sentence or two.

    `source` and `id` are those of the event, where it could be read that far; `fields`: what else could, if it is no
    JSON object that all readers understand alike.
    """

    def __init__(self, reason: Code, path: Path, detail: str) -> None:
        self.reason = reason
        self.pointer = _CONTROL.sub("\ufffd", pointer(path))
        self.detail = _CONTROL.sub("\ufffd", detail)
        self.source: str | None = None
        self.id: str | None = None
        self.fields: Mapping[str, Any] = {}

    def __str__(self) -> str:
        return f"{self.reason} at {self.pointer or 'the event'}: {self.detail}"


def fault(code: Code, detail: str, *below: str | int) -> PydanticCustomError:
    """An error for a validator to raise. `below` leads from the validated value to the part that is wrong."""
    return PydanticCustomError(code.value, "{detail}", {"detail": detail, "below": below})


def pointer(path: Path) -> str:
    """The JSON Pointer (RFC 6901) of a path, cut where a key has no sane length.

    >>> pointer(("data", "stages", 0, "a/b"))
    '/data/stages/0/a~1b'
    """
    text = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return text if len(text) <= _POINTER else text[: _POINTER - 1] + "…"


def kind(value: object) -> str:
    """What JSON calls a value, for a sentence: `a list`."""
    return "null" if value is None else _KINDS[type(value)]


def shown(value: object) -> str:
    """A value as a sentence quotes it: shortened, on one line; lists and objects are only named."""
    if isinstance(value, list | dict):
        return kind(value)
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 2] + "…" + text[-1]


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean ...?` for a misspelt word; empty where nothing known is near."""
    folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold()[:_POINTER], folded, n=2, cutoff=0.75)
    return f"did you mean {' or '.join(folded[name] for name in close)}?" if close else ""
