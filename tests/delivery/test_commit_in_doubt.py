"""The answer to a COMMIT is lost: nobody knows whether it took place, so the same is written down again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tests.delivery.office import GRETA, LATER, LEAD, Office
from tests.servers.smtpd import DROP, Answer
from workers.store import tables
from workers.store.database import Database


class LosesAnswers(Database):
    """Loses the answer to the first COMMIT that wrote an attempt down, as a connection that breaks at that moment."""

    lost = 0

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as connection:
            yield connection
        with self.read() as connection:
            written = connection.execute(sa.select(tables.attempts.c.id)).first() is not None
        if written and not self.lost:
            self.lost += 1
            raise sa.exc.OperationalError("COMMIT", None, ConnectionError("server closed the connection"))


ANSWERS: dict[str, tuple[Answer | None, tuple[str, str, int]]] = {
    "accepted": (None, ("sent", "accepted", 0)),
    "not now": (LATER, ("pending", "deferred", 1)),
    "none": (DROP, ("uncertain", "uncertain", 0)),
}


@pytest.mark.parametrize(("answer", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_is_recorded_twice_is_kept_once(
    office: Office, answer: Answer | None, expected: tuple[str, str, int]
) -> None:
    office.ingest(*LEAD)
    office.make_run()
    if answer:
        office.server.misbehave("dot", answer, times=1)
    doubtful = LosesAnswers(str(office.database.engine.url.render_as_string(hide_password=False)))
    office.room = replace(office.room, database=doubtful)
    office.send()
    doubtful.close()
    (copy,) = office.rows(tables.deliveries)
    (attempt,) = office.rows(tables.attempts)
    assert (copy.state, attempt.kind, copy.attempts) == expected
    assert (copy.address, doubtful.lost) == (GRETA, 1)
    assert len(office.server.bodies) == 1
