"""`rappel simulate`: the same pipeline on a virtual clock (EVENTS)."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import groupby
from typing import Annotated, Any

import typer

from workers.cli.errors import Exit
from workers.cli.installation import read_settings
from workers.cli.options import AsJson, Config, EventFiles, RelativeTo, moment, outage
from workers.cli.screen import counted, print_json, print_table, say, warn, when
from workers.cli.sources import Source, sources
from workers.contract.answers import Answer
from workers.domain.reason_words import in_words
from workers.house import simulation
from workers.stages.explain import ANSWERED
from workers.stages.timeline import Outage

BETWEEN_WORDS = 3.0
"""Seconds from the start to the first word on progress, and between two."""

UntilWhen = Annotated[
    datetime, typer.Option("--until", parser=moment, metavar="TIME", help="The last instant, included (RFC 3339).")
]
Outages = Annotated[
    list[Outage] | None,
    typer.Option("--outage", parser=outage, metavar="FROM/TO", help="The fleet is away; may be given several times."),
]
Refs = Annotated[
    list[str] | None,
    typer.Option("--explain", metavar="REF", help="Also tell why nothing goes out about lead/ID or renewal/ID."),
]


def simulate(
    files: EventFiles,
    until: UntilWhen,
    outages: Outages = None,
    refs: Refs = None,
    relative_to: RelativeTo = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Tell who would get what, and why: the real rules and templates, on a virtual clock.

    Nothing is sent, and nothing of this installation is touched. The same input gives the same output, byte for byte.

    Exit code: 0; 5 if a line was rejected.

    Example: rappel simulate events.ndjson --until 2026-07-01T00:00:00Z --explain lead/L-1
    """
    stream = Stream(sources(files), relative_to)
    run = simulation(read_settings(config), outages or ())
    run.on_run = _progress(until)
    run.run(stream.lines(), until)
    rejected = [answer for answer in run.answers if answer.status == "rejected"]
    complain(stream, rejected)
    if run.left_out:
        some = counted(len(run.left_out), "event")
        warn(
            f"{stream.place(run.left_out[0])}: from here on {some} arrived after --until and had no part in it. "
            "No event arrives before those above it: if it should have, look at the receivedat and time of this line."
        )
    show, explain = (print_json, print_json) if as_json else (_show, _explain)
    show(run.lines())
    explain(run.explain(refs or (), until))
    run.database.close()
    raise typer.Exit(Exit.PARTIAL if rejected else Exit.OK)


def _progress(until: datetime) -> Callable[[datetime], None]:
    """What to call after each daily run: on a terminal it says every few seconds how far the clock has come."""
    is_watched, told = sys.stderr.isatty(), time.monotonic()

    def tell(at: datetime) -> None:
        nonlocal told
        if is_watched and time.monotonic() - told > BETWEEN_WORDS:
            told = time.monotonic()
            warn(f"simulated up to {when(at)}, on the way to {when(until)}")

    return tell


class Stream:
    """Several files as one stream, whose lines are numbered through."""

    def __init__(self, files: list[Source], relative_to: date | None) -> None:
        self._files = files
        self._relative_to = relative_to
        self._places: list[tuple[str, int]] = []

    def lines(self) -> Iterator[tuple[int, str | bytes]]:
        for file in self._files:
            for number, line in file.lines(self._relative_to):
                self._places.append((file.name, number))
                yield len(self._places), line

    def place(self, position: int) -> str:
        """Where a line stands, for people."""
        file, number = self._places[position - 1]
        return f"{file}, line {number}"


def complain(stream: Stream, rejected: Iterable[Answer]) -> None:
    """Say on standard error which lines were rejected, and why."""
    for answer in rejected:
        about = f" {answer.pointer}" if answer.pointer else ""
        warn(f"{stream.place(answer.position)}:{about} {answer.reason}: {answer.detail}")


def _show(lines: Iterable[dict[str, Any]]) -> None:
    outcomes: Counter[str] = Counter()
    for day, some in groupby(lines, key=lambda line: str(line["at"]).partition("T")[0]):
        group = list(some)
        outcomes.update(line["outcome"] for line in group)
        say(f"{date.fromisoformat(day):%A} {day} (UTC)")
        print_table(("time", "notice", "about", "outcome", "reason", "to", "cc"), [_row(line) for line in group])
        say()
    if not outcomes:
        say("No notice came to an outcome. `--explain lead/ID` or `--explain renewal/ID` tells why.")
        return
    told = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    say(f"{counted(outcomes.total(), 'notice')}: {told}")


def _row(line: dict[str, Any]) -> tuple[str, ...]:
    which = f" #{line['sequence']}" if line["sequence"] else ""
    which += f" ({line['offset_days']} days)" if line["offset_days"] is not None else ""
    notes = f" ({', '.join(line['notes'])})" if line["notes"] else ""
    to, cc = ("\n".join(address for mail in line["mails"] for address in mail[name]) for name in ("to", "cc"))
    clock = line["at"].partition("T")[2].removesuffix("Z").removesuffix(":00")
    return clock, line["notice"] + which, line["subject"], line["outcome"], line["reason"] + notes, to, cc


def _explain(answers: Iterable[dict[str, Any]]) -> None:
    for answer in answers:
        if answer["explain"].partition("/")[0] not in ANSWERED:
            say(f"{answer['explain']}: {answer['answer']}. Only lead/ID and renewal/ID have an answer.")
            continue
        upcoming = f" Next: {when(datetime.fromisoformat(answer['next']))}." if answer["next"] else ""
        say(f"{answer['explain']}: {answer['answer']}, {in_words(answer['answer'])}.{upcoming}")
