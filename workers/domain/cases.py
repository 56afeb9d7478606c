"""All that the rules may look at for one subject: its facts, put together. Unknown references are None or absent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from workers.domain.facts import (
    Activity,
    Appointment,
    Company,
    Contact,
    Deal,
    Document,
    DocumentTask,
    Lead,
    Mode,
    Partner,
    Process,
    Project,
    Reachability,
    Renewal,
    SentFollowUp,
    Task,
    Ticket,
    User,
)

_NOTHING_IN_THE_WAY = Reachability()


@dataclass(frozen=True, slots=True)
class LeadCase:
    """Everything the follow-up rules may look at for one lead. Unknown references are None.

    `sent`: the mails of its visit, also such as failed or left without an answer: they keep their number (ADR 19).
    `under_way`: one of its visit has not come to an end, so no other is made beside it.
    """

    lead: Lead
    process: Process | None = None
    acceptor: User | None = None
    acceptor_partner: Partner | None = None
    company: Company | None = None
    appointments: tuple[Appointment, ...] = ()
    tasks: tuple[Task, ...] = ()
    sent: tuple[SentFollowUp, ...] = ()
    under_way: bool = False
    reach: Reachability = _NOTHING_IN_THE_WAY


@dataclass(frozen=True, slots=True)
class RenewalCase:
    """Everything the renewal rules may look at for one renewal. `users` by id: both possible points of contact.

    `contacts`: the company's living contacts, oldest first. `partner` None: the company has none, or it is unknown yet.
    """

    renewal: Renewal
    company: Company | None = None
    partner: Partner | None = None
    contacts: tuple[Contact, ...] = ()
    users: Mapping[str, User] = field(default_factory=dict)
    reach: Reachability = _NOTHING_IN_THE_WAY


ActivityObject = Company | Deal | Project | Ticket | Contact


@dataclass(frozen=True, slots=True)
class ActivityCase:
    """Everything the rules of responsibility may look at for one activity. `users` by id; unknown ones are absent.

    `object`: what `activity.object` names, in its last state; None where it is unknown, and for every invoice.
    `company`: the company of the object (of a company: itself), None where it has none or an unknown one. `partner`:
    that of the company, likewise; here and in the cases below.
    """

    activity: Activity
    object: ActivityObject | None = None
    company: Company | None = None
    partner: Partner | None = None
    users: Mapping[str, User] = field(default_factory=dict)
    reach: Reachability = _NOTHING_IN_THE_WAY


@dataclass(frozen=True, slots=True)
class DocumentCase:
    """Everything the rules may look at for one document event; `kind` is its type.

    `contacts`: the company's living contacts, oldest first, then those of other companies that the event or its ticket
    names. `chosen`: ids of the contacts selected by hand, as the event orders them. `address` is the event's.
    """

    kind: str
    company: Company
    document: Document
    contacts: tuple[Contact, ...] = ()
    mode: Mode = Mode.AUTOMATIC
    chosen: tuple[str, ...] = ()
    address: str | None = None
    ticket: Ticket | None = None
    task: DocumentTask | None = None
    visible_to_customer: bool = True
    text: str | None = None
    partner: Partner | None = None
    reach: Reachability = _NOTHING_IN_THE_WAY

    @property
    def about(self) -> str:
        """What kind of document it is: the first word of the event's type."""
        return self.kind.partition(".")[0]

    @property
    def ref(self) -> str:
        return f"{self.about}/{self.document.id}"


@dataclass(frozen=True, slots=True)
class WelcomeCase:
    """A contact that was created. `contact` None: deleted, or erased, since. `opted_out`: upstream wants no welcome."""

    contact_id: str
    contact: Contact | None = None
    company: Company | None = None
    opted_out: bool = False
    partner: Partner | None = None
    reach: Reachability = _NOTHING_IN_THE_WAY


@dataclass(frozen=True, slots=True)
class PasswordCase:
    """A link to set a password, issued at `issued_at`; the link itself is a secret that no rule sees.

    `contact` None: unknown, or deleted, or erased.
    """

    contact_id: str
    issued_at: datetime
    contact: Contact | None = None
    company: Company | None = None
    partner: Partner | None = None
    reach: Reachability = _NOTHING_IN_THE_WAY
