"""Finds the files that are not code (templates, locales, configuration) in the installed package or in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """The directory that holds `templates/`, `locales/` and `config/`."""
    packaged = _PACKAGE / "_assets"
    return packaged if packaged.is_dir() else _PACKAGE.parent


def path(*parts: str) -> Path:
    """The file or directory of that name, as in `path("config", "example")`.

    Raises FileNotFoundError where it is not there: then the installation is incomplete.
    """
    found = root().joinpath(*parts)
    if not found.exists():
        raise FileNotFoundError(f"{found} is missing: this installation of rappel is incomplete, install it again")
    return found
