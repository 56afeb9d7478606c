"""What was decided about single copies outside the rules: by operators, and by `on_uncertain`."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.delivery import REVOCABLE, State, next_resend
from workers.domain.interventions import Standing
from workers.domain.reasons import Reason
from workers.store import outbox, tables
from workers.store.bench import chunks

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
    query = query.where(deliveries.c.state == State.UNCERTAIN, letters.c.template.in_(templates))
    query = query.order_by(deliveries.c.id)
    due: dict[datetime, list[int]] = defaultdict(list)
    records = []
    for some in chunks(ids):
        for row in connection.execute(query.where(deliveries.c.id.in_(some))):
            if at := next_resend(now, row.times):
                due[at].append(row.id)
                records.append(Record(row.id, now, BY_ITSELF, OURSELVES, row.reason, State.UNCERTAIN))
    add(connection, records)
    for at, again in due.items():
        outbox.resend(connection, again, now, at)


@dataclass(frozen=True, slots=True)
class Record:
    """What was decided about a copy, by whom, when and why. `made`: the new copy, where there is one."""

    delivery: int
    at: datetime
    verb: str
    operator: str
    why: str
    state_before: str
    address: str | None = None
    made: int | None = None


_RECORD = tuple(interventions.c[name] for name in Record.__dataclass_fields__)


def add(connection: Connection, records: Sequence[Record]) -> None:
    """Write down what was decided, in the commit that carries it out."""
    if records:
        connection.execute(interventions.insert(), [asdict(record) for record in records])


def of_copy(connection: Connection, id: int) -> list[Record]:
    """What was decided about this copy, or brought it into being, in order."""
    query = sa.select(*_RECORD).where((interventions.c.delivery == id) | (interventions.c.made == id))
    return [Record(**row._mapping) for row in connection.execute(query.order_by(interventions.c.id))]


def of_notices(connection: Connection, ids: Collection[int]) -> dict[int, tuple[Record, ...]]:
    """What was decided about copies of these notices, in order."""
    found: dict[int, list[Record]] = defaultdict(list)
    query = sa.select(deliveries.c.notice, *_RECORD).join(deliveries, deliveries.c.id == interventions.c.delivery)
    for some in chunks(ids):
        rows = connection.execute(query.where(deliveries.c.notice.in_(some)).order_by(interventions.c.id))
        for notice, *row in rows:
            found[notice].append(Record(*row))
    return {id: tuple(some) for id, some in found.items()}


def same_before(
    connection: Connection, ids: Collection[int], verb: str, operator: str, why: str, address: str | None
) -> dict[int, datetime]:
    """When the very same was ordered before, by copy."""
    same = (interventions.c.verb == verb) & (interventions.c.operator == operator) & (interventions.c.why == why)
    same &= interventions.c.address.is_not_distinct_from(address)
    query = sa.select(interventions.c.delivery, sa.func.max(interventions.c.at).label("at")).where(same)
    query = query.group_by(interventions.c.delivery)
    pieces = (connection.execute(query.where(interventions.c.delivery.in_(some))) for some in chunks(ids))
    return {row.delivery: row.at for rows in pieces for row in rows}


def ordered_copies(connection: Connection, notices: Collection[int]) -> list[int]:
    """Ids of the copies of these notices that an operator sends and that have not left."""
    theirs = deliveries.c.by_hand & deliveries.c.state.in_(REVOCABLE)
    query = sa.select(deliveries.c.id).where(deliveries.c.notice.in_(notices), theirs)
    return list(connection.execute(query.order_by(deliveries.c.id)).scalars())


def add_copy(connection: Connection, standing: Standing, now: datetime) -> int:
    """The next copy of the letter for this person, which goes out whatever the day; its id.

    In the place of one that waited for a To copy in vain, it waits as well.
    """
    copy = {name: getattr(standing, name) for name in ("notice", "letter", "person", "line")}
    state = State.WAITING if standing.was_left_behind else State.PENDING
    copy |= {"copy_number": standing.copy_number + 1, "address": standing.reader, "state": state}
    copy |= {"next_attempt_at": now, "possible_duplicate": standing.may_have_arrived, "by_hand": True}
    made: int = connection.execute(deliveries.insert().values(copy).returning(deliveries.c.id)).scalar_one()
    return made


def change(connection: Connection, standing: Standing, state: State, now: datetime) -> None:
    """Bring a copy that waited for a word into another state. Whoever held it before no longer does.

    A mail that an operator calls sent was sent when its body left (LT-7), if any did.
    """
    values: dict[str, Any] = {"state": state, "reason": Reason.OPERATOR, "worker": None, "ended_at": now, "claims": 0}
    if state is State.SENT:
        values["ended_at"] = sent_at(standing, now)
    if state is State.PENDING:
        values |= {"reason": None, "ended_at": None, "next_attempt_at": now, "woken_at": None}
    if state is State.PENDING and standing.state is State.UNCERTAIN:
        values |= {"by_hand": True, "possible_duplicate": True, "attempts": 0, "first_answer_at": None}
    here = deliveries.update().where(deliveries.c.id == standing.id)
    connection.execute(here.values(token=deliveries.c.token + 1, **values))


def suppress(connection: Connection, id: int, reason: Reason, now: datetime) -> None:
    """A copy that an operator sends may not leave after all; what was held is cancelled."""
    state = sa.case((deliveries.c.state == State.HELD, State.CANCELLED.value), else_=State.SUPPRESSED.value)
    ended = {"state": state, "reason": reason, "worker": None, "ended_at": now, "token": deliveries.c.token + 1}
    here = (deliveries.c.id == id) & deliveries.c.state.in_(REVOCABLE)
    connection.execute(deliveries.update().where(here).values(ended))


def sent_at(standing: Standing, now: datetime) -> datetime:
    """When a copy was sent that an operator calls sent: at its attempt; one that was held has none."""
    return now if standing.state is State.HELD else standing.left_at or standing.ended_at or now


def freeze(connection: Connection, notices: Collection[int]) -> None:
    """An operator has judged copies of these letters: text and lines stay, no other decision undoes it (promise 2)."""
    table = tables.notices
    connection.execute(table.update().where(table.c.id.in_(notices)).values(frozen=True))
