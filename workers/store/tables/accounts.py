"""People and companies: who can be written to, what they said about it, and who was erased."""

import sqlalchemy as sa

from workers.store.tables.base import Boolean, Column, Integer, Text, gone_columns, metadata, set_columns
from workers.store.types import BigId, Instant, Json

users = sa.Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("address", Text),
    Column("language", Text),
    Column("timezone", Text),
    Column("active", Boolean),
    Column("partner", Text, index=True),
    *set_columns(),
    *gone_columns(),
)

partners = sa.Table(
    "partners",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("renewal_owner", Text),
    Column("point_of_contact", Text),
    Column("status", Text),
    Column("language", Text),
    *set_columns(),
)

companies = sa.Table(
    "companies",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("language", Text),
    Column("timezone", Text),
    Column("partner", Text),
    Column("renewal_owner", Text),
    Column("renewal_point_of_contact", Text),
    Column("services_ended", Boolean),
    Column("account_managers", Json),
    *set_columns(),
    *gone_columns(),
)

contacts = sa.Table(
    "contacts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("company", Text, index=True),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("address", Text),
    Column("phone", Text),
    Column("position", Text),
    Column("language", Text),
    Column("active", Boolean),
    Column("billing", Boolean),
    Column("decision_maker", Boolean),
    Column("permissions", Json),
    Column("toggles_off", Json),
    Column("custom_user", Text),
    Column("created_at", Instant, comment="time of the oldest event that saved it"),
    Column("created_seq", BigId),
    Column("mark_at", Instant, comment="when it became primary; null: it is not"),
    Column("mark_explicit", Boolean),
    *set_columns(),
    *gone_columns(),
)

contact_entries = sa.Table(
    "contact_entries",
    metadata,
    Column("contact", Text, primary_key=True),
    Column("seq", BigId, primary_key=True, autoincrement=False),
    Column("time", Instant, nullable=False),
    Column("company", Text, comment="null: deleted or erased"),
    Column("active", Boolean, nullable=False),
    Column("primary", Boolean, comment="what was said of the mark; null: nothing"),
    Column("settled", Boolean, nullable=False, comment="old: primary tells whether it has the mark"),
    sa.Index("ix_contact_entries_company", "company"),
)

opt_outs = sa.Table(
    "opt_outs",
    metadata,
    Column("contact", Text, primary_key=True),
    Column("toggle", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

opt_out_changes = sa.Table(
    "opt_out_changes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("contact", Text, nullable=False),
    Column("toggle", Text, nullable=False),
    Column("opted_out", Boolean, nullable=False, comment="false: taken back"),
    Column("source", Text, nullable=False, comment="one_click | page | operator"),
    Column("delivery", BigId, comment="whose link was used; it may be forgotten by now"),
    Column("operator", Text, comment="null: the person"),
    Column("why", Text),
    sa.Index("ix_opt_out_changes_contact_toggle", "contact", "toggle"),
    sqlite_autoincrement=True,
)

addresses = sa.Table(
    "addresses",
    metadata,
    Column("key", Text, primary_key=True, comment="trimmed and case-folded"),
    Column("address", Text, nullable=False),
    Column("suppressed", Boolean, nullable=False),
    Column("reason", Text),
    Column("diagnostic", Text),
    Column("soft_bounces", Integer, nullable=False, server_default="0"),
    *set_columns(),
)

erasures = sa.Table(
    "erasures",
    metadata,
    Column("ref", Text, primary_key=True, comment="contact/ID or user/ID"),
    Column("seq", BigId, nullable=False, comment="arrival number of its event: what was decided before must go"),
    Column("at", Instant, nullable=False, index=True, comment="when that arrived"),
    Column("letter", BigId, nullable=False, comment="the last letter that was written before"),
    Column("step", Text, comment="people | copies | problems: what is gone through; null: all was"),
    Column("after", Text, nullable=False, server_default="", comment="the last id that was reached"),
    Column("words", Json, comment="addresses and names that are looked for; null: nothing is left"),
    sa.Index(
        "ix_erasures_step",
        "step",
        sqlite_where=sa.text("step IS NOT NULL"),
        postgresql_where=sa.text("step IS NOT NULL"),
    ),
)

erasures_left = sa.Table(
    "erasures_left",
    metadata,
    Column("ref", Text, primary_key=True),
    Column(
        "notice",
        BigId,
        sa.ForeignKey("notices.id", ondelete="CASCADE"),
        primary_key=True,
        comment="was not over: a copy may go out, or somebody may decide about it",
    ),
    sa.Index("ix_erasures_left_notice", "notice"),
)
