"""Events that were not stored are kept among the problems: nobody else may have them any more (promise 8)."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from workers.contract.answers import Answer
from workers.contract.redaction import redacted
from workers.contract.refusal import Refused
from workers.stages.incoming import Incoming
from workers.store import problems
from workers.store.database import Database
from workers.watch.places import places

BROKE = "ingest_broke"
IT_BROKE = (
    "Taking it in broke rappel, so it was set aside; it is no fault of yours. `rappel problems retry` tries again."
)


def of_answers(incoming: Sequence[Incoming], answers: Sequence[Answer], door: str) -> Iterator[dict[str, Any]]:
    """The problems of the events that were rejected."""
    for each, answer in zip(incoming, answers, strict=True):
        if answer.status == "rejected":
            said = {"reason": answer.reason, "pointer": answer.pointer, "detail": answer.detail}
            yield _problem("refused", each, door) | said


def set_aside(database: Database, incoming: Sequence[Incoming], door: str, error: Exception) -> None:
    """Keep events that break us among the problems: nobody else has them, and a mended release can take them in.

    The error is told by its places and its type alone: its words may repeat an event's.
    """
    said = {"reason": BROKE, "detail": f"{IT_BROKE}\n{places(error)}"}
    _keep(database, [_problem("poison", each, door) | said for each in incoming])


def refuse(database: Database, incoming: Sequence[Incoming], door: str, refused: Refused) -> None:
    """Keep among the problems what came in a way that the door does not know: nobody else has it."""
    said = {"reason": refused.reason, "pointer": refused.pointer, "detail": refused.detail}
    _keep(database, [_problem("refused", each, door) | said for each in incoming])


def _keep(database: Database, rows: Sequence[dict[str, Any]]) -> None:
    with database.write() as connection:
        problems.add(connection, rows)


def _problem(kind: str, incoming: Incoming, door: str) -> dict[str, Any]:
    return {
        "at": incoming.arrived,
        "kind": kind,
        "subject": f"{door}, line {incoming.position}",
        "payload": _as_text(incoming.raw),
    }


def _as_text(raw: object) -> str:
    """What was refused, as it came, but for secret links (PX-10)."""
    text = raw.decode(errors="replace") if isinstance(raw, bytes) else raw
    return redacted(text if isinstance(text, str) else json.dumps(text, default=str))
