"""Very many leads and renewals, with a past of their own, written straight into the tables."""

from datetime import date

import sqlalchemy as sa

from tests.stages.fleet import MONDAY
from workers.store.database import Database
from workers.store.types import Instant

FAR_OFF = date(2027, 6, 1)
"""Day of the run that looks at them next."""

_CROWD = (
    "CREATE TEMPORARY TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :size) "
    "SELECT i FROM n",
    "INSERT INTO leads (id, title, process, stage, stage_entered_at, acceptor, visit_began_at, visit_seq, set_at,"
    " set_seq, due_on) "
    "SELECT 'X-' || i, 'Two lines', 'sales', 'new', :at, 'U-1', :at, 1, :at, 1, :due_on FROM n",
    "INSERT INTO renewals (id, company, product, renews_on, status, set_at, set_seq, due_on) "
    "SELECT 'X-' || i, 'K-1', 'Hub', :due_on, 'pending', :at, 1, :due_on FROM n",
    "INSERT INTO lead_entries (lead, seq, kind, ref, time, action) "
    "SELECT 'X-' || i, i, 'task', 'T', :at, 'created' FROM n",
    "INSERT INTO notices (id, kind, subject, occurrence, cause, created_at, needs_decision, decided_at, outcome,"
    " reason, notes, at, blocks) "
    "SELECT -i, 'lead.follow_up', 'lead/X-' || i, 'o' || i, 'c', :at, :no, :at, 'sent', 'r', '[]', :at, :yes FROM n",
    "INSERT INTO notice_refs (notice, ref) SELECT -i, 'lead/X-' || i FROM n",
    "INSERT INTO people (notice, position, roles, kept, reason, name, facts) "
    "SELECT -i, 0, '[]', :yes, 'r', 'Jonas', '[]' FROM n",
    "INSERT INTO letters (id, notice, position, template, language, to_line, cc_line, content, message_id) "
    "SELECT -i, -i, 0, 't', 'en', '[]', '[]', '[]', 'm' || i FROM n",
    "INSERT INTO deliveries (id, notice, letter, person, line, address, state, worker, next_attempt_at) "
    "SELECT -i, -i, -i, 0, 'to', 'jonas@example.com', 'sent', 'w', :at FROM n",
    "DROP TABLE n",
)


def gather(database: Database, size: int, due_on: date | None = FAR_OFF) -> None:
    """So many leads (X-1, X-2, ...) of the process `sales` and as many renewals, each with a notice sent long ago."""
    values = {"size": size, "at": MONDAY, "due_on": due_on, "no": False, "yes": True}
    types = (sa.bindparam("at", type_=Instant()), sa.bindparam("due_on", type_=sa.Date()))
    with database.write() as connection:
        for statement in _CROWD:
            named = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(sa.text(statement).bindparams(*(each for each in types if each.key in named)), named)
