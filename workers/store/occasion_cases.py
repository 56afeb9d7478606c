"""Everything the rules need about a batch of occasions, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.cases import ActivityCase, ActivityObject, DocumentCase, PasswordCase, WelcomeCase
from workers.domain.facts import (
    Activity,
    Company,
    Contact,
    Deal,
    Document,
    DocumentTask,
    Mode,
    Occasion,
    Partner,
    Project,
    Ticket,
)
from workers.domain.notices import SET_PASSWORD, WELCOME
from workers.domain.reasons import Outcome
from workers.store import cases, tables

Row = Mapping[Any, Any]
Case = ActivityCase | DocumentCase | WelcomeCase | PasswordCase
Object = Company | Deal | Project | Ticket

_UNSENT = (Outcome.SUPPRESSED, Outcome.FAILED, Outcome.CANCELLED)


@dataclass(frozen=True, slots=True)
class Told:
    """An occasion as it was told, and what is known of what it names.

    `known`: refs of the awaited kinds that were ever saved. `case` None: its company is unknown. `issued_at` is that
    of the link it brought, None once the mail with that link ended unsent; `project` the id of that of a document or
    task, `project_title` its title if it is known.
    """

    occasion: Occasion
    known: frozenset[str]
    case: Case | None
    issued_at: datetime | None = None
    project: str | None = None
    project_title: str | None = None


def occasion_cases(connection: Connection, notices: Mapping[int, str], permissions: frozenset[str]) -> dict[int, Told]:
    """The occasions of notices (kind by id). `permissions`: of contacts whose event names none (PX-3)."""
    table = tables.occasions
    rows = connection.execute(sa.select(table).where(table.c.notice.in_(notices))).mappings().all()
    world = _World(connection, [row["data"] for row in rows], permissions)
    found = {row["notice"]: world.told(notices[row["notice"]], row) for row in rows}
    welcomes = [id for id, told in found.items() if notices[id] == WELCOME.name and told.issued_at]
    return found | {id: replace(found[id], issued_at=None) for id in _without_their_link(connection, welcomes)}


def _without_their_link(connection: Connection, welcomes: Collection[int]) -> Collection[int]:
    """Those of these welcomes that came with a link whose mail ended unsent: an event is decided once (RULES 0.5)."""
    if not welcomes:
        return ()
    welcome, link = tables.notices.alias(), tables.notices.alias()
    of_contact = (link.c.subject == welcome.c.subject) & (link.c.kind == SET_PASSWORD.name)
    query = sa.select(welcome.c.id).join(link, of_contact & (link.c.cause == welcome.c.cause))
    query = query.where(welcome.c.id.in_(welcomes), link.c.outcome.in_(_UNSENT))
    return connection.execute(query).scalars().all()


class _World:
    """What is known of the things that a batch of occasions names."""

    def __init__(self, connection: Connection, said: Collection[Row], permissions: frozenset[str]) -> None:
        named: dict[str, set[str]] = defaultdict(set)
        for kind, id in (ref for data in said for ref in _named(data)):
            named[kind].add(id)
        self._objects: dict[str, Object] = {}
        self._load_objects(connection, named)
        clients = {data["company"] for data in said if "document" in data}
        self._load_contacts(connection, clients, named["contact"], permissions)
        self._load_companies(connection, named)
        self._users = cases.users(connection, named["user"] | self._responsible())
        self._reach = cases.reachability(connection, self._addresses(said))

    def told(self, kind: str, row: Row) -> Told:
        data = row["data"]
        return Told(
            occasion=_occasion(row, data),
            known=frozenset(self._objects),
            case=self._case(kind, row, data),
            issued_at=_instant(data.get("issued_at")),
            project=_project(data),
            project_title=self._project_title(data),
        )

    def _load_objects(self, connection: Connection, named: Mapping[str, Collection[str]]) -> None:
        for kind, table, make in _KINDS:
            for id, row in cases.rows_by_id(connection, table, named[kind]).items():
                if row["set_at"]:
                    self._objects[f"{kind}/{id}"] = make(row)

    def _load_contacts(
        self, connection: Connection, clients: Collection[str], named: Collection[str], permissions: frozenset[str]
    ) -> None:
        """Those of the clients that documents are for, and those that are named."""
        tickets = (each.contact for each in self._objects.values() if isinstance(each, Ticket) and each.contact)
        self._contacts_of = cases.contacts_of(connection, clients, permissions)
        found = cases.contacts_by_id(connection, {*named, *tickets}, permissions)
        self._contacts = {contact.id: contact for some in self._contacts_of.values() for contact in some} | found

    def _load_companies(self, connection: Connection, named: Mapping[str, Collection[str]]) -> None:
        """Those that are named, and those that named things belong to; and their partners."""
        of_objects = {each.company for each in self._objects.values() if not isinstance(each, Company)}
        of_contacts = {contact.company for contact in self._contacts.values()}
        wanted = {id for id in {*named["company"], *of_objects, *of_contacts} if id}
        companies = cases.companies_by_id(connection, wanted)
        self._objects |= {f"company/{id}": company for id, company in companies.items()}
        partners = {company.partner for company in companies.values() if company.partner}
        self._partners = cases.partners_by_id(connection, partners)

    def _responsible(self) -> set[str]:
        users: list[str | None] = [contact.custom_user for contact in self._contacts.values()]
        for each in self._objects.values():
            match each:
                case Company():
                    users += each.account_managers
                case Ticket():
                    users.append(each.responsible)
                case _:
                    users += each.responsible
        return {user for user in users if user}

    def _addresses(self, said: Iterable[Row]) -> Iterator[str | None]:
        yield from (data.get("address") for data in said)
        yield from (each.address for each in self._objects.values() if isinstance(each, Ticket))
        yield from (contact.address for contact in self._contacts.values())
        yield from (user.address for user in self._users.values())

    def _case(self, kind: str, row: Row, data: Row) -> Case | None:
        if kind == WELCOME.name:
            return self._welcome(data)
        if kind == SET_PASSWORD.name:
            return self._password(data)
        return self._activity(row, data) if "object" in data else self._document(kind, data)

    def _activity(self, row: Row, data: Row) -> ActivityCase:
        said = {name: data[name] for name in ("object", "action", "actor", "summary", "link")}
        found = self._activity_object(data["object"])
        company = found if isinstance(found, Company) else self._company(found.company if found else None)
        activity = Activity(time=row["time"], **said)
        return ActivityCase(activity, found, company, self._partner(company), self._users, self._reach)

    def _activity_object(self, ref: str) -> ActivityObject | None:
        kind, _, id = ref.partition("/")
        return self._contacts.get(id) if kind == "contact" else self._objects.get(ref)

    def _document(self, kind: str, data: Row) -> DocumentCase | None:
        company = self._company(data["company"])
        if company is None:
            return None
        ticket = self._objects.get(f"ticket/{_ticket(data)}") if kind.startswith("ticket.") else None
        chosen = tuple(data["contacts"] or ())
        asker = (ticket.contact,) if isinstance(ticket, Ticket) and ticket.contact else ()
        return DocumentCase(
            kind=kind,
            company=company,
            document=_document(data["document"]),
            partner=self._partner(company),
            contacts=self._readers(company.id, (*chosen, *asker)),
            mode=Mode(data["mode"]),
            chosen=chosen,
            address=data["address"],
            ticket=ticket if isinstance(ticket, Ticket) else None,
            task=DocumentTask(**data["task"]) if data["task"] else None,
            visible_to_customer=data["visible_to_customer"],
            text=data["text"],
            reach=self._reach,
        )

    def _readers(self, company: str, named: Iterable[str]) -> tuple[Contact, ...]:
        """A company's own contacts, then those of others that are named."""
        others = (self._contacts[id] for id in dict.fromkeys(named) if id in self._contacts)
        return (*self._contacts_of.get(company, ()), *(each for each in others if each.company != company))

    def _welcome(self, data: Row) -> WelcomeCase:
        contact = self._contacts.get(data["id"])
        company, opted_out = self._employer(contact), not data["welcome"]
        return WelcomeCase(data["id"], contact, company, opted_out, self._partner(company), self._reach)

    def _password(self, data: Row) -> PasswordCase:
        contact = self._contacts.get(data["id"])
        issued_at = datetime.fromisoformat(data["issued_at"])
        company = self._employer(contact)
        return PasswordCase(data["id"], issued_at, contact, company, self._partner(company), self._reach)

    def _employer(self, contact: Contact | None) -> Company | None:
        return self._company(contact.company if contact else None)

    def _company(self, id: str | None) -> Company | None:
        found = self._objects.get(f"company/{id}")
        return found if isinstance(found, Company) else None

    def _partner(self, company: Company | None) -> Partner | None:
        return self._partners.get(company.partner or "") if company else None

    def _project_title(self, data: Row) -> str | None:
        project = self._objects.get(f"project/{_project(data)}")
        return project.title if isinstance(project, Project) else None


def _named(data: Row) -> Iterator[tuple[str, str]]:
    """What an occasion names, as kind and id."""
    if "object" in data:
        kind, _, id = data["object"].partition("/")
        yield kind, id
    if "id" in data:
        yield "contact", data["id"]
    if "document" in data:
        yield "ticket", _ticket(data)
    found = {"company": data.get("company"), "user": data.get("actor"), "project": _project(data)}
    yield from ((kind, id) for kind, id in found.items() if id)
    yield from (("contact", id) for id in data.get("contacts") or ())


def _ticket(data: Row) -> str:
    """EVENTS: the ticket of a ticket event, by default its document."""
    return data["ticket"] or data["document"]["id"]  # type: ignore[no-any-return]


def _project(data: Row) -> str | None:
    return data.get("project") or (data.get("task") or {}).get("project")


def _occasion(row: Row, data: Row) -> Occasion:
    return Occasion(
        type=row["type"],
        time=row["time"],
        arrived_at=row["arrived_at"],
        company=data.get("company"),
        object=data.get("object"),
        ticket=_ticket(data) if row["type"].startswith("ticket.") else None,
    )


def _document(said: Row) -> Document:
    read: dict[str, Callable[[str], Any]] = {
        "total": Decimal,
        "issued_on": date.fromisoformat,
        "due_on": date.fromisoformat,
    }
    values = {name: value if value is None else read[name](value) for name, value in said.items() if name in read}
    return Document(**{**said, **values})


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _deal(row: Row) -> Deal:
    return Deal(row["id"], row["title"], tuple(row["responsible"]), row["company"], row["link"])


def _project_of(row: Row) -> Project:
    return Project(row["id"], row["title"], tuple(row["responsible"]), row["company"], row["link"])


def _ticket_of(row: Row) -> Ticket:
    return Ticket(**{name: row[name] for name in Ticket.__dataclass_fields__})


_KINDS: tuple[tuple[str, sa.Table, Any], ...] = (
    ("deal", tables.deals, _deal),
    ("project", tables.projects, _project_of),
    ("ticket", tables.tickets, _ticket_of),
)
