"""Events for tests, as a producer would send them."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

SOURCE = "https://crm.example.com"

Event = dict[str, Any]


def event(type: str, time: str | datetime, /, **data: Any) -> Event:
    """One event. Its id follows from what it says: said again, it is the same event; anything else is another one.

    Instants and dates may be given as such. A text stays as it is, so that a test can send a wrong one. For another
    id, source or `receivedat`: `event(...) | {"id": "e-1"}`.
    """
    content = {"type": type, "time": _plain(time), "data": _plain(data)}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return {"specversion": "1.0", "id": f"{type}:{digest[:12]}", "source": SOURCE, **content}


def ndjson(events: Iterable[Event]) -> str:
    """The events as a file that `rappel ingest` and `rappel simulate` read."""
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in events)


def _plain(value: Any) -> Any:
    """As JSON knows it. A naive datetime stays naive: the contract refuses it, and a test may want that."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
