"""Options that several verbs share, and how their values are read."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic_core import PydanticCustomError

from workers.contract.refusal import nearest
from workers.contract.times import instant
from workers.domain.notices import DOCUMENT_KINDS, WRITTEN_FOR
from workers.stages.explain import ANSWERED
from workers.stages.timeline import Outage

_OBJECTS = ("company", "contact", "user", "partner", "process", "deal", "project", "ticket")
KINDS = tuple(dict.fromkeys((*ANSWERED, *_OBJECTS, *DOCUMENT_KINDS)))
"""Kinds of things that events tell of."""


def moment(text: str) -> datetime:
    """An RFC 3339 time with its offset."""
    try:
        return instant(text)
    except PydanticCustomError as wrong:
        raise typer.BadParameter(wrong.message()) from None


def outage(text: str) -> Outage:
    """FROM/TO, the second excluded."""
    start, slash, end = text.partition("/")
    if not slash:
        raise typer.BadParameter(f"write FROM/TO, two times such as 2026-06-09T06:00:00Z, not {text!r}.")
    found = Outage(moment(start), moment(end))
    if found.start >= found.end:
        raise typer.BadParameter(f"an outage ends after it began; {text!r} does not.")
    return found


def day(text: str) -> date:
    """A date, or "today" (UTC)."""
    if text == "today":
        return datetime.now(UTC).date()
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise typer.BadParameter(f'write a date such as 2026-06-01, or "today", not {text!r}.') from None


def reference(text: str) -> str:
    """`lead/ID`, `invoice/ID` and the like."""
    kind, slash, id = text.partition("/")
    if kind not in KINDS or not slash or not id:
        raise typer.BadParameter(f"write KIND/ID with one of the kinds {', '.join(KINDS)}, not {text!r}.")
    return text


def template_name(name: str) -> str:
    """The name of a template."""
    if name not in WRITTEN_FOR:
        hint = nearest(name, WRITTEN_FOR) or "`rappel templates` lists them."
        raise typer.BadParameter(f"there is no template {name!r}: {hint}")
    return name


def refuse_backwards(since: datetime | None, until: datetime | None) -> None:
    """A span that ends before it begins holds nothing, which nobody wants to know."""
    if since and until and since > until:
        raise typer.BadParameter("--until lies before --since.", param_hint="--until")


Config = Annotated[Path | None, typer.Option("--config", help="Configuration file (TOML).", metavar="FILE")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON, one object a line.")]
Limit = Annotated[int, typer.Option("--limit", min=1, metavar="N", help="How many at most.")]
RelativeTo = Annotated[
    date | None,
    typer.Option(
        "--relative-to",
        parser=day,
        metavar="DATE|today",
        help="Replace {day+1T09:30} and {date+45} in the files, counted from this day (UTC).",
    ),
]
Since = Annotated[
    datetime | None, typer.Option("--since", parser=moment, metavar="TIME", help="From this time on (RFC 3339).")
]
Until = Annotated[
    datetime | None,
    typer.Option("--until", parser=moment, metavar="TIME", help="Up to this time, included (RFC 3339)."),
]
EventFiles = Annotated[list[str], typer.Argument(metavar="FILE", help="Events, one a line (NDJSON); - reads stdin.")]
