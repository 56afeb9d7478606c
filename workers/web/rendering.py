"""The Jinja environments of the pages, one a language."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from gettext import NullTranslations
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote

from babel import Locale
from babel.dates import format_datetime, get_timezone
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from workers import assets
from workers.domain.answer_words import KINDS, PHASES, meaning
from workers.domain.calendar import local
from workers.domain.direction import straight
from workers.domain.notice_words import notice_in_words
from workers.domain.notices import LANGUAGES
from workers.domain.reason_words import in_words, note_in_words
from workers.render.catalogues import PAGES, translations
from workers.render.formats import LOCALES, Formats
from workers.stages.things import KINDS as THINGS
from workers.store.captured import CATCHER
from workers.store.lookup import Attempt

PAGED = frozenset({"contact", "user", "company", "notice", *THINGS})
"""Kinds of what a page tells of: the parts of references before the slash."""

HERE = Path(__file__).parent
STATIC = HERE / "static"


class Pages:
    """Writes pages. Build one per process: it reads the catalogues now, and compiles a template at its first use.

    `zone`: IANA name of the zone in which times are told. `shared`: names that every template knows.
    """

    def __init__(self, zone: str, shared: Mapping[str, Any]) -> None:
        self._environments = {language: _environment(language, zone, shared) for language in LANGUAGES}

    def render(self, template: str, language: str, **names: Any) -> str:
        """Raises jinja2.TemplateError, UndefinedError among them: a page with a hole is a bug."""
        return self._environments[language].get_template(template).render(names)


def _environment(language: str, zone: str, shared: Mapping[str, Any]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "pages"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_straight,
    )
    environment.policies["ext.i18n.trimmed"] = True
    catalogue = translations(assets.path("locales"), language, PAGES)
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(Formats(language).filters() | _filters(language, zone, catalogue))
    environment.globals.update({"language": language, "languages": LANGUAGES, "asset": asset, "paged": PAGED, **shared})
    return environment


def _straight(value: Any) -> Any:
    """What stands in a page cannot turn the words around it."""
    if isinstance(value, str) and (safe := straight(value)) != value:
        return type(value)(safe)  # what was escaped stays so
    return value


def _filters(language: str, zone: str, catalogue: NullTranslations) -> dict[str, Callable[..., Any]]:
    locale, tz = Locale.parse(LOCALES[language]), get_timezone(zone)
    day = "d." if language == "de" else "d"

    def moment(at: datetime) -> str:
        """Day and time in the pages' zone, which it names."""
        words = format_datetime(local(at, tz), f"{day} MMM yyyy, HH:mm '{zone_at(at)}'", tzinfo=tz, locale=locale)
        return words.replace("1 ", "1er ", 1) if language == "fr" and words.startswith("1 ") else words

    def zone_at(at: datetime) -> str:
        """CEST, or UTC+02:00 where the language has no name for it."""
        if zone == "UTC":
            return zone  # French would call it TU
        name = format_datetime(local(at, tz), "zzz", tzinfo=tz, locale=locale)
        return format_datetime(local(at, tz), "ZZZZ", tzinfo=tz, locale=locale) if name[0] in "+-" else name

    def number(value: int) -> str:
        return format_decimal(value, locale=locale)

    def reason(code: str) -> str:
        return catalogue.gettext(in_words(code))

    def note(code: str) -> str:
        return catalogue.gettext(note_in_words(code))

    def answer(attempt: Attempt) -> str:
        return catalogue.gettext(meaning(attempt.kind, attempt.enhanced, caught=attempt.route == CATCHER))

    def phase(code: str) -> str:
        return catalogue.gettext(PHASES.get(code, code))

    def outcome(code: str) -> str:
        return catalogue.gettext(KINDS.get(code, code))

    def notice(name: str) -> str:
        return catalogue.gettext(notice_in_words(name))

    return {
        "answer": answer,
        "phase": phase,
        "outcome": outcome,
        "moment": moment,
        "number": number,
        "in_words": reason,
        "note_in_words": note,
        "notice_in_words": notice,
        "capital": lambda text: text[:1].upper() + text[1:],
        "in_path": lambda text: quote(text, safe=""),
    }


@cache
def asset(name: str) -> str:
    """The address of a file in static/, which changes with its content: browsers may keep it for good."""
    return f"/static/{name}?{blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()}"
