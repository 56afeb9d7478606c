"""The mails that are judged: each kind in each language, from its example, by a house with a logo."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from tests.render.desk import BRAND, EVERY, LOCALES, TEMPLATES
from workers.domain.contents import Content
from workers.domain.letters import Letter
from workers.render import Brand, Logo, Renderer
from workers.render.examples import example

LOGO = Logo("https://brand.example.com/logo.png", "Agentur Alsterblick", 140)
WITH_LOGO = replace(BRAND, logo=LOGO)


@dataclass(frozen=True)
class Mail:
    template: str
    language: str
    content: Content
    letter: Letter


@cache
def written(template: str, language: str, brand: Brand = WITH_LOGO) -> Mail:
    content = example(template, language)
    return Mail(template, language, content, _renderer(brand).render(template, content))


def every_mail() -> Iterator[Mail]:
    return (written(template, language) for template, language in EVERY)


@cache
def _renderer(brand: Brand) -> Renderer:
    return Renderer(TEMPLATES, LOCALES, brand)
