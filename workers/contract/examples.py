"""Example events, put together from the example of each field: for the JSON Schemas, the documentation and tests."""

from typing import Any, get_args, get_origin

from pydantic import BaseModel

from workers.contract.envelope import Envelope
from workers.contract.registry import TYPES


def minimal(name: str) -> dict[str, Any]:
    """An event of this type with nothing but what is required."""
    return _event(name, full=False)


def full(name: str) -> dict[str, Any]:
    """An event of this type with every field."""
    return _event(name, full=True)


def _event(name: str, *, full: bool) -> dict[str, Any]:
    return {**_object(Envelope, full), "type": name, "data": _object(TYPES[name], full)}


def _object(model: type[BaseModel], full: bool) -> dict[str, Any]:
    return {
        name: field.examples[0] if field.examples else _value(field.annotation, full)
        for name, field in model.model_fields.items()
        if full or field.is_required()
    }


def _value(annotation: Any, full: bool) -> Any:
    """An example of what has parts with examples of their own: an object, or a list of such."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _object(annotation, full)
    inner = next((_value(part, full) for part in get_args(annotation) if part is not type(None)), None)
    return [inner] if get_origin(annotation) is tuple else inner
