"""Mails that a broken template held go on when it is mended, however many they are."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tests.stages.fleet import INTAKE, MONDAY, rows
from tests.store.statements import counted
from workers.domain.reasons import Reason
from workers.stages.retry import retry
from workers.store import problems, tables
from workers.store.database import Database
from workers.store.fences import AT_ONCE

MANY = 2 * AT_ONCE + 1
TEMPLATE = "ticket.opened"
SAID = {"at": MONDAY, "kind": "alert", "subject": f"template/{TEMPLATE}", "detail": "x"}


def hold(connection: Connection, count: int) -> None:
    """So many mails are held: each with a notice and a letter of its own."""
    ids = range(1, count + 1)
    notice = {
        "kind": TEMPLATE,
        "cause": "x",
        "needs_decision": False,
        "created_at": MONDAY,
        "decided_at": MONDAY,
        "notes": [],
        "blocks": True,
    }
    letter = {"position": 0, "template": TEMPLATE, "language": "en", "to_line": [], "cc_line": [], "content": {}}
    copy = {"person": 0, "line": "to", "state": "held", "reason": Reason.TEMPLATE_BROKEN, "next_attempt_at": MONDAY}
    made: dict[sa.Table, list[dict[str, Any]]] = {
        tables.notices: [notice | {"id": id, "subject": f"ticket/{id}", "occurrence": f"o{id}"} for id in ids],
        tables.letters: [letter | {"id": id, "notice": id, "message_id": f"<{id}@example.org>"} for id in ids],
        tables.deliveries: [copy | {"id": id, "notice": id, "letter": id, "address": "a@example.org"} for id in ids],
    }
    for table, some in made.items():
        connection.execute(table.insert(), some)


def test_any_number_of_held_mails_is_freed_in_short_transactions(database: Database) -> None:
    """A statement of PostgreSQL has 65,535 parameters at most, and a heartbeat must come in between."""
    with database.write() as connection:
        hold(connection, MANY)
        problems.add(connection, [SAID | {"reason": Reason.TEMPLATE_BROKEN}])
    (problem,) = (id for (id,) in rows(database, tables.problems, "id"))
    commits: list[int] = []
    sa.event.listen(database.engine, "commit", lambda _: commits.append(1))
    with counted(database) as statements:
        (done,) = retry(database, [problem], INTAKE, MONDAY)
    assert (done.solved, done.undecided) == (True, list(range(1, MANY + 1)))
    assert set(rows(database, tables.deliveries, "state", "reason")) == {("pending", None)}
    assert set(rows(database, tables.notices, "needs_decision")) == {(True,)}
    with database.read() as connection:
        assert problems.unsolved(connection) == []
    assert len(commits) >= MANY / AT_ONCE
    assert max(len(parameters) for _, parameters in statements if not isinstance(parameters, list)) <= AT_ONCE
