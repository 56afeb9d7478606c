"""What killed whoever took it up is set aside, and shown until somebody has it tried again (DESIGN promise 8)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from workers.domain.reasons import Reason
from workers.domain.suspicion import MOST, SUSPECT
from workers.store import decisions, outbox, problems

_WHY = (
    f"was taken up {MOST} times, {MOST - SUSPECT} of them alone, and each time the process that did it died, was "
    "killed, or ran out of time; it was set aside. `rappel problems retry` tries again."
)


def set_aside(connection: Connection, notices: Collection[int], copies: Collection[int], now: datetime) -> None:
    """Of these notices and copies those that had all their claims: the first are not decided, the second are held."""
    for row in decisions.set_aside(connection, notices) if notices else ():
        _show(connection, row.id, decisions.BROKE, f"The decision on {row.kind} of {row.subject} {_WHY}", now)
    held = outbox.set_aside(connection, copies, Reason.BREAKS_WORKERS) if copies else ()
    for row in held:
        what = f"{row.template}, {row.kind} of {row.subject} (delivery {row.id}),"
        _show(connection, row.notice, Reason.BREAKS_WORKERS, f"{what} {_WHY}", now)


def _show(connection: Connection, notice: int, reason: str, detail: str, now: datetime) -> None:
    """Once, until it is solved: a day may have it written anew, and break anew."""
    subject = f"notice/{notice}"
    if not problems.same(connection, subject, reason):
        row: dict[str, Any] = {"at": now, "kind": "poison", "subject": subject, "reason": reason, "detail": detail}
        problems.add(connection, [row])
