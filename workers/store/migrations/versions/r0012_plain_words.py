"""Words are found without their accents, partners by their name, renewals by their product.

Revision ID: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_WORDS = {
    "contacts": "coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || coalesce(address, '')",
    "users": "coalesce(name, '') || ' ' || coalesce(address, '')",
    "companies": "coalesce(name, '')",
    "partners": "coalesce(name, '')",
    "leads": "coalesce(title, '')",
    "renewals": "coalesce(product, '')",
    "deals": "coalesce(title, '')",
    "projects": "coalesce(title, '')",
    "tickets": "coalesce(number, '') || ' ' || coalesce(title, '')",
}

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
_ACCENTS = "\u0300\u0301\u0302\u0303\u0308\u0327\u030a\u030c"


def upgrade() -> None:
    """SQLite has no such indexes. Workers of the release before search without them, slower, until they are gone."""
    if op.get_bind().dialect.name != "postgresql":
        return
    accented = "".join(_PLAIN_LETTERS.values())
    letters = "".join(plain * len(group) for plain, group in _PLAIN_LETTERS.items())
    for table, words in _WORDS.items():
        plain = f"translate({words}, '{accented}{_ACCENTS}', '{letters}')"
        for letter, pair in (("ß", "ss"), ("œ", "oe"), ("æ", "ae")):
            plain = f"replace({plain}, '{letter}', '{pair}')"
        op.drop_index(f"ix_{table}_words", table, if_exists=True)
        vector = sa.text(f"to_tsvector('simple', {plain})")
        op.create_index(f"ix_{table}_words", table, [vector], postgresql_using="gin")
