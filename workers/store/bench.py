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


LOGS = (tables.lead_saves, tables.lead_entries)
"""What is kept event by event, by lead and arrival."""


def is_open_lead() -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions on leads: saved, and neither deleted nor closed since."""
    leads = tables.leads
    return (
        leads.c.set_at.is_not(None),
        sa.or_(leads.c.gone_at.is_(None), leads.c.gone_at < leads.c.set_at),
        sa.or_(leads.c.closed_at.is_(None), leads.c.closed_at < leads.c.visit_began_at),
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
        self._stored: dict[sa.Table, set[tuple[str, int]]] = {table: set() for table in LOGS}
        self._contacts_of: dict[str, dict[str, Row]] = defaultdict(dict)
        self._switches: dict[tuple[str, str], Row] = {}

    def load(self, wanted: Mapping[str, Collection[str]], contacts_of: Collection[str] = ()) -> None:
        """Fetch the objects named by kind and id, and all contacts of the companies whose contacts change (PX-2)."""
        for kind, ids in wanted.items():
            self._fetch(kind, OBJECTS[kind].c.id if kind != "address" else OBJECTS[kind].c.key, ids)
        now_of = {row["company"] for row in self._rows["contact"].values() if row["company"]}
        self._fetch_contacts_of(now_of | set(contacts_of))

    def load_log(self, table: sa.Table, leads: Collection[str]) -> None:
        """Fetch the log of these leads."""
        for ids in chunks(leads):
            for row in self._connection.execute(sa.select(table).where(table.c.lead.in_(ids))).mappings():
                self._logs[table][row["lead"]].append(dict(row))
                self._stored[table].add((row["lead"], row["seq"]))

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
        row = self.row(kind, id)
        if kind == "contact" and row["company"]:
            self._contacts_of[row["company"]][id] = row
        return row

    def contacts_of(self, company: str) -> list[Row]:
        """All contacts of the company, deleted ones included."""
        return [row for row in self._contacts_of[company].values() if row["company"] == company]

    def log(self, table: sa.Table, lead: str) -> list[Row]:
        """The log of a lead. Change the list, and the table will be changed."""
        return self._logs[table][lead]

    def flush(self) -> None:
        """Write back everything that was touched, and the logs."""
        for kind, ids in self._touched.items():
            upsert(OBJECTS[kind], self._connection, [self._rows[kind][id] for id in sorted(ids)])
        for table in LOGS:
            self._flush_log(table)
        upsert(tables.switches, self._connection, [row for row in self._switches.values() if row["set_at"]])

    def _flush_log(self, table: sa.Table) -> None:
        rows = {(row["lead"], row["seq"]): row for log in self._logs[table].values() for row in log}
        if new := [row for key, row in rows.items() if key not in self._stored[table]]:
            self._connection.execute(table.insert(), new)
        if gone := [{"of": lead, "number": seq} for lead, seq in self._stored[table] - rows.keys()]:
            here = (table.c.lead == sa.bindparam("of")) & (table.c.seq == sa.bindparam("number"))
            self._connection.execute(table.delete().where(here), gone)

    def _fetch(self, kind: str, column: sa.Column[Any], ids: Collection[str]) -> None:
        rows = self._rows[kind]
        for some in chunks(id for id in ids if id not in rows):
            for row in self._connection.execute(sa.select(OBJECTS[kind]).where(column.in_(some))).mappings():
                rows[row["key" if kind == "address" else "id"]] = dict(row)

    def _fetch_contacts_of(self, companies: Collection[str]) -> None:
        contacts = tables.contacts
        for some in chunks(companies):
            for row in self._connection.execute(sa.select(contacts).where(contacts.c.company.in_(some))).mappings():
                known = self._rows["contact"].setdefault(row["id"], dict(row))
                self._contacts_of[known["company"]][known["id"]] = known
