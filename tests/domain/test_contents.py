"""Contents outlive the process that made them: kept as JSON, they come back as what they were."""

import json
from dataclasses import MISSING, fields, replace

import pytest
from pydantic import TypeAdapter

from workers.contract.templates import TEMPLATES
from workers.domain.contents import Content, lines
from workers.render.examples import example

STORED: TypeAdapter[Content] = TypeAdapter(Content)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("bare", [False, True])
def test_a_stored_content_comes_back_as_it_was(template, bare):
    content = example(template, "fr")
    if bare:
        content = replace(content, **{f.name: f.default for f in fields(content) if f.default is not MISSING})

    stored = json.dumps(STORED.dump_python(content, mode="json"))

    assert STORED.validate_python(json.loads(stored)) == content


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        (None, ()),
        ("", ()),
        (" \n\t\n", ()),
        ("one", ("one",)),
        ("one\r\ntwo\rthree\u2028four", ("one", "two", "three", "four")),
        ("\n\n one \n\n\n\n two\n\n", ("one", "", "two")),
    ],
)
def test_lines_are_trimmed_and_never_blank_at_the_ends_or_twice(text, quoted):
    assert lines(text) == quoted
