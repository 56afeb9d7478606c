"""The fleet in numbers: what left today, what waits, what somebody should look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.delivery import State
from workers.domain.reasons import Outcome
from workers.store import captured, fleet, tables
from workers.store.lookup import COPIES, Copy
from workers.store.search import UNSENT, Unsent

notices, deliveries, problems, routes = tables.notices, tables.deliveries, tables.problems, tables.routes

_WAITING = (State.WAITING, State.PENDING, State.LEASED, State.SENDING)
_STANDING = (State.HELD, State.UNCERTAIN)
_ON_PURPOSE = (Outcome.SUPPRESSED, Outcome.CANCELLED)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Copies that were sent or failed since midnight; that wait, are held or uncertain now.

    `captured`: only the mail catcher took them since midnight; they are not among those sent.
    `on_purpose`: notices that came to nothing since midnight, by reason, the most frequent first.
    """

    sent: int
    captured: int
    failed: int
    waiting: int
    held: int
    uncertain: int
    on_purpose: Mapping[str, int]

    @property
    def not_sent(self) -> int:
        return sum(self.on_purpose.values())


@dataclass(frozen=True, slots=True)
class PausedRoute:
    """A way out that rests until it is probed again."""

    name: str
    until: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class Alert:
    """An unsolved one. `subject`: what it is about, as a reference; `reason`: a code, or words of a server."""

    at: datetime
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """What needs a person. `paused_since`: somebody stopped all sending. `problems`: unsolved ones by kind.

    `alerts`: the newest of them.
    """

    paused_since: datetime | None
    routes: Sequence[PausedRoute]
    problems: Mapping[str, int]
    alerts: Sequence[Alert]
    copies: Sequence[Copy]


def numbers(connection: Connection, midnight: datetime) -> Numbers:
    """Four queries; `midnight` is that of the fleet's day."""
    ended = _by_state(connection, deliveries.c.ended_at >= midnight, (State.SENT, State.FAILED))
    caught = _by_state(connection, (deliveries.c.ended_at >= midnight) & captured.only_captured(), (State.SENT,))
    now = _by_state(connection, sa.true(), (*_WAITING, *_STANDING))
    number = sa.func.count()
    why = sa.func.coalesce(notices.c.reason, "")
    query = sa.select(why, number).where(notices.c.at >= midnight, notices.c.outcome.in_(_ON_PURPOSE))
    reasons = connection.execute(query.group_by(why).order_by(number.desc(), why))
    return Numbers(
        sent=ended.get(State.SENT, 0) - caught.get(State.SENT, 0),
        captured=caught.get(State.SENT, 0),
        failed=ended.get(State.FAILED, 0),
        waiting=sum(now.get(state, 0) for state in _WAITING),
        held=now.get(State.HELD, 0),
        uncertain=now.get(State.UNCERTAIN, 0),
        on_purpose={row[0]: row[1] for row in reasons},
    )


def trouble(connection: Connection, now: datetime, since: datetime, limit: int) -> Trouble:
    """Up to `limit` copies: held and uncertain ones, and those that failed since then; the newest first.

    As many alerts.
    """
    needs = sa.or_(
        deliveries.c.state.in_(_STANDING), (deliveries.c.state == State.FAILED) & (deliveries.c.ended_at >= since)
    )
    found = connection.execute(COPIES.where(needs).order_by(deliveries.c.id.desc()).limit(limit))
    resting = sa.select(routes).where(fleet.rests(now)).order_by(routes.c.name)
    kinds = sa.select(problems.c.kind, sa.func.count()).where(problems.c.solved_at.is_(None)).group_by(problems.c.kind)
    alerts = sa.select(problems.c.at, problems.c.subject, problems.c.reason).where(
        problems.c.solved_at.is_(None), problems.c.kind == "alert"
    )
    paused = fleet.flag(connection, fleet.PAUSED)
    return Trouble(
        paused_since=datetime.fromisoformat(paused) if paused else None,
        routes=[PausedRoute(row.name, row.paused_until, row.reason) for row in connection.execute(resting)],
        problems={row[0]: row[1] for row in connection.execute(kinds.order_by(problems.c.kind))},
        alerts=[Alert(*row) for row in connection.execute(alerts.order_by(problems.c.id.desc()).limit(limit))],
        copies=[Copy(**row._mapping) for row in found],
    )


def refused(
    connection: Connection, midnight: datetime, reason: str | None, limit: int, before: int | None = None
) -> list[Unsent]:
    """Notices that came to nothing since midnight, for this reason if one is given; older than `before`."""
    fits: list[sa.ColumnElement[bool]] = [notices.c.at >= midnight, notices.c.outcome.in_(_ON_PURPOSE)]
    fits += [notices.c.reason == reason] if reason else []
    fits += [notices.c.id < before] if before is not None else []
    rows = connection.execute(UNSENT.where(*fits).order_by(notices.c.id.desc()).limit(limit))
    return [Unsent(**row._mapping) for row in rows]


def standing(connection: Connection) -> dict[State, int]:
    """How many copies are held or uncertain; nothing of what there is none of."""
    found = _by_state(connection, sa.true(), _STANDING)
    return {state: found[state] for state in _STANDING if state in found}


def _by_state(connection: Connection, when: sa.ColumnElement[bool], states: Sequence[State]) -> dict[str, int]:
    query = sa.select(deliveries.c.state, sa.func.count()).where(when, deliveries.c.state.in_(states))
    return {row[0]: row[1] for row in connection.execute(query.group_by(deliveries.c.state))}
