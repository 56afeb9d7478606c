"""What is known of one contact, user, company or address, as the rules read it, with what only people look at."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.facts import Company, Contact, Partner
from workers.domain.recipients import fold
from workers.store import cases, segments, tables
from workers.store.origins import Origin, origins

contacts, companies, partners = tables.contacts, tables.companies, tables.partners

users = cases.users


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A contact in its last state, `gone_at` if it was deleted since."""

    contact: Contact
    position: str | None
    phone: str | None
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class OptOut:
    """The person's own unsubscribe from one kind of mail (PX-4): through what, and when."""

    toggle: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Suppression:
    """What is known of an address: whether it gets mail no more (RULES 0.9), why, since when and by what.

    `reason`: hard or complaint; `diagnostic`: the server's words.
    """

    address: str
    suppressed: bool
    reason: str | None
    diagnostic: str | None
    soft_bounces: int
    origin: Origin | None


def contact(connection: Connection, id: str, permissions: frozenset[str]) -> KnownContact | None:
    """None if nobody has told of it, or it was erased. `permissions`: where its event names none (PX-3)."""
    row = (
        connection.execute(sa.select(contacts).where(contacts.c.id == id, contacts.c.set_at.is_not(None)))
        .mappings()
        .first()
    )
    if row is None or row["company"] is None or _nothing_is_left("contact", row):
        return None
    opted_out = frozenset(each.toggle for each in opt_outs(connection, id))
    found = cases.contact_of(row, opted_out, permissions)
    return KnownContact(found, row["position"], row["phone"], row["gone_at"] if cases.is_gone(row) else None)


def is_erased(connection: Connection, kind: str, id: str) -> bool:
    """Whether a contact or user was known, and nothing personal of them is left (RULES 0.12)."""
    table = {"contact": contacts, "user": tables.users}[kind]
    query = sa.select(table).where(table.c.id == id, table.c.set_at.is_not(None))
    row = connection.execute(query).mappings().first()
    return row is not None and _nothing_is_left(kind, row)


def _nothing_is_left(kind: str, row: Mapping[Any, Any]) -> bool:
    return row[{"contact": "last_name", "user": "active"}[kind]] is None


def contacts_of(connection: Connection, company: str, permissions: frozenset[str]) -> list[Contact]:
    """The living contacts of a company, the primary one first, then the oldest."""
    found = cases.contacts_of(connection, [company], permissions)[company]
    return sorted(found, key=lambda each: not each.primary)


def opt_outs(connection: Connection, contact: str) -> list[OptOut]:
    """By toggle."""
    table = tables.opt_outs
    query = sa.select(table.c.toggle, table.c.source, table.c.at).where(table.c.contact == contact)
    return [OptOut(**row._mapping) for row in connection.execute(query.order_by(table.c.toggle))]


def company(connection: Connection, id: str) -> Company | None:
    """In its last state, deleted or not."""
    return cases.companies_by_id(connection, [id]).get(id)


def partner(connection: Connection, id: str) -> Partner | None:
    rows = cases.rows_by_id(connection, partners, [id])
    return cases.partner_of(rows[id]) if id in rows and rows[id]["set_at"] else None


def companies_of_point_of_contact(connection: Connection, user: str, limit: int) -> list[Company]:
    """The clients whose point of contact a user is, by their own setting or their partner's (HS-7), by name."""
    inherits = sa.select(partners.c.id).where(partners.c.point_of_contact == user)
    named = companies.c.renewal_point_of_contact
    query = sa.select(companies).where(
        companies.c.set_at.is_not(None),
        sa.or_(named == user, named.is_(None) & companies.c.partner.in_(inherits)),
    )
    rows = connection.execute(query.order_by(companies.c.name, companies.c.id).limit(limit)).mappings()
    return [found for found in map(cases.company_of, rows) if not found.deleted]


def responsible_for(connection: Connection, user: str, limit: int) -> list[str]:
    """Refs of what a user answers for today (TL-8)."""
    pairs = segments.responsible(connection).subquery()
    query = sa.select(pairs.c.subject).where(pairs.c.user == user).order_by(pairs.c.subject).limit(limit)
    return list(connection.execute(query).scalars())


def suppression(connection: Connection, address: str) -> Suppression | None:
    """None for an address of which no bounce was ever told."""
    table = tables.addresses
    row = connection.execute(sa.select(table).where(table.c.key == fold(address))).first()
    if row is None:
        return None
    ref = f"address/{row.key}"
    told = origins(connection, {ref}).get(ref)
    return Suppression(row.address, row.suppressed, row.reason, row.diagnostic, row.soft_bounces, told)


def suppressed(connection: Connection, addresses: Collection[str]) -> frozenset[str]:
    """Those of the addresses, folded, that get no mail."""
    return cases.reachability(connection, addresses).suppressed
