"""What is deleted with an erased person beside the person's own row: what servers and operators said of their address.

The notices that were sent stay as long as the ledger does (`retention.ledger`). That an address is suppressed stays,
too, without a word of why: it keeps mail away from it, should somebody bring it back. The address itself has to stand
there: a hash that everybody could look up who decides, sends and audits would protect it from nobody.
"""

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.recipients import fold
from workers.store import tables
from workers.store.bench import chunks
from workers.store.reports import RELEASED

addresses, reports, people = tables.addresses, tables.reports, tables.people


def erase(connection: Connection, erased: Mapping[str, str | None]) -> None:
    """`erased`: by reference, the addresses that these people had when they were erased; earlier ones are looked up.

    An address that somebody else has as well stays as it is.
    """
    for keys in chunks(_keys(connection, erased)):
        theirs = set(keys) - _of_others(connection, keys)
        of_address = addresses.c.key.in_(theirs)
        connection.execute(addresses.delete().where(of_address, ~addresses.c.suppressed))
        connection.execute(addresses.update().where(of_address).values(diagnostic=None, soft_bounces=0))
        said = reports.c.address_key.in_(theirs)
        connection.execute(reports.delete().where(said, reports.c.kind == RELEASED))
        connection.execute(reports.update().where(said).values(address_key="", words="", said_by=""))


def _keys(connection: Connection, erased: Mapping[str, str | None]) -> set[str]:
    found = {address for address in erased.values() if address}
    for refs in chunks(erased):
        query = sa.select(people.c.address).distinct().where(people.c.ref.in_(refs), people.c.address.is_not(None))
        found |= set(connection.execute(query).scalars())
    return {fold(address) for address in found}


def _of_others(connection: Connection, keys: Collection[str]) -> set[str]:
    """Those that a user or a contact has who was not erased. Nothing is indexed by it: erasures are rare."""
    folded = sa.func.casefold if connection.dialect.name == "sqlite" else sa.func.lower
    found: set[str] = set()
    for table in (tables.users, tables.contacts):
        address = sa.func.trim(folded(sa.func.coalesce(table.c.address, "")))
        found |= set(connection.execute(sa.select(address).where(address.in_(keys))).scalars())
    return found
