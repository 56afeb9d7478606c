"""Addresses that something was said about: which are suppressed, and who says so."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.reasons import Reason
from workers.store import tables

addresses, events, deliveries, attempts = tables.addresses, tables.events, tables.deliveries, tables.attempts


class Standing(StrEnum):
    """`counted`: mails only came back softly so far."""

    SUPPRESSED = "suppressed"
    RELEASED = "released"
    COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an address. `since`: when it was suppressed or released; `words`: why, as somebody else says.

    `reason`: hard or complaint, where it is suppressed.
    """

    address: str
    standing: Standing
    since: datetime | None
    reason: str | None
    words: str | None
    soft_bounces: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A server refused the address while the mail was handed to it."""

    delivery: int
    at: datetime
    route: str
    words: str


def known(connection: Connection, standing: Standing | None, part: str | None, limit: int) -> list[Known]:
    """The latest changed first; `part` must stand in the address."""
    query = sa.select(addresses).order_by(addresses.c.set_at.desc().nulls_last(), addresses.c.key).limit(limit)
    if standing:
        query = query.where(_IS[standing])
    if part:
        query = query.where(addresses.c.key.contains(part, autoescape=True))
    return [_known(row) for row in connection.execute(query)]


def get(connection: Connection, key: str) -> Known | None:
    """One address by its folded form."""
    row = connection.execute(sa.select(addresses).where(addresses.c.key == key)).first()
    return _known(row) if row else None


_IS = {
    Standing.SUPPRESSED: addresses.c.suppressed,
    Standing.RELEASED: ~addresses.c.suppressed & addresses.c.set_at.is_not(None),
    Standing.COUNTED: ~addresses.c.suppressed & addresses.c.set_at.is_(None),
}


def _known(row: sa.Row[tuple[object, ...]]) -> Known:
    standing = Standing.COUNTED if row.set_at is None else Standing.RELEASED
    standing = Standing.SUPPRESSED if row.suppressed else standing
    return Known(row.address, standing, row.set_at, row.reason, row.diagnostic, row.soft_bounces)


def event_source(connection: Connection, key: str) -> str | None:
    """Source and id of the event that set an address; None: no event did, or its key is forgotten (30 days)."""
    query = sa.select(events.c.source, events.c.id).join(addresses, addresses.c.set_seq == events.c.seq)
    row = connection.execute(query.where(addresses.c.key == key)).first()
    return f"{row.source} {row.id}" if row else None


def last_refusal(connection: Connection, address: str) -> Refusal | None:
    """The newest answer of a server by which the address was suppressed."""
    query = (
        sa.select(deliveries.c.id, attempts.c.at, attempts.c.route, attempts.c.reply)
        .join(attempts, attempts.c.delivery == deliveries.c.id)
        .where(deliveries.c.address == address, deliveries.c.reason == Reason.ADDRESS_REFUSED)
        .order_by(attempts.c.id.desc())
    )
    row = connection.execute(query.limit(1)).first()
    return Refusal(*row) if row else None
