"""Transactions: what a look sees, and who waits for whom."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Barrier

import psycopg
import pytest
import sqlalchemy as sa

from tests.waiting import until
from workers.actors.presence import Presence
from workers.domain.calendar import FIRST, LAST
from workers.store import fleet, tables
from workers.store.database import Database, real_now
from workers.store.patience import AWAY, patiently


def test_a_look_sees_one_state_however_long_it_takes(database: Database) -> None:
    with database.read() as connection:
        assert fleet.flag(connection, "paused") is None
        with database.write() as other:
            fleet.set_flag(other, "paused", "yes")
        assert fleet.flag(connection, "paused") is None
    with database.read() as connection:
        assert fleet.flag(connection, "paused") == "yes"


def test_connections_forget_what_the_last_transaction_was(database: Database) -> None:
    """Pooled: a look, then a change that must see what was committed after it began to wait."""
    for _ in range(3):
        with database.read() as connection:
            fleet.flag(connection, "paused")
        with database.write() as connection:
            fleet.set_flag(connection, "paused", "yes")
            if not database.is_sqlite:
                assert connection.execute(sa.text("SHOW transaction_isolation")).scalar() == "read committed"


def test_a_failed_change_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        pause_and_fail(database)
    with database.read() as connection:
        assert fleet.flag(connection, "paused") is None


def pause_and_fail(database: Database) -> None:
    with database.write() as connection:
        fleet.set_flag(connection, "paused", "yes")
        raise ZeroDivisionError


def test_decisions_wait_for_facts_and_see_them(database: Database) -> None:
    with ThreadPoolExecutor(1) as pool:
        with database.write_facts() as connection:
            decided = pool.submit(decide, database)
            fleet.set_flag(connection, "paused", "yes")
            assert not decided.done()
        assert decided.result(30) == "yes"


def decide(database: Database) -> str | None:
    with database.write_decisions() as connection:
        return fleet.flag(connection, "paused")


def test_who_is_frozen_amid_a_change_holds_up_nobody_for_ever(postgres_url: str) -> None:
    """On SQLite it does: the file has one lock, and nobody to take it away."""
    frozen = Database(postgres_url, stalled=timedelta(milliseconds=200))
    with closing(frozen), closing(Database(postgres_url)) as other:
        with pytest.raises(AWAY):
            change_beside(frozen, other)
        assert patiently(lambda: flags_of(frozen)) == {"paused": "by another"}


def test_who_is_frozen_amid_a_batch_is_ended_by_the_others(postgres_url: str) -> None:
    """Between two statements that were sent at once PostgreSQL does not count how long it waits."""
    others = Database(postgres_url, stalled=timedelta(milliseconds=200))
    with closing(others), closing(psycopg.connect(postgres_url.replace("+psycopg", ""))) as frozen:
        frozen.execute("SET LOCAL idle_in_transaction_session_timeout = '200ms'")
        with pytest.raises(psycopg.OperationalError):
            stand_still_amid_a_batch(frozen, others)
        assert flags_of(others) == {}


def stand_still_amid_a_batch(frozen: psycopg.Connection, others: Database) -> None:
    pid = frozen.info.backend_pid
    with frozen.pipeline():
        frozen.execute("INSERT INTO flags VALUES ('paused', 'by one who is frozen')")
        frozen.pgconn.send_flush_request()
        frozen.pgconn.flush()
        until(lambda: silence(others, pid) > timedelta(milliseconds=600))
        living = Presence(others, "worker", timedelta(seconds=0.1), timedelta(minutes=1)).start()
        until(lambda: silence(others, pid) < timedelta(0))
        living.stop()


def silence(database: Database, pid: int) -> timedelta:
    """For how long this session's state has been what it is; less than nothing: it is gone."""
    query = sa.text("SELECT clock_timestamp() - state_change FROM pg_stat_activity WHERE pid = :pid")
    with database.read() as connection:
        return connection.execute(query, {"pid": pid}).scalar() or timedelta(-1)


def test_who_looks_or_is_at_work_is_not_taken_to_stand_still(postgres_url: str) -> None:
    strict = Database(postgres_url, stalled=timedelta(0))
    with closing(strict), closing(Database(postgres_url)) as database:
        with database.read() as connection:
            fleet.flag(connection, "paused")
            strict.end_stalled()
            assert fleet.flag(connection, "paused") is None
        with database.write() as connection:
            fleet.set_flag(connection, "paused", "yes")
            database.end_stalled()
            fleet.set_flag(connection, "clock", "still here")
        with pytest.raises(AWAY):
            end_amid_a_change(strict, database)
        assert flags_of(database) == {"paused": "yes", "clock": "still here"}


def end_amid_a_change(strict: Database, database: Database) -> None:
    with database.write() as connection:
        fleet.set_flag(connection, "paused", "no")
        strict.end_stalled()
        fleet.set_flag(connection, "clock", "too late")


def change_beside(frozen: Database, other: Database) -> None:
    """It does not stir while the other one waits for the row that it has changed."""
    with frozen.write() as stalled:
        fleet.set_flag(stalled, "paused", "by one who is frozen")
        with other.write() as connection:
            fleet.set_flag(connection, "paused", "by another")
        fleet.set_flag(stalled, "clock", "too late")


def flags_of(database: Database) -> dict[str, str]:
    with database.write() as connection:
        return {row.name: row.value for row in connection.execute(sa.select(tables.flags))}


def test_the_real_clock_does_not_stand_still_in_a_transaction(database: Database) -> None:
    """PostgreSQL's now() does."""
    with database.write() as connection:
        assert real_now(connection) < real_now(connection)


def test_a_new_file_can_be_opened_by_many_at_once(tmp_path: Path) -> None:
    """SQLite refuses the switch to WAL without waiting; with a plain PRAGMA about 3 of these 100 rounds failed."""

    def open_it(file: Path, barrier: Barrier) -> str:
        opened = Database(f"sqlite:///{file}")
        barrier.wait()
        with opened.read() as connection:
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        opened.close()
        return str(mode)

    with ThreadPoolExecutor(4) as pool:
        for number in range(100):
            barrier = Barrier(4)
            modes = pool.map(open_it, [tmp_path / f"{number}.db"] * 4, [barrier] * 4)
            assert list(modes) == ["wal"] * 4


ENDS = [(FIRST, date.min), (FIRST + timedelta(microseconds=1), date.min), (LAST, date.max)]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/New_York"])
@pytest.mark.parametrize(("instant", "day"), ENDS)
def test_the_calendars_ends_are_kept_whatever_the_zone_of_the_server(
    database: Database, zone: str, instant: datetime, day: date
) -> None:
    if not database.is_sqlite:
        with database.engine.begin() as connection:
            name = connection.execute(sa.text("SELECT current_database()")).scalar()
            connection.execute(sa.text(f"ALTER DATABASE \"{name}\" SET timezone = '{zone}'"))
        database.engine.dispose()
    row = {"id": "R-1", "renews_on": day, "set_at": instant, "set_seq": 1}
    with database.write() as connection:
        connection.execute(tables.renewals.insert().values(row))
    table = tables.renewals
    with database.read() as connection:
        assert connection.execute(sa.select(table.c.renews_on, table.c.set_at)).one() == (day, instant)
        within = (table.c.set_at >= FIRST) & (table.c.set_at <= LAST) & table.c.renews_on.between(date.min, date.max)
        assert connection.execute(sa.select(sa.func.count()).where(within)).scalar() == 1
        assert connection.execute(sa.select(sa.func.min(table.c.renews_on))).scalar() == day


def test_instants_are_ordered_up_to_the_ends(database: Database) -> None:
    every = [FIRST, FIRST + timedelta(days=365_000), LAST - timedelta(seconds=1), LAST]
    rows = [{"id": str(number), "set_at": at, "set_seq": number} for number, at in enumerate(every)]
    with database.write() as connection:
        connection.execute(tables.renewals.insert(), rows[::-1])
    with database.read() as connection:
        found = connection.execute(sa.select(tables.renewals.c.set_at).order_by(tables.renewals.c.set_at)).scalars()
        assert list(found) == every
