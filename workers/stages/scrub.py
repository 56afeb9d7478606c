"""An erased person leaves the ledger, a batch at a time (EVENTS: everything personal of them is deleted).

What can still go out is left until it has ended; the sweep comes back for it.
"""

from dataclasses import replace

from sqlalchemy.engine import Connection

from workers.store import problems, scrubbing
from workers.store.database import Database
from workers.store.erasure import COPIES, PEOPLE, PROBLEMS
from workers.store.scrubbing import Erasure

BATCH = 100
"""Notices a transaction: far shorter than a heartbeat."""

PROBLEMS_AT_ONCE = 1000
"""Problems a transaction: each may hold a whole event."""

_NEXT = {PEOPLE: COPIES, COPIES: PROBLEMS, PROBLEMS: None}


def scrub(database: Database) -> bool:
    """Carry one batch of an erasure. False when there is none left to carry."""
    with database.read() as connection:  # nearly always there is none, and ingest need not wait to hear so
        if scrubbing.unfinished(connection) is None:
            return False
    with database.write_facts() as connection:
        erasure = scrubbing.unfinished(connection)
        if erasure is not None:
            scrubbing.keep(connection, _further(connection, erasure))
    return erasure is not None


def scrub_left(database: Database) -> bool:
    """Carry one batch of what was not over when its erasure came by, and is now. False when there is none."""
    with database.read() as connection:
        if scrubbing.left_over(connection, 1) is None:
            return False
    with database.write_facts() as connection:
        found = scrubbing.left_over(connection, BATCH)
        if found is not None:
            erasure, notices = found
            scrubbing.keep(connection, scrubbing.scrub(connection, erasure, notices))
    return found is not None


def _further(connection: Connection, erasure: Erasure) -> Erasure:
    """The erasure after its next batch."""
    if erasure.step == PROBLEMS:
        last = problems.forget_quotes(connection, erasure.words, int(erasure.after or 0), PROBLEMS_AT_ONCE)
    else:
        find = scrubbing.notices_of_person if erasure.step == PEOPLE else scrubbing.notices_of_addresses
        ids = find(connection, erasure, BATCH)
        erasure = scrubbing.scrub(connection, erasure, ids)
        last = ids[-1] if ids else None
    if last is None:
        return replace(erasure, step=_NEXT[erasure.step or PROBLEMS], after="")
    return replace(erasure, after=str(last))
