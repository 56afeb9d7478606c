"""`make pictures`: a picture of each kind for docs/images, and the page that shows them all, docs/mails.md.

Each picture shows one mail on a wide screen by day, and on a phone by day and by night.
"""

import sys
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.mails.mails import written
from tests.mails.sight import picture, screen, side_by_side
from tests.render.desk import ALL, BRAND
from tests.servers import browser as browsers
from workers.domain.notices import WRITTEN_FOR

DOCS = Path(__file__).parents[2] / "docs"
LARGEST = 120_000
"""Bytes of one picture."""

_TURNS = ("de", "fr", "en")
PICTURED: Mapping[str, str] = {template: _TURNS[at % 3] for at, template in enumerate(ALL)}
"""The language of each kind's picture."""

_VIEWS = ((680, "light"), (390, "light"), (390, "dark"))
_NAMES = {"de": "German", "fr": "French", "en": "English"}

_INTRODUCTION = """# The mails

Every kind of mail, from its example (`rappel preview KIND`): on a wide screen, on a phone, and on a phone by night.
Each mail asks for one thing; its first line after the subject, its key facts, its signature and the reason why the
reader gets it are there in the text part, too. Name, colours, logo, signature and sender are settings (`mail.brand`),
and a partner can have its own (`mail.partners`).

Each kind is tested, and can be looked at, in scenarios: `normal`, `long` (names and words that no line holds), `sparse`
(nothing but what is always known), `zero`, `one` and `many` of what it counts, `hostile` (markup, template syntax, line
breaks and turned writing in every word, and a link that runs script). `rappel preview KIND --scenario NAME` shows one,
and so do the pages ([docs/pages.md](pages.md)).

`make pictures` draws this page anew. What every mail says, in every language and scenario, stands in
`tests/render/golden`; a change of it fails the tests until `make golden` accepts it. `make mails REV=main` shows as
pictures what a change does to the mails, `SCENARIO="long sparse"` for these alone.
"""


def draw(browser: Browser, template: str, language: str) -> Image.Image:
    html = written(template, language, brand=BRAND).letter.html
    views = []
    for width, scheme in _VIEWS:
        with screen(browser, width) as page:
            views.append(picture(page, html, scheme))
    # 64 colours: the mails are flat, and a picture is a fifth as large
    return side_by_side(views).quantize(64, dither=Image.Dither.NONE)


def gallery() -> str:
    """docs/mails.md."""
    sections = [_INTRODUCTION]
    for family, templates in groupby(ALL, key=lambda template: template.partition(".")[0]):
        sections.append(f"## {family}\n")
        sections += (_entry(template) for template in templates)
    return "\n".join(sections)


def _entry(template: str) -> str:
    language = PICTURED[template]
    subject = written(template, language, brand=BRAND).letter.subject
    _, audience = WRITTEN_FOR[template]
    return (
        f"### {template}\n\nTo {audience.who}; in {_NAMES[language]}: *{subject}*\n\n"
        f"![{template}, in {_NAMES[language]}](images/{template}.{language}.png)\n"
    )


def main(wanted: list[str]) -> None:
    with browsers.running() as chromium:
        for template in wanted or ALL:
            file = DOCS / "images" / f"{template}.{PICTURED[template]}.png"
            draw(chromium, template, PICTURED[template]).save(file, optimize=True)
            print(f"{file.name}  {file.stat().st_size // 1000} KB")  # noqa: T201
    (DOCS / "mails.md").write_text(gallery(), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
