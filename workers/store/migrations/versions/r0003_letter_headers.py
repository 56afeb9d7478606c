"""What stands above a letter is kept with it; who unsubscribed, by which way, and who took it back.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

from workers.store.types import BigId, Instant, Json

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing that stands is changed: letters of the release before have neither toggle nor head."""
    op.add_column("letters", sa.Column("toggle", sa.Text(), comment="the switch that governs it; null: none does"))
    op.add_column("letters", sa.Column("head", Json, comment="sender, thread and links; null: not written yet"))
    op.create_table(
        "opt_out_changes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("toggle", sa.Text(), nullable=False),
        sa.Column("opted_out", sa.Boolean(), nullable=False, comment="false: taken back"),
        sa.Column("source", sa.Text(), nullable=False, comment="one_click | page | operator"),
        sa.Column("delivery", BigId, comment="whose link was used; it may be forgotten by now"),
        sa.Column("operator", sa.Text(), comment="null: the person"),
        sa.Column("why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_opt_out_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_opt_out_changes_contact_toggle", "opt_out_changes", ["contact", "toggle"])
