"""What can happen to a mail's content, by name: each template can be looked at, and is tested, in all that apply.

The contents are derived from the examples, so that a new template has its scenarios by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, replace
from enum import StrEnum
from typing import Any, TypeVar

from workers.domain.contents import (
    Content,
    DocumentContent,
    FollowUpContent,
    Reader,
    RenewalContent,
    WelcomeContent,
)
from workers.render.examples import example, written_about
from workers.render.scenes import LONG_ONES


class Scenario(StrEnum):
    """`zero`, `one` and `many` are of days, or of whatever else the template counts."""

    NORMAL = "normal"
    LONG = "long"
    SPARSE = "sparse"
    ZERO = "zero"
    ONE = "one"
    MANY = "many"
    HOSTILE = "hostile"


MEANINGS: Mapping[Scenario, str] = {
    Scenario.NORMAL: "as a rule",
    Scenario.LONG: "long names, long texts, words that no line holds",
    Scenario.SPARSE: "nothing that may be absent is given",
    Scenario.ZERO: "what is counted is none, or today",
    Scenario.ONE: "what is counted is one",
    Scenario.MANY: "what is counted are many",
    Scenario.HOSTILE: "markup, template syntax, line breaks and turned writing in every word; a link that runs script",
}
"""What each scenario shows, in words."""

T = TypeVar("T", bound=Content | Reader)

HOSTILE = (
    "\r\nBcc: eve@example.org <script>alert(1)</script>\"'><img src=x onerror=alert(2)></td></table><!--<![endif]-->"
    " {{ 7 * 7 }} {% raw %} %(name)s &lt;b&gt; \u202egro.live\u202c \u2066nwod"
)
"""The end of every word in a hostile content."""

HOSTILE_LINK = "javascript:alert(3)//https://portal.example.com/"

_COUNTS = {Scenario.ZERO: 0, Scenario.ONE: 1, Scenario.MANY: 21}
_UNCOUNTED = frozenset({"invoice.paid", "contract.commented"})
"""Letters that do not tell how far their document's due day is."""

_CODES = frozenset({"language", "timezone", "partner", "currency", "permissions"})
"""Fields whose values are chosen from a list, or checked: no words."""

_LINKS = frozenset({"link", "url"})


def scenarios_of(template: str) -> tuple[Scenario, ...]:
    """The scenarios that apply to a template. Raises KeyError for a template that does not exist."""
    counts = _counter(template, example(template)) is not None
    return tuple(each for each in Scenario if counts or each not in _COUNTS)


def scenario(template: str, language: str, name: Scenario) -> Content:
    """The content of a scenario. Raises KeyError for a template or language that does not exist.

    Raises ValueError for a scenario that does not apply to the template.
    """
    normal = example(template, language)
    match name:
        case Scenario.NORMAL:
            return normal
        case Scenario.LONG:
            return written_about(LONG_ONES[language], template)
        case Scenario.SPARSE:
            return replace(bare(normal), reader=Reader(language))
        case Scenario.HOSTILE:
            return _hostile(normal)
    count = _counter(template, normal)
    if count is None:
        raise ValueError(f"{template} counts nothing: it has no scenario {name}")
    return count(_COUNTS[name])


def bare(content: T) -> T:
    """The content with nothing that may be absent."""
    absent = {each.name: each.default for each in fields(content) if each.default is not MISSING}
    return replace(content, **absent)


def _counter(template: str, content: Content) -> Callable[[int], Content] | None:
    """From a number to the content in which the template counts so many; None where it counts nothing."""
    match content:
        case FollowUpContent():
            return lambda count: replace(content, overdue_days=count, number=count + 1)
        case RenewalContent():
            return lambda count: replace(content, days_left=count)
        case WelcomeContent():
            return lambda count: replace(content, permissions=content.permissions[:count])
        case DocumentContent(days_left=int(days)) if template not in _UNCOUNTED:
            return lambda count: replace(content, days_left=count if days > 0 else -count)
    return None


def _hostile(content: T) -> T:
    """The content with the words of an attacker wherever a person, or an upstream system, may write."""
    worded = {each.name: _worse(each, getattr(content, each.name)) for each in fields(content)}
    return replace(content, **worded)


def _worse(field: Field[Any], value: Any) -> Any:
    if field.name in _LINKS:
        return HOSTILE_LINK
    if field.name in _CODES:
        return value
    if field.type is Reader:
        return _hostile(value)
    if field.type in (str, str | None):
        return f"{value or field.name}{HOSTILE}"
    if field.type == tuple[str, ...]:
        return (f"{field.name}{HOSTILE}", "", HOSTILE)
    if field.type == tuple[tuple[str, str], ...]:
        return ((f"{field.name}{HOSTILE}", HOSTILE),)
    return value
