"""Openings: which mails were opened, as far as their pictures tell.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

from workers.store.types import BigId, Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of its own: workers of the release before do not know it, and need not."""
    op.create_table(
        "openings",
        sa.Column("delivery", BigId, nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.id"], name="fk_openings_delivery", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("delivery", name="pk_openings"),
    )
