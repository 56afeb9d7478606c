"""The copies of letters, and what became of each."""

import sqlalchemy as sa

from workers.store.tables.base import Boolean, Column, Integer, Text, claims_column, metadata
from workers.store.types import BigId, Instant

deliveries = sa.Table(
    "deliveries",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("notice", BigId, sa.ForeignKey("notices.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("letter", BigId, sa.ForeignKey("letters.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("person", Integer, nullable=False, comment="position in people"),
    Column("copy_number", Integer, nullable=False, server_default="1"),
    Column("line", Text, nullable=False, comment="to | cc"),
    Column("address", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("token", Integer, nullable=False, server_default="0", comment="fencing token"),
    Column("worker", Text),
    Column("next_attempt_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("first_answer_at", Instant),
    Column("ended_at", Instant),
    Column("possible_duplicate", Boolean, nullable=False, server_default=sa.false()),
    Column("woken_at", Instant),
    Column("left_at", Instant, comment="when its body was last about to leave, by the fleet's clock"),
    Column(
        "by_hand", Boolean, nullable=False, server_default=sa.false(), comment="an operator's word, whatever the day"
    ),
    claims_column(),
    sa.Index("ix_deliveries_state_next_attempt_at", "state", "next_attempt_at"),
    sa.Index("ix_deliveries_worker", "worker"),
    sa.Index("ix_deliveries_address", "address"),
    sa.Index("ix_deliveries_ended_at_state", "ended_at", "state"),
    sa.Index(
        "uq_deliveries_copy",
        "letter",
        "person",
        "copy_number",
        unique=True,
    ),
    sqlite_autoincrement=True,
)

attempts = sa.Table(
    "attempts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("delivery", BigId, sa.ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("route", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="what the attempt came to"),
    Column("phase", Text, nullable=False),
    Column("code", Integer),
    Column("enhanced", Text),
    Column("reply", Text, nullable=False, comment="the server's own words"),
    Column("seconds", sa.Float, nullable=False),
    sa.Index("ix_attempts_enhanced_at", "enhanced", "at"),
    sqlite_autoincrement=True,
)

interventions = sa.Table(
    "interventions",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("delivery", BigId, sa.ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("verb", Text, nullable=False, comment="resend | mark_sent | drop, or on_uncertain: the setting's doing"),
    Column("operator", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("state_before", Text, nullable=False),
    Column("address", Text, comment="the corrected one, where one was given"),
    Column("made", BigId, sa.ForeignKey("deliveries.id", ondelete="CASCADE"), index=True, comment="the new copy"),
    sqlite_autoincrement=True,
)

openings = sa.Table(
    "openings",
    metadata,
    Column("delivery", BigId, sa.ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("first_at", Instant, nullable=False),
    Column("times", Integer, nullable=False),
)

reports = sa.Table(
    "reports",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", Text, nullable=False, unique=True, comment="by which a report that is read again is known"),
    Column("arrived_at", Instant, nullable=False),
    Column("at", Instant, nullable=False, comment="when it was written"),
    Column("kind", Text, nullable=False, comment="what it means for the address; or released"),
    Column("address_key", Text, nullable=False, comment="trimmed and case-folded"),
    Column("delivery", BigId, sa.ForeignKey("deliveries.id", ondelete="CASCADE"), index=True),
    Column("verified", Boolean, nullable=False, comment="it came to the return path of this delivery"),
    Column("status", Text, comment="enhanced status code"),
    Column("words", Text, nullable=False, comment="the other server's own, or an operator's reason"),
    Column("said_by", Text, nullable=False, comment="the server that reports, or the operator"),
    sa.Index("ix_reports_address_key_at", "address_key", "at"),
    sqlite_autoincrement=True,
)
