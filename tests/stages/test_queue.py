"""The queue `events`: its message is the only copy of an event, so it ends stored or among the problems."""

import json
from collections.abc import Iterator
from contextlib import closing

import dramatiq
import pytest
import sqlalchemy as sa
from dramatiq.worker import Worker

from tests.contract.longest import longest
from tests.scenarios import event
from tests.stages.test_poison import GUARD, WALL
from workers.actors import declare as actors
from workers.actors.breakages import Breakages
from workers.house import House, build
from workers.settings import Settings
from workers.settings.installation import Database
from workers.stages.retry import retry
from workers.store import problems, tables
from workers.watch import logs

USER = event("user.saved", "2026-06-01T08:00:00Z", id="U-1", name="Jonas Weiss", email="jonas@example.com")


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    found = build(Settings(database=Database(url=database_url)))
    with closing(found.database):
        yield found


def enqueue(house: House, redis_url: str, *args: object, **kwargs: object) -> None:
    """As a producer does, who knows the actor's name only, on a real server."""
    broker = house.broker(Breakages(), url=redis_url)
    declared = actors.declare(broker, house, lambda: pytest.fail("nothing is to be sent"))
    broker.enqueue(dramatiq.Message(queue_name="events", actor_name="ingest", args=args, kwargs=kwargs, options={}))
    worker = Worker(broker, worker_timeout=50, worker_threads=1)
    worker.start()
    try:
        broker.join(declared.ingest.queue_name, timeout=20_000)
        worker.join()
    finally:
        worker.stop()
        broker.close()


def stored(house: House) -> list[str]:
    with house.database.read() as connection:
        return list(connection.execute(sa.select(tables.events.c.id)).scalars())


def set_aside(house: House) -> list[tuple[str, str]]:
    with house.database.read() as connection:
        return [(row.kind, row.reason) for row in problems.unsolved(connection)]


@pytest.mark.parametrize("message", [USER, [USER]], ids=["one event", "a list"])
def test_what_a_producer_enqueues_is_stored(house: House, redis_url: str, message: object) -> None:
    enqueue(house, redis_url, message)
    assert stored(house) == [USER["id"]]
    assert set_aside(house) == []


def test_what_is_no_event_is_kept_among_the_problems(house: House, redis_url: str) -> None:
    enqueue(house, redis_url, [5, "text", None, USER])
    assert stored(house) == [USER["id"]]
    assert sorted(set_aside(house)) == [("refused", "not_json"), ("refused", "wrong_type"), ("refused", "wrong_type")]


OTHER = event("user.saved", "2026-06-01T08:00:00Z", id="U-2", name="Lea Vogt", email="lea@example.com")


@pytest.mark.parametrize(
    ("args", "kwargs", "kept"),
    [
        ((USER, OTHER), {}, [USER, OTHER]),
        ((), {}, [None]),
        ((), {"event": USER}, [USER]),
        ((USER,), {"x": 1}, [USER, 1]),
        (([USER, OTHER], [5]), {}, [USER, OTHER, 5]),
    ],
    ids=["two events", "nothing", "another name", "one argument too many", "two lists"],
)
def test_a_call_that_is_none_is_kept_event_by_event(
    house: House, redis_url: str, args: tuple[object, ...], kwargs: dict[str, object], kept: list[object]
) -> None:
    enqueue(house, redis_url, *args, **kwargs)
    assert stored(house) == []
    with house.database.read() as connection:
        rows = problems.unsolved(connection)
    assert [json.loads(row.payload) for row in reversed(rows)] == kept
    assert {(row.kind, row.reason, "Send one event or one list." in row.detail) for row in rows} == {
        ("refused", "wrong_type", True)
    }


def test_what_a_call_that_is_none_held_is_taken_in_by_a_retry(house: House, redis_url: str) -> None:
    enqueue(house, redis_url, USER, OTHER)
    with house.database.read() as connection:
        ids = sorted(row.id for row in problems.unsolved(connection))
    assert [each.solved for each in retry(house.database, ids, house.intake(None), house.clock())] == [True, True]
    assert sorted(stored(house)) == sorted([USER["id"], OTHER["id"]])
    assert set_aside(house) == []


def test_a_list_by_its_name_is_stored(house: House, redis_url: str) -> None:
    enqueue(house, redis_url, events=[USER, OTHER])
    assert sorted(stored(house)) == sorted([USER["id"], OTHER["id"]])
    assert set_aside(house) == []


BREAK_PROBLEMS = {
    "sqlite": "CREATE TRIGGER breaks BEFORE INSERT ON problems BEGIN SELECT RAISE(ABORT, 'broken'); END",
    "postgresql": "ALTER TABLE problems ADD CONSTRAINT breaks CHECK (id IS NULL)",
}


def test_where_even_the_problems_break_operators_are_told_that_events_may_be_lost(
    house: House, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info", "text")
    with house.database.write() as connection:
        connection.execute(sa.text(BREAK_PROBLEMS[connection.dialect.name]))
    enqueue(house, redis_url, USER, OTHER)
    told = capsys.readouterr().err
    assert "an actor broke, its events may be lost: have them sent again" in told
    assert "the sweep tries again" not in told
    assert "jonas@example.com" not in told


@pytest.mark.parametrize("guard", [GUARD, WALL], ids=["a constraint", "a limit"])
def test_events_that_break_us_are_kept_among_the_problems(house: House, redis_url: str, guard: dict[str, str]) -> None:
    """And the door stays open: nobody waits for a database that is there (promise 8)."""
    breaks = USER | {"id": "ev-9", "data": USER["data"] | {"id": "U-9"}}
    with house.database.write() as connection:
        connection.execute(sa.text(guard[connection.dialect.name]))
    enqueue(house, redis_url, [USER, breaks])
    assert (stored(house), set_aside(house)) == ([USER["id"]], [("poison", "ingest_broke")])


def test_an_event_of_any_allowed_length_goes_in_with_its_neighbours(house: House, redis_url: str) -> None:
    """A source and an id of 256 characters of three octets each, in two keys of its notice."""
    long, other = longest("activity.recorded"), USER | {"id": "ev-2", "data": USER["data"] | {"id": "U-2"}}
    enqueue(house, redis_url, [USER, long, other])
    assert (sorted(stored(house)), set_aside(house)) == (sorted([USER["id"], long["id"], "ev-2"]), [])
