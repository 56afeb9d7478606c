"""The Jinja environments, one a language, and the way from content to letter."""

import re
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateError

from workers.domain.contents import Content
from workers.domain.letters import Letter
from workers.domain.notices import LANGUAGES
from workers.render.brand import Brand
from workers.render.broken import TemplateBroken
from workers.render.catalogues import translations
from workers.render.formats import Formats
from workers.render.stylesheet import StyledLoader
from workers.render.tidy import one_line, tidy

# What a template's code can raise: all else means that the world is broken, not the template.
_TEMPLATE_FAULTS = (TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_BLANK_LINES = re.compile(r"\n{3,}")


class Renderer:
    """Writes letters. Build one per process: it reads the catalogues now, and compiles a template at its first use.

    A template is a folder with its words (`words.txt`) and, if it looks unlike all others, pages of its own.

    Safe to use from several threads.
    """

    def __init__(self, templates: Path, locales: Path, brand: Brand) -> None:
        self._templates = templates
        self._brand = brand
        loader = StyledLoader(templates)
        self._files = frozenset(loader.list_templates())
        self._environments = {language: _environment(loader, locales, language) for language in LANGUAGES}

    def render(self, template: str, content: Content) -> Letter:
        """The letter in the reader's language. Raises TemplateBroken; other templates go on working."""
        environment = self._environments[content.reader.language]
        try:
            return self._letter(environment, template, tidy(content))
        except _TEMPLATE_FAULTS as error:
            raise TemplateBroken.because(error, template, self._templates) from error

    def languages(self, template: str) -> tuple[str, ...]:
        """The languages in which the template exists; none, if it has no words."""
        return tuple(self._environments) if f"{template}/words.txt" in self._files else ()

    def _letter(self, environment: Environment, template: str, content: Content) -> Letter:
        names: dict[str, Any] = {"content": content, "brand": self._brand.of(content.reader.partner)}
        words = names["words"] = _words(environment, f"{template}/words.txt", names)
        names["subject"] = one_line(str(environment.getattr(words, "subject")))
        text = environment.get_template(self._page(template, "txt")).render(names)
        html = environment.get_template(self._page(template, "html")).render(names)
        return Letter(names["subject"], _paragraphs(text), html)

    def _page(self, template: str, part: str) -> str:
        """The template's own page, or the one that all share."""
        own = f"{template}/body.{part}"
        return own if own in self._files else f"layout/base.{part}"


def _environment(loader: BaseLoader, locales: Path, language: str) -> Environment:
    environment = Environment(
        loader=loader,
        extensions=["jinja2.ext.i18n"],
        autoescape=lambda name: name is not None and name.endswith(".html"),  # noqa: S701 - plain parts are no HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(translations(locales, language), newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(Formats(language).filters())
    return environment


def _words(environment: Environment, name: str, names: dict[str, Any]) -> object:
    """What a template's words.txt sets: the subject, and the sentences and facts that both parts show."""
    template = environment.get_template(name)
    try:
        return template.make_module(names)
    except Exception:
        environment.handle_exception()


def _paragraphs(text: str) -> str:
    """`text` with one blank line between paragraphs and one line break at its end."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return _BLANK_LINES.sub("\n\n", lines).strip() + "\n"
