"""One question, asked of everything that people know a mail by: names, addresses, ids, numbers, what servers said.

PostgreSQL answers from indexes (`tables.SEARCHED`), however many mails there are; SQLite, which keeps the thousands of
one machine, looks at every row. A word is found by its beginning, whatever its case and its accents.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.engine import Connection

from workers.domain.notices import CATALOGUE
from workers.domain.reasons import Outcome
from workers.store import tables
from workers.store.bench import OBJECTS
from workers.store.lookup import COPIES, Copy

notices, people, letters, deliveries = tables.notices, tables.people, tables.letters, tables.deliveries
attempts, occasions = tables.attempts, tables.occasions

MOST_THINGS = 20
"""People and things that one answer names; their mails are what is searched for."""

MOST_BELONGING = 200
"""Contacts, leads, renewals and so on, of each kind, that found companies and partners lead to."""

MOST_SAID = 1000
"""Attempts of which a server may have said the same word."""

SHORTEST_WORD = 2
"""Letters: a single one begins everything."""

LONGEST_QUESTION = 200
"""Characters; nothing that anybody knows a mail by is longer, but for a Message-ID."""

_DOCUMENTS = {name.partition(".")[0] for name in CATALOGUE if "." in name}
KINDS = tuple(sorted({*OBJECTS, *_DOCUMENTS} - {"address"}))
"""What a notice can be about: the part of its subject before the slash."""

_WORD = re.compile(r"[\w@.+-]+")
_QUEUE_ID = re.compile(r"(?=\S*\d)[\w.-]{5,80}")


@dataclass(frozen=True, slots=True)
class Thing:
    """A person, a company, or something that mails are about. `detail`: an address, a number, where there is one."""

    kind: str
    id: str
    name: str
    detail: str | None
    gone: bool

    @property
    def ref(self) -> str:
        return f"{self.kind}/{self.id}"


@dataclass(frozen=True, slots=True)
class Unsent:
    """A notice that reached nobody or waits for its letter: outcome None is open. `reason` may be None then."""

    id: int
    kind: str
    subject: str
    at: datetime
    outcome: str | None
    reason: str | None


UNSENT = sa.select(
    notices.c.id,
    notices.c.kind,
    notices.c.subject,
    sa.func.coalesce(notices.c.at, notices.c.created_at).label("at"),
    notices.c.outcome,
    sa.func.coalesce(notices.c.reason, notices.c.held_reason).label("reason"),
)
"""Selects `Unsent`."""


@dataclass(frozen=True, slots=True)
class Found:
    """What answers a question. `mails`: the newest first, `more` says that there are others."""

    things: list[Thing]
    mails: list[Copy]
    more: bool
    unsent: list[Unsent]


def search(connection: Connection, question: str, limit: int, before: int | None = None) -> Found:
    """Up to `limit` mails, older than delivery `before`; with the things that were asked for and what was not sent.

    Four queries, whatever is asked.
    """
    asked = question[:LONGEST_QUESTION].strip()
    if not asked:
        return Found([], [], False, [])
    things = _things(connection, asked)
    known = [thing.ref for thing in things if thing.kind not in ("company", "partner")]
    known += _belonging(connection, things)
    people_of = [ref for ref in known if ref.startswith(_PEOPLE)]
    subjects = _subjects(asked) + [ref for ref in known if not ref.startswith(_PEOPLE)]
    mails = _mails(connection, asked, subjects, people_of, limit + 1, before)
    unsent = _unsent(connection, asked, subjects, people_of, limit) if before is None else []
    return Found(things, mails[:limit], len(mails) > limit, unsent)


# --- things ----------------------------------------------------------------------------------------------------------

_NAMES: dict[str, tuple[str, str | None]] = {
    "contact": ("first_name || ' ' || last_name", "address"),
    "user": ("name", "address"),
    "company": ("name", None),
    "partner": ("name", None),
    "lead": ("title", None),
    "renewal": ("product", None),
    "deal": ("title", None),
    "project": ("title", None),
    "ticket": ("title", "number"),
}
"""How a thing is called, and what else tells it from others of the same name; people first."""


def _things(connection: Connection, asked: str) -> list[Thing]:
    arms = [_arm(connection, kind, position, asked) for position, kind in enumerate(_NAMES)]
    every = sa.union_all(*(sa.select(arm) for arm in arms)).subquery()
    query = sa.select(every).order_by(every.c.exact.desc(), every.c.position, every.c.name, every.c.id)
    rows = connection.execute(query.limit(MOST_THINGS))
    return [Thing(row.kind, row.id, (row.name or "").strip(), row.detail, bool(row.gone)) for row in rows]


def _arm(connection: Connection, kind: str, position: int, asked: str) -> sa.Subquery:
    table = OBJECTS[kind]
    prefix, slash, id = asked.partition("/")
    wanted = id if slash and prefix == kind else asked
    exact = table.c.id == wanted
    words = _words_match(connection, table, asked)
    name, detail = _NAMES[kind]
    names = name.split(" || ' ' || ")
    label: sa.ColumnElement[str] = sa.func.coalesce(table.c[names[0]], "")
    for other in names[1:]:
        label = label + " " + sa.func.coalesce(table.c[other], "")
    query = sa.select(
        sa.literal(kind).label("kind"),
        sa.literal(position).label("position"),
        table.c.id,
        label.label("name"),
        (table.c[detail] if detail else sa.null().cast(sa.Text)).label("detail"),
        (table.c.gone_at.is_not(None) if "gone_at" in table.c else sa.false()).label("gone"),
        sa.case((exact, 1), else_=0).label("exact"),
    )
    fits = exact if words is None else sa.or_(exact, words)
    known = table.c.set_at.is_not(None)
    return query.where(known, fits).order_by(sa.text("exact DESC")).limit(MOST_THINGS).subquery()


def _words_match(connection: Connection, table: sa.Table, asked: str) -> sa.ColumnElement[bool] | None:
    """That each word of the question begins a word of the row; None where there is none to ask for."""
    words = [word for found in _WORD.findall(tables.plain(asked)) if (word := found.strip(".-+"))]
    if max(map(len, words), default=0) < SHORTEST_WORD:
        return None
    if connection.dialect.name == "sqlite":
        row = sa.func.plain(sa.literal_column(tables.words_of(table.name, qualified=True)))
        return sa.and_(*(_begins_a_word(row, word) for word in words))
    vector: sa.ColumnElement[Any] = sa.literal_column(tables.lexemes_of(table.name, qualified=True))
    return vector.bool_op("@@")(sa.cast(" & ".join(map(_lexeme, words)), TSQUERY))


def _begins_a_word(row: sa.ColumnElement[str], word: str) -> sa.ColumnElement[bool]:
    before = ("", *(f"%{mark}" for mark in " -'’(\"@./&"))
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return sa.or_(*(row.like(f"{start}{escaped}%", escape="\\") for start in before))


def _lexeme(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "':*"


_PEOPLE = ("contact/", "user/")
_OF_COMPANY = ("contact", "lead", "renewal", "deal", "project", "ticket")


def _belonging(connection: Connection, things: Sequence[Thing]) -> list[str]:
    """What belongs to the found companies, and the people of the found partners: references."""
    companies, partners = ([thing.id for thing in things if thing.kind == kind] for kind in ("company", "partner"))
    arms = [_refs(kind, OBJECTS[kind].c.company.in_(companies)) for kind in _OF_COMPANY]
    arms.append(_refs("user", tables.users.c.partner.in_(partners)))
    return list(connection.execute(sa.union_all(*(sa.select(arm) for arm in arms))).scalars())


def _refs(kind: str, theirs: sa.ColumnElement[bool]) -> sa.Subquery:
    id = OBJECTS[kind].c.id
    return (
        sa.select((sa.literal(f"{kind}/") + id).label("ref"))
        .where(theirs)
        .order_by(id)
        .limit(MOST_BELONGING)
        .subquery()
    )


def _subjects(asked: str) -> list[str]:
    return [asked] if "/" in asked else [f"{kind}/{asked}" for kind in KINDS]


# --- mails -----------------------------------------------------------------------------------------------------------


def _mails(
    connection: Connection,
    asked: str,
    subjects: Sequence[str],
    people_of: Sequence[str],
    limit: int,
    before: int | None,
) -> list[Copy]:
    older = deliveries.c.id < before if before is not None else sa.true()
    newest = [
        arm.where(older).order_by(deliveries.c.id.desc()).limit(limit).subquery()
        for arm in _ways(connection, asked, subjects, people_of)
    ]
    ids = sa.union(*(sa.select(arm.c.id) for arm in newest)).subquery()
    query = COPIES.where(deliveries.c.id.in_(sa.select(ids.c.id))).order_by(deliveries.c.id.desc()).limit(limit)
    return [Copy(**row._mapping) for row in connection.execute(query)]


def _ways(
    connection: Connection, asked: str, subjects: Sequence[str], people_of: Sequence[str]
) -> Iterator[sa.Select[Any]]:
    """How the question can lead to a delivery."""
    copy = sa.select(deliveries.c.id)
    yield copy.join(notices, notices.c.id == deliveries.c.notice).where(notices.c.subject.in_(subjects))
    reader = (people.c.notice == deliveries.c.notice) & (people.c.position == deliveries.c.person)
    yield copy.join(people, reader).where(people.c.ref.in_(people_of))
    yield copy.join(occasions, occasions.c.notice == deliveries.c.notice).where(_has_number(connection, asked))
    if "@" in asked:
        yield copy.where(sa.func.lower(deliveries.c.address) == asked.lower())
        message_id = f"<{asked.strip('<>')}>"
        yield copy.join(letters, letters.c.id == deliveries.c.letter).where(letters.c.message_id == message_id)
    if _QUEUE_ID.fullmatch(asked):
        # The limit makes PostgreSQL ask its index first, instead of every attempt from the newest one on.
        said = sa.select(attempts.c.delivery).where(_was_said(connection, asked)).limit(MOST_SAID).subquery()
        yield copy.where(deliveries.c.id.in_(sa.select(said.c.delivery)))


def _has_number(connection: Connection, asked: str) -> sa.ColumnElement[bool]:
    """Over occasions: the number that people know the document by."""
    if connection.dialect.name == "sqlite":
        return sa.func.json_extract(occasions.c.data, "$.document.number") == asked
    return sa.literal_column("(occasions.data #>> '{document,number}')", sa.Text) == asked


def _was_said(connection: Connection, asked: str) -> sa.ColumnElement[bool]:
    """Over attempts: the server that took the copy named it so; each has its own way of saying it."""
    accepted = attempts.c.kind == sa.literal_column("'accepted'")
    if connection.dialect.name == "sqlite":
        said = sa.func.lower(" " + attempts.c.reply + " ")
        return accepted & said.op("GLOB")(f"*[^0-9a-z]{asked.lower()}[^0-9a-z]*")
    vector: sa.ColumnElement[Any] = sa.literal_column("to_tsvector('simple', attempts.reply)")
    return accepted & vector.bool_op("@@")(sa.func.phraseto_tsquery(sa.literal_column("'simple'"), asked))


# --- what was not sent -----------------------------------------------------------------------------------------------


def _unsent(
    connection: Connection, asked: str, subjects: Sequence[str], people_of: Sequence[str], limit: int
) -> list[Unsent]:
    ways = (
        notices.c.subject.in_(subjects),
        notices.c.id.in_(sa.select(people.c.notice).where(people.c.ref.in_(people_of))),
        notices.c.id.in_(sa.select(occasions.c.notice).where(_has_number(connection, asked))),
    )
    without_copy = ~sa.exists().where(deliveries.c.notice == notices.c.id)
    without_copy &= notices.c.outcome.is_distinct_from(Outcome.SENT)  # it had copies, and they were forgotten
    newest = [
        sa.select(notices.c.id).where(way, without_copy).order_by(notices.c.id.desc()).limit(limit).subquery()
        for way in ways
    ]
    ids = sa.union(*(sa.select(arm.c.id) for arm in newest)).subquery()
    query = UNSENT.where(notices.c.id.in_(sa.select(ids.c.id)))
    rows = connection.execute(query.order_by(notices.c.id.desc()).limit(limit))
    return [Unsent(**row._mapping) for row in rows]
