"""What each kind of mail says: frozen values, every choice made, so that templates hold words and never rules."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom the letter is written. A letter to several people greets nobody by name (`name` is None).

    `timezone` is an IANA name; `partner` is the one in whose brand the letter is written (`brand_partner`), if any.
    """

    language: str
    timezone: str = "UTC"
    name: str | None = None
    partner: str | None = None


@dataclass(frozen=True, slots=True)
class FollowUpContent:
    """lead.follow_up: a lead waits for its acceptor (LT-5). `number` counts the mails of the visit, from 1."""

    reader: Reader
    lead_title: str
    process_name: str
    stage_name: str
    overdue_since: datetime
    overdue_days: int
    number: int
    company_name: str | None = None
    link: str | None = None
    details: tuple[tuple[str, str], ...] = ()


TIME_TO_DECIDE = 14
"""Days before a renewal that a letter may call plenty."""


@dataclass(frozen=True, slots=True)
class RenewalContent:
    """renewal.notice and renewal.reminder. `for_partner`: written to the point of contact, who is asked to act (HS-5).

    `partner_name` None: the company has no partner. `is_reminder`: a later offset (HS-9).
    """

    reader: Reader
    company_name: str
    product: str
    renews_on: date
    days_left: int
    is_reminder: bool
    for_partner: bool
    partner_name: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    link: str | None = None

    @property
    def is_ahead(self) -> bool:
        """The day is yet to come."""
        return self.days_left > 0

    @property
    def leaves_time(self) -> bool:
        """Enough of it to think the renewal over."""
        return self.days_left >= TIME_TO_DECIDE


ObjectKind = Literal["company", "deal", "project", "ticket", "contact"]
"""What somebody can be in charge of."""


@dataclass(frozen=True, slots=True)
class ActivityContent:
    """activity: something happened to an object whose responsible people are told (TL-2, TL-5, TL-6).

    `title` is what people call the object, `number` a ticket's. `action` is upstream's word for what happened; the
    template knows the usual ones. `company_name` is the company it belongs to, None for a company itself.
    `in_charge_of` says what makes the reader responsible: the object, or its company where company managers hear of
    deals too; `is_second`: as second account manager, or as second person of a deal (TL-3).
    `text` are the lines of the summary (`lines`).
    """

    reader: Reader
    kind: ObjectKind
    title: str
    action: str
    happened_at: datetime
    in_charge_of: ObjectKind
    is_second: bool = False
    number: str | None = None
    company_name: str | None = None
    actor_name: str | None = None
    text: tuple[str, ...] = ()
    link: str | None = None


class Because(StrEnum):
    """Why somebody reads a letter about a document; the values are those of the person's reason (P1, P5, P15)."""

    TOGGLE_ON = "toggle_on"
    MANUAL_SELECTION = "manual_selection"
    DIRECT_ADDRESS = "direct_address"


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """Everything about a client's documents, from invoice.sent to task.commented (part 4).

    `id`, `number` and `title` are the document's: of ticket.* the ticket's, of project.* and task.* what the event
    names as document. `days_left` counts from the day of sending to `due_on`, negative when that is past.
    `text` are the lines that somebody wrote (`lines`).
    """

    reader: Reader
    because: Because
    company_name: str
    id: str
    number: str | None = None
    title: str | None = None
    total: Decimal | None = None
    currency: str | None = None
    issued_on: date | None = None
    due_on: date | None = None
    days_left: int | None = None
    project_title: str | None = None
    task_title: str | None = None
    text: tuple[str, ...] = ()
    link: str | None = None

    @property
    def is_ahead(self) -> bool:
        """The document's day is yet to come."""
        return self.days_left is not None and self.days_left > 0

    @property
    def is_past(self) -> bool:
        """The document's day is over."""
        return self.days_left is not None and self.days_left < 0


@dataclass(frozen=True, slots=True)
class WelcomeContent:
    """contact.welcome (PX-9). `login` is the contact's address (PX-1), `permissions` what the portal shows (PX-3).

    `password_follows`: a letter with a link for the first password comes next (W4). `company_name` None: unknown yet.
    """

    reader: Reader
    login: str
    company_name: str | None = None
    permissions: tuple[str, ...] = ()
    password_follows: bool = False


REDACTED = "https://redacted.invalid/only-the-mail-itself-showed-this-link"
"""What stands in the place of a secret link, in letters as they are stored and shown (PX-10)."""


@dataclass(frozen=True, slots=True)
class SetPasswordContent:
    """contact.set_password (PX-10). `url` is a secret, so it is left out of what is printed of this content."""

    reader: Reader
    login: str
    url: str = field(repr=False)
    valid_until: datetime


Content = (
    FollowUpContent | RenewalContent | ActivityContent | DocumentContent | WelcomeContent | SetPasswordContent
)  # stored as JSON and read back: each has a required field that no other has


def lines(text: str | None) -> tuple[str, ...]:
    """The lines of what somebody wrote, fit to be quoted: trimmed, none blank at the ends or twice in a row."""
    kept: list[str] = []
    for line in map(str.strip, (text or "").splitlines()):
        if line or (kept and kept[-1]):
            kept.append(line)
    return tuple(kept if not kept or kept[-1] else kept[:-1])
