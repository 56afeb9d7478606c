"""What a piece of code costs a database: its statements, and how they are carried out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from workers.store.database import Database
from workers.store.tables import metadata

Statement = tuple[str, Any]


@contextmanager
def counted(database: Database) -> Iterator[list[Statement]]:
    """Collects the statements that run within; those for many rows of parameters count once."""
    found: list[Statement] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        found.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def full_scans(database: Database, statements: list[Statement]) -> set[str]:
    """Tables that these statements read from end to end, as the planner says. Analyse the tables before.

    Reading a partial index from end to end is none: it holds only what is to be done.
    """
    return {table for statement in statements if _is_planned(statement) for table in _scans(database, *statement)}


def analyse(database: Database) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))


_PARTIAL = {
    index.name
    for table in metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
}


def _is_planned(statement: Statement) -> bool:
    return statement[0].split()[0] in ("SELECT", "UPDATE", "DELETE") and "pg_advisory" not in statement[0]


def _scans(database: Database, statement: str, parameters: Any) -> set[str]:
    if isinstance(parameters, list):
        parameters = parameters[0]
    with database.read() as connection:
        if database.is_sqlite:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return {table for row in plan if (table := _scanned_on_sqlite(row[3].split()))}
        (found,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).one()
        return set(_scanned_on_postgresql(found))


def _scanned_on_sqlite(step: list[str]) -> str | None:
    """`SCAN leads`, `SCAN notices USING INDEX ix_notices_undecided`, `SEARCH leads USING ...`."""
    if step[0] != "SCAN" or step[1] == "CONSTANT" or not _PARTIAL.isdisjoint(step):
        return None
    return step[1]


def _scanned_on_postgresql(plan: Any) -> Iterator[str]:
    if isinstance(plan, list):
        for each in plan:
            yield from _scanned_on_postgresql(each)
    elif isinstance(plan, dict):
        node, index = plan.get("Node Type", ""), plan.get("Index Name")
        unbound = index and "Index Cond" not in plan and index not in _PARTIAL
        if node == "Seq Scan" or unbound:
            yield plan.get("Relation Name") or str(index)
        for value in plan.values():
            yield from _scanned_on_postgresql(value)
