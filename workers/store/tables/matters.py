"""What they are told about: deals, projects, tickets, leads and renewals, and the switches of templates."""

import sqlalchemy as sa

from workers.store.tables.base import Boolean, Column, Date, Text, gone_columns, metadata, set_columns
from workers.store.types import BigId, Instant, Json

deals = sa.Table(
    "deals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("company", Text),
    Column("title", Text),
    Column("responsible", Json),
    Column("link", Text),
    *set_columns(),
    sa.Index("ix_deals_company", "company"),
)

projects = sa.Table(
    "projects",
    metadata,
    Column("id", Text, primary_key=True),
    Column("company", Text),
    Column("title", Text),
    Column("responsible", Json),
    Column("link", Text),
    *set_columns(),
    sa.Index("ix_projects_company", "company"),
)

tickets = sa.Table(
    "tickets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("company", Text),
    Column("contact", Text),
    Column("address", Text),
    Column("number", Text),
    Column("title", Text),
    Column("responsible", Text),
    Column("link", Text),
    *set_columns(),
    sa.Index("ix_tickets_company", "company"),
)

processes = sa.Table(
    "processes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("stages", Json),
    Column("follow_up", Json),
    Column("follow_up_set_at", Instant),
    *set_columns(),
    Column("saves", Json, comment="its saves, as far as they tell since when it is as it is (F20)"),
)

leads = sa.Table(
    "leads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text),
    Column("process", Text),
    Column("stage", Text),
    Column("stage_entered_at", Instant),
    Column("acceptor", Text),
    Column("company", Text),
    Column("link", Text),
    Column("details", Json),
    Column("visit_began_at", Instant),
    Column("visit_seq", BigId),
    Column("closed_at", Instant),
    Column("closed_seq", BigId),
    *set_columns(),
    *gone_columns(),
    Column("due_on", Date, comment="day of the run that must look at it next; null: nothing foreseen"),
    Column("checked_on", Date, comment="day of the last run that looked at it"),
    sa.Index("ix_leads_due_on_id", "due_on", "id"),
    sa.Index("ix_leads_process_id", "process", "id"),
    sa.Index("ix_leads_company", "company"),
    sa.Index("ix_leads_acceptor", "acceptor"),
)

lead_saves = sa.Table(
    "lead_saves",
    metadata,
    Column("lead", Text, primary_key=True),
    Column("seq", BigId, primary_key=True, autoincrement=False),
    Column("time", Instant, nullable=False),
    Column("process", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("stage_entered_at", Instant, nullable=False),
    Column("acceptor", Text),
)

lead_entries = sa.Table(
    "lead_entries",
    metadata,
    Column("lead", Text, primary_key=True),
    Column("seq", BigId, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("time", Instant, nullable=False),
    Column("action", Text, nullable=False),
    Column("starts_at", Instant),
    Column("ends_at", Instant),
)

renewals = sa.Table(
    "renewals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("company", Text),
    Column("product", Text),
    Column("renews_on", Date),
    Column("status", Text),
    Column("amount", Text),
    Column("currency", Text),
    Column("link", Text),
    *set_columns(),
    Column("known_on", Date, comment="day of the first run that saw the date (R18, R20)"),
    Column("due_on", Date),
    Column("checked_on", Date),
    sa.Index("ix_renewals_due_on_id", "due_on", "id"),
    sa.Index("ix_renewals_company", "company"),
)

switches = sa.Table(
    "switches",
    metadata,
    Column("template", Text, primary_key=True),
    Column("language", Text, primary_key=True, comment="empty: all of them"),
    Column("enabled", Boolean, nullable=False),
    *set_columns(),
)

fan_outs = sa.Table(
    "fan_outs",
    metadata,
    Column("kind", Text, primary_key=True, comment="process | all_leads | all_renewals"),
    Column("ref", Text, primary_key=True),
    Column("after", Text, nullable=False, server_default="", comment="the last id that was reached"),
)
