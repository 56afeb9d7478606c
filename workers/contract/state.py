"""Events that describe state. They never cause mail by themselves; an upsert (`*.saved`) carries the whole object."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from workers.contract.refusal import Code, fault
from workers.contract.times import Day, Instant, Span, TimeZone
from workers.contract.types import (
    OBJECT_ID,
    Address,
    AddressOrEmpty,
    Amount,
    CompanyId,
    ContactId,
    Currency,
    Id,
    Language,
    LeadId,
    Line,
    Link,
    Many,
    Maybe,
    Model,
    PartnerId,
    ProcessId,
    Text,
    Title,
    UserId,
)

Responsible = Annotated[Many[UserId], Field(max_length=100)]


class UserSaved(Model):
    """A colleague, or a partner's employee, as they are now."""

    id: Id = Field(description="Id of the user.", examples=["U-1"])
    name: Title = Field(description="Full name, as a letter addresses it.", examples=["Ada Berger"])
    email: AddressOrEmpty = Field(description="Mail address; empty if there is none.", examples=["ada@example.com"])
    language: Language = Field("en", description="Language of letters to this user.", examples=["de"])
    timezone: TimeZone = Field("UTC", description="Zone in which letters show times.", examples=["Europe/Berlin"])
    active: bool = Field(True, description="Inactive users get no mail.", examples=[True])
    partner: Maybe[PartnerId] = Field(None, description="The partner this user works for.", examples=["P-1"])


class UserDeactivated(Model):
    """A user gets no mail any more."""

    id: Id = Field(description="Id of the user.", examples=["U-1"])


class UserErased(Model):
    """Everything personal of a user is deleted; from then on the user counts as never known."""

    id: Id = Field(description="Id of the user.", examples=["U-1"])


class PartnerSaved(Model):
    """A partner account, with the defaults for the renewals of its clients (HS-3)."""

    id: Id = Field(description="Id of the partner.", examples=["P-1"])
    name: Title = Field(description="Name of the partner.", examples=["Atelier Nord"])
    renewal_owner: Literal["hubspot", "partner"] | None = Field(
        None, description="Who writes to clients about renewals; null or absent: never set.", examples=["partner"]
    )
    point_of_contact: Maybe[UserId] = Field(
        None, description="User who is told of renewals, unless the client has one of its own.", examples=["U-1"]
    )
    status: Literal["active", "ended"] = Field(
        "active", description="Whether the partnership goes on.", examples=["active"]
    )
    language: Maybe[Language] = Field(None, description="Language of the partner.", examples=["fr"])


def _second_is_a_user(places: tuple[str | None, ...]) -> tuple[str | None, ...]:
    if len(places) > 2:
        raise fault(Code.INVALID_VALUE, f"must have at most two places, first and second; there are {len(places)}.")
    if places[1:] == (None,):
        raise fault(Code.NULL_NOT_ALLOWED, "must be a user; leave the second place out where there is none.", 1)
    return places


AccountManagers = Annotated[
    Many[UserId | None],
    AfterValidator(_second_is_a_user),
    WithJsonSchema(
        {
            "type": "array",
            "prefixItems": [
                {"type": ["string", "null"], "pattern": OBJECT_ID, "x-refers-to": "user"},
                {"type": "string", "pattern": OBJECT_ID, "x-refers-to": "user"},
            ],
            "maxItems": 2,
        }
    ),
]


class CompanySaved(Model):
    """A client as it is now."""

    id: Id = Field(description="Id of the company.", examples=["C-1"])
    name: Title = Field(description="Name of the company.", examples=["Müller Maschinenbau"])
    language: Language = Field("en", description="Language of letters to its contacts.", examples=["de"])
    timezone: Maybe[TimeZone] = Field(None, description="Zone in which letters show times.", examples=["Europe/Berlin"])
    partner: Maybe[PartnerId] = Field(None, description="The partner that serves it.", examples=["P-1"])
    renewal_owner: Literal["default", "hubspot", "partner"] = Field(
        "default", description="Who writes about its renewals; default: as its partner says.", examples=["hubspot"]
    )
    renewal_point_of_contact: Maybe[UserId] = Field(
        None, description="User who is told of its renewals instead of the partner's.", examples=["U-2"]
    )
    services_ended: bool = Field(False, description="The partner serves it no longer.", examples=[False])
    account_managers: Maybe[AccountManagers] = Field(
        None, description="First and second account manager; the first place may be null.", examples=[["U-3", "U-4"]]
    )


class CompanyDeleted(Model):
    """A company is gone; its last state still counts for activities."""

    id: Id = Field(description="Id of the company.", examples=["C-1"])


class Toggles(Model):
    """What is mailed to a contact (PX-4). An absent one is on."""

    invoice: bool = Field(True, description="Invoices.", examples=[True])
    credit_note: bool = Field(True, description="Credit notes.", examples=[True])
    estimate: bool = Field(True, description="Estimates.", examples=[False])
    ticket: bool = Field(True, description="Tickets.", examples=[True])
    project: bool = Field(True, description="Projects.", examples=[False])
    contract: bool = Field(True, description="Contracts, and renewals.", examples=[True])
    task: bool = Field(True, description="Tasks of projects.", examples=[False])


class ContactSaved(Model):
    """A person of a client as they are now."""

    id: Id = Field(description="Id of the contact.", examples=["K-1"])
    company: CompanyId = Field(description="The company this person belongs to.", examples=["C-1"])
    first_name: Line = Field(description="First name; may be empty.", examples=["Jonas"])
    last_name: Line = Field(description="Last name; may be empty.", examples=["Müller"])
    email: Maybe[AddressOrEmpty] = Field(
        None, description="Mail address; empty or absent: none.", examples=["jonas@example.org"]
    )
    phone: Maybe[Line] = Field(None, description="Telephone number.", examples=["+49 30 1234567"])
    position: Maybe[Line] = Field(None, description="What they do in the company.", examples=["Head of purchasing"])
    language: Maybe[Language] = Field(
        None, description="Language of letters to this person; absent: the company's.", examples=["de"]
    )
    active: bool = Field(True, description="Inactive contacts get no automatic mail.", examples=[True])
    primary: Maybe[bool] = Field(
        None, description="Main contact of the company; absent: as it was (PX-2).", examples=[True]
    )
    billing: bool = Field(False, description="Billing contact of the company.", examples=[True])
    decision_maker: bool = Field(False, description="Decision maker of the company.", examples=[False])
    permissions: Maybe[Many[Literal["invoices", "estimates", "contracts", "proposals", "support", "projects"]]] = Field(
        None,
        description="What the customer portal shows; absent: the settings' default.",
        examples=[["invoices", "contracts"]],
    )
    notifications: Maybe[Toggles] = Field(None, description="What is mailed; absent: everything.")
    custom_user: Maybe[UserId] = Field(
        None, description="User named by a custom field, for segments (TL-4).", examples=["U-3"]
    )


class ContactDeleted(Model):
    """A contact is gone."""

    id: Id = Field(description="Id of the contact.", examples=["K-1"])


class ContactErased(Model):
    """Everything personal of a contact is deleted; from then on the contact counts as deleted."""

    id: Id = Field(description="Id of the contact.", examples=["K-1"])


class DealSaved(Model):
    """A deal as it is now. Who is responsible is told of any action on it (TL-2)."""

    id: Id = Field(description="Id of the deal.", examples=["D-1"])
    company: Maybe[CompanyId] = Field(None, description="The client.", examples=["C-1"])
    title: Title = Field(description="What the deal is called.", examples=["Relaunch of the shop"])
    responsible: Responsible = Field(description="Users responsible for it, the first one first.", examples=[["U-3"]])
    link: Maybe[Link] = Field(None, description="Where to read more.", examples=["https://crm.example.com/deals/1"])


class ProjectSaved(Model):
    """A project as it is now (TL-5)."""

    id: Id = Field(description="Id of the project.", examples=["J-1"])
    company: Maybe[CompanyId] = Field(None, description="The client.", examples=["C-1"])
    title: Title = Field(description="What the project is called.", examples=["Shop, phase two"])
    responsible: Responsible = Field(description="Users responsible for it.", examples=[["U-3", "U-4"]])
    link: Maybe[Link] = Field(None, description="Where to read more.", examples=["https://crm.example.com/projects/1"])


class TicketSaved(Model):
    """A support ticket as it is now (TL-6, P14, P15)."""

    id: Id = Field(description="Id of the ticket.", examples=["T-1"])
    company: Maybe[CompanyId] = Field(None, description="The client.", examples=["C-1"])
    contact: Maybe[ContactId] = Field(None, description="Contact who asked.", examples=["K-1"])
    address: Maybe[Address] = Field(
        None, description="Mail address of an asker who is no contact.", examples=["visitor@example.net"]
    )
    number: Maybe[Line] = Field(None, description="Number as people know it.", examples=["2026-118"])
    title: Title = Field(description="What it is about.", examples=["Login page stays blank"])
    responsible: Maybe[UserId] = Field(None, description="User responsible for it.", examples=["U-4"])
    link: Maybe[Link] = Field(None, description="Where to read more.", examples=["https://desk.example.com/tickets/1"])


class Stage(Model):
    """A stage of a sales process."""

    id: Id = Field(description="Id of the stage, unique within its process.", examples=["qualified"])
    name: Title = Field(description="What the stage is called.", examples=["Qualified"])
    duration: Maybe[Span] = Field(None, description="How long a lead may stay before it is overdue; absent: for ever.")
    closed: bool = Field(False, description="Leads in this stage are closed.", examples=[False])


class FollowUp(Model):
    """Whether and how often the acceptors of overdue leads are reminded (LT-4)."""

    enabled: bool = Field(description="Whether reminders go out at all.", examples=[True])
    interval: Span = Field(description="From the first reminder to each later one.")
    resume: Maybe[Literal["never", "when_clear"]] = Field(
        None, description="Whether reminders return after a stop; absent: as the settings say.", examples=["when_clear"]
    )


class ProcessSaved(Model):
    """A sales process with its stages as they are now."""

    id: Id = Field(description="Id of the process.", examples=["sales"])
    name: Title = Field(description="What the process is called.", examples=["New business"])
    stages: Annotated[Many[Stage], Field(min_length=1, max_length=200)] = Field(description="Its stages, in order.")
    follow_up: Maybe[FollowUp] = Field(None, description="Reminders of overdue leads; absent: none.")

    @model_validator(mode="after")
    def _stage_ids_are_unique(self) -> Self:
        seen: set[str] = set()
        for place, stage in enumerate(self.stages):
            if stage.id in seen:
                raise fault(
                    Code.INVALID_VALUE,
                    "is the id of an earlier stage, too; give each stage its own.",
                    "stages",
                    place,
                    "id",
                )
            seen.add(stage.id)
        return self


class LeadSaved(Model):
    """A lead as it is now. A new stage, entry or acceptor begins a new visit (part 3 of the rules)."""

    id: Id = Field(description="Id of the lead.", examples=["L-1"])
    title: Title = Field(description="What the lead is about.", examples=["Two packaging lines"])
    process: ProcessId = Field(description="The sales process it is in.", examples=["sales"])
    stage: Id = Field(description="The stage of that process it is in.", examples=["qualified"])
    stage_entered_at: Instant = Field(
        description="When it entered the stage; its duration counts from here.", examples=["2026-06-01T09:00:00+02:00"]
    )
    acceptor: Maybe[UserId] = Field(None, description="User who took the lead and is reminded.", examples=["U-1"])
    company: Maybe[CompanyId] = Field(None, description="The client.", examples=["C-1"])
    link: Maybe[Link] = Field(None, description="Where to read more.", examples=["https://leads.example.com/l/1"])
    details: Maybe[Annotated[dict[Title, Text], Field(max_length=100)]] = Field(
        None, description="Further facts, shown in reminders as label and text.", examples=[{"Budget": "50,000 EUR"}]
    )


class LeadClosed(Model):
    """A lead came to an end; it is not followed up until a newer visit begins."""

    id: LeadId = Field(description="Id of the lead.", examples=["L-1"])
    outcome: Literal["won", "lost", "other"] = Field(description="How it ended.", examples=["won"])


class LeadDeleted(Model):
    """A lead is gone, until it is saved again."""

    id: LeadId = Field(description="Id of the lead.", examples=["L-1"])


class LeadAppointmentSaved(Model):
    """An appointment was entered for a lead, or changed. One in the future of the event's `time` stops reminders."""

    lead: LeadId = Field(description="Id of the lead.", examples=["L-1"])
    id: Id = Field(description="Id of the appointment.", examples=["A-1"])
    starts_at: Instant = Field(description="When it begins.", examples=["2026-06-10T14:00:00+02:00"])
    ends_at: Maybe[Instant] = Field(
        None, description="When it ends; absent: at its start.", examples=["2026-06-10T15:00:00+02:00"]
    )

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends_at is not None and self.ends_at < self.starts_at:
            raise fault(Code.INVALID_VALUE, "must not be before starts_at.", "ends_at")
        return self


class LeadAppointmentCancelled(Model):
    """An appointment of a lead will not take place."""

    lead: LeadId = Field(description="Id of the lead.", examples=["L-1"])
    id: Id = Field(description="Id of the appointment.", examples=["A-1"])


class LeadTask(Model):
    """A task of a lead was created, completed or deleted. An open one stops reminders."""

    lead: LeadId = Field(description="Id of the lead.", examples=["L-1"])
    id: Id = Field(description="Id of the task.", examples=["77"])


class RenewalSaved(Model):
    """A renewal of a client's contract as it is now."""

    id: Id = Field(description="Id of the renewal.", examples=["R-1"])
    company: CompanyId = Field(description="The client.", examples=["C-1"])
    product: Title = Field(description="What is renewed.", examples=["Marketing Hub Professional"])
    renews_on: Day = Field(description="The day on which it renews.", examples=["2026-12-31"])
    status: Literal["pending", "confirmed", "renewed", "cancellation_requested", "cancelled"] = Field(
        "pending", description="Only pending ones are reminded of (R15).", examples=["pending"]
    )
    amount: Maybe[Amount] = Field(
        None, description="What it costs, as a number or a decimal text.", examples=["9600.00"]
    )
    currency: Maybe[Currency] = Field(None, description="ISO 4217 code of the amount.", examples=["EUR"])
    link: Maybe[Link] = Field(None, description="Where to read more.", examples=["https://crm.example.com/renewals/1"])


class AddressBounced(Model):
    """A mail to this address came back, or its reader complained (RULES 0.9)."""

    address: Address = Field(description="The address.", examples=["gone@example.org"])
    kind: Literal["hard", "soft", "complaint"] = Field(
        description="hard and complaint suppress the address, soft is only counted.", examples=["hard"]
    )
    diagnostic: Maybe[Text] = Field(
        None, description="What the other server said.", examples=["550 5.1.1 user unknown"]
    )


class AddressReleased(Model):
    """An operator says that a suppressed address can be written to again."""

    address: Address = Field(description="The address.", examples=["back@example.org"])
