"""The text parts of the examples, word for word.

To accept a change: `UPDATE_GOLDEN=1 pytest tests/render/test_golden.py`, then read the difference.
"""

import os
from pathlib import Path

import pytest

from tests.render.desk import EVERY, renderer
from workers.render.examples import example

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_the_letter_reads_as_agreed(template, language):
    letter = renderer().render(template, example(template, language))
    actual = f"Subject: {letter.subject}\n\n{letter.text}"
    file = GOLDEN / f"{template}.{language}.txt"
    if "UPDATE_GOLDEN" in os.environ:
        file.write_text(actual, "utf-8")

    assert actual == file.read_text("utf-8")


def test_no_golden_file_is_left_over():
    assert {file.name for file in GOLDEN.iterdir()} == {f"{template}.{language}.txt" for template, language in EVERY}
