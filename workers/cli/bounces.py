"""`rappel bounces`: mails that came back."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

import sqlalchemy.exc
import typer

from workers.cli.errors import Exit, leave_on_expected_errors
from workers.cli.ingest import Doorbell
from workers.cli.installation import open_house
from workers.cli.mailboxes import Format, Found, mails
from workers.cli.options import AsJson, Config
from workers.cli.screen import print_json, print_table, say, warn
from workers.domain.bounces import Verdict
from workers.house import House
from workers.postbox.returned.left_alone import Other
from workers.stages.bounces import UNKNOWN, Taken, take

logger = logging.getLogger(__name__)

SHOWN = 20
"""Reports that are printed; the rest is counted."""

BROKEN = "broken"
"""What a mail is that breaks us: a bug. It stays where it is."""

TRY_AGAIN = 75
"""EX_TEMPFAIL: mail servers keep the mail and come again."""

WORDS = {
    Verdict.HARD: "the address does not exist, or takes no mail: suppressed, where the report is proved",
    Verdict.SOFT: "it came back for another reason: counted",
    Verdict.COMPLAINT: "the reader complained: the address is suppressed, where the report is proved",
    Verdict.DELAYED: "a server still tries",
    Verdict.DELIVERED: "it arrived",
    Verdict.ELSEWHERE: "it came back from another address than the one it was sent to: kept, nothing else",
    Verdict.REMARK: "feedback that is no complaint: kept, nothing else",
    UNKNOWN: "a report about a mail that is not ours, is forgotten, or was an erased person's",
    Other.AUTO_REPLY: "an automatic reply: left alone",
    Other.RECEIPT: "a receipt: left alone",
    Other.LIST_MAIL: "mail of a list: left alone",
    Other.OTHER: "no report: left alone, somebody may want to read it",
    Other.EMPTY: "nothing in it: left alone",
    Other.UNREADABLE: "it cannot be taken apart: left alone",
    BROKEN: "it broke rappel, the log says where: it stays",
}

bounces = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Mails that came back.")


@bounces.callback()
def group() -> None:
    """Mails that came back: bounces, complaints, and what else comes to the return paths of our mails."""


@bounces.command("ingest")
def ingest_bounces(
    source: Annotated[
        str, typer.Argument(metavar="[FILE|MAILDIR|-]", help="A mail, an mbox or a maildir; - reads stdin.")
    ] = "-",
    format: Annotated[Format, typer.Option("--format", help="How the mails are kept.")] = Format.AUTO,
    recipient: Annotated[
        str | None, typer.Option("--recipient", metavar="ADDRESS", help="The address that the mail came to.")
    ] = None,
    pipe: Annotated[
        bool, typer.Option("--pipe", help="One mail on stdin, from a mail server: exit code 75 asks it to try again.")
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Take in mails that came back: bounces (RFC 3464 and others) and feedback reports (RFC 5965).

    A report that came to the return path of one of our mails is kept in the history of that delivery. Hard bounces and
    complaints suppress the address, soft ones are counted. A report that shows no more than a Message-ID of ours is
    kept, too, but changes nothing. Reading a report again changes nothing. Everything else is left alone; in a maildir
    it is moved from new to cur like the rest, but stays unread.

    Exit code: 0; 5 if a mail broke rappel; 1 if all did. With --pipe: 0, or 75 whatever went wrong.

    Example: rappel bounces ingest /var/mail/bounces/

    Example: rappel bounces ingest --pipe --recipient "$ORIGINAL_RECIPIENT" < mail.eml
    """
    if pipe and (source != "-" or format not in (Format.AUTO, Format.EML)):
        raise typer.BadParameter("a pipe is one mail on standard input.", param_hint="--pipe")
    tally = Tally()
    with _temporary_failure(pipe), open_house(config) as house:
        doorbell = Doorbell(house)
        for found in mails(source, Format.EML if pipe else format):
            taken = _taken(house, found, recipient)
            doorbell.ring(taken.undecided)
            tally.count(found.name, taken)
            if as_json:
                print_json([_as_json(found.name, taken)])
        if pipe and tally.exit_code:
            raise typer.Exit(TRY_AGAIN)
    if not as_json and not pipe:
        _report(tally)
    raise typer.Exit(tally.exit_code)


def _taken(house: House, found: Found, recipient: str | None) -> Taken:
    """What became of one mail. A bug stops at the mail it is about; what the database says stops all."""
    try:
        taken = take(house.bounce_desk(), found.raw, house.clock(), recipient)
    except (sqlalchemy.exc.SQLAlchemyError, OSError):
        raise
    except Exception:
        logger.exception("a returned mail broke us")
        return Taken(BROKEN)
    found.done(taken.is_report)
    return taken


@contextmanager
def _temporary_failure(pipe: bool) -> Iterator[None]:
    """For a mail server every failure is one to come back from: what it is told otherwise, it takes for good."""
    if not pipe:
        yield
        return
    try:
        with leave_on_expected_errors():
            yield
    except SystemExit as end:
        raise typer.Exit(TRY_AGAIN if end.code else 0) from None
    except typer.Exit:
        raise
    except Exception as error:
        logger.exception("the mail was not taken in")
        warn(f"The mail was not taken in: {type(error).__name__}.")
        raise typer.Exit(TRY_AGAIN) from None


@dataclass(slots=True)
class Tally:
    """What came of the mails so far; of reports only the first are kept."""

    by_kind: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    reports: list[tuple[str, ...]] = field(default_factory=list)

    def count(self, name: str, taken: Taken) -> None:
        self.by_kind[taken.kind] += 1
        self.repeated += taken.repeated
        if taken.is_report and len(self.reports) < SHOWN:
            row = (name, taken.kind, str(taken.delivery), taken.address or "", _did(taken))
            self.reports.append(row)

    @property
    def exit_code(self) -> Exit:
        broken = self.by_kind[BROKEN]
        if not broken:
            return Exit.OK
        return Exit.FAILURE if broken == self.by_kind.total() else Exit.PARTIAL


def _did(taken: Taken) -> str:
    if taken.repeated:
        return "nothing: known before"
    if not taken.verified:
        return "kept, but unverified: nothing else"
    return "address suppressed" if taken.suppressed else "kept"


def _report(tally: Tally) -> None:
    if not tally.by_kind:
        say("There was no mail to read.")
        return
    rows = [(kind, str(count), WORDS[kind]) for kind, count in tally.by_kind.most_common()]
    print_table(("kind", "mails", "what that means"), rows)
    if tally.repeated:
        say(f"\n{tally.repeated} of them were known before and changed nothing.")
    if tally.reports:
        say()
        print_table(("mail", "kind", "delivery", "address", "what it did"), tally.reports)
        more = sum(tally.by_kind[verdict] for verdict in Verdict) - len(tally.reports)
        say(f"\nand {more} more." if more else "\n`rappel addresses show ADDRESS` tells why one is suppressed.")


def _as_json(name: str, taken: Taken) -> dict[str, Any]:
    shown = asdict(taken)
    del shown["undecided"]
    return {"mail": name, **shown}
