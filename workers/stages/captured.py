"""Mails that only the catcher took: before mail leaves for real, somebody says whether they count as sent.

DESIGN part 4. What does not count is free again: its occurrence is not consumed, and the next daily run looks at every
lead and renewal.
"""

from datetime import datetime

from workers.store import captured, fan_outs
from workers.store.database import Database


def unjudged(database: Database) -> int:
    """How many copies were only captured, and nobody has said yet whether they count."""
    with database.read() as connection:
        return captured.count(connection)


def count_as_sent(database: Database) -> int:
    """They count: what was captured is as sent. How many copies."""
    with database.write() as connection:
        count = captured.count(connection)
        captured.judge(connection)
        return count


def forget(database: Database, now: datetime) -> int:
    """They do not count: their notices are cancelled and hold no occurrence any more. How many notices."""
    with database.write_facts() as connection:
        cancelled = captured.cancel(connection, now)
        captured.judge(connection)
        fan_outs.look_at_all(connection)
        return cancelled
