"""Work that must be done, and waits while the database is away."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy.exc

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

AWAY = (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError, sqlalchemy.exc.TimeoutError)
"""What it looks like when the database cannot be reached, is going down, or has no connection left for us.

`away.told_apart` sees to it that no fault of ours looks like this.
"""


def patiently(work: Callable[[], Result], pause: float = 1.0) -> Result:
    """Do it as soon as the database is there, trying again every `pause` seconds. For work that may be repeated."""
    while True:
        try:
            return work()
        except AWAY as error:
            logger.warning("the database is away, waiting: %s", type(error.orig if hasattr(error, "orig") else error))
            time.sleep(pause)
