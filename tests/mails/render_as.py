"""Writes the page of every example as DIRECTORY/KIND.LANGUAGE.html, by the code and templates of the working directory.

Run in a checkout of any revision: it uses nothing but what all of them have.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from workers.contract.templates import TEMPLATES
from workers.domain.notices import LANGUAGES
from workers.render import Brand, Renderer
from workers.render.examples import example

BRAND = {
    "name": "Agentur Alsterblick",
    "signature": "Team Alsterblick\n+49 40 5550 100",
    "address": "Agentur Alsterblick GmbH · Beispielweg 1 · 20095 Hamburg",
}


def write_all(directory: Path) -> None:
    renderer = Renderer(Path("templates"), Path("locales"), Brand(**BRAND))
    for template in TEMPLATES:
        for language in LANGUAGES:
            letter = renderer.render(template, example(template, language))
            (directory / f"{template}.{language}.html").write_text(letter.html, "utf-8")


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
