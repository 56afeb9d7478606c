"""The catalogue of notices, and what a decision about one looks like (RULES 0.2; EVENTS, simulate)."""

from dataclasses import dataclass, field
from datetime import date, datetime

from workers.domain.reasons import Note, Outcome, Reason, Role

LANGUAGES = ("en", "de", "fr")
"""Languages in which every template exists, the default first."""


@dataclass(frozen=True, slots=True)
class Audience:
    """To whom a template is written: `who` in words, `rows` the first and last row of RULES that choose them."""

    who: str
    rows: tuple[str, str]


ACCEPTOR = Audience("the lead's acceptor", ("F1", "F20"))
CLIENT = Audience("the client's main contact, billing contact and decision maker", ("R1", "R20"))
POINT_OF_CONTACT = Audience("the partner's point of contact", ("R1", "R20"))
RESPONSIBLE = Audience("who is responsible for the object", ("O1", "O17"))
CONTACTS = Audience("the client's contacts, or who was chosen", ("P1", "P17"))
PROSPECT = Audience("who was chosen, else the proposal's address", ("P1", "P17"))
ASKER = Audience("the ticket's contact, else its address", ("P1", "P17"))
NEW_CONTACT = Audience("the contact", ("W1", "W5"))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notice. `templates`: the plain one first, with an audience for each in `audiences`.

    `toggle`: the switch that governs it; None: none does, on purpose.
    `permission`: what a contact needs to see the thing in the customer portal (PX-3).
    """

    name: str
    templates: tuple[str, ...]
    audiences: tuple[Audience, ...]
    toggle: str | None = None
    timed: bool = False
    permission: str | None = None


FOLLOW_UP = Kind("lead.follow_up", ("lead.follow_up",), (ACCEPTOR,), timed=True)


def _of_renewals(name: str) -> Kind:
    return Kind(name, (name, f"{name}.partner"), (CLIENT, POINT_OF_CONTACT), "contract", timed=True)


RENEWAL_NOTICE = _of_renewals("renewal.notice")
RENEWAL_REMINDER = _of_renewals("renewal.reminder")
ACTIVITY = Kind("activity", ("activity",), (RESPONSIBLE,))
WELCOME = Kind("contact.welcome", ("contact.welcome",), (NEW_CONTACT,))
SET_PASSWORD = Kind("contact.set_password", ("contact.set_password",), (NEW_CONTACT,))


def _of_documents(
    about: str, events: str, toggle: str | None, permission: str, audience: Audience = CONTACTS
) -> tuple[Kind, ...]:
    names = (f"{about}.{event}" for event in events.split())
    return tuple(Kind(name, (name,), (audience,), toggle, permission=permission) for name in names)


DOCUMENTS = (
    *_of_documents("invoice", "sent due overdue paid", "invoice", "invoices"),
    *_of_documents("credit_note", "sent", "credit_note", "invoices"),
    *_of_documents("estimate", "sent expiring", "estimate", "estimates"),
    *_of_documents("contract", "sent expiring commented", "contract", "contracts"),
    *_of_documents("proposal", "sent", None, "proposals", PROSPECT),
    *_of_documents("ticket", "opened replied closed", "ticket", "support", ASKER),
    *_of_documents("project", "discussed file_added finished", "project", "projects"),
    *_of_documents("task", "status_changed commented", "task", "projects"),
)
"""What a client's contacts are told about (RULES part 4, "Notice -> toggle")."""

_ALL = (
    FOLLOW_UP,
    RENEWAL_NOTICE,
    RENEWAL_REMINDER,
    ACTIVITY,
    WELCOME,
    SET_PASSWORD,
    *DOCUMENTS,
)

TRACKABLE = tuple(f"{about}.sent" for about in ("invoice", "estimate", "proposal", "credit_note", "contract"))
"""Templates of sales mails, whose opening can be tracked (PX-12)."""

CATALOGUE = {kind.name: kind for kind in _ALL}

DOCUMENT_KINDS = tuple(dict.fromkeys(kind.name.partition(".")[0] for kind in DOCUMENTS))
"""What a document is called in the subject of its notices: invoice, credit_note, ..."""

WRITTEN_FOR = {
    template: (kind, who) for kind in _ALL for template, who in zip(kind.templates, kind.audiences, strict=True)
}
"""By template: the notice that it tells of, and its audience."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person considered for a notice, kept or dropped, with exactly one reason.

    `ref` is None for a role nobody holds. `language` is that of the letter this person would read. `facts` are the
    facts that decided, as (name, value) pairs for people who ask why. `erased`: everything personal was deleted since.
    """

    roles: tuple[Role, ...]
    ref: str | None
    address: str | None
    kept: bool
    reason: Reason
    language: str | None = None
    name: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    erased: bool = False


@dataclass(frozen=True, slots=True)
class LetterPlan:
    """A letter to be written: `to` and `cc` are the kept people of its lines, in order."""

    template: str
    language: str
    to: tuple[Person, ...]
    cc: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Everybody considered for a notice and what follows. `outcome` None means: send `letters`.

    `reason` is the notice's; for a decision to send it is the reason a sent notice will carry.
    """

    reason: Reason
    outcome: Outcome | None = None
    people: tuple[Person, ...] = ()
    letters: tuple[LetterPlan, ...] = ()
    notes: tuple[Note, ...] = field(default=())

    @property
    def sends(self) -> bool:
        return self.outcome is None

    @property
    def waits(self) -> bool:
        """Held: something must come before it can be decided (RULES 0.12)."""
        return self.outcome is Outcome.HELD

    @property
    def ends(self) -> bool:
        """The notice has come to its outcome, without a letter."""
        return not self.sends and not self.waits

    @staticmethod
    def refused(reason: Reason) -> "Decision":
        """The notice is refused as a whole and lists no people (RULES 0.2)."""
        return Decision(reason, Outcome.SUPPRESSED)


@dataclass(frozen=True, slots=True)
class DueFollowUp:
    """A follow-up that is due at a run: which mail of which visit, and why now (F5, F6, F8)."""

    visit: str
    sequence: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class DueRenewal:
    """A renewal offset that is due at a run, for the client and the date that the renewal had then (RULES 0.5).

    A `verdict` is recorded as it is (R18, R20); None: decide.
    """

    company: str
    renews_on: date
    offset: int
    kind: Kind
    verdict: Reason | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why nothing goes out now, and the run at which something will. `next` None: nothing is foreseen (EVENTS).

    `reason`: that of the mail which this run will make.
    """

    answer: Reason
    next: datetime | None = None
    reason: Reason | None = None
