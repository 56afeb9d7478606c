"""Which mails were opened, as far as their pictures tell (PX-12): when first, and how often. Nothing of who asked."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.store import tables
from workers.store.database import insert_or_ignore

openings, deliveries = tables.openings, tables.deliveries


@dataclass(frozen=True, slots=True)
class Opening:
    """When the picture of a copy was fetched first, and how often it was."""

    first_at: datetime
    times: int


def record(connection: Connection, delivery: int, now: datetime) -> None:
    """Its picture was fetched. Nothing for a copy that never left, is forgotten, or was an erased person's."""
    left = sa.select(deliveries.c.id).where(deliveries.c.id == delivery, deliveries.c.left_at.is_not(None))
    left = left.where(deliveries.c.address != "")
    if connection.execute(left).scalar() is None:
        return
    first = insert_or_ignore(openings, connection).values(delivery=delivery, first_at=now, times=0)
    connection.execute(first)
    once_more = openings.update().where(openings.c.delivery == delivery)
    connection.execute(once_more.values(times=openings.c.times + 1))


def of_delivery(connection: Connection, id: int) -> Opening | None:
    """None: its picture was not fetched so far."""
    query = sa.select(openings.c.first_at, openings.c.times).where(openings.c.delivery == id)
    row = connection.execute(query).first()
    return Opening(*row) if row else None
