"""All tables of the first release.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

from workers.store.types import BigId, Instant, Json

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _events()
    _users()
    _partners()
    _companies()
    _contacts()
    _opt_outs()
    _processes()
    _leads()
    _lead_saves()
    _lead_entries()
    _renewals()
    _switches()
    _addresses()
    _fan_outs()
    _runs()
    _notices()
    _notice_refs()
    _people()
    _letters()
    _deliveries()
    _attempts()
    _workers()
    _routes()
    _flags()
    _problems()


def downgrade() -> None:
    raise NotImplementedError("migrations only go forward: they expand, then contract")


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", BigId, autoincrement=False, nullable=False, comment="arrival number"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
        sa.UniqueConstraint("source", "id", name="uq_events_source_id"),
    )
    op.create_index("ix_events_received_at", "events", ["received_at"])


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("timezone", sa.Text()),
        sa.Column("active", sa.Boolean()),
        sa.Column("partner", sa.Text()),
        sa.Column("set_at", Instant()),
        sa.Column("set_seq", BigId),
        sa.Column("gone_at", Instant()),
        sa.Column("gone_seq", BigId),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
    )


def _partners() -> None:
    op.create_table(
        "partners",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("renewal_owner", sa.Text()),
        sa.Column("point_of_contact", sa.Text()),
        sa.Column("status", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("set_at", Instant()),
        sa.Column("set_seq", BigId),
        sa.PrimaryKeyConstraint("id", name="pk_partners"),
    )


def _companies() -> None:
    op.create_table(
        "companies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("timezone", sa.Text()),
        sa.Column("partner", sa.Text()),
        sa.Column("renewal_owner", sa.Text()),
        sa.Column("renewal_point_of_contact", sa.Text()),
        sa.Column("services_ended", sa.Boolean()),
        sa.Column("account_managers", Json),
        sa.Column("set_at", Instant()),
        sa.Column("set_seq", BigId),
        sa.Column("gone_at", Instant()),
        sa.Column("gone_seq", BigId),
        sa.PrimaryKeyConstraint("id", name="pk_companies"),
    )


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("company", sa.Text()),
        sa.Column("first_name", sa.Text()),
        sa.Column("last_name", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("position", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("active", sa.Boolean()),
        sa.Column("billing", sa.Boolean()),
        sa.Column("decision_maker", sa.Boolean()),
        sa.Column("permissions", Json),
        sa.Column("toggles_off", Json),
        sa.Column("custom_user", sa.Text()),
        sa.Column("created_at", Instant(), comment="time of the oldest event that saved it"),
        sa.Column("created_seq", BigId),
        sa.Column("mark_at", Instant(), comment="when it became primary; null: it is not"),
        sa.Column("mark_explicit", sa.Boolean()),
        sa.Column("set_at", Instant()),
        sa.Column("set_seq", BigId),
        sa.Column("gone_at", Instant()),
        sa.Column("gone_seq", BigId),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_company", "contacts", ["company"])


def _opt_outs() -> None:
    op.create_table(
        "opt_outs",
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("toggle", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("contact", "toggle", name="pk_opt_outs"),
    )


def _processes() -> None:
    op.create_table(
        "processes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("stages", Json),
        sa.Column("follow_up", Json),
        sa.Column("follow_up_set_at", Instant()),
        sa.Column("set_at", Instant()),
        sa.Column("set_seq", BigId),
        sa.PrimaryKeyConstraint("id", name="pk_processes"),
    )


def _leads() -> None:
    op.create_table(
        "leads",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("process", sa.Text()),
        sa.Column("stage", sa.Text()),
        sa.Column("stage_entered_at", Instant()),
        sa.Column("acceptor", sa.Text()),
        sa.Column("company", sa.Text()),
        sa.Column("link", sa.Text()),
        sa.Column("details", Json),
        sa.Column("visit_began_at", Instant()),
        sa.Column("visit_seq", BigId),
        sa.Column("closed_at", Instant()),
        sa.Column("closed_seq", BigId),
        sa.Column("set_at", Instant()),
        sa.Column("set_seq", BigId),
        sa.Column("gone_at", Instant()),
        sa.Column("gone_seq", BigId),
        sa.Column("due_on", sa.Date(), comment="day of the run that must look at it next; null: nothing foreseen"),
        sa.Column("checked_on", sa.Date(), comment="day of the last run that looked at it"),
        sa.PrimaryKeyConstraint("id", name="pk_leads"),
    )
    op.create_index("ix_leads_due_on_id", "leads", ["due_on", "id"])
    op.create_index("ix_leads_process_id", "leads", ["process", "id"])


def _lead_saves() -> None:
    op.create_table(
        "lead_saves",
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("stage_entered_at", Instant(), nullable=False),
        sa.Column("acceptor", sa.Text()),
        sa.PrimaryKeyConstraint("lead", "seq", name="pk_lead_saves"),
    )


def _lead_entries() -> None:
    op.create_table(
        "lead_entries",
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("starts_at", Instant()),
        sa.Column("ends_at", Instant()),
        sa.PrimaryKeyConstraint("lead", "seq", name="pk_lead_entries"),
    )


def _renewals() -> None:
    op.create_table(
        "renewals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("company", sa.Text()),
        sa.Column("product", sa.Text()),
        sa.Column("renews_on", sa.Date()),
        sa.Column("status", sa.Text()),
        sa.Column("amount", sa.Text()),
        sa.Column("currency", sa.Text()),
        sa.Column("link", sa.Text()),
        sa.Column("set_at", Instant()),
        sa.Column("set_seq", BigId),
        sa.Column("known_on", sa.Date(), comment="day of the first run that saw the date (R18, R20)"),
        sa.Column("due_on", sa.Date()),
        sa.Column("checked_on", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_renewals"),
    )
    op.create_index("ix_renewals_due_on_id", "renewals", ["due_on", "id"])


def _switches() -> None:
    op.create_table(
        "switches",
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False, comment="empty: all of them"),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("set_at", Instant()),
        sa.Column("set_seq", BigId),
        sa.PrimaryKeyConstraint("template", "language", name="pk_switches"),
    )


def _addresses() -> None:
    op.create_table(
        "addresses",
        sa.Column("key", sa.Text(), nullable=False, comment="trimmed and case-folded"),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("suppressed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("diagnostic", sa.Text()),
        sa.Column("soft_bounces", sa.Integer(), server_default="0", nullable=False),
        sa.Column("set_at", Instant()),
        sa.Column("set_seq", BigId),
        sa.PrimaryKeyConstraint("key", name="pk_addresses"),
    )


def _fan_outs() -> None:
    op.create_table(
        "fan_outs",
        sa.Column("kind", sa.Text(), nullable=False, comment="process | all_leads | all_renewals"),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), server_default="", nullable=False, comment="the last id that was reached"),
        sa.PrimaryKeyConstraint("kind", "ref", name="pk_fan_outs"),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("finished_at", Instant()),
        sa.PrimaryKeyConstraint("day", name="pk_runs"),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False, comment="run/DAY or event/SOURCE/ID"),
        sa.Column("visit", sa.Text()),
        sa.Column("sequence", sa.Integer()),
        sa.Column("offset_days", sa.Integer()),
        sa.Column("renews_on", sa.Date()),
        sa.Column("due_reason", sa.Text(), comment="why it came into being, if the run knew"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("needs_decision", sa.Boolean(), nullable=False, comment="the resolver must look at it (again)"),
        sa.Column("decided_at", Instant()),
        sa.Column(
            "frozen", sa.Boolean(), server_default=sa.false(), nullable=False, comment="a copy has begun to leave"
        ),
        sa.Column("decided_reason", sa.Text(), comment="the reason it will carry when sent"),
        sa.Column("outcome", sa.Text(), comment="null: open"),
        sa.Column("reason", sa.Text()),
        sa.Column("notes", Json, nullable=False),
        sa.Column("at", Instant(), comment="when it came to its outcome"),
        sa.Column("blocks", sa.Boolean(), nullable=False, comment="holds its occurrence (RULES 0.5)"),
        sa.Column(
            "repeats", sa.Integer(), server_default="0", nullable=False, comment="decided again with the same reason"
        ),
        sa.Column(
            "failures", sa.Integer(), server_default="0", nullable=False, comment="decisions that broke (poison)"
        ),
        sa.Column("woken_at", Instant(), comment="when its id was last put into the queue, by the database's clock"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("occurrence", "cause", name="uq_notices_occurrence_cause"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_at", "notices", ["at"])
    op.create_index(
        "ix_notices_open",
        "notices",
        ["decided_at"],
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index("ix_notices_subject_kind", "notices", ["subject", "kind"])
    op.create_index(
        "ix_notices_undecided",
        "notices",
        ["id"],
        sqlite_where=sa.text("needs_decision = 1"),
        postgresql_where=sa.text("needs_decision"),
    )
    op.create_index(
        "uq_notices_blocking_occurrence",
        "notices",
        ["occurrence"],
        unique=True,
        sqlite_where=sa.text("blocks = 1"),
        postgresql_where=sa.text("blocks"),
    )


def _notice_refs() -> None:
    op.create_table(
        "notice_refs",
        sa.Column("notice", BigId, nullable=False),
        sa.Column("ref", sa.Text(), nullable=False, comment="a fact this open notice leans on"),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name="fk_notice_refs_notice", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("notice", "ref", name="pk_notice_refs"),
    )
    op.create_index("ix_notice_refs_ref", "notice_refs", ["ref"])


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("notice", BigId, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("ref", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name="fk_people_notice", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("notice", "position", name="pk_people"),
    )
    op.create_index("ix_people_address", "people", ["address"])
    op.create_index("ix_people_ref", "people", ["ref"])


def _letters() -> None:
    op.create_table(
        "letters",
        sa.Column("id", BigId, nullable=False),
        sa.Column("notice", BigId, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "void", sa.Boolean(), server_default=sa.false(), nullable=False, comment="belongs to a decision made again"
        ),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("to_line", Json, nullable=False, comment="[[name, address], ...]"),
        sa.Column("cc_line", Json, nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("subject_line", sa.Text(), comment="null: not rendered yet"),
        sa.Column("body", sa.LargeBinary(), comment="zlib-compressed JSON of text and html"),
        sa.Column("rendered_at", Instant()),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name="fk_letters_notice", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_letters"),
        sa.UniqueConstraint("message_id", name="uq_letters_message_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_letters_notice", "letters", ["notice"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", BigId, nullable=False),
        sa.Column("notice", BigId, nullable=False),
        sa.Column("letter", BigId, nullable=False),
        sa.Column("person", sa.Integer(), nullable=False, comment="position in people"),
        sa.Column("copy_number", sa.Integer(), server_default="1", nullable=False),
        sa.Column("line", sa.Text(), nullable=False, comment="to | cc"),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("token", sa.Integer(), server_default="0", nullable=False, comment="fencing token"),
        sa.Column("worker", sa.Text()),
        sa.Column("next_attempt_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_answer_at", Instant()),
        sa.Column("ended_at", Instant()),
        sa.Column("possible_duplicate", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("woken_at", Instant()),
        sa.ForeignKeyConstraint(["letter"], ["letters.id"], name="fk_deliveries_letter", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name="fk_deliveries_notice", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_address", "deliveries", ["address"])
    op.create_index("ix_deliveries_letter", "deliveries", ["letter"])
    op.create_index("ix_deliveries_notice", "deliveries", ["notice"])
    op.create_index("ix_deliveries_state_next_attempt_at", "deliveries", ["state", "next_attempt_at"])
    op.create_index("ix_deliveries_worker", "deliveries", ["worker"])
    op.create_index("uq_deliveries_copy", "deliveries", ["letter", "person", "copy_number"], unique=True)


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("delivery", BigId, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="what the attempt came to"),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("code", sa.Integer()),
        sa.Column("enhanced", sa.Text()),
        sa.Column("reply", sa.Text(), nullable=False, comment="the server's own words"),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.id"], name="fk_attempts_delivery", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attempts_delivery", "attempts", ["delivery"])
    op.create_index("ix_attempts_enhanced_at", "attempts", ["enhanced", "at"])


def _workers() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False, comment="one incarnation of one process"),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("beat_at", Instant(), nullable=False, comment="by the database's real clock"),
        sa.Column("dead_at", Instant()),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )


def _routes() -> None:
    op.create_table(
        "routes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("paused_until", Instant()),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("name", name="pk_routes"),
    )


def _flags() -> None:
    op.create_table(
        "flags",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_flags"),
    )


def _problems() -> None:
    op.create_table(
        "problems",
        sa.Column("id", BigId, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="refused | alert | poison"),
        sa.Column("subject", sa.Text(), nullable=False, comment="where it was seen: line 7, notice/12, lead/L-1"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("pointer", sa.Text()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), comment="what was refused, as it came"),
        sa.Column("solved_at", Instant()),
        sa.PrimaryKeyConstraint("id", name="pk_problems"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_problems_at", "problems", ["at"])
