"""The rows an ingest works on: loaded for a whole batch at once, changed in memory, written back at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.store import tables
from workers.store.database import upsert

Row = dict[str, Any]

Key = TypeVar("Key", str, int)

OBJECTS: Mapping[str, sa.Table] = {
    "user": tables.users,
    "partner": tables.partners,
    "company": tables.companies,
    "contact": tables.contacts,
    "deal": tables.deals,
    "project": tables.projects,
    "ticket": tables.tickets,
    "process": tables.processes,
    "lead": tables.leads,
    "renewal": tables.renewals,
    "address": tables.addresses,
}
"""Kinds of things with an id of their own."""

CHUNK = 500


def chunks(values: Iterable[Key]) -> Iterable[list[Key]]:
    """Sorted pieces, small enough for one IN list."""
    ordered = sorted(set(values))
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))


LOGS: Mapping[sa.Table, str] = {
    tables.lead_saves: "lead",
    tables.lead_entries: "lead",
    tables.contact_entries: "contact",
}
"""What is kept event by event, by arrival, and whose it is."""


def is_open_lead() -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions on leads: saved, and neither deleted nor closed since, as `is_gone` and `is_closed` have it.

    By time, then by arrival (RULES 0.6).
    """
    leads = tables.leads
    saved, gone = sa.tuple_(leads.c.set_at, leads.c.set_seq), sa.tuple_(leads.c.gone_at, leads.c.gone_seq)
    began = sa.tuple_(leads.c.visit_began_at, leads.c.visit_seq)
    closed = sa.tuple_(leads.c.closed_at, leads.c.closed_seq)
    return (
        leads.c.set_at.is_not(None),
        sa.or_(leads.c.gone_at.is_(None), gone < saved),
        sa.or_(leads.c.closed_at.is_(None), closed < began),
    )


class Bench:
    """The working copy of the facts that a batch of events touches.

    `row(kind, id)` gives the row, an empty one if nothing is known yet; `touch` marks it for writing. Several events on
    one object see each other's changes, as they would have, had they come one at a time.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: dict[str, dict[str, Row]] = {kind: {} for kind in OBJECTS}
        self._touched: dict[str, set[str]] = defaultdict(set)
        self._logs: dict[sa.Table, dict[str, list[Row]]] = {table: defaultdict(list) for table in LOGS}
        self._stored: dict[sa.Table, dict[tuple[str, int], Row]] = {table: {} for table in LOGS}
        self._contacts_of: dict[str, set[str]] = defaultdict(set)
        self._switches: dict[tuple[str, str], Row] = {}

    def load(self, wanted: Mapping[str, Collection[str]]) -> None:
        """Fetch the objects named by kind and id."""
        for kind, ids in wanted.items():
            self._fetch(kind, OBJECTS[kind].c.id if kind != "address" else OBJECTS[kind].c.key, ids)

    def load_log(self, table: sa.Table, ids: Collection[str]) -> None:
        """Fetch the log of these leads or contacts."""
        column = table.c[LOGS[table]]
        for some in chunks(ids):
            for row in self._connection.execute(sa.select(table).where(column.in_(some))).mappings():
                key = (row[LOGS[table]], row["seq"])
                self._logs[table][key[0]].append(dict(row))
                self._stored[table][key] = dict(row)

    def load_contacts(self, ids: Collection[str], companies: Collection[str]) -> None:
        """Fetch what was told of these contacts, and all contacts, with what was told of them, that are or ever were in
        a company of theirs, or in one of these (PX-2)."""
        log = tables.contact_entries
        self.load_log(log, ids)
        rows = [*(self.row("contact", id) for id in ids), *(row for id in ids for row in self._logs[log][id])]
        companies = {row["company"] for row in rows if row["company"]} | set(companies)
        others: set[str] = set()
        for some in chunks(companies):
            query = sa.select(log.c.contact).distinct().where(log.c.company.in_(some))
            others |= set(self._connection.execute(query).scalars())
        self.load_log(log, others - set(ids))
        self._fetch("contact", tables.contacts.c.id, others)
        self._fetch("contact", tables.contacts.c.company, companies, known=False)
        for row in self._rows["contact"].values():
            self._contacts_of[row["company"]].add(row["id"])
        for contact, told in self._logs[log].items():
            for row in told:
                self._contacts_of[row["company"]].add(contact)

    def load_leads_of(self, processes: Collection[str], most: int) -> None:
        """Fetch up to `most` leads of each stage of these processes that are neither deleted nor closed."""
        leads = tables.leads
        place = sa.func.row_number().over(partition_by=(leads.c.process, leads.c.stage), order_by=leads.c.id)
        for some in chunks(processes):
            ranked = sa.select(leads, place.label("place")).where(leads.c.process.in_(some), *is_open_lead()).subquery()
            for row in self._connection.execute(sa.select(ranked).where(ranked.c.place <= most)).mappings():
                self._rows["lead"].setdefault(row["id"], {column.name: row[column.name] for column in leads.c})

    def leads_of(self, process: str) -> list[Row]:
        """Those leads of a process that are on the bench."""
        return [row for row in self._rows["lead"].values() if row["process"] == process]

    def load_switches(self) -> None:
        """All of them: there are few."""
        for row in self._connection.execute(sa.select(tables.switches)).mappings():
            self._switches[row["template"], row["language"]] = dict(row)

    def switch(self, template: str, language: str) -> Row:
        """The switch of a template for one language, or for all ("")."""
        empty = {"template": template, "language": language, "enabled": True, "set_at": None, "set_seq": None}
        return self._switches.setdefault((template, language), empty)

    def row(self, kind: str, id: str) -> Row:
        """The working copy; a fresh row of nulls for what nobody has sent yet."""
        rows = self._rows[kind]
        if id not in rows:
            key = "key" if kind == "address" else "id"
            rows[id] = {column.name: None for column in OBJECTS[kind].columns} | {key: id}
        return rows[id]

    def known(self, kind: str, id: str) -> bool:
        """Whether the object itself was ever saved; an erased user is as never known (RULES 0.12)."""
        row = self._rows[kind].get(id)
        return row is not None and row["active" if kind == "user" else "set_at"] is not None

    def touch(self, kind: str, id: str) -> Row:
        """The row, to be written back."""
        self._touched[kind].add(id)
        return self.row(kind, id)

    def contacts_of(self, company: str) -> set[str]:
        """The contacts of which is stored that they are, or ever were, in the company."""
        return set(self._contacts_of[company])

    def log(self, table: sa.Table, id: str) -> list[Row]:
        """The log of a lead or contact. Change the list, and the table will be changed."""
        return self._logs[table][id]

    def flush(self) -> None:
        """Write back everything that was touched, and the logs."""
        for kind, ids in self._touched.items():
            upsert(OBJECTS[kind], self._connection, [self._rows[kind][id] for id in sorted(ids)])
        for table in LOGS:
            self._flush_log(table)
        upsert(tables.switches, self._connection, [row for row in self._switches.values() if row["set_at"]])

    def _flush_log(self, table: sa.Table) -> None:
        owner, stored = LOGS[table], self._stored[table]
        rows = {(row[owner], row["seq"]): row for log in self._logs[table].values() for row in log}
        if gone := [{"of": id, "number": seq} for id, seq in stored if rows.get((id, seq)) != stored[id, seq]]:
            here = (table.c[owner] == sa.bindparam("of")) & (table.c.seq == sa.bindparam("number"))
            self._connection.execute(table.delete().where(here), gone)
        if new := [row for key, row in rows.items() if stored.get(key) != row]:
            self._connection.execute(table.insert(), new)

    def _fetch(self, kind: str, column: sa.Column[Any], keys: Collection[str], known: bool = True) -> None:
        """Rows by a column; `known`: whoever has a working copy is not asked for."""
        rows = self._rows[kind]
        for some in chunks(key for key in keys if not known or key not in rows):
            for row in self._connection.execute(sa.select(OBJECTS[kind]).where(column.in_(some))).mappings():
                rows.setdefault(row["key" if kind == "address" else "id"], dict(row))
