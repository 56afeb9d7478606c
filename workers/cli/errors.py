"""Expected failures: one sentence on standard error, and an exit code that scripts can tell apart."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

import redis.exceptions
import sqlalchemy.exc

from workers.fleet.errors import FleetError, NoRedisServer
from workers.settings import ConfigurationError


class Exit(IntEnum):
    """DESIGN part 5."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    CONFIGURATION = 3
    UNREACHABLE = 4
    PARTIAL = 5
    NOT_FOUND = 6


class NotMigratedError(Exception):
    """The database has no tables, or those of an older release."""


_MISSING_SQLSTATES = {"42P01", "42703"}
"""PostgreSQL's undefined table and undefined column."""
_DISK_FULL = "53100"


@contextmanager
def leave_on_expected_errors() -> Iterator[None]:
    """Turn what users can mend into a sentence and an exit code; anything else is a bug and shows its traceback."""
    try:
        yield
    except ConfigurationError as error:
        for key, message in error.errors:
            sys.stderr.write(f"configuration: {key} {message}\n")
        sys.exit(Exit.CONFIGURATION)
    except NoRedisServer as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(Exit.UNREACHABLE)
    except FleetError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(Exit.FAILURE)
    except NotMigratedError:
        _leave_unmigrated()
    except sqlalchemy.exc.DBAPIError as error:
        if _lacks_schema(error):
            _leave_unmigrated()
        if type(error) is sqlalchemy.exc.DatabaseError:  # itself, no subclass: SQLite cannot make sense of the file
            sys.stderr.write(f"The database cannot be read: {error.orig}\n")
            sys.exit(Exit.UNREACHABLE)
        if not isinstance(error, sqlalchemy.exc.OperationalError):
            raise
        if _has_no_room(error):
            sys.stderr.write(f"The database has no room left, nothing of this was stored: {error.orig}\n")
            sys.exit(Exit.FAILURE)
        sys.stderr.write(f"The database cannot be reached: {error.orig}\n")
        sys.exit(Exit.UNREACHABLE)
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
        sys.stderr.write(f"Redis cannot be reached: {error}\n")
        sys.exit(Exit.UNREACHABLE)
    except OSError as error:  # a full disk, a directory that cannot be made
        about = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"{about}{error.strerror or error}\n")
        sys.exit(Exit.FAILURE)


def _has_no_room(error: sqlalchemy.exc.DBAPIError) -> bool:
    full = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return full or getattr(error.orig, "sqlstate", None) == _DISK_FULL


def _lacks_schema(error: sqlalchemy.exc.DBAPIError) -> bool:
    said = str(error.orig)
    missing = ("no such table", "no such column", "has no column named")
    return getattr(error.orig, "sqlstate", None) in _MISSING_SQLSTATES or any(words in said for words in missing)


def _leave_unmigrated() -> NoReturn:
    sys.stderr.write("The database has not been prepared for this release: run `rappel migrate`.\n")
    sys.exit(Exit.UNREACHABLE)
