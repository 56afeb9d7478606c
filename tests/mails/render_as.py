"""Writes the pages of all mails, by the code and templates of the working directory.

    python render_as.py DIRECTORY

KIND.LANGUAGE.html is the normal mail, KIND.LANGUAGE.SCENARIO.html any other. Run in a checkout of any revision: an
older one has no scenarios.
"""

import sys
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from workers.contract.templates import TEMPLATES
from workers.domain.notices import LANGUAGES
from workers.render import Brand, Renderer
from workers.render.examples import example

try:
    from workers.render.scenarios import scenario, scenarios_of
except ImportError:  # a revision from before there were any

    def scenarios_of(template):
        return ("normal",)

    def scenario(template, language, name):
        return example(template, language)


BRAND = {
    "name": "Agentur Alsterblick",
    "signature": "Team Alsterblick\n+49 40 5550 100",
    "address": "Agentur Alsterblick GmbH · Beispielweg 1 · 20095 Hamburg",
}


def write_all(directory: Path) -> None:
    renderer = Renderer(Path("templates"), Path("locales"), Brand(**BRAND))
    for template, language in product(TEMPLATES, LANGUAGES):
        for name in scenarios_of(template):
            letter = renderer.render(template, scenario(template, language, name))
            which = "" if name == "normal" else f".{name}"
            (directory / f"{template}.{language}{which}.html").write_text(letter.html, "utf-8")


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
