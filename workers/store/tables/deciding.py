"""Daily runs and what was decided: notices, the people considered, the letters they get."""

import sqlalchemy as sa

from workers.store.tables.base import Boolean, Column, Date, Integer, Text, claims_column, metadata
from workers.store.types import BigId, Instant, Json

runs = sa.Table(
    "runs",
    metadata,
    Column("day", Date, primary_key=True),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("finished_at", Instant),
)

_DIGEST_OF_CAUSE = r"sha256(decode(replace(cause, '\', '\\'), 'escape'))"
"""Both columns repeat the source and the id of an event, of 256 characters each; PostgreSQL takes no more than 2,704
octets into an index. `decode` gives the text's octets, which a cast would do by settings that may change."""

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
    claims_column(),
    Column("stage_entered_at", Instant, comment="of the visit, which may prove to begin at another time (F17)"),
    sa.UniqueConstraint("occurrence", "cause").ddl_if(dialect="sqlite"),
    sa.Index(
        "uq_notices_occurrence_cause_digest",
        "occurrence",
        sa.text(_DIGEST_OF_CAUSE),
        unique=True,
    ).ddl_if(dialect="postgresql"),
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
    sa.Index("ix_notice_refs_ref_notice", "ref", "notice"),
)

fences = sa.Table(
    "fences",
    metadata,
    Column("ref", Text, primary_key=True, comment="a fact that changed, on which many open notices lean"),
    Column("after", BigId, nullable=False, server_default="0", comment="the last notice that was told"),
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
    Column(
        "as_of", BigId, comment="arrival number of the last event that the decision knew; null: of an older release"
    ),
    Column("erased", Boolean, nullable=False, server_default=sa.false(), comment="nothing personal is left of it"),
    sa.Index("ix_people_ref_notice", "ref", "notice"),
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
