"""What is unsolved about a subject, and the users of a partner, are found at once.

Revision ID: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Workers of the release before leave alerts unsolved; that is what they always did."""
    unsolved = sa.text("solved_at IS NULL")
    op.create_index("ix_problems_unsolved", "problems", ["subject"], postgresql_where=unsolved, sqlite_where=unsolved)
    op.create_index("ix_users_partner", "users", ["partner"])
