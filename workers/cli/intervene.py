"""`rappel deliveries resend`, `mark-sent` and `drop`: an operator's word about single copies."""

import getpass
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from workers.cli.deliveries import OfAddress, OfReason, OfState, OfSubject, OfTemplate
from workers.cli.errors import Exit
from workers.cli.installation import open_house
from workers.cli.options import AsJson, Config, Since, Until, refuse_backwards
from workers.cli.screen import ERASED, agreed, counted, leave, print_json, print_table, say, warn
from workers.contract.types import Address
from workers.domain.delivery import ORDERS, SENT_ANEW, State, Verb
from workers.domain.interventions import Against
from workers.house import House
from workers.stages.intervene import Order, Planned, carry_out, plan
from workers.store import lookup
from workers.store.lookup import Wanted

SHOWN = 50
"""Copies of a plan that are printed; the rest is counted."""


_ADDRESS: TypeAdapter[str] = TypeAdapter(Address)


def _line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise typer.BadParameter("write one line of text.")
    return text.strip()


def _address(text: str) -> str:
    try:
        found: str = _ADDRESS.validate_python(text)
    except ValidationError as wrong:
        raise typer.BadParameter(wrong.errors()[0]["msg"]) from None
    return found


Ids = Annotated[list[int] | None, typer.Argument(metavar="ID", help="As `rappel deliveries` lists them.")]
To = Annotated[
    str | None,
    typer.Option("--to", parser=_address, metavar="ADDRESS", help="A corrected address, for this one copy alone."),
]
All = Annotated[bool, typer.Option("--all", help="All that are held or uncertain.")]
Why = Annotated[str, typer.Option("--why", parser=_line, metavar="TEXT", help="The reason, which is kept.")]
By = Annotated[
    str | None,
    typer.Option("--by", parser=_line, metavar="NAME", help="Who says so; else the name you are logged in with."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan, and do nothing.")]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which copies are meant: those with these ids, or all that fit."""

    ids: Sequence[int] | None
    wanted: Wanted
    everything: bool


@dataclass(frozen=True, slots=True)
class Manner:
    """Whether to ask, whether to do anything at all, and what to print."""

    yes: bool
    dry_run: bool
    as_json: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What all three verbs are told."""

    chosen: Chosen
    manner: Manner
    why: str
    operator: str
    config: Path | None


def _asked(
    ids: Ids = None,
    *,
    why: Why,
    state: OfState = None,
    template: OfTemplate = None,
    subject: OfSubject = None,
    address: OfAddress = None,
    reason: OfReason = None,
    since: Since = None,
    until: Until = None,
    everything: All = False,
    by: By = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    config: Config = None,
) -> Asked:
    """Its parameters are the options of all three."""
    refuse_backwards(since, until)
    wanted = Wanted(state, subject, address, reason, since, until, template=template)
    return Asked(Chosen(ids, wanted, everything), Manner(yes, dry_run, as_json), why, _operator(by), config)


def _verb(carry_out: Callable[..., None]) -> Callable[..., None]:
    """A command from a function of what was asked, and of options of its own: with the options of all three."""
    own = list(signature(carry_out).parameters.values())[1:]
    shared = signature(_asked).parameters
    first = [shared["why"], shared["ids"], *own]
    options = [*first, *(option for option in shared.values() if option not in first)]

    @wraps(carry_out)
    def command(**given: Any) -> None:
        of_its_own = {option.name: given.pop(option.name) for option in own}
        carry_out(_asked(**given), **of_its_own)

    keywords = [option.replace(kind=Parameter.KEYWORD_ONLY) for option in options]
    command.__signature__ = Signature(keywords)  # type: ignore[attr-defined]
    command.__annotations__ = {option.name: option.annotation for option in options}
    return command


@_verb
def resend(asked: Asked, to: To = None) -> None:
    """Send copies once more: the same letter, word for word, under the same Message-ID.

    Of held and uncertain copies, this very copy; of sent and failed ones (name them, or say --state), a new copy with
    the next number. Where the first may have arrived it is marked as a possible duplicate. With a new copy in To go
    those in Cc that were cancelled because none in To was accepted: they follow as soon as one is. The letter goes out
    even if its lead was closed or its renewal moved since, but never to an address that bounced, to somebody who was
    erased or has unsubscribed, nor while its template is switched off. What was held for its template or by mail.mode
    goes out by the rules, as if it had not been held. The plan is shown first.

    Exit code: 0; 5 if some were refused; 1 if all were; 6 if an id is not there.

    Example: rappel deliveries resend 12 --to ada@example.com --why "typing error, ticket 4711"

    Example: rappel deliveries resend --state uncertain --template invoice.sent --why "host-3 burnt down" --yes
    """
    if to and len(asked.chosen.ids or ()) != 1:
        raise typer.BadParameter("a corrected address is for one copy: give its id.", param_hint="--to")
    _carry_out(Order(Verb.RESEND, asked.operator, asked.why, to), asked)


@_verb
def mark_sent(asked: Asked) -> None:
    """Say that uncertain copies arrived, or that held ones were sent by other means. Nothing is sent.

    An uncertain copy counts as sent at its attempt: the next reminders of a lead count from that day. Copies that
    waited for it (Cc) go out.

    Exit code: 0; 5 if some were refused; 1 if all were; 6 if an id is not there.

    Example: rappel deliveries mark-sent 12 --why "the reader has answered it"
    """
    _carry_out(Order(Verb.MARK_SENT, asked.operator, asked.why), asked)


@_verb
def drop(asked: Asked) -> None:
    """Give copies up: an uncertain one has failed, a held one is cancelled. Nothing is sent.

    With the last copy in To those in Cc are cancelled, too. A follow-up or a renewal notice of which nothing has left
    is free again: while it is due, a later daily run decides it anew. An uncertain follow-up keeps its number, and the
    next one comes when it is due.

    Exit code: 0; 5 if some were refused; 1 if all were; 6 if an id is not there.

    Example: rappel deliveries drop --state held --template activity --why "told by phone"
    """
    _carry_out(Order(Verb.DROP, asked.operator, asked.why), asked)


def _operator(by: str | None) -> str:
    try:
        return by or getpass.getuser()
    except (KeyError, OSError):
        raise typer.BadParameter("this user has no name here: say who you are.", param_hint="--by") from None


def _carry_out(order: Order, asked: Asked) -> None:
    manner = asked.manner
    if manner.as_json and not (manner.yes or manner.dry_run):
        raise typer.BadParameter("with --json nobody is asked: say --yes or --dry-run.", param_hint="--json")
    with open_house(asked.config) as house:
        plans = plan(house.database, order, _ids(house, order.verb, asked.chosen), house.policy, house.clock())
        if not manner.as_json:
            _show(order, plans)
        done = _done(house, order, plans, manner)
    plans = [done.get(planned.copy.id, planned) for planned in plans]
    if manner.as_json:
        print_json(_as_json(order, planned, is_done=planned.copy.id in done) for planned in plans)
    elif done:
        _tell(list(done.values()))
    raise typer.Exit(_exit_code(plans))


def _ids(house: House, verb: Verb, chosen: Chosen) -> list[int]:
    """The copies that are meant; leaves if one of them is not there."""
    if bool(chosen.ids) == (chosen.everything or chosen.wanted != Wanted()):
        raise typer.BadParameter("give ids, or say which are meant: --all, or filters such as --state and --template.")
    with house.database.read() as connection:
        if not chosen.ids:
            return lookup.ids_of(connection, chosen.wanted, _states(verb, chosen.wanted))
        found = lookup.existing(connection, chosen.ids)
    if missing := sorted(set(chosen.ids) - found):
        leave(f"There is no delivery {', '.join(map(str, missing))}. `rappel deliveries` lists them.", Exit.NOT_FOUND)
    return sorted(found)


def _states(verb: Verb, wanted: Wanted) -> set[State]:
    """What waits for an operator; what has an end is resent only where somebody says so."""
    waits = set(ORDERS[verb])
    able = waits | SENT_ANEW if verb is Verb.RESEND else waits
    if wanted.state is None:
        return waits
    if wanted.state not in able:
        names = ", ".join(sorted(able))
        raise typer.BadParameter(f"{_name(verb)} is for copies that are {names}.", param_hint="--state")
    return {wanted.state}


def _show(order: Order, plans: Sequence[Planned]) -> None:
    if not plans:
        say(f"No delivery fits that `{_name(order.verb)}` is for.")
        return
    print_table(_COLUMNS, [_row(planned) for planned in plans[:SHOWN]])
    if len(plans) > SHOWN:
        say(f"and {len(plans) - SHOWN} more; --json --dry-run shows all.")


_COLUMNS = ("id", "now", "then", "to", "about", "template", "why not, and what to do")


def _row(planned: Planned) -> tuple[str, ...]:
    copy, against = planned.copy, planned.objection
    fate = "" if against else _fate(planned)
    return (
        *(str(copy.id), copy.state, fate, copy.reader or ERASED, copy.subject, copy.template),
        f"{against.reason}: {against.advice}" if against else "",
    )


def _fate(planned: Planned) -> str:
    stays = planned.state or planned.copy.state
    if planned.follows:
        return f"{stays}, and a new copy in Cc follows"
    return f"{stays}, and a new copy" if planned.adds_copy else stays


def _done(house: House, order: Order, plans: Sequence[Planned], manner: Manner) -> dict[int, Planned]:
    """What was done, by copy, once somebody agreed; nothing without."""
    count = _count(plans)
    if not count or manner.dry_run:
        return {}
    question = f"{_QUESTIONS[order.verb]} ({counted(count, 'delivery', 'deliveries')})"
    if not manner.yes and not agreed(question):
        leave("Nothing was done.", Exit.FAILURE)
    carried = carry_out(house.database, order, plans, house.policy, house.clock())
    return {planned.copy.id: planned for planned in carried}


_QUESTIONS = {
    Verb.RESEND: "Send again?",
    Verb.MARK_SENT: "Mark as sent?",
    Verb.DROP: "Give up?",
}


def _tell(done: Sequence[Planned]) -> None:
    for planned in done:
        if planned.follows:
            _tell_follower(planned)
        elif planned.objection:
            warn(f"delivery {planned.copy.id} was left as it is: {planned.objection.advice}.")
        elif planned.made:
            say(f"delivery {planned.copy.id} goes out again as delivery {planned.made}.")
    say(f"{counted(_count(done), 'delivery', 'deliveries')} done.")


def _tell_follower(planned: Planned) -> None:
    if planned.objection:
        warn(f"delivery {planned.copy.id} does not follow in Cc: {planned.objection.advice}.")
    else:
        say(f"delivery {planned.copy.id} follows as delivery {planned.made}, once one in To was accepted.")


def _count(plans: Sequence[Planned]) -> int:
    """Copies that were meant, and are or were dealt with."""
    return sum(not (planned.objection or planned.follows) for planned in plans)


def _as_json(order: Order, planned: Planned, *, is_done: bool) -> dict[str, Any]:
    copy, against = planned.copy, planned.objection
    return {
        "delivery": copy.id,
        "verb": order.verb,
        "address": copy.reader or None,
        "state": copy.state,
        "then": None if against else planned.state or copy.state,
        "new_copy": planned.adds_copy and not against,
        "follows": planned.follows,
        "made": planned.made,
        "done": is_done and not against,
        "reason": against.reason if against else None,
        "advice": against.advice if against else None,
    }


def _name(verb: Verb) -> str:
    return verb.replace("_", "-")


def _exit_code(plans: Sequence[Planned]) -> Exit:
    """An order that was carried out before, to the word, is no failure: a script may say it again."""
    plans = [planned for planned in plans if not planned.follows]
    against = [planned.objection.reason for planned in plans if planned.objection]
    refused = sum(reason is not Against.ORDERED_ALREADY for reason in against)
    if not refused:
        return Exit.OK
    return Exit.FAILURE if refused == len(plans) else Exit.PARTIAL
