"""The pages that support reads: who looked at what, and indexes for their searches.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

from workers.store.types import BigId, Instant, Json

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing that stands is changed, so that workers of the release before go on beside ours."""
    _views()
    op.create_index("ix_deliveries_ended_at_state", "deliveries", ["ended_at", "state"])
    for table, column in (("leads", "company"), ("leads", "acceptor"), ("renewals", "company")):
        op.create_index(f"ix_{table}_{column}", table, [column])
    if op.get_bind().dialect.name == "postgresql":
        _postgresql_indexes()


def _views() -> None:
    op.create_table(
        "views",
        sa.Column("id", BigId, nullable=False),
        sa.Column("at", Instant(), nullable=False, comment="by the database's clock"),
        sa.Column("session", sa.Text(), nullable=False, comment="a sign-in to the pages"),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("refs", Json, nullable=False, comment="whose data was shown: contact/K-1, delivery/12"),
        sa.PrimaryKeyConstraint("id", name="pk_views"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_views_at", "views", ["at"])


_WORDS = {
    "contacts": "coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || coalesce(address, '')",
    "users": "coalesce(name, '') || ' ' || coalesce(address, '')",
    "companies": "coalesce(name, '')",
    "leads": "coalesce(title, '')",
    "deals": "coalesce(title, '')",
    "projects": "coalesce(title, '')",
    "tickets": "coalesce(number, '') || ' ' || coalesce(title, '')",
}


def _postgresql_indexes() -> None:
    for table, words in _WORDS.items():
        vector = sa.text(f"to_tsvector('simple', {words})")
        op.create_index(f"ix_{table}_words", table, [vector], postgresql_using="gin")
    op.create_index("ix_deliveries_address_folded", "deliveries", [sa.text("lower(address)"), "id"])
    op.create_index(
        "ix_attempts_reply_words",
        "attempts",
        [sa.text("to_tsvector('simple', reply)")],
        postgresql_using="gin",
        postgresql_where=sa.text("kind = 'accepted'"),
    )
    number = sa.text("(data #>> '{document,number}')")
    op.create_index("ix_occasions_document_number", "occasions", [number])
