"""`rappel optouts`: who unsubscribed from what, and what operators were told by other means."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from workers.cli.errors import Exit
from workers.cli.ingest import Doorbell
from workers.cli.installation import open_house
from workers.cli.options import AsJson, Config, Limit
from workers.cli.screen import counted, leave, print_json, print_table, say, when
from workers.domain.facts import TOGGLES
from workers.stages import unsubscribe
from workers.stages.unsubscribe import Heard, UnknownContactError
from workers.store import opt_outs
from workers.store.export import stamp
from workers.store.opt_outs import OptOut

optouts = typer.Typer(rich_markup_mode=None)


def _contact(text: str) -> str:
    kind, _, id = text.partition("/")
    if kind != "contact" or not id:
        raise typer.BadParameter("write contact/ID.")
    return id


def _toggle(text: str) -> str:
    if text not in TOGGLES:
        raise typer.BadParameter(f"there is no toggle {text!r}; one of {', '.join(TOGGLES)}.")
    return text


Contact = Annotated[str, typer.Argument(metavar="contact/ID", parser=_contact, help="Whose mails.")]
OfContact = Annotated[
    str | None, typer.Option("--contact", metavar="contact/ID", parser=_contact, help="Only of this contact.")
]
Toggle = Annotated[str, typer.Argument(metavar="TOGGLE", parser=_toggle, help=f"Which mails: {', '.join(TOGGLES)}.")]
Operator = Annotated[str, typer.Option("--by", metavar="NAME", help="Who you are, for the record.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="What happened, for the record.")]


@optouts.callback(invoke_without_command=True)
def list_optouts(
    context: typer.Context,
    contact: OfContact = None,
    history: Annotated[bool, typer.Option("--history", help="Also what was taken back.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List who unsubscribed from what, the newest first: by one click, on the page, or by an operator.

    An opt-out is the person's own. No event from upstream takes it back: only the person, on the page that these mails
    lead to, or an operator.

    Example: rappel optouts

    Example: rappel optouts --contact contact/K-1 --history
    """
    if context.invoked_subcommand:
        return
    with open_house(config) as house, house.database.read() as connection:
        find = opt_outs.history if history else opt_outs.standing
        found = find(connection, contact, limit + 1)
    if as_json:
        print_json(_as_json(each) for each in found[:limit])
    elif found:
        print_table(("time", "contact", "mails", "", "by", "why"), [_row(each) for each in found[:limit]])
        if len(found) > limit:
            say(f"\nThere are more; --limit {2 * limit} shows some.")
    else:
        say("Nobody has unsubscribed." if contact is None else f"contact/{contact} has not unsubscribed from anything.")


@optouts.command("add")
def add_optout(contact: Contact, toggle: Toggle, by: Operator, why: Why, config: Config = None) -> None:
    """Record that somebody wants no more mails of a kind: they called, or answered a mail.

    What is on its way to them is decided again at once. Said again it changes nothing.

    Exit code: 0; 6 if there is no such contact, or not any more.

    Example: rappel optouts add contact/K-1 invoice --by anna --why "she called"
    """
    heard = _say(contact, toggle, opted_out=True, by=by, why=why, config=config)
    if heard.changed:
        say(f"contact/{contact} gets no more {toggle} mails.{_again(heard)}")
    else:
        say(f"contact/{contact} had unsubscribed from {toggle} mails already.")


@optouts.command("release")
def release_optout(contact: Contact, toggle: Toggle, by: Operator, why: Why, config: Config = None) -> None:
    """Take an opt-out back: the person wants these mails again. Upstream's own toggle still counts.

    Example: rappel optouts release contact/K-1 invoice --by anna --why "she wrote that she misses them"
    """
    heard = _say(contact, toggle, opted_out=False, by=by, why=why, config=config)
    if heard.changed:
        say(f"contact/{contact} may get {toggle} mails again.{_again(heard)}")
    else:
        say(f"contact/{contact} has not unsubscribed from {toggle} mails: there is nothing to take back.")


def _say(contact: str, toggle: str, *, opted_out: bool, by: str, why: str, config: Any) -> Heard:
    said = {"--by": by.strip(), "--why": why.strip()}
    for option, text in said.items():
        if not text:
            raise typer.BadParameter("must not be empty.", param_hint=option)
    with open_house(config) as house:
        try:
            heard = unsubscribe.by_operator(
                house.database,
                contact,
                toggle,
                opted_out=opted_out,
                operator=said["--by"],
                why=said["--why"],
                now=house.clock(),
            )
        except UnknownContactError:
            leave(f"contact/{contact} is not known: no event has told of it yet, or it was deleted.", Exit.NOT_FOUND)
        Doorbell(house).ring(heard.undecided)
    return heard


def _again(heard: Heard) -> str:
    if not heard.undecided:
        return ""
    return f" {counted(len(heard.undecided), 'open notice is', 'open notices are')} decided again."


def teller_in_words(found: OptOut) -> str:
    """Who said so, or by what means the person did."""
    return found.operator or {"one_click": "one click", "page": "the page"}[found.source]


def _row(found: OptOut) -> tuple[str, ...]:
    said = "no more" if found.opted_out else "again"
    by = teller_in_words(found)
    return (when(found.at), f"contact/{found.contact}", found.toggle, said, by, found.why or "")


def _as_json(found: OptOut) -> dict[str, Any]:
    return asdict(found) | {"at": stamp(found.at), "contact": f"contact/{found.contact}"}
