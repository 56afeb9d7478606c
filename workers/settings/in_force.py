"""What is in force where it differs from the defaults, fit to be shown: without secrets."""

from dataclasses import dataclass
from functools import reduce
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from workers.settings.reference import literal
from workers.settings.tree import Settings, leaves

HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class InForce:
    """A key with its value and its default, as they are written in TOML."""

    key: str
    value: str
    default: str


def differences(settings: Settings) -> list[InForce]:
    """The keys whose value is not the default, in the order of the sections."""
    defaults = Settings()
    changed = (leaf for leaf in leaves() if _value(settings, leaf.path) != _value(defaults, leaf.path))
    return [InForce(leaf.key, _shown(settings, leaf.path), _shown(defaults, leaf.path)) for leaf in changed]


def _value(settings: Settings, path: tuple[str, ...]) -> Any:
    return reduce(getattr, path, settings)


def _shown(settings: Settings, path: tuple[str, ...]) -> str:
    value = _value(settings, path)
    if isinstance(value, SecretStr):
        return literal(_without_secret(value.get_secret_value()))
    dumped: Any = settings.model_dump(mode="json")  # hides secrets further down
    return literal(reduce(lambda table, name: table[name], path, dumped))


def _without_secret(value: str) -> str:
    """Of a URL what tells where it leads: scheme, host, port and path. Nothing of any other secret."""
    url = urlsplit(value)
    if not url.scheme or "://" not in value:
        return HIDDEN
    _, at, host = url.netloc.rpartition("@")
    return f"{url.scheme}://{HIDDEN + at if at else ''}{host}{url.path}"
