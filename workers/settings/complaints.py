"""Says what is wrong with a setting, by its key, and what to do. Values are not repeated: they may be secret."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from workers.settings.mailing import Partner, Route
from workers.settings.signing import Dkim
from workers.settings.tree import PREFIX, Leaf, Settings, leaves

Complaint = tuple[str, str]
"""A key, and what is wrong with it."""


def about_values(error: ValidationError) -> Iterator[Complaint]:
    """One complaint for each value that was refused."""
    for detail in error.errors(include_url=False, include_input=False):
        yield _key(detail["loc"]), _message(detail)


def about_unknown(names: Iterable[str]) -> Iterator[Complaint]:
    """Variables or secret files that begin as ours do and name no section; pydantic would pass over them.

    Names without a double underscore are left alone: container platforms put RAPPEL_PORT and the like there.
    """
    known = [leaf.variable for leaf in leaves()]
    for name in map(str.upper, names):
        section, nested, _ = name.removeprefix(PREFIX).partition("__")
        if name.startswith(PREFIX) and nested and section.lower() not in Settings.model_fields:
            yield name, f"is not a setting{_nearest(name, known)}"


def _key(location: tuple[int | str, ...]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")


def _message(detail: ErrorDetails) -> str:
    location = detail["loc"]
    if detail["type"] == "extra_forbidden":
        return f"is not a setting{_nearest(_key(location), _known_keys())}"
    if detail["type"] == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    if detail["type"] in {"model_type", "model_attributes_type"}:
        return f"should be a table, [{_key(location)}]"
    leaf = _leaf(location)
    return detail["msg"].replace("Input should", "should") + (f" ({leaf.field.description})" if leaf else "")


def _leaf(location: tuple[int | str, ...]) -> Leaf | None:
    return next((leaf for leaf in leaves() if leaf.path == location[: len(leaf.path)]), None)


def _known_keys() -> list[str]:
    keys = [*Settings.model_fields, *(leaf.key for leaf in leaves())]
    keys += [f"smtp.routes[].{name}" for name in Route.model_fields]
    keys += [f"smtp.dkim[].{name}" for name in Dkim.model_fields]
    return keys + [f"mail.partners.ID.{leaf.key}" for leaf in leaves(Partner)]


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
