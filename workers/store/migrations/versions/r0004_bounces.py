"""Bounces: what came back about deliveries and addresses.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

from workers.store.types import BigId, Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of its own: workers of the release before do not know it, and need not."""
    op.create_table(
        "reports",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="by which a report that is read again is known"),
        sa.Column("arrived_at", Instant(), nullable=False),
        sa.Column("at", Instant(), nullable=False, comment="when it was written"),
        sa.Column("kind", sa.Text(), nullable=False, comment="what it means for the address; or released"),
        sa.Column("address_key", sa.Text(), nullable=False, comment="trimmed and case-folded"),
        sa.Column("delivery", BigId),
        sa.Column("verified", sa.Boolean(), nullable=False, comment="it came to the return path of this delivery"),
        sa.Column("status", sa.Text(), comment="enhanced status code"),
        sa.Column("words", sa.Text(), nullable=False, comment="the other server's own, or an operator's reason"),
        sa.Column("said_by", sa.Text(), nullable=False, comment="the server that reports, or the operator"),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.id"], name="fk_reports_delivery", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        sa.UniqueConstraint("key", name="uq_reports_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reports_delivery", "reports", ["delivery"])
    op.create_index("ix_reports_address_key_at", "reports", ["address_key", "at"])
