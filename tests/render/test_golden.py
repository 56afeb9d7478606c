"""What every letter says and how its page is built, in every language and every scenario, word for word.

`golden/KIND.LANGUAGE.txt` holds all scenarios of a kind, one after the other: subject, text part, and what is the
letter's own in its HTML part; of those that differ from the normal one in a number alone, the lines that differ. What
all pages share stands once, in `golden/layout.txt`: the page around, and the styles.

To accept a change: `make golden`, then read the difference (`make mails` shows it as pictures).
"""

import os
from difflib import ndiff
from pathlib import Path

import pytest

from tests.render.anatomy import layout, taken_apart
from tests.render.desk import EVERY, renderer
from workers.render.scenarios import Scenario, scenario, scenarios_of

GOLDEN = Path(__file__).parent / "golden"
LAYOUT = GOLDEN / "layout.txt"


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_the_letter_reads_as_agreed(template, language):
    agree(GOLDEN / f"{template}.{language}.txt", told(template, language))


def test_all_pages_share_what_was_agreed():
    agree(LAYOUT, layout())


def test_no_golden_file_is_left_over():
    expected = {LAYOUT.name, *(f"{template}.{language}.txt" for template, language in EVERY)}
    assert {file.name for file in GOLDEN.iterdir()} == expected


def told(template: str, language: str) -> str:
    """All scenarios of a kind, as its golden file has them."""
    normal, parts = whole(template, language, Scenario.NORMAL), []
    for name in scenarios_of(template):
        shown = whole(template, language, name)
        if name in (Scenario.ZERO, Scenario.ONE, Scenario.MANY):
            lines = ndiff(normal.splitlines(), shown.splitlines())
            shown = "".join(f"{line}\n" for line in lines if line.startswith(("- ", "+ ")))
        parts.append(f"════ {name} ════\n{shown}")
    return "\n".join(parts)


def whole(template: str, language: str, name: Scenario) -> str:
    letter = renderer().render(template, scenario(template, language, name))
    own = taken_apart(letter).own
    page = f"[preheader] {own['preheader']}\n{own['card']}[footer]\n{own['footer']}"
    return f"Subject: {letter.subject}\n\n{letter.text}\n──── page ────\n{page}"


def agree(file: Path, actual: str) -> None:
    if "UPDATE_GOLDEN" in os.environ:
        file.write_text(actual, "utf-8")
    assert actual == file.read_text("utf-8")
