"""The tables: what we were told (facts), what we decided (notices, people), what became of it (letters, deliveries).

A fact row keeps, for each kind of state, the `time` it was last set at and the event that set it (`*_seq` is the
event's arrival number), so that an older state never overwrites a newer one (RULES 0.6). A row whose `set_at` is null
was only heard of: a deletion or an appointment that came before its object.
"""

from collections.abc import Mapping
from functools import reduce

import sqlalchemy as sa

from workers.store.types import BigId, Instant, Json

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Column, Text, Boolean, Integer, Date = sa.Column, sa.Text, sa.Boolean, sa.Integer, sa.Date


def _set() -> tuple[sa.Column[object], ...]:
    return (Column("set_at", Instant), Column("set_seq", BigId))


def _gone() -> tuple[sa.Column[object], ...]:
    """When the object was deleted, deactivated or closed, by the time of that event."""
    return (Column("gone_at", Instant), Column("gone_seq", BigId))


events = sa.Table(
    "events",
    metadata,
    Column("seq", BigId, primary_key=True, autoincrement=False, comment="arrival number"),
    Column("source", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("time", Instant, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("received_at", Instant, nullable=False, index=True),
    sa.UniqueConstraint("source", "id"),
)

# --- facts -----------------------------------------------------------------------------------------------------------

users = sa.Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("address", Text),
    Column("language", Text),
    Column("timezone", Text),
    Column("active", Boolean),
    Column("partner", Text),
    *_set(),
    *_gone(),
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
    *_set(),
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
    *_set(),
    *_gone(),
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
    *_set(),
    *_gone(),
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

deals = sa.Table(
    "deals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("company", Text),
    Column("title", Text),
    Column("responsible", Json),
    Column("link", Text),
    *_set(),
)

projects = sa.Table(
    "projects",
    metadata,
    Column("id", Text, primary_key=True),
    Column("company", Text),
    Column("title", Text),
    Column("responsible", Json),
    Column("link", Text),
    *_set(),
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
    *_set(),
)

processes = sa.Table(
    "processes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("stages", Json),
    Column("follow_up", Json),
    Column("follow_up_set_at", Instant),
    *_set(),
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
    *_set(),
    *_gone(),
    Column("due_on", Date, comment="day of the run that must look at it next; null: nothing foreseen"),
    Column("checked_on", Date, comment="day of the last run that looked at it"),
    sa.Index("ix_leads_due_on_id", "due_on", "id"),
    sa.Index("ix_leads_process_id", "process", "id"),
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
    *_set(),
    Column("known_on", Date, comment="day of the first run that saw the date (R18, R20)"),
    Column("due_on", Date),
    Column("checked_on", Date),
    sa.Index("ix_renewals_due_on_id", "due_on", "id"),
)

switches = sa.Table(
    "switches",
    metadata,
    Column("template", Text, primary_key=True),
    Column("language", Text, primary_key=True, comment="empty: all of them"),
    Column("enabled", Boolean, nullable=False),
    *_set(),
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
    *_set(),
)

fan_outs = sa.Table(
    "fan_outs",
    metadata,
    Column("kind", Text, primary_key=True, comment="process | all_leads | all_renewals"),
    Column("ref", Text, primary_key=True),
    Column("after", Text, nullable=False, server_default="", comment="the last id that was reached"),
)

# --- decisions -------------------------------------------------------------------------------------------------------

runs = sa.Table(
    "runs",
    metadata,
    Column("day", Date, primary_key=True),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("finished_at", Instant),
)

notices = sa.Table(
    "notices",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("occurrence", Text, nullable=False),
    Column("cause", Text, nullable=False, comment="run/DAY or event/SOURCE/ID"),
    Column("visit", Text),
    Column("sequence", Integer),
    Column("offset_days", Integer),
    Column("renews_on", Date),
    Column("due_reason", Text, comment="why it came into being, if the run knew"),
    Column("created_at", Instant, nullable=False),
    Column("needs_decision", Boolean, nullable=False, comment="the resolver must look at it (again)"),
    Column("decided_at", Instant),
    Column("frozen", Boolean, nullable=False, server_default=sa.false(), comment="a copy has begun to leave"),
    Column("decided_reason", Text, comment="the reason it will carry when sent"),
    Column("outcome", Text, comment="null: open"),
    Column("reason", Text),
    Column("notes", Json, nullable=False),
    Column("at", Instant, comment="when it came to its outcome"),
    Column("blocks", Boolean, nullable=False, comment="holds its occurrence (RULES 0.5)"),
    Column("repeats", Integer, nullable=False, server_default="0", comment="decided again with the same reason"),
    Column("failures", Integer, nullable=False, server_default="0", comment="decisions that broke (poison)"),
    Column("woken_at", Instant, comment="when its id was last put into the queue, by the database's clock"),
    Column("arrival", BigId, comment="arrival number of the event that caused it; null: a run did"),
    Column("position", Integer, comment="its place among the notices of that event"),
    Column("held_reason", Text, comment="why it waits although it was decided"),
    Column("stands_until", Instant, comment="from then on it must be decided again; null: no time changes it"),
    sa.UniqueConstraint("occurrence", "cause"),
    sa.Index(
        "uq_notices_blocking_occurrence",
        "occurrence",
        unique=True,
        sqlite_where=sa.text("blocks = 1"),
        postgresql_where=sa.text("blocks"),
    ),
    sa.Index("ix_notices_subject_kind", "subject", "kind"),
    sa.Index("ix_notices_at", "at"),
    sa.Index(
        "ix_notices_undecided",
        "id",
        sqlite_where=sa.text("needs_decision = 1"),
        postgresql_where=sa.text("needs_decision"),
    ),
    sa.Index(
        "ix_notices_open",
        "decided_at",
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    ),
    sa.Index(
        "ix_notices_stands_until",
        "stands_until",
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    ),
    sqlite_autoincrement=True,
)

occasions = sa.Table(
    "occasions",
    metadata,
    Column("notice", BigId, sa.ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True),
    Column("type", Text, nullable=False),
    Column("time", Instant, nullable=False),
    Column("arrived_at", Instant, nullable=False),
    Column("data", Json, nullable=False, comment="what the event says, without its secret"),
)

secrets = sa.Table(
    "secrets",
    metadata,
    Column("notice", BigId, sa.ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True),
    Column("sealed", sa.LargeBinary, nullable=False, comment="encrypted; gone when the notice is over"),
)

notice_refs = sa.Table(
    "notice_refs",
    metadata,
    Column("notice", BigId, sa.ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True),
    Column("ref", Text, primary_key=True, comment="a fact this open notice leans on"),
    sa.Index("ix_notice_refs_ref", "ref"),
)

people = sa.Table(
    "people",
    metadata,
    Column("notice", BigId, sa.ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("roles", Json, nullable=False),
    Column("ref", Text),
    Column("address", Text),
    Column("kept", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("language", Text),
    Column("name", Text, nullable=False),
    Column("facts", Json, nullable=False),
    sa.Index("ix_people_ref", "ref"),
    sa.Index("ix_people_address", "address"),
)

letters = sa.Table(
    "letters",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("notice", BigId, sa.ForeignKey("notices.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("void", Boolean, nullable=False, server_default=sa.false(), comment="belongs to a decision made again"),
    Column("template", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("to_line", Json, nullable=False, comment="[[name, address], ...]"),
    Column("cc_line", Json, nullable=False),
    Column("content", Json, nullable=False),
    Column("message_id", Text, nullable=False, unique=True),
    Column("subject_line", Text, comment="null: not rendered yet"),
    Column("body", sa.LargeBinary, comment="zlib-compressed JSON of text and html"),
    Column("rendered_at", Instant),
    Column("toggle", Text, comment="the switch that governs it; null: none does"),
    Column("head", Json, comment="sender, thread and links; null: not written yet"),
    sqlite_autoincrement=True,
)

# --- deliveries ------------------------------------------------------------------------------------------------------

deliveries = sa.Table(
    "deliveries",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("notice", BigId, sa.ForeignKey("notices.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("letter", BigId, sa.ForeignKey("letters.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("person", Integer, nullable=False, comment="position in people"),
    Column("copy_number", Integer, nullable=False, server_default="1"),
    Column("line", Text, nullable=False, comment="to | cc"),
    Column("address", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("token", Integer, nullable=False, server_default="0", comment="fencing token"),
    Column("worker", Text),
    Column("next_attempt_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("first_answer_at", Instant),
    Column("ended_at", Instant),
    Column("possible_duplicate", Boolean, nullable=False, server_default=sa.false()),
    Column("woken_at", Instant),
    sa.Index("ix_deliveries_state_next_attempt_at", "state", "next_attempt_at"),
    sa.Index("ix_deliveries_worker", "worker"),
    sa.Index("ix_deliveries_address", "address"),
    sa.Index("ix_deliveries_ended_at_state", "ended_at", "state"),
    sa.Index(
        "uq_deliveries_copy",
        "letter",
        "person",
        "copy_number",
        unique=True,
    ),
    sqlite_autoincrement=True,
)

attempts = sa.Table(
    "attempts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("delivery", BigId, sa.ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("route", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="what the attempt came to"),
    Column("phase", Text, nullable=False),
    Column("code", Integer),
    Column("enhanced", Text),
    Column("reply", Text, nullable=False, comment="the server's own words"),
    Column("seconds", sa.Float, nullable=False),
    sa.Index("ix_attempts_enhanced_at", "enhanced", "at"),
    sqlite_autoincrement=True,
)

reports = sa.Table(
    "reports",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", Text, nullable=False, unique=True, comment="by which a report that is read again is known"),
    Column("arrived_at", Instant, nullable=False),
    Column("at", Instant, nullable=False, comment="when it was written"),
    Column("kind", Text, nullable=False, comment="what it means for the address; or released"),
    Column("address_key", Text, nullable=False, comment="trimmed and case-folded"),
    Column("delivery", BigId, sa.ForeignKey("deliveries.id", ondelete="CASCADE"), index=True),
    Column("verified", Boolean, nullable=False, comment="it came to the return path of this delivery"),
    Column("status", Text, comment="enhanced status code"),
    Column("words", Text, nullable=False, comment="the other server's own, or an operator's reason"),
    Column("said_by", Text, nullable=False, comment="the server that reports, or the operator"),
    sa.Index("ix_reports_address_key_at", "address_key", "at"),
    sqlite_autoincrement=True,
)

# --- the fleet -------------------------------------------------------------------------------------------------------

workers = sa.Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True, comment="one incarnation of one process"),
    Column("role", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("beat_at", Instant, nullable=False, comment="by the database's real clock"),
    Column("dead_at", Instant),
)

routes = sa.Table(
    "routes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("paused_until", Instant),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("reason", Text),
)

flags = sa.Table(
    "flags",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

problems = sa.Table(
    "problems",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("kind", Text, nullable=False, comment="refused | alert | poison"),
    Column("subject", Text, nullable=False, comment="where it was seen: line 7, notice/12, lead/L-1"),
    Column("reason", Text, nullable=False),
    Column("pointer", Text),
    Column("detail", Text, nullable=False),
    Column("payload", Text, comment="what was refused, as it came"),
    Column("solved_at", Instant),
    sqlite_autoincrement=True,
)

# --- people who look -------------------------------------------------------------------------------------------------

views = sa.Table(
    "views",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", Instant, nullable=False, index=True, comment="by the database's clock"),
    Column("session", Text, nullable=False, comment="a sign-in to the pages"),
    Column("page", Text, nullable=False),
    Column("refs", Json, nullable=False, comment="whose data was shown: contact/K-1, delivery/12"),
    sqlite_autoincrement=True,
)

SEARCHED: Mapping[str, tuple[str, ...]] = {
    "contacts": ("first_name", "last_name", "address"),
    "users": ("name", "address"),
    "companies": ("name",),
    "leads": ("title",),
    "deals": ("title",),
    "projects": ("title",),
    "tickets": ("number", "title"),
}
"""Columns that people search by their words."""


def words_of(table: str, qualified: bool = False) -> str:
    """The SQL of a row's searched words, put together with blanks; with just the brackets that PostgreSQL keeps."""
    prefix = f"{table}." if qualified else ""
    columns = (f"coalesce({prefix}{column}, '')" for column in SEARCHED[table])
    whole = reduce(lambda left, right: f"(({left} || ' ') || {right})", columns)
    return whole[1:-1] if whole.startswith("(") else whole


# PostgreSQL alone has them: SQLite, for one machine's thousands, looks at every row.
_WORDS = tuple(
    sa.Index(
        f"ix_{name}_words",
        sa.text(f"to_tsvector('simple', {words_of(name)})"),
        postgresql_using="gin",
        _table=metadata.tables[name],
    ).ddl_if(dialect="postgresql")
    for name in SEARCHED
)
sa.Index("ix_deliveries_address_folded", sa.text("lower(address)"), "id", _table=deliveries).ddl_if(
    dialect="postgresql"
)
sa.Index(
    "ix_attempts_reply_words",
    sa.text("to_tsvector('simple', reply)"),
    postgresql_using="gin",
    postgresql_where=sa.text("kind = 'accepted'"),
    _table=attempts,
).ddl_if(dialect="postgresql")
sa.Index(
    "ix_occasions_document_number",
    sa.text("(data #>> '{document,number}')"),
    _table=occasions,
).ddl_if(dialect="postgresql")
