"""From the case of an occasion to what its mails say: every choice is made here, templates hold words only."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from workers.domain.brand import brand_partner
from workers.domain.cases import ActivityCase, ActivityObject, DocumentCase, PasswordCase, WelcomeCase
from workers.domain.contents import (
    REDACTED,
    ActivityContent,
    Because,
    DocumentContent,
    ObjectKind,
    Reader,
    SetPasswordContent,
    WelcomeContent,
    lines,
)
from workers.domain.facts import PERMISSIONS, Company, Contact, Deal, Project, Ticket
from workers.domain.notices import LetterPlan, Person
from workers.domain.reasons import Role

_MANAGERS = frozenset({Role.ACCOUNT_MANAGER, Role.SECOND_ACCOUNT_MANAGER})


def of_activity(case: ActivityCase, plan: LetterPlan) -> ActivityContent:
    """What somebody responsible is told. The case is one that is sent: its object is known; ValueError otherwise."""
    activity, found, person = case.activity, case.object, plan.to[0]
    if found is None:
        raise ValueError(f"{activity.object} is not known")
    actor = case.users.get(activity.actor or "")
    return ActivityContent(
        reader=_colleague(case, plan),
        kind=_kind(found),
        title=_title(found),
        action=activity.action,
        happened_at=activity.time,
        in_charge_of="company" if _MANAGERS.intersection(person.roles) == set(person.roles) else _kind(found),
        is_second=_is_second(found, person),
        number=found.number if isinstance(found, Ticket) else None,
        company_name=case.company.name if case.company and not isinstance(found, Company) else None,
        actor_name=actor.name if actor else None,
        text=lines(activity.summary),
        link=activity.link or _link(found),
    )


def of_document(case: DocumentCase, plan: LetterPlan, project_title: str | None, today: date) -> DocumentContent:
    """What a client's contact is told about a document. `today` is the day in the daily run's zone."""
    document, ticket, due_on = case.document, case.ticket, case.document.due_on
    return DocumentContent(
        reader=_client(case, plan),
        because=Because(plan.to[0].reason),
        company_name=case.company.name,
        id=ticket.id if ticket else document.id,
        number=document.number or (ticket.number if ticket else None),
        title=document.title or (ticket.title if ticket else None),
        total=document.total,
        currency=document.currency,
        issued_on=document.issued_on,
        due_on=due_on,
        days_left=(due_on - today).days if due_on else None,
        project_title=project_title,
        task_title=case.task.title if case.task else None,
        text=lines(case.text),
        link=document.link or (ticket.link if ticket else None),
    )


def of_welcome(case: WelcomeCase, plan: LetterPlan, *, password_follows: bool) -> WelcomeContent:
    """What a new contact is told. ValueError where it is not known; by a move since, its company may not be (0.12)."""
    if case.contact is None:
        raise ValueError(f"contact/{case.contact_id} has nobody to write to")
    return WelcomeContent(
        reader=_client(case, plan),
        company_name=case.company.name if case.company else None,
        login=case.contact.address or "",
        permissions=tuple(name for name in PERMISSIONS if name in case.contact.permissions),
        password_follows=password_follows,
    )


def of_set_password(case: PasswordCase, plan: LetterPlan, valid_until: datetime) -> SetPasswordContent:
    """What comes with a link. The link itself is filled in when the mail leaves (PX-10)."""
    address = plan.to[0].address or ""
    return SetPasswordContent(_client(case, plan), login=address, url=REDACTED, valid_until=valid_until)


def _kind(found: ActivityObject) -> ObjectKind:
    match found:
        case Company():
            return "company"
        case Deal():
            return "deal"
        case Project():
            return "project"
        case Ticket():
            return "ticket"
        case Contact():
            return "contact"


def _title(found: ActivityObject) -> str:
    return found.name if isinstance(found, Company | Contact) else found.title


def _link(found: ActivityObject) -> str | None:
    return found.link if isinstance(found, Deal | Project | Ticket) else None


def _is_second(found: ActivityObject, person: Person) -> bool:
    """TL-3: in the second place, and not in the first one, too."""
    if isinstance(found, Deal) and Role.RESPONSIBLE in person.roles:
        return person.ref != f"user/{found.responsible[0]}"
    return Role.SECOND_ACCOUNT_MANAGER in person.roles and Role.ACCOUNT_MANAGER not in person.roles


def _colleague(case: ActivityCase, plan: LetterPlan) -> Reader:
    person = plan.to[0]
    user = next((user for user in case.users.values() if user.ref == person.ref), None)
    brand = _brand(case, user.partner if user else None)
    return Reader(plan.language, user.timezone if user else "UTC", person.name or None, brand)


def _client(case: DocumentCase | WelcomeCase | PasswordCase, plan: LetterPlan) -> Reader:
    company = case.company
    zone = str(ZoneInfo(company.timezone)) if company and company.timezone else "UTC"
    brand = _brand(case, company.partner if company else None)
    return Reader(plan.language, zone, plan.to[0].name or None, brand)


def _brand(case: ActivityCase | DocumentCase | WelcomeCase | PasswordCase, reader: str | None) -> str | None:
    company, partner = case.company, case.partner
    if company is None:
        return None
    ended = company.services_ended or (partner is not None and partner.ended)
    return brand_partner(company.partner, reader, ended=ended)
