"""What every table is made of."""

import sqlalchemy as sa

from workers.store.types import BigId, Instant

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Column, Text, Boolean, Integer, Date = sa.Column, sa.Text, sa.Boolean, sa.Integer, sa.Date


def set_columns() -> tuple[sa.Column[object], ...]:
    """When this kind of state was last set, and by which event."""
    return (Column("set_at", Instant), Column("set_seq", BigId))


def gone_columns() -> tuple[sa.Column[object], ...]:
    """When the object was deleted, deactivated or closed, by the time of that event."""
    return (Column("gone_at", Instant), Column("gone_seq", BigId))


def claims_column() -> sa.Column[int]:
    """How often a row was taken up without an answer (`domain/suspicion`)."""
    says = "how often it was taken up since something last came of it"
    return Column("claims", Integer, nullable=False, server_default="0", comment=says)
