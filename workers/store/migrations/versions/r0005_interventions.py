"""Interventions: what operators decided about single copies, and why.

Revision ID: 0005
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from workers.store.types import BigId, Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BY_HAND = "an operator's word, whatever the day"


def upgrade() -> None:
    """Nothing that stands is changed, so that workers of the release before go on beside ours."""
    for column in _columns():
        op.add_column("deliveries", column)
    _interventions()


def _columns() -> Iterator[sa.Column[Any]]:
    yield sa.Column("left_at", Instant(), comment="when its body was last about to leave, by the fleet's clock")
    yield sa.Column("by_hand", sa.Boolean(), nullable=False, server_default=sa.false(), comment=_BY_HAND)


def _interventions() -> None:
    op.create_table(
        "interventions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("delivery", BigId, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column(
            "verb", sa.Text(), nullable=False, comment="resend | mark_sent | drop, or on_uncertain: the setting's doing"
        ),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state_before", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), comment="the corrected one, where one was given"),
        sa.Column("made", BigId, comment="the new copy"),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.id"], name="fk_interventions_delivery", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["made"], ["deliveries.id"], name="fk_interventions_made", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_interventions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_interventions_delivery", "interventions", ["delivery"])
    op.create_index("ix_interventions_made", "interventions", ["made"])
