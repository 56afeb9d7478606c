"""`rappel problems`: what needs a person."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer

from workers.cli.errors import Exit
from workers.cli.ingest import Doorbell
from workers.cli.installation import open_house
from workers.cli.options import AsJson, Config, Limit
from workers.cli.screen import counted, leave, print_json, print_table, say, when
from workers.domain.reason_words import WORDS
from workers.house import House
from workers.stages.retry import Retried, retry
from workers.store import dangling, today
from workers.store import problems as store
from workers.store.export import stamp

problems = typer.Typer(rich_markup_mode=None)


class Kind(StrEnum):
    """What sort of problem it is."""

    REFUSED = "refused"
    ALERT = "alert"
    POISON = "poison"
    DANGLING = "dangling"


OfKind = Annotated[
    Kind | None,
    typer.Option(
        "--kind",
        help="refused: events that break the contract; alert: mail that reached nobody; poison: rows set aside after "
        "failing again and again; dangling: references to what nobody has sent yet, or to no stage of a process.",
    ),
]
Ids = Annotated[list[int], typer.Argument(metavar="ID", help="As the list shows them.")]
SomeIds = Annotated[list[int] | None, typer.Argument(metavar="ID", help="As the list shows them.")]


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of the list. `id` and `at` are None for a dangling reference, which is seen, not recorded."""

    id: int | None
    at: str | None
    kind: str
    subject: str
    reason: str
    pointer: str | None
    detail: str

    def to_json(self) -> dict[str, Any]:
        """All keys, in this order."""
        return {name: getattr(self, name) for name in self.__slots__}


@problems.callback(invoke_without_command=True)
def list_problems(
    context: typer.Context, kind: OfKind = None, limit: Limit = 50, as_json: AsJson = False, config: Config = None
) -> None:
    """List what needs a person and is not solved, the newest first; references that dangle come last.

    An alert about mail that reached nobody is solved by itself once a later decision on that thing reaches somebody.
    Held and uncertain mails are counted below the list; `rappel deliveries` lists them.

    Example: rappel problems --kind refused
    """
    if context.invoked_subcommand:
        return
    with open_house(config) as house:
        found = list(_found(house, kind, limit + 1))
        with house.database.read() as connection:
            waiting = {} if kind or as_json else today.standing(connection)
    if as_json:
        print_json(problem.to_json() for problem in found[:limit])
    elif found:
        rows = [
            (str(each.id or ""), each.kind, each.subject, each.reason, each.detail.partition("\n")[0])
            for each in found[:limit]
        ]
        print_table(("id", "kind", "where", "reason", "what to do"), rows)
        if len(found) > limit:
            say(f"\nThere are more; --limit {2 * limit} shows some.")
        say("\n`rappel problems show ID` tells more, `retry ID` tries once more, `solve ID` marks it done.")
    else:
        say("No problems." if kind is None else f"No problems of kind {kind}.")
    for state, count in waiting.items():
        wait = "waits" if count == 1 else "wait"
        say(f"\n{counted(count, 'mail')} {wait} for your word: `rappel deliveries --state {state}` lists them.")


@problems.command("show")
def show_problem(
    id: Annotated[int, typer.Argument(metavar="ID", help="As the list shows it.")],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show one problem, with the event as it came.

    Example: rappel problems show 3
    """
    with open_house(config) as house:
        (row,) = _existing(house, [id])
    if as_json:
        print_json([_problem(row).to_json() | {"payload": row.payload, "solved_at": stamp(row.solved_at)}])
        return
    say(f"Problem {row.id} ({row.kind}), {when(row.at)}{', solved ' + when(row.solved_at) if row.solved_at else ''}")
    say(f"  {row.subject}{' ' + row.pointer if row.pointer else ''}\n  {row.reason}: {row.detail}")
    if row.reason in WORDS:
        say(f"  That means: {WORDS[row.reason]}.")
    if row.payload is not None:
        say(f"\n{row.payload}")


@problems.command("retry")
def retry_problems(
    ids: SomeIds = None,
    everything: Annotated[bool, typer.Option("--all", help="All that can be tried again and is not solved.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Try again what was refused or set aside, once its cause is mended; what is accepted or known by now is solved.

    Refused events are taken in as they came. Rows and notices that broke, and mails that a broken template held, are
    looked at again by the fleet; what breaks three times more is shown here anew.

    Exit code: 0; 5 if an event was refused again; 1 if all were.

    Example: rappel problems retry --all
    """
    if bool(ids) == everything:
        raise typer.BadParameter("give ids, or --all.")
    with open_house(config) as house:
        chosen = _everything(house) if everything else [row.id for row in _existing(house, ids or [])]
        done = list(_retried(house, chosen))
    if as_json:
        print_json(map(_retried_as_json, done))
    elif done:
        _tell(done)
    else:
        say("There is nothing to try again." if everything else "Of these problems nothing can be tried again.")
    solved = sum(each.solved for each in done)
    raise typer.Exit(Exit.OK if solved == len(done) else Exit.PARTIAL if solved else Exit.FAILURE)


@problems.command("solve")
def solve_problems(ids: Ids, config: Config = None) -> None:
    """Take problems off the list: somebody has seen to them.

    Example: rappel problems solve 3 4
    """
    with open_house(config) as house:
        chosen = [row.id for row in _existing(house, ids) if row.solved_at is None]
        with house.database.write() as connection:
            store.solve(connection, chosen, house.clock())
    already = len(set(ids)) - len(chosen)
    say(f"{counted(len(chosen), 'problem')} solved{f'; {already} had been solved before' if already else ''}.")


def _found(house: House, kind: Kind | None, limit: int) -> Iterator[Problem]:
    with house.database.read() as connection:
        if kind is not Kind.DANGLING:
            yield from map(_problem, store.unsolved(connection, kind, limit))
        if kind in (None, Kind.DANGLING):
            yield from map(_dangling, dangling.dangling(connection, limit))


def _problem(row: Any) -> Problem:
    return Problem(row.id, stamp(row.at), row.kind, row.subject, row.reason, row.pointer, row.detail)


def _dangling(found: dangling.Dangling) -> Problem:
    detail = _DANGLING[found.reason].format(missing=found.missing)
    return Problem(None, None, Kind.DANGLING, found.ref, found.reason, f"/data/{found.field}", detail)


_DANGLING = {
    "reference_missing": "{missing} is not known; send it. It is used as soon as it is there.",
    "stage_missing": "Its process has no stage {missing}, so nobody is reminded of it: "
    "save it with another stage, or the process with this one.",
}


def _existing(house: House, ids: list[int]) -> list[Any]:
    """The problems with these ids; leaves if one of them is not there."""
    with house.database.read() as connection:
        rows = store.get(connection, ids)
    missing = sorted(set(ids) - {row.id for row in rows})
    if missing:
        leave(f"There is no problem {', '.join(map(str, missing))}. `rappel problems` lists them.", Exit.NOT_FOUND)
    return rows


def _everything(house: House) -> list[int]:
    with house.database.read() as connection:
        return sorted(row.id for row in store.unsolved(connection, limit=None))


def _retried_as_json(each: Retried) -> dict[str, Any]:
    if each.answer is None:
        return {"problem": each.problem, "status": "retried", "notices": each.undecided}
    return {"problem": each.problem, **each.answer.to_json()}


def _retried(house: House, ids: list[int]) -> Iterator[Retried]:
    doorbell = Doorbell(house)
    for each in retry(house.database, ids, house.intake(None), house.clock()):
        doorbell.ring(each.undecided)
        yield each


def _tell(done: Iterable[Retried]) -> None:
    print_table(("id", "now", "reason", "what to do"), [_retried_row(each) for each in done])


def _retried_row(each: Retried) -> tuple[str, str, str, str]:
    if each.answer is None:
        return str(each.problem), "tried again", "", "`rappel problems` shows it anew if it breaks again."
    now = "solved" if each.solved else "refused"
    return str(each.problem), now, each.answer.reason or "", each.answer.detail or ""
