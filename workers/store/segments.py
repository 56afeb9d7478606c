"""Who is responsible for what, as it stands now: for choosing and counting, never for mail (TL-4, TL-8)."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.store import tables
from workers.store.database import elements

SINGLE = (
    ("contact", tables.contacts, tables.contacts.c.custom_user),
    ("lead", tables.leads, tables.leads.c.acceptor),
    ("ticket", tables.tickets, tables.tickets.c.responsible),
)
"""Kinds of objects with one responsible person: kind, table, column."""

SEVERAL = (
    ("company", tables.companies, tables.companies.c.account_managers),
    ("deal", tables.deals, tables.deals.c.responsible),
    ("project", tables.projects, tables.projects.c.responsible),
)
"""Kinds of objects with a list of them."""


def responsible(connection: Connection) -> sa.CompoundSelect[Any]:
    """Pairs of `subject` (kind/ID) and `user` (id), one for each person responsible for a thing."""
    arms = [
        sa.select((f"{kind}/" + table.c.id).label("subject"), column.label("user")).where(column.is_not(None))
        for kind, table, column in SINGLE
    ]
    for kind, table, column in SEVERAL:
        users = elements(connection, column)
        pair = sa.select((f"{kind}/" + table.c.id).label("subject"), users.c.value.label("user")).distinct()
        arms.append(pair.select_from(table).join(users, sa.true()).where(users.c.value.is_not(None)))
    return sa.union_all(*arms)
