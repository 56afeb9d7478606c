"""References to what nobody has sent yet: listed while they dangle (EVENTS)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.reasons import Reason
from workers.store import tables
from workers.store.bench import OBJECTS, chunks, is_open_lead
from workers.store.database import elements

notices, leads, processes = tables.notices, tables.leads, tables.processes

_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("user", "partner", "partner"),
    ("partner", "point_of_contact", "user"),
    ("company", "partner", "partner"),
    ("company", "renewal_point_of_contact", "user"),
    ("contact", "company", "company"),
    ("contact", "custom_user", "user"),
    ("company", "account_managers", "user"),
    ("deal", "company", "company"),
    ("deal", "responsible", "user"),
    ("project", "company", "company"),
    ("project", "responsible", "user"),
    ("ticket", "company", "company"),
    ("ticket", "contact", "contact"),
    ("ticket", "responsible", "user"),
    ("lead", "process", "process"),
    ("lead", "acceptor", "user"),
    ("lead", "company", "company"),
    ("renewal", "company", "company"),
)
"""Columns that refer to others (JSON: a list of them): of which kind, which column, to which kind."""

_OF_OCCASIONS = {
    "company": "company",
    "object": None,
    "actor": "user",
    "contacts": "contact",
    "ticket": "ticket",
    "project": "project",
    "id": "contact",
}
"""What an occasion's data refers to, by field; None: the value names the kind."""

PIECE = 500


@dataclass(frozen=True, slots=True)
class Dangling:
    """`ref` refers, in the field of that name, to an object that nobody has sent yet, or to no stage of its process."""

    ref: str
    field: str
    missing: str
    reason: Literal["reference_missing", "stage_missing"] = "reference_missing"


def dangling(connection: Connection, limit: int = 1000) -> list[Dangling]:
    """Up to `limit` of each field that refers to another object, of unsaved leads, of lost stages, and of occasions."""
    found = [each for column in _COLUMNS for each in _of_column(connection, *column, limit)]
    found += _unsaved_leads(connection, limit)
    found += islice(_lost_stages(connection, limit), limit)
    found += _of_occasions(connection, limit)
    return list(dict.fromkeys(found))


def _of_column(connection: Connection, kind: str, column: str, target: str, limit: int) -> Iterator[Dangling]:
    table, other = OBJECTS[kind], OBJECTS[target]
    named: sa.ColumnElement[Any] = table.c[column]
    source: sa.FromClause = table
    if isinstance(table.c[column].type, sa.JSON):
        entries = elements(connection, table.c[column])
        named, source = entries.c.value, table.join(entries, sa.true())
    known = sa.select(other.c.id).where(other.c.id == named, _was_saved(target))
    query = sa.select(table.c.id, named).select_from(source).where(named.is_not(None), ~known.exists()).distinct()
    for id, missing in connection.execute(query.order_by(table.c.id, named).limit(limit)):
        yield Dangling(f"{kind}/{id}", column, f"{target}/{missing}")


def _was_saved(kind: str) -> sa.ColumnElement[bool]:
    """An erased user is as never known (RULES 0.12)."""
    return OBJECTS[kind].c["active" if kind == "user" else "set_at"].is_not(None)


def _unsaved_leads(connection: Connection, limit: int) -> Iterator[Dangling]:
    """Leads that have appointments, tasks or an end, but were never sent; nobody will send one that was deleted."""
    entries = tables.lead_entries
    has_entries = sa.select(entries.c.lead).where(entries.c.lead == leads.c.id).exists()
    query = sa.select(leads.c.id, has_entries.label("has_entries")).where(
        leads.c.set_at.is_(None), leads.c.gone_at.is_(None), sa.or_(leads.c.closed_at.is_not(None), has_entries)
    )
    for row in connection.execute(query.order_by(leads.c.id).limit(limit)):
        yield Dangling(f"lead/{row.id}", "lead" if row.has_entries else "id", f"lead/{row.id}")


def _lost_stages(connection: Connection, limit: int) -> Iterator[Dangling]:
    """Open leads in a stage that their process does not have (any more)."""
    for process, stages in connection.execute(sa.select(processes.c.id, processes.c.stages).order_by(processes.c.id)):
        lost = leads.c.stage.not_in([stage["id"] for stage in stages or ()])
        query = sa.select(leads.c.id, leads.c.stage).where(leads.c.process == process, lost, *is_open_lead())
        for row in connection.execute(query.order_by(leads.c.id).limit(limit)):
            yield Dangling(f"lead/{row.id}", "stage", row.stage, "stage_missing")


def _of_occasions(connection: Connection, limit: int) -> list[Dangling]:
    """Those of occasions that are still undecided: a decision leaves out what is unknown."""
    table, found, after = tables.occasions, list[Dangling](), 0
    undecided = notices.c.needs_decision | (notices.c.held_reason == Reason.REFERENCE_MISSING)
    query = sa.select(notices.c.id, notices.c.subject, table.c.type, table.c.data).select_from(notices).join(table)
    query = query.where(notices.c.outcome.is_(None), undecided).order_by(notices.c.id).limit(PIECE)
    while len(found) < limit and (rows := connection.execute(query.where(notices.c.id > after)).all()):
        found += _missing(connection, [each for row in rows for each in _references(row.subject, row.type, row.data)])
        after = rows[-1].id
    return found[:limit]


def _references(subject: str, type: str, data: Mapping[str, Any]) -> Iterator[Dangling]:
    for field, kind in _OF_OCCASIONS.items():
        value = data.get(field)
        for each in value if isinstance(value, list) else [value] if value else []:
            yield Dangling(subject, field, f"{kind}/{each}" if kind else each)
    if project := (data.get("task") or {}).get("project"):
        yield Dangling(subject, "task/project", f"project/{project}")
    if type.startswith("ticket.") and not data["ticket"]:
        yield Dangling(subject, "document/id", f"ticket/{data['document']['id']}")


def _missing(connection: Connection, named: Iterable[Dangling]) -> list[Dangling]:
    wanted: dict[str, set[str]] = defaultdict(set)
    for each in named:
        kind, _, id = each.missing.partition("/")
        wanted[kind].add(id)
    unknown = set[str]()
    for kind in wanted.keys() & OBJECTS.keys():  # nobody ever sends an invoice
        unknown |= {f"{kind}/{id}" for id in wanted[kind] - _known(connection, kind, sorted(wanted[kind]))}
    return [each for each in named if each.missing in unknown]


def _known(connection: Connection, kind: str, ids: Sequence[str]) -> set[str]:
    key = OBJECTS[kind].c.id
    queries = (sa.select(key).where(key.in_(some), _was_saved(kind)) for some in chunks(ids))
    return {id for query in queries for id in connection.execute(query).scalars()}
