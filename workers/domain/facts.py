"""What upstream systems told us, as the rules read it. Times are aware UTC datetimes; `None` means unknown or unset.

Every field carries the meaning of the field of the same name in EVENTS; only what differs is explained here.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

TOGGLES = ("invoice", "credit_note", "estimate", "ticket", "project", "contract", "task")
"""What can be switched off per contact (PX-4)."""

PERMISSIONS = ("invoices", "estimates", "contracts", "proposals", "support", "projects")
"""What the customer portal may show a contact (PX-3)."""


class Mode(StrEnum):
    """Who chooses the readers of a document: the contacts' toggles, or a person (PX-5, PX-7)."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Unit(StrEnum):
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Interval:
    """A whole number (>= 1) of units: a stage's duration, or the distance of two follow-ups (LT-1, LT-4)."""

    value: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class User:
    """A colleague or a partner's employee. `address` is None where upstream gave none."""

    id: str
    name: str
    address: str | None = None
    language: str = "en"
    timezone: str = "UTC"
    active: bool = True
    partner: str | None = None

    @property
    def ref(self) -> str:
        return f"user/{self.id}"


@dataclass(frozen=True, slots=True)
class Partner:
    """A HubSpot partner account or a leadtributor sales partner. `renewal_owner` None means never set (HS-3)."""

    id: str
    name: str
    renewal_owner: str | None = None
    point_of_contact: str | None = None
    ended: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """A client. `deleted` companies keep their last state (RULES 0.12)."""

    id: str
    name: str
    language: str = "en"
    timezone: str | None = None
    partner: str | None = None
    renewal_owner: str = "default"
    renewal_point_of_contact: str | None = None
    services_ended: bool = False
    account_managers: tuple[str | None, ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """A person of a company. Deleted and erased contacts are not handed to the rules at all.

    `toggles_off` holds the switched-off names of `TOGGLES`; `opted_out` what the person switched off herself (PX-4).
    `custom_user`: id of the user whom a custom field of the contact names (TL-4).
    `permissions`: upstream's, else the defaults of the settings (PX-3).
    """

    id: str
    company: str
    first_name: str = ""
    last_name: str = ""
    address: str | None = None
    language: str | None = None
    active: bool = True
    primary: bool = False
    billing: bool = False
    decision_maker: bool = False
    toggles_off: frozenset[str] = frozenset()
    opted_out: frozenset[str] = frozenset()
    custom_user: str | None = None
    permissions: frozenset[str] = frozenset(PERMISSIONS)

    @property
    def ref(self) -> str:
        return f"contact/{self.id}"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Stage:
    """`duration_set_at`: when upstream last changed the duration (F20)."""

    id: str
    name: str
    duration: Interval | None = None
    closed: bool = False
    duration_set_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """A sales process. `interval` is None where follow-up was never configured.

    `follow_up_set_at`: when upstream last changed whether or how often follow-ups go out (F20).
    `resume` is the process's own choice, None = the setting `follow_up.resume`.
    """

    id: str
    name: str
    stages: tuple[Stage, ...] = ()
    follow_up: bool = False
    interval: Interval | None = None
    resume: str | None = None
    follow_up_set_at: datetime | None = None

    def stage(self, id: str) -> Stage | None:
        return next((stage for stage in self.stages if stage.id == id), None)


@dataclass(frozen=True, slots=True)
class Visit:
    """A lead's stay in one stage with one acceptor (LT, "visit"); its key names it in occurrences."""

    begins_at: datetime
    process: str
    stage: str
    acceptor: str | None
    stage_entered_at: datetime

    @property
    def key(self) -> str:
        begin = self.begins_at.isoformat().replace("+00:00", "Z")
        return f"{self.process}|{self.stage}|{self.acceptor or ''}|{begin}"


@dataclass(frozen=True, slots=True)
class Lead:
    """`closed`: closed in the current visit (LT); `deleted`: until a newer `lead.saved`."""

    id: str
    title: str
    visit: Visit
    company: str | None = None
    link: str | None = None
    details: tuple[tuple[str, str], ...] = ()
    closed: bool = False
    deleted: bool = False

    @property
    def ref(self) -> str:
        return f"lead/{self.id}"


@dataclass(frozen=True, slots=True)
class Appointment:
    """One version of an appointment: as entered at `entered_at`, until it was replaced or cancelled (`void_at`)."""

    id: str
    entered_at: datetime
    starts_at: datetime
    ends_at: datetime | None = None
    void_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One open spell of a task: from its creation until it was completed or deleted (`done_at`)."""

    id: str
    created_at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SentFollowUp:
    """A follow-up of the current visit that counts as sent: it was, or failed, or nobody knows (ADR 19).

    `sent_at`: when it was sent, failed, or left. `first`: made as `follow_up_first`, so it set the anchor.
    """

    sequence: int
    sent_at: datetime
    first: bool


@dataclass(frozen=True, slots=True)
class Renewal:
    """`known_on`: day of the first daily run at or after the arrival of the date, None until then (R18, R20)."""

    id: str
    company: str
    product: str
    renews_on: date
    status: str = "pending"
    amount: Decimal | None = None
    currency: str | None = None
    link: str | None = None
    known_on: date | None = None

    @property
    def ref(self) -> str:
        return f"renewal/{self.id}"

    @property
    def closed(self) -> bool:
        """R15: anything but pending."""
        return self.status != "pending"


@dataclass(frozen=True, slots=True)
class Deal:
    """`responsible`: ids of users; the first answers for the deal, the others beside them (TL-3, O6)."""

    id: str
    title: str
    responsible: tuple[str, ...] = ()
    company: str | None = None
    link: str | None = None

    @property
    def ref(self) -> str:
        return f"deal/{self.id}"


@dataclass(frozen=True, slots=True)
class Project:
    """`responsible`: ids of users, all alike (TL-5)."""

    id: str
    title: str
    responsible: tuple[str, ...] = ()
    company: str | None = None
    link: str | None = None

    @property
    def ref(self) -> str:
        return f"project/{self.id}"


@dataclass(frozen=True, slots=True)
class Ticket:
    """`responsible`: id of the user who answers for it (TL-6). `contact`, else `address`, is who asked (P14, P15)."""

    id: str
    company: str | None = None
    contact: str | None = None
    address: str | None = None
    number: str | None = None
    title: str = ""
    responsible: str | None = None
    link: str | None = None

    @property
    def ref(self) -> str:
        return f"ticket/{self.id}"


@dataclass(frozen=True, slots=True)
class Activity:
    """Somebody did something with an object; `object` names it as kind/ID, `actor` is the id of a user."""

    object: str
    action: str
    time: datetime
    actor: str | None = None
    summary: str | None = None
    link: str | None = None

    @property
    def kind(self) -> str:
        """What kind of object it is about: company, deal, project, ticket, contact or invoice."""
        return self.object.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Document:
    """What a client's contacts are told about: an invoice, an estimate, a ticket, a project ..."""

    id: str
    number: str | None = None
    title: str | None = None
    total: Decimal | None = None
    currency: str | None = None
    issued_on: date | None = None
    due_on: date | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentTask:
    """The task of a task event. `project` None: it belongs to none, and is never mailed (PX-8)."""

    id: str
    title: str
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """One `template.switched`; `language` None covers all (RULES 0.7). Arrival (`order`) breaks ties of `time`."""

    template: str
    language: str | None
    enabled: bool
    time: datetime
    order: int = 0


@dataclass(frozen=True, slots=True)
class Reachability:
    """What stands between a letter and any address: template switches and suppressed addresses (RULES 0.7, 0.9).

    `suppressed` holds folded addresses (`recipients.fold`).
    """

    switches: tuple[Switch, ...] = ()
    suppressed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Occasion:
    """An event that may cause mail: when it happened and came, and which objects its data names (RULES 0.12).

    `type` is the event's. `company` and `ticket` are ids; `object` is that of an activity, as kind/ID.
    """

    type: str
    time: datetime
    arrived_at: datetime
    company: str | None = None
    object: str | None = None
    ticket: str | None = None
