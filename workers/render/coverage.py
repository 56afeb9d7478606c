"""How much of each template is translated: the messages it can show, against the catalogue of each language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po
from jinja2 import BaseLoader, Environment, TemplateError, meta
from jinja2.ext import InternationalizationExtension, extract_from_ast

from workers.domain.notices import LANGUAGES, WRITTEN_FOR
from workers.render.catalogues import SOURCE_LANGUAGE, po_file
from workers.render.stylesheet import StyledLoader


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of a template's messages are translated into one language. Of a template that cannot be read: 0 of 0."""

    translated: int
    total: int

    @property
    def is_whole(self) -> bool:
        return 0 < self.total == self.translated


def coverage(templates: Path, locales: Path) -> Mapping[str, Mapping[str, Coverage]]:
    """By template and language. Reads all of them: once a process is enough."""
    known = {language: _translated(locales, language) for language in LANGUAGES}
    loader = StyledLoader(templates)
    environment = Environment(loader=loader, extensions=[InternationalizationExtension], autoescape=True)
    environment.policies["ext.i18n.trimmed"] = True
    files = frozenset(loader.list_templates())
    found = {}
    for template in WRITTEN_FOR:
        pages = [_page(files, template, part) for part in ("words.txt", "body.txt", "body.html")]
        messages = _messages(environment, loader, pages)
        found[template] = {
            language: Coverage(len(messages if ids is None else messages & ids), len(messages))
            for language, ids in known.items()
        }
    return found


def _page(files: frozenset[str], template: str, part: str) -> str:
    own = f"{template}/{part}"
    return own if own in files or part == "words.txt" else f"layout/{part.replace('body', 'base')}"


def _messages(environment: Environment, loader: BaseLoader, pages: list[str]) -> set[str]:
    """The ids of all messages of these files and of what they take in."""
    found: set[str] = set()
    waiting, seen = list(pages), set(pages)
    while waiting:
        name = waiting.pop()
        for text, referred in _read(environment, loader, name):
            if text:
                found.add(text)
            if referred and referred not in seen:
                seen.add(referred)
                waiting.append(referred)
    return found


def _read(environment: Environment, loader: BaseLoader, name: str) -> Iterator[tuple[str | None, str | None]]:
    """A message each, or a file that is taken in; nothing of a file that cannot be read."""
    try:
        source, _, _ = loader.get_source(environment, name)
        tree = environment.parse(source)
    except (OSError, TemplateError):
        return
    for referred in meta.find_referenced_templates(tree):
        yield None, referred
    for _, _, message in extract_from_ast(tree):
        text = message[0] if isinstance(message, tuple) else message
        if text:
            yield text, None


def _translated(locales: Path, language: str) -> frozenset[str] | None:
    """The ids of the messages that a catalogue translates; None: it is the language in which they are written."""
    if language == SOURCE_LANGUAGE:
        return None
    with po_file(locales, language).open("rb") as file:
        catalogue = read_po(file, locale=language)
    whole = (message for message in catalogue if message.id and not message.fuzzy)
    return frozenset(_id(message.id) for message in whole if _is_filled(message.string))


def _id(id: str | list[str] | tuple[str, ...]) -> str:
    return id if isinstance(id, str) else id[0]


def _is_filled(string: str | list[str] | tuple[str, ...] | None) -> bool:
    if string is None or isinstance(string, str):
        return bool(string)
    return bool(string) and all(string)
