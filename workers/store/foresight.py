"""Leads and renewals of which a run still expects something, for a look ahead at one company or person."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.store import tables

leads, renewals, companies, partners = tables.leads, tables.renewals, tables.companies, tables.partners


def leads_of_company(connection: Connection, company: str, limit: int) -> list[str]:
    """Ids, those first that a run looks at first; as of all of these."""
    return _first_due(connection, leads, leads.c.company == company, limit)


def renewals_of_company(connection: Connection, company: str, limit: int) -> list[str]:
    """Ids of what it may renew."""
    return _first_due(connection, renewals, renewals.c.company == company, limit)


def leads_of_user(connection: Connection, user: str, limit: int) -> list[str]:
    """Ids of those that they accepted."""
    return _first_due(connection, leads, leads.c.acceptor == user, limit)


def renewals_of_user(connection: Connection, user: str, limit: int) -> list[str]:
    """Ids of those whose point of contact they are (HS-7)."""
    named = companies.c.renewal_point_of_contact
    inherits = sa.select(partners.c.id).where(partners.c.point_of_contact == user)
    theirs = sa.select(companies.c.id).where(sa.or_(named == user, named.is_(None) & companies.c.partner.in_(inherits)))
    return _first_due(connection, renewals, renewals.c.company.in_(theirs), limit)


def _first_due(connection: Connection, table: sa.Table, where: sa.ColumnElement[Any], limit: int) -> list[str]:
    query = sa.select(table.c.id).where(where, table.c.due_on.is_not(None))
    return list(connection.execute(query.order_by(table.c.due_on, table.c.id).limit(limit)).scalars())
