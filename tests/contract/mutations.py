"""Events with one thing changed, at every place: for comparing two judges of the same contract."""

import copy
from collections.abc import Iterator
from typing import Any

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.5, 10**18, "", " ", "x", "x" * 501, "x" * 10_001, "a\x07b", "a\nb", "de", "EUR",
    "2026-06-01", "2026-06-01T08:00:00Z", "2026-06-01T08:00:00", "https://x.example.com/", "ada@example.com",
    "company/C-1", "manual", [], [None], ["U-1"], ["U-1", "U-2"], ["U-1", "U-2", "U-3"], {}, {"x": 1}, {"x": "y"},
)  # fmt: skip
"""Something for every type of field, and something wrong for each."""


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of everything inside a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in pairs:
        yield (*path, step)
        yield from places(inner, (*path, step))


def replaced(event: Any, path: tuple[str | int, ...], value: Any) -> Any:
    changed = copy.deepcopy(event)
    parent = changed
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return changed


def removed(event: Any, path: tuple[str | int, ...]) -> Any:
    changed = copy.deepcopy(event)
    parent = changed
    for step in path[:-1]:
        parent = parent[step]
    del parent[path[-1]]
    return changed


def mutations(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every place removed, replaced by each of VALUES, and every object of the data with one field more."""
    for path in places(event):
        yield removed(event, path)
        for value in VALUES:
            yield replaced(event, path, value)
    for path in [("data",), *(path for path in places(event) if path[0] == "data")]:
        inner: Any = event
        for step in path:
            inner = inner[step]
        if isinstance(inner, dict):
            yield replaced(event, (*path, "nobody_knows_this"), "x")
