"""Which other objects an event refers to. They may be sent later; until then the reference dangles (EVENTS)."""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, get_args

from workers.contract.occasions import TicketOccasion
from workers.contract.types import Model, RefersTo

_NEVER_SENT = frozenset({"invoice"})  # kinds without an event that would end the wait


class Reference(NamedTuple):
    """`pointer` leads to the id within the event; `kind` is the first word of the object's events."""

    pointer: str
    kind: str
    id: str


def references(data: Model) -> list[Reference]:
    """The objects that `data` names and does not define itself, in the order of its fields.

    A stage is none of them: a stage that its process does not have is a contradiction, not a matter of waiting.
    """
    found = list(_references(data, "/data"))
    if isinstance(data, TicketOccasion) and data.ticket is None:
        found.append(Reference("/data/document/id", "ticket", data.ticket_id))
    return found


def _references(model: Model, pointer: str) -> Iterator[Reference]:
    for name, marker in _plan(type(model)):
        value = getattr(model, name)
        places = enumerate(value) if isinstance(value, tuple) else ()
        for below, item in [(f"/{place}", item) for place, item in places] or [("", value)]:
            if isinstance(item, Model):
                yield from _references(item, f"{pointer}/{name}{below}")
            elif isinstance(item, str) and marker is not None:
                yield from _reference(f"{pointer}/{name}{below}", marker, item)


def _reference(pointer: str, marker: RefersTo, value: str) -> Iterator[Reference]:
    kind, id = (marker.kind, value) if marker.kind else value.split("/", 1)
    if kind not in _NEVER_SENT:
        yield Reference(pointer, kind, id)


@cache
def _plan(model: type[Model]) -> tuple[tuple[str, RefersTo | None], ...]:
    """The fields of a model that hold references, or objects that may."""
    fields = model.model_fields.items()
    found = [
        (name, _marker(field.annotation, field.metadata), _holds_models(field.annotation)) for name, field in fields
    ]
    return tuple((name, marker) for name, marker, deeper in found if marker or deeper)


def _marker(annotation: Any, metadata: Any = ()) -> RefersTo | None:
    own = [*metadata, *getattr(annotation, "__metadata__", ())]
    here = next((item for item in own if isinstance(item, RefersTo)), None)
    return here or next(filter(None, (_marker(inner) for inner in get_args(annotation))), None)


def _holds_models(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return True
    return any(_holds_models(inner) for inner in get_args(annotation))
