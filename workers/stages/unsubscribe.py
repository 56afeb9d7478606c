"""What somebody says for herself: no more mails of this kind, or mails again (PX-4).

It is a fact like any other: in the transaction that records it, open notices that lean on the contact are marked to be
decided again, and leases on their copies are taken back (DESIGN promise 2). Said again it changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy.engine import Connection

from workers.stages import links
from workers.store import fences, opt_outs
from workers.store.database import Database
from workers.store.opt_outs import Reader, Word
from workers.store.vault import Vault


class Source(StrEnum):
    """By which way it was said."""

    ONE_CLICK = "one_click"
    PAGE = "page"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Heard:
    """For whom something changed (ids of contacts), and the open notices that the resolver must be told of."""

    changed: list[str]
    undecided: list[int]


class UnknownContactError(Exception):
    """There is no such contact, or not any more."""


def reader(database: Database, vault: Vault, token: str) -> Reader | None:
    """Whose link this is; None where it leads nowhere, for whatever reason. Changes nothing."""
    delivery = links.read_token(vault, token)
    if delivery is None:
        return None
    with database.read() as connection:
        return opt_outs.reader_of(connection, delivery)


def by_link(
    database: Database, vault: Vault, token: str, *, opted_out: bool, source: Source, now: datetime
) -> tuple[Reader, Heard] | None:
    """The holder of a link chooses. The reader as she stands now; None where the link leads nowhere."""
    delivery = links.read_token(vault, token)
    if delivery is None:
        return None
    with database.write_facts() as connection:
        found = opt_outs.reader_of(connection, delivery)
        if found is None:
            return None
        heard = _hear(connection, found.contacts, found.toggle, opted_out, Word(source, delivery), now)
    return replace(found, opted_out=opted_out), heard


def by_operator(
    database: Database, contact: str, toggle: str, *, opted_out: bool, operator: str, why: str, now: datetime
) -> Heard:
    """An operator was told by other means. Raises UnknownContactError; what is left of somebody may be taken back."""
    word = Word(Source.OPERATOR, operator=operator, why=why)
    with database.write_facts() as connection:
        if opted_out and not opt_outs.is_known(connection, contact):
            raise UnknownContactError
        return _hear(connection, (contact,), toggle, opted_out, word, now)


def _hear(
    connection: Connection, contacts: tuple[str, ...], toggle: str, opted_out: bool, word: Word, now: datetime
) -> Heard:
    say = opt_outs.begin if opted_out else opt_outs.end
    changed = say(connection, contacts, toggle, word, now)
    return Heard(changed, fences.fence(connection, {f"contact/{id}" for id in changed}))
