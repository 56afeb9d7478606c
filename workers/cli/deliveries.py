"""`rappel deliveries`: what became of each copy of each letter."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from workers.cli.addresses import report_as_json, report_in_words
from workers.cli.errors import Exit
from workers.cli.installation import open_house
from workers.cli.options import AsJson, Config, Limit, Since, Until, reference, refuse_backwards, template_name
from workers.cli.screen import ERASED, addressees, counted, leave, print_json, print_table, say, when
from workers.domain.delivery import State
from workers.domain.reason_words import in_words
from workers.domain.reasons import Reason
from workers.domain.standing import Capture
from workers.stages.mailroom import Policy
from workers.stages.show import Shown, show
from workers.store import export, interventions, lookup, reports
from workers.store.export import stamp
from workers.store.interventions import Record
from workers.store.lookup import Attempt, Copy, Count, CountBy, Wanted
from workers.store.openings import Opening

deliveries = typer.Typer(rich_markup_mode=None)

OfState = Annotated[State | None, typer.Option("--state", help="Only copies in this state.")]
OfTemplate = Annotated[
    str | None,
    typer.Option("--template", metavar="NAME", parser=template_name, help="Only of letters made from this template."),
]
OfSubject = Annotated[
    str | None,
    typer.Option("--subject", metavar="REF", parser=reference, help="Only about this thing: lead/ID, invoice/ID ..."),
]
OfAddress = Annotated[str | None, typer.Option("--address", help="Only to this address.")]
OfReason = Annotated[
    Reason | None,
    typer.Option("--reason", metavar="REASON", help="Only with this reason, of the copy or of its notice."),
]
OfResponsible = Annotated[
    str | None,
    typer.Option("--responsible", metavar="user/ID", help="Only about things that this user is responsible for now."),
]
By = Annotated[CountBy | None, typer.Option("--count-by", help="Count the copies instead of listing them.")]
Id = Annotated[int, typer.Argument(metavar="ID", help="As the list shows it.")]


@deliveries.callback(invoke_without_command=True)
def list_deliveries(
    context: typer.Context,
    state: OfState = None,
    template: OfTemplate = None,
    subject: OfSubject = None,
    address: OfAddress = None,
    reason: OfReason = None,
    responsible: OfResponsible = None,
    since: Since = None,
    until: Until = None,
    count_by: By = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List deliveries, the newest first: one copy of a letter to one address each, and what became of it.

    --since and --until mean the time at which a copy ended or, while it is open, is tried next. A notice that reached
    nobody has no delivery: `rappel explain REF` and `rappel deliveries export` tell why. Responsible are the account
    managers of companies, the responsible of deals, projects and tickets, the acceptors of leads, and the user that a
    contact's custom field names.

    Example: rappel deliveries --state failed --since 2026-06-01T00:00:00Z

    Example: rappel deliveries --responsible user/U-1 --count-by reason
    """
    if context.invoked_subcommand:
        _refuse_lost_options(context)
        return
    refuse_backwards(since, until)
    wanted = Wanted(state, subject, address, reason, since, until, _user_of(responsible), template)
    with open_house(config) as house, house.database.read() as connection:
        if responsible and lookup.facts_of(connection, responsible) is None:
            leave(f"{responsible} is not known: no event has told of this user yet.", Exit.NOT_FOUND)
        if count_by:
            _print_counts(lookup.counts(connection, wanted, count_by), count_by, wanted, as_json)
            return
        found = lookup.copies(connection, wanted, limit + 1)
    if as_json:
        print_json(_as_json(copy) for copy in found[:limit])
    elif found:
        print_table(_COLUMNS, [_row(copy) for copy in found[:limit]])
        if len(found) > limit:
            say(f"\nThere are more; --limit {2 * limit} shows some.")
    else:
        say(_nothing(wanted))


def _refuse_lost_options(context: typer.Context) -> None:
    """`deliveries --state uncertain drop --all` means less than it would do."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    if given := [name for name, source in sources.items() if source and source.name != "DEFAULT"]:
        option = f"--{given[0].removeprefix('as_').replace('_', '-')}"
        raise typer.BadParameter(f"write it behind `{context.invoked_subcommand}`.", param_hint=option)


@deliveries.command("show")
def show_delivery(
    id: Id,
    eml: Annotated[bool, typer.Option("--eml", help="The whole mail, as a server gets it.")] = False,
    text: Annotated[bool, typer.Option("--text", help="Its text alone.")] = False,
    html: Annotated[bool, typer.Option("--html", help="Its HTML alone.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show one delivery as it was sent, and what the servers said.

    Example: rappel deliveries show 12 --html > mail.html
    """
    if sum((eml, text, html, as_json)) > 1:
        raise typer.BadParameter("give one of --eml, --text, --html and --json.")
    with open_house(config) as house, house.database.read() as connection:
        copy = lookup.copy_of(connection, id)
        if copy is None:
            leave(f"There is no delivery {id}. `rappel deliveries` lists them.", Exit.NOT_FOUND)
        letter, attempts = show(connection, copy.letter, id), lookup.attempts_of(connection, id)
        decided = interventions.of_copy(connection, id)
        returned = reports.of_delivery(connection, id)
        policy = house.policy
    if eml or text or html:
        _print_body(copy, letter, "eml" if eml else "text" if text else "html", policy)
    elif as_json:
        more = {"reports": [report_as_json(each) for each in returned]}
        more["interventions"] = [_record_as_json(record) for record in decided]
        print_json([_as_json(copy) | _letter_as_json(letter, attempts) | more])
    else:
        _tell(copy, letter, attempts, [report_in_words(each) for each in returned], decided)


@deliveries.command("export")
def export_notices(since: Since = None, until: Until = None, config: Config = None) -> None:
    """Print every notice that came to an outcome, in time order, in the format of `rappel simulate --json`.

    Example: rappel deliveries export --since 2026-06-01T00:00:00Z > june.ndjson
    """
    refuse_backwards(since, until)
    with open_house(config) as house, house.database.read() as connection:
        print_json(export.lines(connection, lookup.ended_between(since, until)))


def _print_body(copy: Copy, shown: Shown, form: str, policy: Policy) -> None:
    if shown.is_erased:
        leave(_TEXT_ERASED, Exit.FAILURE)
    if shown.letter is None:
        leave(_unwritten(copy, shown), Exit.FAILURE)
    if form == "eml":
        typer.echo(shown.eml(policy), nl=False)
    else:
        typer.echo((shown.letter.text if form == "text" else shown.letter.html).encode(), nl=False)


def _user_of(responsible: str | None) -> str | None:
    if responsible is None:
        return None
    kind, _, id = responsible.partition("/")
    if kind != "user" or not id:
        raise typer.BadParameter("write user/ID.", param_hint="--responsible")
    return id


def _print_counts(found: list[Count], by: CountBy, wanted: Wanted, as_json: bool) -> None:
    if as_json:
        print_json({by.value: count.key, "copies": count.copies} for count in found)
    elif found:
        print_table((by.value, "copies"), [(count.key or "(none)", str(count.copies)) for count in found])
    else:
        say(_nothing(wanted))


_COLUMNS = ("id", "time", "state", "reason", "", "address", "about", "template", "subject line")


def _row(copy: Copy) -> tuple[str, ...]:
    return (
        str(copy.id),
        when(copy.at),
        copy.state,
        copy.capture or copy.reason or copy.notice_reason or "",
        copy.line,
        copy.address or ERASED,
        copy.subject,
        f"{copy.template} ({copy.language})",
        ERASED if copy.subject_line == "" else copy.subject_line or "",
    )


def _as_json(copy: Copy) -> dict[str, Any]:
    told = {name: stamp(value) if isinstance(value, datetime) else value for name, value in asdict(copy).items()}
    told |= {name: told[name] or None for name in ("address", "subject_line")}
    return told if copy.address else told | export.ERASED


def _letter_as_json(shown: Shown, attempts: list[Attempt]) -> dict[str, Any]:
    return {
        "message_id": shown.message_id,
        "to": export.addresses_of(shown.to),
        "cc": export.addresses_of(shown.cc),
        "text": shown.letter.text if shown.letter else None,
        "html": shown.letter.html if shown.letter else None,
        "opening": asdict(shown.opening) | {"first_at": stamp(shown.opening.first_at)} if shown.opening else None,
        "answers": [asdict(attempt) | {"at": stamp(attempt.at)} for attempt in attempts],
    }


def _record_as_json(record: Record) -> dict[str, Any]:
    return asdict(record) | {"at": stamp(record.at)}


def intervention_in_words(record: Record) -> str:
    """`2026-06-03 09:12 UTC  resend of delivery 12 by ada: typing error (to ada@example.com, as delivery 31)`."""
    more = [f"to {record.address}"] if record.address else []
    more += [f"as delivery {record.made}"] if record.made else []
    verb = record.verb if record.verb == interventions.BY_ITSELF else record.verb.replace("_", "-")
    said = f"{when(record.at)}  {verb} of delivery {record.delivery}, {record.state_before}, by {record.operator}: "
    return said + (record.why or ERASED) + (f" ({', '.join(more)})" if more else "")


def opening_in_words(opening: Opening | None) -> str:
    """What its picture told (PX-12), and what that is worth."""
    if opening is None:
        return "Not opened as far as its picture tells; programs that fetch no pictures never tell."
    times = counted(opening.times, "time")
    return (
        f"Opened for the first time {when(opening.first_at)}, at least: its picture was fetched {times}. "
        "That says nothing about reading; some programs fetch pictures unasked."
    )


_CAPTURES: dict[str, str] = {
    Capture.CAPTURED: "nobody has said yet whether it counts as sent (`rappel captured`)",
    Capture.COUNTED: "it counts as sent",
    Capture.NOT_COUNTED: "it does not count as sent",
}
_TEXT_ERASED = "The text of this letter was deleted with somebody on its To or Cc line who was erased."


def _unwritten(copy: Copy, shown: Shown) -> str:
    """Why there is no text, though nobody was erased."""
    if shown.is_forgotten:
        return "The text of this letter was forgotten after its time (retention.bodies)."
    if copy.is_open:
        return "This letter is not written yet: that happens when it is sent."
    return "This letter was never written: nothing of it was sent."


def _tell(copy: Copy, shown: Shown, attempts: list[Attempt], came_back: list[str], decided: list[Record]) -> None:
    say(f"Delivery {copy.id}: {copy.state} ({when(copy.at)})")
    if not copy.address:
        say("  Whoever it went to was erased: address, name and words of servers were deleted.")
    for reason in filter(None, (None if copy.capture else copy.reason, copy.notice_reason)):
        say(f"  {reason}: {in_words(reason)}")
    if copy.capture:
        say(f"  {copy.capture}: only the mail catcher took it; {_CAPTURES[copy.capture]}")
    if copy.possible_duplicate:
        say("  It may have arrived twice: it went out again after its body had left once.")
    if copy.state in (State.HELD, State.UNCERTAIN):
        say(f"  It waits for somebody's word: `rappel deliveries resend {copy.id} --why TEXT`, or mark-sent, or drop.")
    say(f"  {copy.notice} of {copy.subject}, template {copy.template}, language {copy.language}")
    for attempt in attempts:
        code = str(attempt.code or "")  # the enhanced code stands in the server's words
        said = " ".join(filter(None, (code, attempt.reply if copy.address else ERASED)))
        say(f"  {when(attempt.at)}  {attempt.route}: {attempt.kind} at {attempt.phase}: {said}")
    if shown.is_tracked and copy.state == State.SENT:
        say(f"  {opening_in_words(shown.opening)}")
    for line in (*came_back, *map(intervention_in_words, decided)):
        say(f"  {line}")
    say(f"\nMessage-ID: {shown.message_id}\nTo: {addressees(shown.to)}")
    if shown.cc:
        say(f"Cc: {addressees(shown.cc)}")
    if shown.is_erased:
        say(f"\n{_TEXT_ERASED}")
    elif shown.letter is None:
        say(f"\n{_unwritten(copy, shown)}")
    else:
        say(f"Subject: {shown.letter.subject}\n\n{shown.letter.text}")


def _nothing(wanted: Wanted) -> str:
    if wanted == Wanted():
        return "No deliveries yet. `rappel ingest` brings events in, `rappel explain lead/ID` tells what is foreseen."
    return "No delivery matches. A notice that reached nobody has none: `rappel explain REF` tells why."
