"""Occasions: deals, projects, tickets, and the events that cause notices.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

from workers.store.types import BigId, Instant, Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing that stands is changed, so that workers of the release before go on beside ours."""
    _deals_and_projects()
    _tickets()
    _notices()
    _occasions()
    _secrets()


def _deals_and_projects() -> None:
    for name in ("deals", "projects"):
        op.create_table(
            name,
            sa.Column("id", sa.Text(), nullable=False),
            sa.Column("company", sa.Text()),
            sa.Column("title", sa.Text()),
            sa.Column("responsible", Json),
            sa.Column("link", sa.Text()),
            sa.Column("set_at", Instant()),
            sa.Column("set_seq", BigId),
            sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        )


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("company", sa.Text()),
        sa.Column("contact", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("number", sa.Text()),
        sa.Column("title", sa.Text()),
        sa.Column("responsible", sa.Text()),
        sa.Column("link", sa.Text()),
        sa.Column("set_at", Instant()),
        sa.Column("set_seq", BigId),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
    )


def _notices() -> None:
    for column in (
        sa.Column("arrival", BigId, comment="arrival number of the event that caused it; null: a run did"),
        sa.Column("position", sa.Integer(), comment="its place among the notices of that event"),
        sa.Column("held_reason", sa.Text(), comment="why it waits although it was decided"),
        sa.Column("stands_until", Instant(), comment="from then on it must be decided again; null: no time changes it"),
    ):
        op.add_column("notices", column)
    still_open = sa.text("outcome IS NULL")
    op.create_index(
        "ix_notices_stands_until",
        "notices",
        ["stands_until"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )


def _occasions() -> None:
    op.create_table(
        "occasions",
        sa.Column("notice", BigId, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("arrived_at", Instant(), nullable=False),
        sa.Column("data", Json, nullable=False, comment="what the event says, without its secret"),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name="fk_occasions_notice", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("notice", name="pk_occasions"),
    )


def _secrets() -> None:
    op.create_table(
        "secrets",
        sa.Column("notice", BigId, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="encrypted; gone when the notice is over"),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name="fk_secrets_notice", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("notice", name="pk_secrets"),
    )
