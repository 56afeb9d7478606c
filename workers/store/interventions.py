"""What was decided about single copies outside the rules: by operators, and by `on_uncertain`."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.delivery import State, next_resend
from workers.store import outbox, tables

deliveries, letters, interventions = tables.deliveries, tables.letters, tables.interventions

BY_ITSELF = "on_uncertain"
"""The verb of what the setting of that name does."""
OURSELVES = "rappel"


def resend_uncertain(connection: Connection, ids: Collection[int], templates: Collection[str], now: datetime) -> None:
    """Of copies that have just become uncertain, those of `templates` go out again, flagged, a few times at most.

    In the commit that makes them uncertain (DESIGN promise 3, `on_uncertain`); their notices are decided again first.
    """
    if not ids or not templates:
        return
    before = (interventions.c.delivery == deliveries.c.id) & (interventions.c.verb == BY_ITSELF)
    times = sa.select(sa.func.count()).where(before).scalar_subquery()
    query = sa.select(deliveries.c.id, deliveries.c.reason, times.label("times"))
    query = query.join(letters, letters.c.id == deliveries.c.letter)
    query = query.where(
        deliveries.c.id.in_(ids), deliveries.c.state == State.UNCERTAIN, letters.c.template.in_(templates)
    )
    due: dict[datetime, list[int]] = defaultdict(list)
    for row in connection.execute(query.order_by(deliveries.c.id)).all():
        if at := next_resend(now, row.times):
            due[at].append(row.id)
            record = {"delivery": row.id, "at": now, "verb": BY_ITSELF, "operator": OURSELVES, "why": row.reason}
            connection.execute(interventions.insert().values(record | {"state_before": State.UNCERTAIN}))
    for at, some in due.items():
        outbox.resend(connection, some, now, at)
