"""What an error of the database says: that it is away, which is waited for, or that it cannot do what we asked."""

import sqlite3

import sqlalchemy as sa
from sqlalchemy.engine import ExceptionContext

IDLE_IN_TRANSACTION_SESSION_TIMEOUT = "25P03"
"""What PostgreSQL calls it."""

READ_ONLY = "25006"
"""What PostgreSQL calls a change where only looks are allowed: on a server that stands by since another took over, or
that its people have closed while they work on it."""

_LACKS_SCHEMA = ("42P01", "42703")
_LACKS_SCHEMA_WORDS = ("no such table", "no such column", "has no column named")
"""PostgreSQL's undefined table and column, and SQLite's: nobody has run `rappel migrate` for this release yet."""

_PASSES = ("08", "40", "53", "55P03", "57P", "58")
"""States of PostgreSQL that pass, or that its people mend: connections lost, transactions in each other's way, no room,
a lock that was not to be had, a server that goes down, a disk that fails."""


def told_apart(context: ExceptionContext) -> BaseException | None:
    """For `handle_error`: an OperationalError means from here on that the database is away (`patience.AWAY`).

    Drivers call other things so as well: a row too long for an index, more parameters than the protocol counts. They
    would come again for ever, so they are raised as a ProgrammingError: a fault of ours, that nobody waits out.
    """
    error = context.original_exception
    if getattr(error, "sqlstate", None) == IDLE_IN_TRANSACTION_SESSION_TIMEOUT:
        # Whoever stood still for too long finds out by an error that speaks of its transaction; it is cut off.
        return _away(context, connection_invalidated=True)
    if getattr(error, "sqlstate", None) == READ_ONLY and _was_to_change(context):
        context.is_disconnect = True  # every connection is made anew: by then to the server that takes changes
        return _away(context, connection_invalidated=True)
    raised = context.sqlalchemy_exception
    if _lacks_schema(error):
        return None if isinstance(raised, sa.exc.OperationalError) else _away(context)
    if isinstance(raised, sa.exc.OperationalError | sa.exc.InterfaceError) and not _is_away(context):
        return sa.exc.ProgrammingError(context.statement, None, error, hide_parameters=True)
    return None


def _away(context: ExceptionContext, *, connection_invalidated: bool = False) -> sa.exc.OperationalError:
    error = context.original_exception
    return sa.exc.OperationalError(
        context.statement, None, error, hide_parameters=True, connection_invalidated=connection_invalidated
    )


def _was_to_change(context: ExceptionContext) -> bool:
    connection = context.connection
    return connection is not None and bool(connection.get_execution_options().get("rappel_write"))


def _lacks_schema(error: BaseException) -> bool:
    return getattr(error, "sqlstate", None) in _LACKS_SCHEMA or (
        isinstance(error, sqlite3.OperationalError) and any(words in str(error) for words in _LACKS_SCHEMA_WORDS)
    )


def _is_away(context: ExceptionContext) -> bool:
    if context.is_disconnect or context.statement is None:  # without a statement: while connecting, or at COMMIT
        return True
    error = context.original_exception
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)  # the module's own have none
        return bool(code & 0xFF != sqlite3.SQLITE_ERROR)
    return (getattr(error, "sqlstate", None) or "").startswith(_PASSES)
