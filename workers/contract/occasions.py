"""Events that are occasions for mail."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from workers.contract.refusal import Code, fault
from workers.contract.state import ContactSaved
from workers.contract.times import Day, Instant
from workers.contract.types import (
    Address,
    Amount,
    CompanyId,
    ContactId,
    Currency,
    Id,
    Line,
    Link,
    Many,
    Maybe,
    Model,
    ObjectRef,
    ProjectId,
    Text,
    TicketId,
    Title,
    UserId,
)

DOCUMENT_TYPES = (
    "invoice.sent",
    "invoice.due",
    "invoice.overdue",
    "invoice.paid",
    "credit_note.sent",
    "estimate.sent",
    "estimate.expiring",
    "contract.sent",
    "contract.expiring",
    "contract.commented",
    "proposal.sent",
    "project.discussed",
    "project.file_added",
    "project.finished",
    "task.status_changed",
    "task.commented",
)
TICKET_TYPES = ("ticket.opened", "ticket.replied", "ticket.closed")


class ActivityRecorded(Model):
    """Somebody did something with an object; those responsible for it are told (TL-2, TL-5, TL-6)."""

    object: ObjectRef = Field(description="The object, as kind/ID.", examples=["company/C-1"])
    action: Title = Field(description="What was done; any word.", examples=["note_added"])
    summary: Maybe[Text] = Field(None, description="What was done, for people.", examples=["Called about the offer."])
    actor: Maybe[UserId] = Field(None, description="User who did it.", examples=["U-4"])
    link: Maybe[Link] = Field(None, description="Where to read more.", examples=["https://crm.example.com/notes/1"])


class SetPassword(Model):
    """A link for setting a password. It is a secret, valid for 48 hours from its issue (PX-10)."""

    url: Link = Field(description="The link.", examples=["https://portal.example.com/set-password/TOKEN"])
    issued_at: Instant = Field(description="When it was issued.", examples=["2026-06-01T08:29:00Z"])


class ContactCreated(ContactSaved):
    """A contact was created, and may be welcomed (PX-9)."""

    welcome: bool = Field(True, description="Whether to send the welcome mail.", examples=[True])
    set_password: Maybe[SetPassword] = Field(None, description="The link for a first password, if one shall be sent.")


class ContactPasswordRequested(Model):
    """A contact asked for a link to set a password. The link is a secret, valid for 48 hours from its issue (PX-10)."""

    id: ContactId = Field(description="Id of the contact.", examples=["K-1"])
    url: Link = Field(description="The link.", examples=["https://portal.example.com/set-password/TOKEN"])
    issued_at: Instant = Field(description="When it was issued.", examples=["2026-06-01T08:29:00Z"])


class Document(Model):
    """What an occasion is about: an invoice, an estimate, a ticket, a project ..."""

    id: Id = Field(description="Id of the document.", examples=["55"])
    number: Maybe[Line] = Field(None, description="Number as people know it.", examples=["2026-0055"])
    title: Maybe[Line] = Field(None, description="What it is about.", examples=["Relaunch of the shop"])
    total: Maybe[Amount] = Field(None, description="Its total, as a number or a decimal text.", examples=["1190.00"])
    currency: Maybe[Currency] = Field(None, description="ISO 4217 code of the total.", examples=["EUR"])
    issued_on: Maybe[Day] = Field(None, description="The day on which it was issued.", examples=["2026-06-01"])
    due_on: Maybe[Day] = Field(None, description="The day on which it is due or expires.", examples=["2026-06-15"])
    link: Maybe[Link] = Field(None, description="Where to read it.", examples=["https://portal.example.com/d/55"])


class Task(Model):
    """The task that an occasion is about. Only tasks of a project are mailed (PX-8)."""

    id: Id = Field(description="Id of the task.", examples=["77"])
    title: Title = Field(description="What is to be done.", examples=["Approve the drafts"])
    project: Maybe[ProjectId] = Field(None, description="The project it belongs to.", examples=["J-1"])


class DocumentOccasion(Model):
    """Something happened to a document of a client; its contacts are told (part 4 of the rules)."""

    company: CompanyId = Field(description="The client.", examples=["C-1"])
    document: Document = Field(description="What it is about.")
    mode: Literal["automatic", "manual"] = Field(
        "automatic",
        description="automatic: the contacts whose toggle is on; manual: the ones in `contacts`.",
        examples=["manual"],
    )
    contacts: Maybe[Annotated[Many[ContactId], Field(max_length=1000)]] = Field(
        None, description="The contacts chosen by hand; only and always in manual mode.", examples=[["K-1", "K-2"]]
    )
    address: Maybe[Address] = Field(
        None, description="Address of a proposal, or of a ticket without contact.", examples=["buyer@example.net"]
    )
    ticket: Maybe[TicketId] = Field(None, description="The ticket; absent: the document.", examples=["T-1"])
    project: Maybe[ProjectId] = Field(None, description="The project.", examples=["J-1"])
    task: Maybe[Task] = Field(None, description="The task, of task events.")
    visible_to_customer: bool = Field(True, description="Hidden documents are not mailed (P13).", examples=[True])
    text: Maybe[Text] = Field(None, description="Words for the reader: a comment, a reply.", examples=["As agreed."])

    @model_validator(mode="after")
    def _contacts_are_chosen_by_hand(self) -> Self:
        if self.mode == "manual" and not self.contacts:
            raise fault(
                Code.EMPTY_SELECTION,
                "must name at least one contact in manual mode; for the toggles use automatic.",
                "contacts",
            )
        if self.mode == "automatic" and self.contacts is not None:
            raise fault(
                Code.INVALID_VALUE, "is for manual mode only: set mode to manual, or leave contacts out.", "contacts"
            )
        return self


class TicketOccasion(DocumentOccasion):
    """Something happened to a client's ticket; the one who asked is told (P14, P15)."""

    @property
    def ticket_id(self) -> str:
        """The ticket it is about: `ticket`, by default the document."""
        return self.ticket or self.document.id
