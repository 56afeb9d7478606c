"""What is kept is kept for its time, and then forgotten (promise 6; settings `retention`)."""

from datetime import timedelta

import sqlalchemy as sa

from tests.example.replay import VECTORS, lines_of
from tests.scenarios import event
from tests.stages.fleet import KEPT, take
from tests.world import utc
from workers.domain.delivery import State
from workers.house import policy_of, renderer_of, rules_of
from workers.settings import Settings
from workers.stages import show, sweep
from workers.stages.simulate import Simulation
from workers.store import tables, views
from workers.store.database import Database

SENT = utc("2026-06-02T07:00")
SECOND = timedelta(seconds=1)
LEDGER = ("notices", "people", "letters", "deliveries", "attempts")


def one_mail(database: Database) -> None:
    """LT-8's lead and its first mail."""
    settings = Settings()
    run = Simulation(database, rules_of(settings), renderer_of(settings), policy_of(settings))
    run.run(enumerate(lines_of(VECTORS / "lt8-weekly.ndjson"), start=1), SENT)


def counts(database: Database) -> list[int]:
    with database.read() as connection:
        of = [sa.select(sa.func.count()).select_from(tables.metadata.tables[name]) for name in LEDGER]
        return [connection.execute(query).scalar_one() for query in of]


def text_is_there(database: Database) -> bool:
    with database.read() as connection:
        shown = show.show(connection, connection.execute(sa.select(tables.letters.c.id)).scalar_one())
    assert shown.is_forgotten is (shown.letter is None)
    return shown.letter is not None


def content(database: Database) -> object:
    with database.read() as connection:
        return connection.execute(sa.select(tables.letters.c.content)).scalar_one()


def test_a_text_is_forgotten_after_its_time_and_its_record_later(database: Database) -> None:
    one_mail(database)

    sweep.purge(database, SENT + KEPT.bodies, KEPT)
    assert text_is_there(database)

    sweep.purge(database, SENT + KEPT.bodies + SECOND, KEPT)
    assert not text_is_there(database)
    assert content(database) == {}, "what it was written from names whom it named"
    assert counts(database) == [1, 1, 1, 1, 1]

    sweep.purge(database, SENT + KEPT.ledger, KEPT)
    assert counts(database) == [1, 1, 1, 1, 1]

    sweep.purge(database, SENT + KEPT.ledger + SECOND, KEPT)
    assert counts(database) == [1, 0, 0, 0, 0]  # it keeps its mail from being sent once more (`test_remembered`)

    take(database, event("lead.closed", SENT + SECOND, id="L-1", outcome="won"))
    sweep.purge(database, SENT + KEPT.ledger + SECOND, KEPT)
    assert counts(database) == [0, 0, 0, 0, 0]


def test_what_a_letter_was_to_be_written_from_is_forgotten_as_its_text_would_be(database: Database) -> None:
    """It was replaced, or its copies were dropped, before anybody wrote it."""
    one_mail(database)
    with database.write() as connection:
        connection.execute(tables.letters.update().values(body=None, head=None, subject_line=None, rendered_at=None))
        connection.execute(tables.deliveries.update().values(state=State.CANCELLED))
    sweep.purge(database, SENT + KEPT.bodies, KEPT)
    assert content(database) != {}
    with database.write() as connection:
        connection.execute(tables.deliveries.update().values(state=State.HELD))
    sweep.purge(database, SENT + KEPT.bodies + SECOND, KEPT)
    assert content(database) != {}, "it may still be written"
    with database.write() as connection:
        connection.execute(tables.deliveries.update().values(state=State.CANCELLED))
    sweep.purge(database, SENT + KEPT.bodies + SECOND, KEPT)
    assert content(database) == {}


def test_what_may_still_go_out_is_kept(database: Database) -> None:
    one_mail(database)
    for state in (State.PENDING, State.HELD, State.UNCERTAIN):
        with database.write() as connection:
            connection.execute(tables.deliveries.update().values(state=state))
        sweep.purge(database, SENT + 2 * KEPT.ledger, KEPT)
        assert text_is_there(database)


def test_who_looked_at_whose_data_is_kept_as_long_as_the_ledger(database: Database) -> None:
    with database.write() as connection:
        views.record(connection, "session", "contact", ["contact/C-1"])
        seen = connection.execute(sa.select(tables.views.c.at)).scalar_one()
    for age, left in ((KEPT.ledger, 1), (KEPT.ledger + SECOND, 0)):
        sweep.purge(database, seen + age, KEPT)
        with database.read() as connection:
            assert connection.execute(sa.select(sa.func.count()).select_from(tables.views)).scalar_one() == left
