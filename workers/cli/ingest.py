"""`rappel ingest`: events in, an answer for each."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

import redis.exceptions
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from workers.actors.declare import declare
from workers.cli.errors import Exit
from workers.cli.installation import open_house
from workers.cli.options import AsJson, Config, EventFiles, RelativeTo
from workers.cli.screen import print_json, print_table, say
from workers.cli.sources import Source, sources
from workers.contract.answers import Answer
from workers.fleet.premises import socket_of_running_fleet
from workers.house import House
from workers.stages.incoming import Incoming
from workers.stages.ingest import Ingested, ingest_all

SHOWN = 20
"""Rejected lines, and warnings, that are printed; the rest is counted."""

StateOnly = Annotated[
    bool, typer.Option("--state-only", help="Refuse occasions for mail: for the first synchronisation.")
]


def ingest(
    files: EventFiles,
    as_json: AsJson = False,
    state_only: StateOnly = False,
    relative_to: RelativeTo = None,
    config: Config = None,
) -> None:
    """Take events in from files, or from standard input.

    A bad line is reported and kept (`rappel problems`), the others go in. An event that is known already is answered
    "duplicate", so a file may be given again.

    Exit code: 0; 5 if a line was rejected; 1 if all were.

    Example: rappel ingest events.ndjson --json
    """
    given = sources(files)
    tally = Tally()
    with open_house(config) as house, _progress(given) as tell:
        doorbell = Doorbell(house)
        for source in given:
            for done in _ingested(house, source, relative_to, state_only):
                doorbell.ring(done.undecided)
                if as_json:
                    print_json({"file": source.name, **answer.to_json()} for answer in done.answers)
                tally.count(source.name, done.answers)
                tell(tally.seen)
    if not as_json:
        _report(tally)
    raise typer.Exit(tally.exit_code)


def _ingested(house: House, source: Source, relative_to: date | None, state_only: bool) -> Iterator[Ingested]:
    incoming = (Incoming(number, raw, house.clock()) for number, raw in source.lines(relative_to))
    return ingest_all(house.database, incoming, house.intake(f"ingest {source.name}", state_only=state_only))


@dataclass(slots=True)
class Tally:
    """What was answered so far; of rejections and warnings only the first are kept."""

    by_status: Counter[str] = field(default_factory=Counter)
    warnings: int = 0
    rejected: list[tuple[str, ...]] = field(default_factory=list)
    warned: list[tuple[str, ...]] = field(default_factory=list)

    def count(self, file: str, answers: list[Answer]) -> None:
        self.by_status.update(answer.status for answer in answers)
        for answer in answers:
            line = f"{file}:{answer.position}"
            self.warnings += len(answer.warnings)
            if answer.status == "rejected" and len(self.rejected) < SHOWN:
                self.rejected.append((line, answer.pointer or "", answer.reason or "", answer.detail or ""))
            for warning in answer.warnings[: SHOWN - len(self.warned)]:
                self.warned.append((line, warning.pointer, warning.code, warning.detail))

    @property
    def seen(self) -> int:
        return self.by_status.total()

    @property
    def exit_code(self) -> Exit:
        rejected = self.by_status["rejected"]
        if not rejected:
            return Exit.OK
        return Exit.FAILURE if rejected == self.seen else Exit.PARTIAL


def _report(tally: Tally) -> None:
    if not tally.seen:
        say("There was no event to read: one JSON object a line is expected. `rappel schema` lists the types.")
        return
    counts = [(status, tally.by_status[status]) for status in ("accepted", "duplicate", "rejected")]
    print_table(("answer", "events"), [(name, str(count)) for name, count in (*counts, ("warnings", tally.warnings))])
    _first("rejected", tally.rejected, tally.by_status["rejected"], "`rappel problems` keeps them for 30 days.")
    _first("warning", tally.warned, tally.warnings, "These events were stored.")


def _first(what: str, rows: list[tuple[str, ...]], count: int, advice: str) -> None:
    if not rows:
        return
    say()
    print_table((what, "field", "reason", "what to do"), rows)
    say(f"\nand {count - len(rows)} more. {advice}" if count > len(rows) else f"\n{advice}")


class Doorbell:
    """Tells a running fleet at once which notices must be decided again. Its sweep would find them a little later."""

    def __init__(self, house: House) -> None:
        socket = socket_of_running_fleet(house.settings.data_dir)
        url = house.settings.redis_url or (f"unix://{socket}" if socket else None)
        self._actors = declare(house.broker(url=url), house) if url else None

    def ring(self, notices: list[int]) -> None:
        if self._actors is None or not notices:
            return
        try:
            self._actors.wake_resolver(notices)
        except redis.exceptions.RedisError:
            self._actors = None  # no use in knocking again


@contextmanager
def _progress(given: list[Source]) -> Iterator[Any]:
    """A bar on a terminal. Yields what to call with the number of events so far."""
    sizes = [source.size for source in given]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    columns = (TextColumn("events {task.fields[events]}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,  # answers go where they belong
        redirect_stderr=False,
        disable=not sys.stderr.isatty(),
    ) as progress:
        task = progress.add_task("ingest", total=total, events=0)
        yield lambda seen: progress.update(task, completed=sum(source.done for source in given), events=seen)
