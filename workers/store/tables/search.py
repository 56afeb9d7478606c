"""Indexes for search by words. PostgreSQL alone has them: SQLite, for one machine's thousands, looks at every row."""

from collections.abc import Mapping
from functools import reduce

import sqlalchemy as sa

from workers.store.tables.base import metadata
from workers.store.tables.deciding import occasions
from workers.store.tables.sending import attempts, deliveries

SEARCHED: Mapping[str, tuple[str, ...]] = {
    "contacts": ("first_name", "last_name", "address"),
    "users": ("name", "address"),
    "companies": ("name",),
    "leads": ("title",),
    "deals": ("title",),
    "projects": ("title",),
    "tickets": ("number", "title"),
}
"""Columns that people search by their words."""


def words_of(table: str, qualified: bool = False) -> str:
    """The SQL of a row's searched words, put together with blanks; with just the brackets that PostgreSQL keeps."""
    prefix = f"{table}." if qualified else ""
    columns = (f"coalesce({prefix}{column}, '')" for column in SEARCHED[table])
    whole = reduce(lambda left, right: f"(({left} || ' ') || {right})", columns)
    return whole[1:-1] if whole.startswith("(") else whole


_WORDS = tuple(
    sa.Index(
        f"ix_{name}_words",
        sa.text(f"to_tsvector('simple', {words_of(name)})"),
        postgresql_using="gin",
        _table=metadata.tables[name],
    ).ddl_if(dialect="postgresql")
    for name in SEARCHED
)
sa.Index("ix_deliveries_address_folded", sa.text("lower(address)"), "id", _table=deliveries).ddl_if(
    dialect="postgresql"
)
sa.Index(
    "ix_attempts_reply_words",
    sa.text("to_tsvector('simple', reply)"),
    postgresql_using="gin",
    postgresql_where=sa.text("kind = 'accepted'"),
    _table=attempts,
).ddl_if(dialect="postgresql")
sa.Index(
    "ix_occasions_document_number",
    sa.text("(data #>> '{document,number}')"),
    _table=occasions,
).ddl_if(dialect="postgresql")
