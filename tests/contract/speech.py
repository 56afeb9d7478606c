"""Short ways to say: this event, with that changed, is answered so."""

import copy
from typing import Any

from workers.contract import examples
from workers.contract.envelope import parse
from workers.contract.refusal import Refused

GONE = object()


def event(name: str, **changes: Any) -> dict[str, Any]:
    """The full example of a type; `data__follow_up__enabled=GONE` changes or removes what stands at that path."""
    made = copy.deepcopy(examples.full(name))
    for path, value in changes.items():
        put(made, path.split("__"), value)
    return made


def put(target: Any, steps: list[str], value: Any) -> None:
    *way, last = (int(step) if step.isdigit() else step for step in steps)
    for step in way:
        target = target[step]
    if value is GONE:
        del target[last]
    else:
        target[last] = value


def verdict(raw: Any) -> tuple[str, str] | None:
    """(reason, pointer) of the refusal; None where the event is accepted."""
    try:
        parse(raw)
    except Refused as refused:
        return refused.reason.value, refused.pointer
    return None


def detail(raw: Any) -> str:
    try:
        parse(raw)
    except Refused as refused:
        return refused.detail
    raise AssertionError("the event was accepted")
