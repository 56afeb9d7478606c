"""Keys of any length that the contract allows; fences that are on their way to many notices.

Revision ID: 0010
"""

import sqlalchemy as sa
from alembic import op

from workers.store.types import BigId

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Workers of the release before go on beside ours. They know of no fence: a mail that one of them is about to send
    may leave while it is on its way. So end their mailers before templates are switched.
    """
    op.create_table(
        "fences",
        sa.Column("ref", sa.Text(), nullable=False, comment="a fact that changed, on which many open notices lean"),
        sa.Column("after", BigId, nullable=False, server_default="0", comment="the last notice that was told"),
        sa.PrimaryKeyConstraint("ref", name="pk_fences"),
    )
    op.create_index("ix_notice_refs_ref_notice", "notice_refs", ["ref", "notice"])
    op.drop_index("ix_notice_refs_ref", "notice_refs")
    if op.get_bind().dialect.name == "postgresql":
        _digest()


def _digest() -> None:
    digest = sa.text(r"sha256(decode(replace(cause, '\', '\\'), 'escape'))")
    op.create_index("uq_notices_occurrence_cause_digest", "notices", ["occurrence", digest], unique=True)
    op.drop_constraint("uq_notices_occurrence_cause", "notices")
