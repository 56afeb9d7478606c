"""Search by words, whatever their accents, and its indexes.

PostgreSQL alone has these: SQLite, for one machine's thousands, looks at every row.
"""

from collections.abc import Mapping
from functools import reduce

import sqlalchemy as sa

from workers.store.tables.base import metadata
from workers.store.tables.deciding import occasions
from workers.store.tables.sending import attempts, deliveries

SEARCHED: Mapping[str, tuple[str, ...]] = {
    "contacts": ("first_name", "last_name", "address"),
    "users": ("name", "address"),
    "companies": ("name",),
    "partners": ("name",),
    "leads": ("title",),
    "renewals": ("product",),
    "deals": ("title",),
    "projects": ("title",),
    "tickets": ("number", "title"),
}
"""Columns that people search by their words."""


_PLAIN_LETTERS = {
    "a": "ÀÁÂÃÄÅàáâãäåĀāĂăĄą",
    "c": "ÇçĆćĈĉĊċČč",
    "d": "ĎďĐđ",
    "e": "ÈÉÊËèéêëĒēĔĕĖėĘęĚě",
    "g": "ĜĝĞğĠġĢģ",
    "h": "Ĥĥ",
    "i": "ÌÍÎÏìíîïĨĩĪīĬĭĮįİ",
    "j": "Ĵĵ",
    "k": "Ķķ",
    "l": "ĹĺĻļĽľŁł",
    "n": "ÑñŃńŅņŇň",
    "o": "ÒÓÔÕÖØòóôõöøŌōŎŏŐő",
    "r": "ŔŕŖŗŘř",
    "s": "ŚśŜŝŞşŠšȘș",
    "t": "ŢţŤťȚț",
    "u": "ÙÚÛÜùúûüŨũŪūŬŭŮůŰűŲų",
    "w": "Ŵŵ",
    "y": "ÝýÿŶŷŸ",
    "z": "ŹźŻżŽž",
    "œ": "Œ",
    "æ": "Æ",
    "ß": "ẞ",
}
"""Letters and what they are without their accents. The last three become small here, and two letters by `_PAIRS`."""

_PAIRS = {"ß": "ss", "œ": "oe", "æ": "ae"}

_ACCENTS = "\u0300\u0301\u0302\u0303\u0308\u0327\u030a\u030c"
"""Where they follow their letter as characters of their own."""

_FROM = "".join(_PLAIN_LETTERS.values())
_TO = "".join(plain * len(accented) for plain, accented in _PLAIN_LETTERS.items())
_TO_PLAIN = str.maketrans(_FROM, _TO, _ACCENTS)


def plain(text: str) -> str:
    """The text in small letters without accents, as people type it in a hurry: "Küster" and "kuster" are one."""
    return reduce(lambda text, pair: text.replace(*pair), _PAIRS.items(), text.translate(_TO_PLAIN).lower())


def lexemes_of(table: str, qualified: bool = False) -> str:
    """The SQL, PostgreSQL's, of the plain words of a row: a `tsvector`."""
    letters = f"translate({words_of(table, qualified)}, '{_FROM}{_ACCENTS}', '{_TO}')"  # what is beyond _TO goes
    words = reduce(lambda text, pair: f"replace({text}, '{pair[0]}', '{pair[1]}')", _PAIRS.items(), letters)
    return f"to_tsvector('simple', {words})"


def words_of(table: str, qualified: bool = False) -> str:
    """The SQL of a row's searched words, put together with blanks; with just the brackets that PostgreSQL keeps."""
    prefix = f"{table}." if qualified else ""
    columns = (f"coalesce({prefix}{column}, '')" for column in SEARCHED[table])
    whole = reduce(lambda left, right: f"(({left} || ' ') || {right})", columns)
    return whole[1:-1] if whole.startswith("(") else whole


_WORDS = tuple(
    sa.Index(
        f"ix_{name}_words",
        sa.text(lexemes_of(name)),
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
