"""docs/mails.md shows every kind, each picture is there and small; and what shows the difference of two mails."""

import re
from pathlib import Path

from PIL import Image, ImageDraw

from tests.mails.changes import ROOT, difference, rendered_in, scenario_of
from tests.mails.gallery import DOCS, LARGEST, PICTURED, gallery
from tests.mails.sight import side_by_side
from tests.render.desk import EVERY_SCENARIO


def test_the_page_is_what_make_pictures_writes() -> None:
    assert (DOCS / "mails.md").read_text("utf-8") == gallery()


def test_there_is_one_small_picture_of_each_kind_and_no_other() -> None:
    pictures = {file.name: file.stat().st_size for file in (DOCS / "images").glob("*.png")}
    pictures = {name: size for name, size in pictures.items() if not name.startswith("web-")}  # docs/pages.md

    assert pictures.keys() == {f"{template}.{language}.png" for template, language in PICTURED.items()}
    assert pictures.keys() == set(re.findall(r"\(images/(.+)\)", gallery()))
    assert {name: size for name, size in pictures.items() if size >= LARGEST} == {}


def test_all_mails_in_all_scenarios_are_compared(tmp_path: Path) -> None:
    names = rendered_in(ROOT, tmp_path / "mails").keys()

    assert len(names) == len(EVERY_SCENARIO)
    assert {(*name.removesuffix(f".{scenario_of(name)}").rsplit(".", 1), scenario_of(name)) for name in names} == set(
        EVERY_SCENARIO
    )


def test_the_difference_of_two_pictures_is_marked_and_nothing_else() -> None:
    before = Image.new("RGB", (40, 30), "white")
    after = Image.new("RGB", (40, 36), "white")
    ImageDraw.Draw(after).rectangle((10, 10, 12, 12), fill="black")

    marked = difference(before, after)

    assert marked is not None
    assert marked.size == (40, 36)
    assert marked.getpixel((11, 11)) == (214, 36, 92)
    assert marked.getpixel((20, 20)) == (255, 255, 255)
    assert difference(before, after.crop((20, 0, 40, 30))) is None
    assert side_by_side([before, after]).size == (96, 36)
    assert side_by_side([before, after], down=True).size == (40, 82)
