"""Settings from their sources: the environment beats secret files, these beat the configuration file."""

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource, NestedSecretsSettingsSource, SettingsError

from workers.settings.complaints import Complaint, about_unknown, about_values
from workers.settings.tree import PREFIX, Settings, section_of

CONFIG_FILE = Path("config/rappel.toml")
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
SECRETS_VARIABLE = f"{PREFIX}SECRETS_DIR"


class ConfigurationError(Exception):
    """What is wrong with the settings: each key with what to do about it. Never holds a secret."""

    def __init__(self, errors: Iterable[Complaint]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(f"{key}: {message}" for key, message in self.errors))


def load(path: Path | None = None) -> Settings:
    """The settings of this process.

    `path` is the configuration file; without it the one that RAPPEL_CONFIG names, else `config/rappel.toml` where
    there is one. Secrets are files in the directory that RAPPEL_SECRETS_DIR names, called as the variables are.
    Raises ConfigurationError with everything that is wrong.
    """
    environment, secrets = _Environment(Settings), _secrets()
    unknown = [*about_unknown(environment.env_vars), *about_unknown(secrets.env_vars if secrets else ())]
    given = _merge(Settings, _from_file(_config_file(path)), secrets() if secrets else {})
    try:
        settings = Settings.model_validate(_merge(Settings, given, environment()))
    except ValidationError as error:
        raise ConfigurationError([*unknown, *about_values(error)]) from None
    if unknown:
        raise ConfigurationError(unknown)
    return settings


class _LenientJson:
    """Leaves text that is not JSON as it is: then the error of the setting itself names the key."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)  # type: ignore[misc]
        except ValueError:
            return value


class _Environment(_LenientJson, EnvSettingsSource):
    pass


class _Secrets(_LenientJson, NestedSecretsSettingsSource):
    pass


def _secrets() -> _Secrets | None:
    directory = os.environ.get(SECRETS_VARIABLE)
    if not directory:
        return None
    try:
        return _Secrets(Settings, secrets_dir=directory, secrets_dir_missing="error")  # type: ignore[arg-type]
    except (SettingsError, OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([(SECRETS_VARIABLE, f"{directory} cannot be read: {_reason(error)}")]) from None


def _config_file(path: Path | None) -> Path | None:
    if path:
        return path
    if named := os.environ.get(CONFIG_VARIABLE):
        return Path(named)
    return CONFIG_FILE if CONFIG_FILE.is_file() else None


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError([(str(path), f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise ConfigurationError([(str(path), "is not UTF-8 text")]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([(str(path), f"is not TOML: {error}")]) from None
    except RecursionError:
        raise ConfigurationError([(str(path), "is nested too deeply; no setting needs that")]) from None


def _merge(model: type[BaseModel], low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    """Sections are merged key by key; a value, also a table of values, is replaced as a whole (EVENTS)."""
    merged = dict(low)
    for name, given in high.items():
        value, field = given, model.model_fields.get(name)
        section = section_of(field) if field else None
        below = low.get(name)
        if section and isinstance(below, Mapping) and isinstance(value, Mapping):
            value = _merge(section, below, value)
        merged[name] = value
    return merged


def _reason(error: Exception) -> str:
    return "a file is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
