"""From what pydantic found wrong to the one refusal that a person is told."""

from collections.abc import Sized
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from workers.contract.refusal import Code, Path, Refused, kind, nearest, shown
from workers.contract.types import FORMS

_SECRETS = frozenset({"url", "set_password"})
"""Set-password links, in whatever form: an answer never repeats them (PX-10; links elsewhere: `redaction`)."""

_EXPECTED = {
    "string_type": "a text",
    "bool_type": "true or false",
    "int_type": "a whole number of at least 1",
    "dict_type": "an object",
    "model_type": "an object",
    "tuple_type": "a list",
}

_LIMITS = {
    "greater_than_equal": (Code.INVALID_VALUE, "must be a whole number of at least {ge}, not {input}."),
    "less_than_equal": (Code.INVALID_VALUE, "must be a whole number of at most {le}, not {input}."),
    "string_too_short": (Code.INVALID_VALUE, "must not be empty."),
    "string_too_long": (Code.TOO_LARGE, "must have at most {max_length} characters; it has {size}."),
    "too_short": (Code.INVALID_VALUE, "must not be empty."),
    "too_long": (Code.TOO_LARGE, "must have at most {max_length} entries; it has {size}."),
}

_ADVICE: dict[Path, str] = {
    ("interval", "value"): " To stop follow-ups set follow_up.enabled to false.",
    ("duration", "value"): " For a stage that is never overdue leave duration out.",
}


def refusal(error: ValidationError, model: type[BaseModel], root: Path) -> Refused:
    """What to answer for `error`, which `model` raised for the value at `root`.

    An unknown field goes first: where a field is misspelt its right name is missing as well, and only the wrong name
    tells what happened.
    """
    found = error.errors(include_url=False)
    worst = next((item for item in found if item["type"] == "extra_forbidden"), found[0])
    path = _path(worst)
    code, sentence = _verdict(worst, path, _fields(model, path[:-1]))
    advice = _ADVICE.get(path[-2:], "") if worst["type"] == "greater_than_equal" else ""
    return Refused(code, (*root, *path), f"{_spoken(path)} {sentence}{advice}")


def _path(item: ErrorDetails) -> Path:
    steps = item["loc"][:-1] if item["loc"][-1:] == ("[key]",) else item["loc"]
    return (*steps, *item.get("ctx", {}).get("below", ()))


def _verdict(item: ErrorDetails, path: Path, siblings: dict[str, FieldInfo]) -> tuple[Code, str]:
    """The code, and the sentence without its subject."""
    name, value, what = str(path[-1]), item["input"], item["type"]
    field = siblings.get(name)
    if what == "extra_forbidden":
        hint = nearest(name, siblings) or f"the fields here are {', '.join(siblings)}."
        return Code.UNKNOWN_FIELD, f"is not a known field: {hint}"
    if what == "missing":
        return Code.MISSING_FIELD, f"is missing: {field.description if field else ''}"
    if value is None:
        return Code.NULL_NOT_ALLOWED, f"must not be null{_instead_of_null(field)}"
    if what in _EXPECTED or (what == "literal_error" and not isinstance(value, str)):
        return Code.WRONG_TYPE, f"must be {_EXPECTED.get(what, 'a text')}, not {_seen(name, value, kind(value))}."
    return _invalid(item, _seen(name, value, "what was sent"))


def _instead_of_null(field: FieldInfo | None) -> str:
    if field is None:
        return "; send a value."
    return f": {field.description}" if field.is_required() else "; leave it out."


def _invalid(item: ErrorDetails, seen: str) -> tuple[Code, str]:
    """A value of the right type that is not acceptable."""
    what, ctx = item["type"], item.get("ctx", {})
    if what == "literal_error":
        return Code.INVALID_VALUE, f"must be {ctx['expected']}, not {seen}."
    if what == "string_pattern_mismatch":
        return Code.INVALID_VALUE, f"{FORMS[ctx['pattern']]}, not {seen}."
    if what in _LIMITS:
        code, sentence = _LIMITS[what]
        size = len(item["input"]) if isinstance(item["input"], Sized) else 0
        return code, sentence.format(**ctx, input=seen, size=size)
    return Code(what), ctx["detail"]


def _seen(name: str, value: Any, otherwise: str) -> str:
    return otherwise if name in _SECRETS else shown(value)


def _fields(model: type[BaseModel], path: Path) -> dict[str, FieldInfo]:
    """The fields of the object at `path`; none where an object is not one of ours."""
    for step in path:
        if isinstance(step, int):
            continue
        field = model.model_fields.get(step)
        inner = _model_in(field.annotation) if field else None
        if inner is None:
            return {}
        model = inner
    return model.model_fields


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _spoken(path: Path) -> str:
    """`stages[0].duration.value`, as people write it."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")[:100]
