"""Order of arrival: what must be kept so that late events count at their own time.

Revision ID: 0011
"""

import sqlalchemy as sa
from alembic import op

from workers.store.types import BigId, Instant, Json

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is filled in: a row of before, or of a worker of the release before, is taken for what it says."""
    saves = sa.Column("saves", Json, comment="its saves, as far as they tell since when it is as it is (F20)")
    op.add_column("processes", saves)
    entered = "of the visit, which may prove to begin at another time (F17)"
    op.add_column("notices", sa.Column("stage_entered_at", Instant(), comment=entered))
    op.create_table(
        "contact_entries",
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("company", sa.Text(), comment="null: deleted or erased"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("primary", sa.Boolean(), comment="what was said of the mark; null: nothing"),
        sa.Column("settled", sa.Boolean(), nullable=False, comment="old: primary tells whether it has the mark"),
        sa.PrimaryKeyConstraint("contact", "seq", name="pk_contact_entries"),
    )
    op.create_index("ix_contact_entries_company", "contact_entries", ["company"])
