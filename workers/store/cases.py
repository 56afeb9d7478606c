"""Everything the rules need about a batch of leads or renewals, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain import stoppers
from workers.domain.cases import LeadCase, RenewalCase
from workers.domain.facts import (
    PERMISSIONS,
    Company,
    Contact,
    Interval,
    Lead,
    Partner,
    Process,
    Reachability,
    Renewal,
    SentFollowUp,
    Stage,
    Switch,
    Unit,
    User,
    Visit,
)
from workers.domain.notices import FOLLOW_UP
from workers.domain.reasons import Outcome, Reason
from workers.domain.recipients import fold
from workers.domain.renewals import History
from workers.domain.visits import CurrentVisit, has_mail, is_closed
from workers.store import tables
from workers.store.bench import chunks

Row = Mapping[Any, Any]


def lead_cases(connection: Connection, ids: Collection[str]) -> dict[str, LeadCase]:
    """The cases of the leads that were ever saved, by id."""
    leads = {id: lead_of(row) for id, row in rows_by_id(connection, tables.leads, ids).items() if row["set_at"]}
    visits = [lead.visit for lead in leads.values()]
    processes = _processes(connection, {visit.process for visit in visits})
    acceptors = users(connection, {visit.acceptor for visit in visits if visit.acceptor})
    partners = partners_by_id(connection, {user.partner for user in acceptors.values() if user.partner})
    companies = companies_by_id(connection, {lead.company for lead in leads.values() if lead.company})
    entries = _entries(connection, leads)
    mails = _mails(connection, leads.values())
    reach = reachability(connection, (user.address for user in acceptors.values()))
    cases = {}
    for id, lead in leads.items():
        acceptor = acceptors.get(lead.visit.acceptor or "")
        cases[id] = LeadCase(
            lead=lead,
            process=processes.get(lead.visit.process),
            acceptor=acceptor,
            acceptor_partner=partners.get(acceptor.partner or "") if acceptor else None,
            company=companies.get(lead.company or ""),
            appointments=stoppers.appointments_of(entries[id]),
            tasks=stoppers.tasks_of(entries[id]),
            sent=tuple(mails[id].sent),
            under_way=mails[id].under_way,
            reach=reach,
        )
    return cases


def renewal_cases(connection: Connection, ids: Collection[str]) -> dict[str, RenewalCase]:
    """The cases of the renewals that were ever saved, by id."""
    renewals = {
        id: renewal_of(row) for id, row in rows_by_id(connection, tables.renewals, ids).items() if row["set_at"]
    }
    companies = companies_by_id(connection, {renewal.company for renewal in renewals.values()})
    partners = partners_by_id(connection, {company.partner for company in companies.values() if company.partner})
    contacts = contacts_of(connection, companies)
    points = {company.renewal_point_of_contact for company in companies.values()}
    points |= {partner.point_of_contact for partner in partners.values()}
    known = users(connection, {id for id in points if id})
    addresses = [contact.address for some in contacts.values() for contact in some]
    reach = reachability(connection, addresses + [user.address for user in known.values()])
    cases = {}
    for id, renewal in renewals.items():
        company = companies.get(renewal.company)
        cases[id] = RenewalCase(
            renewal=renewal,
            company=company,
            partner=partners.get(company.partner or "") if company else None,
            contacts=tuple(contacts[renewal.company]) if company else (),
            users=known,
            reach=reach,
        )
    return cases


def offset_histories(connection: Connection, renewals: Iterable[Renewal]) -> dict[str, History]:
    """By renewal id, for the renewal's present date and company (RULES 0.5)."""
    wanted = {renewal.ref: renewal for renewal in renewals}
    settled: dict[str, set[int]] = defaultdict(set)
    mendable: dict[str, set[int]] = defaultdict(set)
    notices = tables.notices
    for refs in chunks(wanted):
        query = sa.select(
            notices.c.subject, notices.c.occurrence, notices.c.offset_days, notices.c.blocks, notices.c.outcome
        ).where(notices.c.subject.in_(refs))
        for row in connection.execute(query):
            renewal = wanted[row.subject]
            if row.occurrence != renewal_occurrence(renewal, row.offset_days):
                continue
            if row.blocks:
                settled[renewal.id].add(row.offset_days)
            elif row.outcome == Outcome.SUPPRESSED:
                mendable[renewal.id].add(row.offset_days)
    return {
        renewal.id: History(frozenset(settled[renewal.id]), frozenset(mendable[renewal.id]))
        for renewal in wanted.values()
    }


def follow_up_occurrence(lead: Lead, sequence: int) -> str:
    """RULES 0.5: (lead, visit, sequence number)."""
    return f"lead.follow_up|{lead.id}|{lead.visit.key}|{sequence}"


def renewal_occurrence(renewal: Renewal, offset: int) -> str:
    """RULES 0.5: (company, renewal, renewal date, offset)."""
    return f"renewal|{renewal.company}|{renewal.id}|{renewal.renews_on}|{offset}"


def company_of_occurrence(occurrence: str) -> str:
    """Of a renewal notice: id of the client that it was made for, whatever the renewal says by now."""
    return occurrence.split("|")[1]


def reachability(connection: Connection, addresses: Iterable[str | None]) -> Reachability:
    """All template switches, and which of the addresses are suppressed."""
    keys = {fold(address) for address in addresses if address}
    table = tables.addresses
    suppressed: set[str] = set()
    for some in chunks(keys):
        query = sa.select(table.c.key).where(table.c.key.in_(some), table.c.suppressed)
        suppressed |= set(connection.execute(query).scalars())
    switches = tuple(
        Switch(row.template, row.language or None, row.enabled, row.set_at, row.set_seq)
        for row in connection.execute(sa.select(tables.switches).order_by(tables.switches.c.set_seq))
    )
    return Reachability(switches, frozenset(suppressed))


def users(connection: Connection, ids: Collection[str]) -> dict[str, User]:
    """The users known by now; an erased one is as never known (RULES 0.12)."""
    rows = rows_by_id(connection, tables.users, ids)
    return {id: user_of(row) for id, row in rows.items() if row["active"] is not None}


def contacts_of(
    connection: Connection, companies: Collection[str], permissions: frozenset[str] = frozenset(PERMISSIONS)
) -> dict[str, list[Contact]]:
    """The living contacts of each company, oldest first. `permissions`: of those whose event names none (PX-3)."""
    found: dict[str, list[Contact]] = defaultdict(list)
    for contact in _contacts(connection, tables.contacts.c.company, companies, permissions):
        found[contact.company].append(contact)
    return found


def contacts_by_id(connection: Connection, ids: Collection[str], permissions: frozenset[str]) -> dict[str, Contact]:
    """The living ones of these contacts, of whatever company."""
    return {contact.id: contact for contact in _contacts(connection, tables.contacts.c.id, ids, permissions)}


def _contacts(
    connection: Connection, column: sa.Column[Any], keys: Collection[str], permissions: frozenset[str]
) -> Iterator[Contact]:
    """Living contacts, oldest first."""
    table = tables.contacts
    opted_out = _opt_outs(connection, column, keys)
    for some in chunks(keys):
        query = sa.select(table).where(column.in_(some), table.c.set_at.is_not(None))
        query = query.order_by(table.c.created_at, table.c.created_seq, table.c.id)
        for row in connection.execute(query).mappings():
            if not is_gone(row):
                yield contact_of(row, opted_out[row["id"]], permissions)


def is_gone(row: Row) -> bool:
    """Deleted or deactivated after it was last saved (RULES 0.6: by time, then by arrival)."""
    if row["gone_at"] is None:
        return False
    return row["set_at"] is None or (row["gone_at"], row["gone_seq"]) >= (row["set_at"], row["set_seq"])


def user_of(row: Row) -> User:
    return User(
        id=row["id"],
        name=row["name"],
        address=row["address"] or None,
        language=row["language"],
        timezone=row["timezone"],
        active=row["active"] and not is_gone(row),
        partner=row["partner"],
    )


def contact_of(row: Row, opted_out: frozenset[str], permissions: frozenset[str]) -> Contact:
    return Contact(
        id=row["id"],
        company=row["company"],
        first_name=row["first_name"] or "",
        last_name=row["last_name"] or "",
        address=row["address"] or None,
        language=row["language"],
        active=row["active"],
        primary=row["mark_at"] is not None,
        billing=row["billing"],
        decision_maker=row["decision_maker"],
        toggles_off=frozenset(row["toggles_off"]),
        opted_out=opted_out,
        custom_user=row["custom_user"],
        permissions=permissions if row["permissions"] is None else frozenset(row["permissions"]),
    )


def company_of(row: Row) -> Company:
    return Company(
        id=row["id"],
        name=row["name"],
        language=row["language"],
        timezone=row["timezone"],
        partner=row["partner"],
        renewal_owner=row["renewal_owner"],
        renewal_point_of_contact=row["renewal_point_of_contact"],
        services_ended=row["services_ended"],
        account_managers=tuple(row["account_managers"]),
        deleted=is_gone(row),
    )


def partner_of(row: Row) -> Partner:
    return Partner(
        id=row["id"],
        name=row["name"],
        renewal_owner=row["renewal_owner"],
        point_of_contact=row["point_of_contact"],
        ended=row["status"] == "ended",
        language=row["language"],
    )


def process_of(row: Row) -> Process:
    follow_up = row["follow_up"] or {}
    return Process(
        id=row["id"],
        name=row["name"],
        stages=tuple(
            Stage(
                id=stage["id"],
                name=stage["name"],
                duration=interval_of(stage["duration"]),
                closed=stage["closed"],
                duration_set_at=datetime.fromisoformat(stage["duration_set_at"]),
            )
            for stage in row["stages"]
        ),
        follow_up=follow_up.get("enabled", False),
        interval=interval_of(follow_up.get("interval")),
        resume=follow_up.get("resume"),
        follow_up_set_at=row["follow_up_set_at"],
    )


def interval_of(value: Mapping[str, Any] | None) -> Interval | None:
    return Interval(value["value"], Unit(value["unit"])) if value else None


def lead_of(row: Row) -> Lead:
    visit = Visit(row["visit_began_at"], row["process"], row["stage"], row["acceptor"], row["stage_entered_at"])
    closed_at = row["closed_at"]
    return Lead(
        id=row["id"],
        title=row["title"],
        visit=visit,
        company=row["company"],
        link=row["link"],
        details=tuple((row["details"] or {}).items()),
        closed=closed_at is not None and is_closed(CurrentVisit(visit, row["visit_seq"]), closed_at, row["closed_seq"]),
        deleted=is_gone(row),
    )


def renewal_of(row: Row) -> Renewal:
    return Renewal(
        id=row["id"],
        company=row["company"],
        product=row["product"],
        renews_on=row["renews_on"],
        status=row["status"],
        amount=Decimal(row["amount"]) if row["amount"] is not None else None,
        currency=row["currency"],
        link=row["link"],
        known_on=row["known_on"],
    )


def rows_by_id(connection: Connection, table: sa.Table, ids: Collection[str]) -> dict[str, Row]:
    """The rows of these objects, also of those that were only heard of."""
    found: dict[str, Row] = {}
    for some in chunks(ids):
        for row in connection.execute(sa.select(table).where(table.c.id.in_(some))).mappings():
            found[row["id"]] = row
    return found


def _processes(connection: Connection, ids: Collection[str]) -> dict[str, Process]:
    return {id: process_of(row) for id, row in rows_by_id(connection, tables.processes, ids).items() if row["set_at"]}


def partners_by_id(connection: Connection, ids: Collection[str]) -> dict[str, Partner]:
    """The partners that were ever saved."""
    return {id: partner_of(row) for id, row in rows_by_id(connection, tables.partners, ids).items() if row["set_at"]}


def companies_by_id(connection: Connection, ids: Collection[str]) -> dict[str, Company]:
    """The companies that were ever saved, deleted ones included."""
    return {id: company_of(row) for id, row in rows_by_id(connection, tables.companies, ids).items() if row["set_at"]}


def _entries(connection: Connection, leads: Collection[str]) -> dict[str, list[stoppers.Entry]]:
    found: dict[str, list[stoppers.Entry]] = defaultdict(list)
    table = tables.lead_entries
    for some in chunks(leads):
        for row in connection.execute(sa.select(table).where(table.c.lead.in_(some))):
            found[row.lead].append(
                stoppers.Entry(row.kind, row.ref, row.time, row.seq, row.action, row.starts_at, row.ends_at)
            )
    return found


@dataclass(slots=True)
class _Mails:
    """The follow-ups of a lead's present visit that hold their numbers (RULES 0.5), as `LeadCase` has them."""

    sent: list[SentFollowUp] = field(default_factory=list)
    under_way: bool = False


def _mails(connection: Connection, leads: Iterable[Lead]) -> dict[str, _Mails]:
    """By lead. Whatever came to an end and holds its number counts as sent then, be it failed or uncertain (ADR 19)."""
    visits = {lead.ref: lead for lead in leads}
    notices = tables.notices
    found: dict[str, _Mails] = defaultdict(_Mails)
    names = ("subject", "visit", "sequence", "stage_entered_at", "at", "due_reason")
    for refs in chunks(visits):
        query = sa.select(*(notices.c[name] for name in names)).where(
            notices.c.subject.in_(refs), notices.c.kind == FOLLOW_UP.name, notices.c.blocks
        )
        for row in connection.execute(query.order_by(notices.c.sequence, notices.c.id)):
            lead = visits[row.subject]
            if has_mail(lead.visit, row.visit, row.stage_entered_at, row.at):
                mails = found[lead.id]
                if row.at is None:
                    mails.under_way = True
                else:
                    mails.sent.append(SentFollowUp(row.sequence, row.at, row.due_reason == Reason.FOLLOW_UP_FIRST))
    return found


def _opt_outs(connection: Connection, column: sa.Column[Any], keys: Collection[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    opt_outs, contacts = tables.opt_outs, tables.contacts
    for some in chunks(keys):
        query = sa.select(opt_outs.c.contact, opt_outs.c.toggle).join(contacts, contacts.c.id == opt_outs.c.contact)
        for row in connection.execute(query.where(column.in_(some))):
            found[row.contact].add(row.toggle)
    return defaultdict(frozenset, {contact: frozenset(toggles) for contact, toggles in found.items()})
