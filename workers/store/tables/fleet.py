"""The fleet itself: its processes, routes and flags, what needs a person, and who looked."""

import sqlalchemy as sa

from workers.store.tables.base import Column, Integer, Text, metadata
from workers.store.types import BigId, Instant, Json

workers = sa.Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True, comment="one incarnation of one process"),
    Column("role", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("beat_at", Instant, nullable=False, comment="by the database's real clock"),
    Column("dead_at", Instant),
)

routes = sa.Table(
    "routes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("paused_until", Instant),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("reason", Text),
)

flags = sa.Table(
    "flags",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

problems = sa.Table(
    "problems",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("kind", Text, nullable=False, comment="refused | alert | poison"),
    Column("subject", Text, nullable=False, comment="where it was seen: line 7, notice/12, lead/L-1"),
    Column("reason", Text, nullable=False),
    Column("pointer", Text),
    Column("detail", Text, nullable=False),
    Column("payload", Text, comment="what was refused, as it came"),
    Column("solved_at", Instant),
    sa.Index(
        "ix_problems_unsolved",
        "subject",
        postgresql_where=sa.text("solved_at IS NULL"),
        sqlite_where=sa.text("solved_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

views = sa.Table(
    "views",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", Instant, nullable=False, index=True, comment="by the database's clock"),
    Column("session", Text, nullable=False, comment="a sign-in to the pages"),
    Column("page", Text, nullable=False),
    Column("refs", Json, nullable=False, comment="whose data was shown: contact/K-1, delivery/12"),
    sqlite_autoincrement=True,
)
