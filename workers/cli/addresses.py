"""`rappel addresses`: where mail does not go any more, why, and how it does again."""

import getpass
from dataclasses import asdict
from typing import Annotated, Any

import typer

from workers.cli.errors import Exit
from workers.cli.ingest import Doorbell
from workers.cli.installation import open_house
from workers.cli.options import AsJson, Config, Limit
from workers.cli.screen import leave, print_json, print_table, say, when
from workers.domain.recipients import fold
from workers.stages import addresses as stage
from workers.store import address_book, reports
from workers.store.address_book import Known, Refusal, Standing
from workers.store.export import stamp
from workers.store.reports import Reported

addresses = typer.Typer(rich_markup_mode=None)

OfState = Annotated[Standing | None, typer.Option("--state", help="Only addresses that stand so.")]
Part = Annotated[str | None, typer.Option("--address", metavar="TEXT", help="Only addresses that contain this.")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="A mail address, in any case.")]

_NOTHING = "Nothing is known of {}: no mail to it bounced, and nobody complained."


@addresses.callback(invoke_without_command=True)
def list_addresses(
    context: typer.Context,
    state: OfState = None,
    address: Part = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List the addresses from which mails came back, the latest change first.

    Suppressed are those that hard-bounced, or whose reader complained, until somebody releases them; counted are those
    whose mails only came back softly.

    Example: rappel addresses --state suppressed
    """
    if context.invoked_subcommand:
        return
    part = fold(address) if address else None
    with open_house(config) as house, house.database.read() as connection:
        found = address_book.known(connection, state, part, limit + 1)
    if as_json:
        print_json(_known_as_json(known) for known in found[:limit])
    elif found:
        print_table(_COLUMNS, [_row(known) for known in found[:limit]])
        if len(found) > limit:
            say(f"\nThere are more; --limit {2 * limit} shows some.")
        say("\n`rappel addresses show ADDRESS` tells why, `release ADDRESS --why TEXT` lets mail go there again.")
    elif state or address:
        say("No address matches.")
    else:
        say("No address yet: no mail bounced, and nobody complained. `rappel bounces ingest` takes in what comes back.")


@addresses.command("show")
def show_address(address: Address, limit: Limit = 20, as_json: AsJson = False, config: Config = None) -> None:
    """Tell how an address stands, and what was reported of it: by whom, in which words, about which delivery.

    Example: rappel addresses show gone@example.org
    """
    key = fold(address)
    with open_house(config) as house, house.database.read() as connection:
        known = address_book.get(connection, key)
        said = reports.of_address(connection, key, limit + 1)
        source = address_book.event_source(connection, key)
        refusal = address_book.last_refusal(connection, known.address) if known else None
    if known is None and not said:
        leave(_NOTHING.format(address), Exit.NOT_FOUND)
    if as_json:
        shown = _known_as_json(known) if known else {"address": address}
        told = {"event": source, "refusal": asdict(refusal) | {"at": stamp(refusal.at)} if refusal else None}
        print_json([shown | told | {"reports": [report_as_json(each) for each in said[:limit]]}])
        return
    _tell(address, known, source, refusal)
    _tell_reports(said, limit)


@addresses.command("release")
def release_address(
    address: Address,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why mail may go there again; kept.")],
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who says so; else who is signed in on this machine.")
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Let mail go to a suppressed address again, as the event `address.released` does. What was not sent stays so.

    Example: rappel addresses release back@example.org --why "They created the mailbox again"
    """
    if not why.strip():
        raise typer.BadParameter("say why, in a few words.", param_hint="--why")
    with open_house(config) as house:
        who = by or getpass.getuser()
        done = stage.release(house.database, house.intake(None), address, who, why.strip(), house.clock())
        Doorbell(house).ring(done.undecided)
    if done.was is None:
        leave(_NOTHING.format(address), Exit.NOT_FOUND)
    released = done.was is Standing.SUPPRESSED
    if as_json:
        print_json([{"address": address, "was": done.was, "released": released}])
    else:
        say(f"{address} is released." if released else f"{address} is not suppressed; nothing was changed.")


def report_in_words(said: Reported) -> str:
    """One line about a report."""
    sure = "" if said.verified else " (unverified: it changed nothing)"
    who = f", {said.said_by}" if said.said_by else ""
    status = said.status if said.status and said.status not in said.words else None
    words = " ".join(filter(None, (status, said.words)))
    return f"{when(said.at)}  {said.kind}{sure}{who}" + (f": {words}" if words else "")


def report_as_json(said: Reported) -> dict[str, Any]:
    return asdict(said) | {"at": stamp(said.at)}


_COLUMNS = ("address", "state", "since", "reason", "soft bounces", "words")


def _row(known: Known) -> tuple[str, ...]:
    count = str(known.soft_bounces)
    return known.address, known.standing, when(known.since), known.reason or "", count, known.words or ""


def _known_as_json(known: Known) -> dict[str, Any]:
    return asdict(known) | {"since": stamp(known.since)}


def _tell(address: str, known: Known | None, source: str | None, refusal: Refusal | None) -> None:
    if known is None:
        say(f"{address}: mail goes there.")
        return
    since = f" since {when(known.since)}" if known.since else ""
    say(f"{known.address}: {known.standing}{since}{f', {known.reason}' if known.reason else ''}")
    if known.words:
        say(f"  {known.words}")
    if source:
        say(f"  said by the event {source}")
    if refusal:
        say(f"  {when(refusal.at)}  refused by {refusal.route}: {refusal.words}, delivery {refusal.delivery}")
    say(f"  soft bounces so far: {known.soft_bounces}")


def _tell_reports(said: list[Reported], limit: int) -> None:
    if said:
        say("\nReports, the newest first:")
    for each in said[:limit]:
        about = f", delivery {each.delivery}" if each.delivery else ""
        say(f"  {report_in_words(each)}{about}")
    if len(said) > limit:
        say(f"\nThere are more; --limit {2 * limit} shows some.")
