"""Erasures: whose data must leave the ledger, how far that has come, and what of it waits for an end.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

from workers.store.types import BigId, Instant, Json

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_AS_OF = "arrival number of the last event that the decision knew; null: of an older release"
_ERASED = "nothing personal is left of it"


def upgrade() -> None:
    """Workers of the release before need none of it: what they decide counts as decided before an erasure."""
    op.add_column("people", sa.Column("as_of", BigId, comment=_AS_OF))
    op.add_column(
        "people", sa.Column("erased", sa.Boolean(), nullable=False, server_default=sa.false(), comment=_ERASED)
    )
    op.create_index("ix_people_ref_notice", "people", ["ref", "notice"])
    op.drop_index("ix_people_ref", "people")
    _erasures()
    _left()


def _erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("ref", sa.Text(), nullable=False, comment="contact/ID or user/ID"),
        sa.Column("seq", BigId, nullable=False, comment="arrival number of its event: what was decided before must go"),
        sa.Column("at", Instant(), nullable=False, comment="when that arrived"),
        sa.Column("letter", BigId, nullable=False, comment="the last letter that was written before"),
        sa.Column("step", sa.Text(), comment="people | copies | problems: what is gone through; null: all was"),
        sa.Column("after", sa.Text(), nullable=False, server_default="", comment="the last id that was reached"),
        sa.Column("words", Json, comment="addresses and names that are looked for; null: nothing is left"),
        sa.PrimaryKeyConstraint("ref", name="pk_erasures"),
    )
    op.create_index("ix_erasures_at", "erasures", ["at"])
    where = sa.text("step IS NOT NULL")
    op.create_index("ix_erasures_step", "erasures", ["step"], sqlite_where=where, postgresql_where=where)


def _left() -> None:
    says = "was not over: a copy may go out, or somebody may decide about it"
    op.create_table(
        "erasures_left",
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("notice", BigId, nullable=False, comment=says),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name="fk_erasures_left_notice", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ref", "notice", name="pk_erasures_left"),
    )
    op.create_index("ix_erasures_left_notice", "erasures_left", ["notice"])
