"""The catalogue, walked: nothing that a notice needs is missing, from its name to a story that tells it.

To add a notice, add what this test says it lacks.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from tests.render.desk import TEMPLATES as FOLDERS
from tests.render.desk import renderer
from workers.contract.templates import TEMPLATES
from workers.domain.contents import Because, Content, DocumentContent
from workers.domain.facts import TOGGLES
from workers.domain.notices import ASKER, CATALOGUE, LANGUAGES, PROSPECT, WRITTEN_FOR, Audience, Kind
from workers.render import TemplateBroken
from workers.render.examples import example
from workers.render.scenarios import bare

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "tests" / "scenarios"
WITHOUT_TOGGLE = {"lead.follow_up", "activity", "contact.welcome", "contact.set_password", "proposal.sent"}
"""Notices that no toggle governs, on purpose (RULES part 4, "Notice -> toggle"; users have none)."""

NAMES = sorted({*WRITTEN_FOR, *TEMPLATES, *(path.name for path in FOLDERS.iterdir() if path.name != "layout")})
"""Everything that some part of the project takes for a template."""


@pytest.mark.parametrize("template", NAMES)
def test_nothing_is_missing(template: str) -> None:
    assert template in WRITTEN_FOR, "no notice of the catalogue is told by it"
    assert list(lacks(template, *WRITTEN_FOR[template])) == []


def test_the_contract_names_each_template_once() -> None:
    assert len(set(TEMPLATES)) == len(TEMPLATES)
    assert all(kind.name == name for name, kind in CATALOGUE.items())


def test_a_notice_that_nobody_prepared_lacks_everything() -> None:
    name = ".".join(("invoice", "shredded"))  # in one piece it would be a story of its own
    stranger = Kind(name, (name,), (Audience("", ("P1", "P99")),), toggle="shredder")
    assert list(lacks(name, stranger, stranger.audiences[0])) == [
        "a switch: workers/contract/templates.py",
        "a toggle: domain/facts.py knows no shredder",
        "an audience in words",
        "a row P99 in docs/rules.md",
        "an example, and with it a content type: workers/render/examples.py",
        "a story: tests/scenarios",
    ]


def test_no_toggle_at_all_must_be_meant() -> None:
    kind = Kind("invoice.sent", ("invoice.sent",), CATALOGUE["invoice.sent"].audiences)
    assert list(lacks("invoice.sent", kind, kind.audiences[0])) == ["a toggle, or a place among WITHOUT_TOGGLE"]


def test_a_template_that_does_not_render_is_told_with_its_language() -> None:
    content = example("invoice.sent", "fr")
    assert list(unwritten("invoice.shredded", [content])) == ["words in fr: templates/invoice.shredded"]


def lacks(template: str, kind: Kind, audience: Audience) -> Iterator[str]:
    """What the template still needs, each with the place where it belongs."""
    if template not in TEMPLATES:
        yield "a switch: workers/contract/templates.py"
    if kind.toggle is None and kind.name not in WITHOUT_TOGGLE:
        yield "a toggle, or a place among WITHOUT_TOGGLE"
    if kind.toggle is not None and kind.toggle not in TOGGLES:
        yield f"a toggle: domain/facts.py knows no {kind.toggle}"
    if not audience.who:
        yield "an audience in words"
    yield from (f"a row {row} in docs/rules.md" for row in audience.rows if row not in rows())
    try:
        contents = [content for language in LANGUAGES for content in variants(template, language, kind, audience)]
    except KeyError:
        yield "an example, and with it a content type: workers/render/examples.py"
    else:
        yield from unwritten(template, contents)
    if template not in told():
        yield "a story: tests/scenarios"


def unwritten(template: str, contents: list[Content]) -> Iterator[str]:
    """The languages in which a content does not become a letter."""
    for content in contents:
        assert isinstance(content, get_args(Content))
        try:
            letter = renderer().render(template, content)
        except TemplateBroken:
            yield f"words in {content.reader.language}: templates/{template}"
        else:
            assert letter.subject
            assert letter.text.strip()
            assert "</html>" in letter.html


def variants(template: str, language: str, kind: Kind, audience: Audience) -> Iterator[Content]:
    """The example, whole and with nothing that may be absent, for every reason why it can be read."""
    possible = {Because.MANUAL_SELECTION}
    possible |= {Because.TOGGLE_ON} if kind.toggle else set()
    possible |= {Because.DIRECT_ADDRESS} if audience in (ASKER, PROSPECT) else set()
    whole = example(template, language)
    assert whole.reader.language == language
    for content in (whole, bare(whole)):
        if isinstance(content, DocumentContent):
            values = {field.name: getattr(content, field.name) for field in fields(content)}
            yield from (DocumentContent(**values | {"because": because}) for because in possible)
        else:
            yield content


@cache
def rows() -> frozenset[str]:
    """The ids of all rows of the rules."""
    return frozenset(re.findall(r"^\| ([A-Z]\w+) \|", (ROOT / "docs" / "rules.md").read_text("utf-8"), re.MULTILINE))


@cache
def told() -> frozenset[str]:
    """Every text in the stories that run through the simulation."""
    trees = (ast.parse(path.read_text("utf-8")) for path in SCENARIOS.glob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
