"""The events that were accepted, by which a repeated one is known."""

import sqlalchemy as sa

from workers.store.tables.base import Column, Text, metadata
from workers.store.types import BigId, Instant

events = sa.Table(
    "events",
    metadata,
    Column("seq", BigId, primary_key=True, autoincrement=False, comment="arrival number"),
    Column("source", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("time", Instant, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("received_at", Instant, nullable=False, index=True),
    sa.UniqueConstraint("source", "id"),
)
