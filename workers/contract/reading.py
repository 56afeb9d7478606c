"""JSON text to values, stricter than the standard library: what two readers could understand differently is refused.

Refused are duplicate keys, NaN and infinite numbers, NUL characters and lone surrogates, more than 1 MiB of text and
more than 32 levels. Numbers are values: 1.0 and 1e0 are read as 1.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

from workers.contract.refusal import Code, Path, Refused, kind, shown

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
_EXACT = 2**53  # beyond it a float no longer says which whole number was meant

_ONE_A_LINE = "In a file each event is one object, whole on a line of its own."

# Escapes that may hide a NUL or a lone surrogate. Half an emoji pair is suspicious, too; the walk then clears it.
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNFIT = re.compile(r"[\0\ud800-\udfff]")


class _FlawError(Exception):
    """Something is wrong in a place that only a second, slower reading can name."""


class _Pairs(list[tuple[str, Any]]):
    """An object whose keys may be there twice."""


def read(raw: str | bytes | dict[str, Any]) -> dict[str, Any]:
    """The JSON object in `raw`. A dict, from a producer that has parsed already, is held to the same rules.

    Raises Refused, with the pointer of the first flaw and, where it is a matter of one place, the fields around it.
    """
    text = _text(raw)
    try:
        value, suspect = _decode(_STRICT, text), bool(_SUSPECT.search(text))
    except _FlawError:
        value, suspect = _decode(_LENIENT, text), True
    if suspect or text.count("{") + text.count("[") > MAX_DEPTH:
        for flaw in _flaws(value, ()):
            flaw.fields = _unambiguous(value)
            raise flaw
    if not isinstance(value, dict):
        raise Refused(Code.WRONG_TYPE, (), f"An event is a JSON object in braces; this is {kind(value)}. {_ONE_A_LINE}")
    return value


def is_fit(text: str) -> bool:
    """Whether every reader can take this text: no NUL characters, no half surrogate pairs."""
    return not _UNFIT.search(text)


def _unambiguous(value: Any) -> dict[str, Any]:
    """The fields of an object that are there once."""
    pairs = value if isinstance(value, _Pairs) else list(value.items()) if isinstance(value, dict) else []
    times = Counter(key for key, _ in pairs)
    return {key: item for key, item in pairs if times[key] == 1}


def _text(raw: str | bytes | dict[str, Any]) -> str:
    try:
        text = raw if isinstance(raw, str) else raw.decode() if isinstance(raw, bytes) else json.dumps(raw)
        size = len(text.encode())
    except UnicodeDecodeError as error:
        raise Refused(Code.NOT_JSON, (), f"Byte {error.start + 1} is not UTF-8; send the event in UTF-8.") from None
    except UnicodeEncodeError as error:
        raise Refused(Code.NOT_JSON, (), f"Character {error.start + 1} is half a surrogate pair.") from None
    except (TypeError, ValueError) as error:
        raise Refused(Code.NOT_JSON, (), f"The event holds a value that JSON does not know: {error}.") from None
    except RecursionError:
        raise _too_deep(()) from None
    if size > MAX_BYTES:
        raise Refused(Code.TOO_LARGE, (), f"The event has more than {MAX_BYTES} bytes; send less.")
    return text.removeprefix("\ufeff")


def _decode(decoder: json.JSONDecoder, text: str) -> Any:
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Refused(Code.NOT_JSON, (), f"This is not one JSON value: {error.msg} ({place}). {_ONE_A_LINE}") from None
    except ValueError:
        raise Refused(Code.INVALID_VALUE, (), "A number has thousands of digits; no field needs that.") from None
    except RecursionError:
        raise _too_deep(()) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _FlawError
    return value


def _number(text: str) -> float | int:
    value = float(text)
    if not math.isfinite(value):
        raise _FlawError
    return int(value) if value.is_integer() and abs(value) <= _EXACT else value


def _flawed(_constant: str) -> NoReturn:
    raise _FlawError


_STRICT = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_flawed)
_LENIENT = json.JSONDecoder(object_pairs_hook=_Pairs)


def _flaws(value: Any, path: Path) -> Iterator[Refused]:
    """What is wrong in a value, in reading order."""
    if len(path) > MAX_DEPTH:
        yield _too_deep(path)
    elif isinstance(value, str) and not is_fit(value):
        yield Refused(
            Code.INVALID_VALUE, path, "The text contains a NUL character or half a surrogate pair; remove it."
        )
    elif isinstance(value, float) and not math.isfinite(value):
        yield Refused(Code.INVALID_VALUE, path, "NaN and infinite numbers are not allowed; leave the field out.")
    elif isinstance(value, _Pairs):
        yield from _flaws_of_object(value, path)
    elif isinstance(value, dict):
        yield from _flaws_of_object(_Pairs(value.items()), path)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _flaws(item, (*path, place))


def _flaws_of_object(pairs: _Pairs, path: Path) -> Iterator[Refused]:
    seen: set[str] = set()
    for key, item in pairs:
        if not is_fit(key):
            yield Refused(
                Code.INVALID_VALUE, path, "A key contains a NUL character or half a surrogate pair; remove it."
            )
        elif key in seen:
            yield Refused(Code.DUPLICATE_KEY, (*path, key), f"The key {shown(key)} is there twice; send it once.")
        else:
            seen.add(key)
            yield from _flaws(item, (*path, key))


def _too_deep(path: Path) -> Refused:
    return Refused(Code.TOO_LARGE, path, f"The event is nested deeper than {MAX_DEPTH} levels; no field needs that.")
