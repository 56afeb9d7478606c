"""Translations, read from their .po files when the process starts: nothing compiled is kept on disk."""

from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LANGUAGE = "en"
"""The language of the message ids."""

DOMAIN = "rappel"
"""The words of mails."""

PAGES = "pages"
"""The words of web pages."""


def po_file(locales: Path, language: str, domain: str = DOMAIN) -> Path:
    """Where the translations into `language` stand."""
    return locales / language / "LC_MESSAGES" / f"{domain}.po"


def translations(locales: Path, language: str, domain: str = DOMAIN) -> NullTranslations:
    """The catalogue of `language`. Fuzzy entries do not count.

    Raises OSError where the file is missing, babel.messages.pofile.PoFileError where it is malformed.
    """
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    with po_file(locales, language, domain).open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
