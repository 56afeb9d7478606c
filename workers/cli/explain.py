"""`rappel explain`: why somebody got a mail, or did not."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy.engine import Connection

from workers.cli.deliveries import intervention_in_words
from workers.cli.errors import Exit
from workers.cli.installation import open_house
from workers.cli.options import AsJson, Config, Limit, moment, reference
from workers.cli.optouts import teller_in_words
from workers.cli.screen import ERASED, leave, print_json, say, when
from workers.domain.delivery import State
from workers.domain.facts import TOGGLES
from workers.domain.reason_words import in_words, note_in_words
from workers.domain.recipients import fold
from workers.stages.explain import ANSWERED, Explained
from workers.stages.explain import explain as answer_for
from workers.store import address_book, export, lookup, opt_outs
from workers.store.address_book import Standing
from workers.store.lookup import Copy, Noticed

Ref = Annotated[
    str,
    typer.Argument(
        metavar="REF",
        parser=reference,
        help="lead/ID, renewal/ID, company/ID, contact/ID, user/ID, invoice/ID ...",
    ),
]
At = Annotated[
    datetime | None,
    typer.Option(
        "--at", parser=moment, metavar="TIME", help="As of this time (RFC 3339) instead of now, by what is known now."
    ),
]


def explain(ref: Ref, at: At = None, limit: Limit = 20, as_json: AsJson = False, config: Config = None) -> None:
    """Tell why nothing goes out about a lead or renewal now, and who got what, or did not, before.

    Of a contact or user: the notices for which they were considered; of a company: those about whatever is its own; of
    a deal, project, ticket or document: those about it. With --json a lead or renewal gives one line, as `simulate
    --explain` prints it; anything else all its notices, as `simulate --json` prints them.

    Example: rappel explain lead/L-1

    Example: rappel explain contact/K-1 --limit 5
    """
    kind = ref.partition("/")[0]
    with open_house(config) as house, house.database.read() as connection:
        now = at or house.clock()
        facts = lookup.facts_of(connection, ref)
        answer = answer_for(connection, house.rules, ref, now) if kind in ANSWERED else None
        barriers = [] if as_json else list(_barriers(connection, ref, facts or {}))
        past = lookup.notices_about(connection, ref, limit + 1)
        if as_json:
            print_json([answer.to_json()] if answer else export.lines(connection, lookup.about(ref)))
    if facts is None and not past:
        leave(f"{ref} is not known: no event has told of it yet. `rappel ingest` brings events in.", Exit.NOT_FOUND)
    if not as_json:
        say(ref)
        for line in (*(f"{name}: {_plain(value)}" for name, value in (facts or {}).items()), *barriers):
            say(f"  {line}")
        _tell(answer, past, limit)


def _barriers(connection: Connection, ref: str, facts: Mapping[str, Any]) -> Iterator[str]:
    """What keeps mails from a person and was said of their address, or by themselves."""
    kind, _, id = ref.partition("/")
    for each in opt_outs.standing(connection, id, len(TOGGLES)) if kind == "contact" else ():
        yield f"unsubscribed from {each.toggle} mails: {when(each.at)}, {teller_in_words(each)}"
    found = address_book.get(connection, fold(facts["address"])) if facts.get("address") else None
    if found and found.standing is Standing.SUPPRESSED:
        yield f"no mail goes to this address: {found.reason}; `rappel addresses show {found.address}` tells more"


def _tell(answer: Explained | None, past: list[Noticed], limit: int) -> None:
    if answer:
        say(f"\nAs of {when(answer.at)}: {answer.answer}, {in_words(answer.answer)}.")
        late = ", a run that is late and still to be made" if answer.is_late else ""
        say(f"Next: {when(answer.next)}{late}." if answer.next else "Nothing is foreseen.")
    say(f"\n{'Notices, the newest first:' if past else 'No notice yet.'}")
    for notice in past[:limit]:
        say("\n" + "\n".join(notice_in_lines(notice)))
    if len(past) > limit:
        say(f"\nThere are more; --limit {2 * limit} shows some.")


def notice_in_lines(notice: Noticed) -> Iterator[str]:
    """A notice with everybody who was considered for it."""
    which = f" #{notice.sequence}" if notice.sequence else ""
    which += f" ({notice.offset_days} days)" if notice.offset_days is not None else ""
    yield f"{when(notice.at)}  {notice.kind}{which}  {notice.subject}  {notice.outcome or 'open'}"
    if notice.reason:
        yield f"  {notice.reason}: {in_words(notice.reason)}"
    for note in notice.notes:
        yield f"  note {note}: {note_in_words(note)}"
    for line in _people(notice):
        yield f"    {line}"
    for record in notice.interventions:
        yield f"  {intervention_in_words(record)}"


def _people(notice: Noticed) -> Iterator[str]:
    for position, person in enumerate(notice.people):
        roles = ", ".join(role.replace("_", " ") for role in person.roles)
        address = f"<{person.address}>" if person.address else ERASED if person.erased else ""
        who = " ".join(filter(None, (person.name, address, person.ref)))
        kept = "kept" if person.kept else "dropped"
        yield f"{kept}: {roles}: {who or 'nobody'}: {person.reason}, {in_words(person.reason)}"
        if copy := notice.copies.get(position):
            yield f"    delivery {copy.id}: {_fate(copy)}"
        if person.facts:
            yield "    " + ", ".join(f"{name}: {value}" for name, value in person.facts)


def _fate(copy: Copy) -> str:
    """What became of the person's own copy; why, where that is not that a server took it."""
    tells = copy.reason and copy.state != State.SENT
    return f"{copy.fate}, {copy.reason}: {in_words(copy.reason)}" if copy.reason and tells else copy.fate


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(entry)}" for name, entry in value.items() if entry is not None)
    if isinstance(value, list):
        return "; ".join(_plain(entry) for entry in value)
    return str(value)
