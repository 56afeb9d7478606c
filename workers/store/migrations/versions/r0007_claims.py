"""Claims: how often copies and notices were taken up without an answer; indexes for companies.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_CLAIMS = "how often it was taken up since something last came of it"


def upgrade() -> None:
    """Nothing that stands is changed. Workers of the release before do not count: what they hold has no claims."""
    for table in ("deliveries", "notices"):
        op.add_column(table, sa.Column("claims", sa.Integer(), nullable=False, server_default="0", comment=_CLAIMS))
    for table in ("deals", "projects", "tickets"):
        op.create_index(f"ix_{table}_company", table, ["company"])
