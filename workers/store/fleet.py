"""Who is at work: heartbeats of worker incarnations, paused routes, and the fleet's flags."""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.delivery import LONGEST_REST, State, next_probe
from workers.domain.reasons import Reason
from workers.store import ledger, tables
from workers.store.database import real_now, upsert

workers, deliveries, routes, flags = tables.workers, tables.deliveries, tables.routes, tables.flags

PROBE = timedelta(minutes=1)
"""For so long one worker alone tries a way that has rested; should it die, another one tries."""

PAUSED = "paused"
CLOCK = "clock"
RULES = "rules"
DAY = "day"
CAPTURE_JUDGED = "capture_judged"


def enlist(connection: Connection, id: str, role: str, host: str, pid: int) -> None:
    """A new incarnation of a process begins to work."""
    now = real_now(connection)
    row = {"id": id, "role": role, "host": host, "pid": pid, "started_at": now, "beat_at": now}
    connection.execute(workers.insert().values(row))


def beat(connection: Connection, id: str) -> bool:
    """A sign of life. False if this incarnation was declared dead: it must take a new one (promise 3)."""
    statement = workers.update().where(workers.c.id == id, workers.c.dead_at.is_(None))
    return bool(connection.execute(statement.values(beat_at=real_now(connection))).rowcount)


def retire(connection: Connection, id: str) -> None:
    """An orderly end: nothing is in flight any more, so nobody has to wait for its heartbeat to run out."""
    connection.execute(workers.update().where(workers.c.id == id).values(dead_at=real_now(connection)))


def declare_dead(connection: Connection, after: timedelta, sparing: str) -> list[str]:
    """Processes without a heartbeat for `after`, but never the one that asks.

    A heartbeat from the future was written before the machine's clock was set back: its time begins anew.
    """
    now = real_now(connection)
    connection.execute(workers.update().where(_beats_ahead(now, after)).values(beat_at=now))
    statement = workers.update().where(_is_silent(now, after, sparing))
    return list(connection.execute(statement.values(dead_at=now).returning(workers.c.id)).scalars())


def anyone_to_bury(connection: Connection, after: timedelta, sparing: str) -> bool:
    """Whether `declare_dead` or `take_over` has something to do."""
    now = real_now(connection)
    holds = sa.exists().where(
        deliveries.c.worker == workers.c.id, deliveries.c.state.in_([State.LEASED, State.SENDING])
    )
    concerned = sa.or_(
        _beats_ahead(now, after), _is_silent(now, after, sparing), workers.c.dead_at.is_not(None) & holds
    )
    return connection.execute(sa.select(workers.c.id).where(concerned).limit(1)).first() is not None


def _beats_ahead(now: datetime, after: timedelta) -> sa.ColumnElement[bool]:
    return workers.c.beat_at > now + after


def _is_silent(now: datetime, after: timedelta, sparing: str) -> sa.ColumnElement[bool]:
    return workers.c.dead_at.is_(None) & (workers.c.beat_at < now - after) & (workers.c.id != sparing)


def take_over(connection: Connection, now: datetime) -> dict[int, int]:
    """Copies that dead workers held: leases go back, bodies that may have left become uncertain, never silently resent.

    What goes back keeps its claims: it may be why its worker died. The uncertain ones keep their token: a late answer
    still counts. Returns the notice of each of them.
    """
    dead = sa.select(workers.c.id).where(workers.c.dead_at.is_not(None))
    held = deliveries.c.worker.in_(dead)
    query = sa.select(deliveries.c.notice).where(held, deliveries.c.state.in_([State.LEASED, State.SENDING]))
    ledger.lock(connection, set(connection.execute(query).scalars()))
    connection.execute(
        deliveries.update()
        .where(held, deliveries.c.state == State.LEASED)
        .values(state=State.PENDING, worker=None, token=deliveries.c.token + 1, woken_at=None)
    )
    lost = connection.execute(
        deliveries.update()
        .where(held, deliveries.c.state == State.SENDING)
        .values(state=State.UNCERTAIN, reason=Reason.WORKER_DIED, worker=None, ended_at=now, claims=0)
        .returning(deliveries.c.id, deliveries.c.notice)
    )
    return {row.id: row.notice for row in lost}


def forget_dead(connection: Connection, before: datetime) -> None:
    """Rows of workers that died long ago and hold nothing."""
    holds = sa.select(deliveries.c.id).where(deliveries.c.worker == workers.c.id).exists()
    connection.execute(workers.delete().where(workers.c.dead_at < before, ~holds))


def rests(now: datetime) -> sa.ColumnElement[bool]:
    """Of ways: they rest. A rest that no rule sets, too long, began before the fleet's clock went back: it is over."""
    return (routes.c.paused_until > now) & (routes.c.paused_until <= now + LONGEST_REST)


def _rest_is_over(now: datetime) -> sa.ColumnElement[bool]:
    return (routes.c.failures > 0) & ~rests(now)


def resting(connection: Connection, now: datetime) -> dict[str, datetime]:
    """Until when which ways rest: routes, and routes for the mails of one sender."""
    query = sa.select(routes.c.name, routes.c.paused_until).where(rests(now))
    return {row.name: row.paused_until for row in connection.execute(query)}


def take_probes(connection: Connection, ways: Collection[str], now: datetime) -> dict[str, datetime]:
    """The ways whose rest is over and that nobody tries yet: ours to try. To everybody else they rest a little longer.

    The time until then is the mark of this probe, for `pause_route` and `reopen_routes`.
    """
    here = routes.c.name.in_(ways) & _rest_is_over(now)
    statement = routes.update().where(here).values(paused_until=now + PROBE)
    return dict.fromkeys(connection.execute(statement.returning(routes.c.name)).scalars(), now + PROBE)


def pause_route(connection: Connection, way: str, reason: str, now: datetime, probe: datetime | None = None) -> bool:
    """The way could not be used (promise 5): it rests, longer with each failure in a row.

    A way is a route, or a route for the mails of one sender. False if it rests already: somebody else of the same
    moment saw it first. `probe`: the mark of the probe that failed.
    """
    row = connection.execute(sa.select(routes, rests(now).label("rests")).where(routes.c.name == way)).first()
    if row is not None and row.rests and row.paused_until != probe:
        return False
    failures = (row.failures if row else 0) + 1
    rest = {"paused_until": next_probe(now, failures), "failures": failures, "reason": reason}
    upsert(routes, connection, [{"name": way, **rest}])
    return True


def reopen_routes(
    connection: Connection, ways: Collection[str], now: datetime, probes: Collection[datetime] = ()
) -> None:
    """A probe came through, with one of these marks or after the rest was over.

    Answers to what was under way when a way was paused do not end the pause.
    """
    over = _rest_is_over(now) | routes.c.paused_until.in_(probes)
    statement = routes.update().where(routes.c.name.in_(ways), over)
    connection.execute(statement.values(paused_until=None, failures=0, reason=None))


def flag(connection: Connection, name: str) -> str | None:
    """Its value; None while it is not set."""
    found: str | None = connection.execute(sa.select(flags.c.value).where(flags.c.name == name)).scalar()
    return found


def set_flag(connection: Connection, name: str, value: str | None) -> None:
    """With None it is no longer set."""
    if value is None:
        connection.execute(flags.delete().where(flags.c.name == name))
    else:
        upsert(flags, connection, [{"name": name, "value": value}])


def living(connection: Connection, roles: Collection[str]) -> list[str]:
    """Ids of the processes of these roles that nobody has declared dead."""
    query = sa.select(workers.c.id).where(workers.c.role.in_(roles), workers.c.dead_at.is_(None))
    return list(connection.execute(query).scalars())
