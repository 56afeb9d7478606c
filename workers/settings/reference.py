"""The page that lists all settings, from the settings themselves."""

import json
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from pydantic import BaseModel

from workers.settings.mailing import Partner, Route
from workers.settings.signing import Dkim
from workers.settings.tree import Leaf, Settings, leaves, section_of

_INTRODUCTION = """# Settings

In the TOML file that `--config` or `RAPPEL_CONFIG` names, else in `config/rappel.toml`; in a file of the directory that
`RAPPEL_SECRETS_DIR` names, called as the variable is; or in the environment, which beats both. Lists and tables are
JSON there. `"none"` or an empty text stands for no value. A table given in a file replaces the default one.
"""


def reference() -> str:
    """The reference of all settings as Markdown: key, variable, default and meaning."""
    lists = (("smtp.routes", Route), ("smtp.dkim", Dkim), ("mail.partners.ID", Partner))
    rows = [line for key, model in lists for line in _rows_of_list(key, model)]
    return "\n".join([_INTRODUCTION, *_sections(), *rows])


def _sections() -> Iterator[str]:
    defaults = Settings().model_dump(mode="json")
    for name, group in groupby(leaves(), key=lambda leaf: leaf.path[0] if len(leaf.path) > 1 else ""):
        yield f"## {name or 'General'}\n"
        if name and (section := section_of(Settings.model_fields[name])):
            yield f"{section.__doc__}\n"
        yield "| key | variable | default | meaning |\n|---|---|---|---|"
        yield from (_row(leaf, defaults) for leaf in group)
        yield ""


def _row(leaf: Leaf, defaults: dict[str, Any]) -> str:
    value: Any = defaults
    for part in leaf.path:
        value = value[part]
    return f"| `{leaf.key}` | `{leaf.variable}` | `{literal(value)}` | {_cell(leaf.field.description)} |"


def _rows_of_list(key: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"## {key}\n\n{model.__doc__}\n\n| key | default | meaning |\n|---|---|---|"
    for leaf in leaves(model):
        default = "required" if leaf.field.is_required() else f"`{literal(leaf.field.default)}`"
        yield f"| `{leaf.key}` | {default} | {_cell(leaf.field.description)} |"
    yield ""


def literal(value: Any) -> str:
    """The value as it is written in TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(name)} = {literal(entry)}" for name, entry in value.items()) + "}"
    return '"none"' if value is None else json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    """A key of a table; one with a dot would be a table in a table, so it is quoted."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|")
