"""A link for setting a password is a secret (PX-10): nothing that is said or kept of a refused event holds one.

A refused event need not look as it should: its link may stand in any field, under any key, or in no JSON at all. So of
the types that may hold a secret every link goes, and of what is of no known type, which may be one of them misspelt.
"""

import json
import re
from typing import Any

from workers.contract.registry import TYPES
from workers.contract.types import LINK_EXAMPLE

REDACTED = "(redacted)"

_PLAIN = TYPES.keys() - {"contact.created", "contact.password_requested"}
_SECRET_KEYS = frozenset({"url", "set_password"})

_STRING = r'"(?:[^"\\]|\\.|\\$)*(?:"|$)'
_LINK = re.compile(r"https?:(?:\\?/|~1){2}[^\s\"]*", re.IGNORECASE)  # ~1: within a JSON Pointer
_QUOTED = re.compile(_STRING, re.DOTALL)
_PIECES = re.compile(rf"(?:(?P<key>{_STRING})(?P<colon>\s*:\s*))?(?P<text>{_STRING})|{_LINK.pattern}", re.DOTALL | re.I)
_TYPE = re.compile(rf'"type"\s*:\s*({_STRING})')


def may_hold_secret(type: object) -> bool:
    """Whether an event of this type, if it is one, may hold a link for setting a password."""
    return not isinstance(type, str) or type not in _PLAIN


def without_links(said: str) -> str:
    """A sentence or a pointer without the links that it repeats from an event; our own example stays."""
    said = _QUOTED.sub(lambda found: f'"{REDACTED}"' if _LINK.search(found.group()) else found.group(), said)
    return _LINK.sub(lambda found: found.group() if found.group().startswith(LINK_EXAMPLE) else REDACTED, said)


def redacted(text: str) -> str:
    """The text of a refused event, otherwise as it came. What stands in place of a link is refused, too."""
    bare = text.replace("\0", "")  # UTF-16, read as UTF-8
    hides_all = not _types_in(bare) <= _PLAIN
    safe = _PIECES.sub(lambda found: _safe(found, hides_all), bare)
    return text if safe == bare else safe


def _types_in(text: str) -> set[Any]:
    """Every type that a reader could take the event for; None: there is none to be found."""
    types: set[Any] = {_read(found) for found in _TYPE.findall(text)}
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return types or {None}
    type = event.get("type") if isinstance(event, dict) else None
    return types | {type if isinstance(type, str) else None}


def _safe(found: re.Match[str], hides_all: bool) -> str:
    if found["text"] is None:
        return REDACTED if hides_all else found.group()
    key, text = found["key"] or "", found["text"]
    name = _read(key)
    if name.casefold() in _SECRET_KEYS or (hides_all and name != "source" and _LINK.search(_read(text))):
        text = f'"{REDACTED}"'
    if hides_all and _LINK.search(name):
        key = f'"{REDACTED}"'
    return f"{key}{found['colon'] or ''}{text}"


def _read(literal: str) -> str:
    """What a JSON string says, also one that was cut off or says something that JSON does not know."""
    if "\\" not in literal:
        return literal[1:].removesuffix('"')
    try:
        return str(json.loads(literal, strict=False))
    except ValueError:
        return literal
