"""What comes from outside, made fit to stand in a letter: strings that stay in their line, links that lead to pages."""

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from workers.domain.direction import straight

# Line and paragraph separators count as control characters here: each of them would start a line of its own.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_LINKS = frozenset({"link", "url"})

T = TypeVar("T")


def one_line(text: str) -> str:
    """`text` without control characters (each run becomes a blank), direction changes and lone surrogates."""
    return _SURROGATES.sub("\ufffd", straight(_CONTROLS.sub(" ", text))).strip()


def tidy(content: T) -> T:
    """A content whose every string is one line, and whose link, if it has one, leads to a page on the web."""
    return _tidy(content)  # type: ignore[no-any-return]


def web_page(link: str) -> str:
    """The link, or nothing, if it is no address on the web: a link that runs script, for instance, is left out.

    The contract refuses such links at the door. This is for what came in by another way, or by an older release.
    """
    try:
        address = urlsplit(link)
    except ValueError:
        return ""
    return link if address.scheme in ("http", "https") and address.hostname else ""


def _tidy(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, tuple):
        return tuple(map(_tidy, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _field(field.name, getattr(value, field.name)) for field in fields(value)})
    return value


def _field(name: str, value: Any) -> Any:
    tidied = _tidy(value)
    return web_page(tidied) if tidied and name in _LINKS else tidied
