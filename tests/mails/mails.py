"""The mails that are judged: each kind in each language and each scenario, by a house with a logo."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from tests.render.desk import BRAND, EVERY_SCENARIO, LOCALES, TEMPLATES
from workers.domain.contents import Content
from workers.domain.letters import Letter
from workers.render import Brand, Logo, Renderer
from workers.render.scenarios import Scenario, scenario

LOGO = Logo("https://brand.example.com/logo.png", "Agentur Alsterblick", 140)
WITH_LOGO = replace(BRAND, logo=LOGO)


@dataclass(frozen=True)
class Mail:
    template: str
    language: str
    scenario: Scenario
    content: Content
    letter: Letter


@cache
def written(template: str, language: str, name: Scenario = Scenario.NORMAL, brand: Brand = WITH_LOGO) -> Mail:
    content = scenario(template, language, name)
    return Mail(template, language, name, content, _renderer(brand).render(template, content))


def every_mail() -> Iterator[Mail]:
    return (written(template, language, name) for template, language, name in EVERY_SCENARIO)


@cache
def _renderer(brand: Brand) -> Renderer:
    return Renderer(TEMPLATES, LOCALES, brand)
