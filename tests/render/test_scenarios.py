"""What the scenarios promise: that each shows what its name says, of every template to which it applies."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from tests.render.desk import ALL, EVERY, OUTSIDE, Page, renderer
from workers.domain.contents import Content, DocumentContent
from workers.domain.letters import Letter
from workers.domain.notices import LANGUAGES
from workers.render.examples import example
from workers.render.scenarios import HOSTILE, HOSTILE_LINK, MEANINGS, Scenario, bare, scenario, scenarios_of
from workers.render.tidy import web_page

COUNTS = (Scenario.ZERO, Scenario.ONE, Scenario.MANY)
COUNTED = [template for template in ALL if Scenario.MANY in scenarios_of(template)]
LONGEST_WORD = 40


def written(template: str, language: str, name: Scenario) -> Letter:
    return renderer().render(template, scenario(template, language, name))


def words(value: Any) -> Iterator[str]:
    """Every string somewhere in a value."""
    if isinstance(value, str):
        yield from value.split()
    elif isinstance(value, tuple):
        for each in value:
            yield from words(each)


def test_each_has_a_meaning_and_every_template_has_those_that_need_no_number():
    assert set(MEANINGS) == set(Scenario)
    assert {frozenset(Scenario) - frozenset(scenarios_of(template)) for template in ALL} == {
        frozenset(),
        frozenset(COUNTS),
    }


@pytest.mark.parametrize(("template", "language"), [pair for pair in EVERY if pair[0] in COUNTED])
def test_what_is_counted_shows_in_the_letter(template, language):
    assert len({written(template, language, name).text for name in COUNTS}) == 3


@pytest.mark.parametrize("template", sorted(set(ALL) - set(COUNTED)))
def test_what_counts_nothing_has_no_number_to_change(template):
    content = example(template)
    if isinstance(content, DocumentContent):
        letters = {renderer().render(template, replace(content, days_left=days)) for days in (0, 1, 21)}
        assert len(letters) == 1
    with pytest.raises(ValueError, match=f"{template} counts nothing: it has no scenario one"):
        scenario(template, "en", Scenario.ONE)


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_long_is_longer_in_every_word_from_outside_and_has_words_that_no_line_holds(template, language):
    normal, long = example(template, language), scenario(template, language, Scenario.LONG)
    given = [name for name in OUTSIDE[type(normal)] if getattr(normal, name) not in (None, (), "55", "note_added")]
    lengths = {name: (len(str(getattr(normal, name))), len(str(getattr(long, name)))) for name in given}

    assert {name: pair for name, pair in lengths.items() if pair[1] < 1.8 * pair[0]} == {}
    assert max(len(word) for field in fields(long) for word in words(getattr(long, field.name))) > LONGEST_WORD


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_sparse_gives_only_what_is_always_known(template, language):
    content, letter = scenario(template, language, Scenario.SPARSE), written(template, language, Scenario.SPARSE)

    assert content == bare(content)
    assert content.reader == bare(content.reader)
    assert "None" not in letter.subject + letter.text
    assert ", ," not in letter.text
    assert len(Page(letter.html).links) == (template == "contact.set_password")


@pytest.mark.parametrize("template", ALL)
def test_hostile_reaches_every_field_that_is_words_and_no_other(template):
    content = scenario(template, "en", Scenario.HOSTILE)

    hostile = {field.name for field in fields(content) if HOSTILE in "".join(strings(getattr(content, field.name)))}
    assert hostile == set(OUTSIDE[type(content)])
    assert HOSTILE in (content.reader.name or "")
    assert content.reader.language == "en"


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_hostile_words_stay_words_and_a_hostile_link_is_left_out(template, language):
    content, letter = scenario(template, language, Scenario.HOSTILE), written(template, language, Scenario.HOSTILE)
    harmless = renderer().render(template, calmed(content))
    page = Page(letter.html)

    assert [tag for tag, _ in page.tags] == [tag for tag, _ in Page(harmless.html).tags]
    assert page.comments == Page(harmless.html).comments
    assert page.links == []
    for part in (letter.subject, letter.text, letter.html):
        assert HOSTILE_LINK not in part
        assert not set(part) & set("\r\u202c\u202e\u2066")
    assert "<script>alert(1)</script>" in letter.text
    assert not [line for line in [letter.subject, *letter.text.splitlines()] if line.startswith("Bcc")]
    assert "49 " not in letter.text.replace("+49 ", "")


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from strings(each)


def calmed(content: Content) -> Content:
    """The content without the ends of its words that make them hostile."""

    def calm(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(HOSTILE, " x")
        return tuple(map(calm, value)) if isinstance(value, tuple) else value

    return replace(content, **{field.name: calm(getattr(content, field.name)) for field in fields(content)})


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_template_nobody_knows_has_no_scenarios(language):
    with pytest.raises(KeyError):
        scenario("invoice.shredded", language, Scenario.NORMAL)
    with pytest.raises(KeyError):
        scenarios_of("invoice.shredded")


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com",
        "HTTP://example.com/a?b=c#d",
        "https://bücher.example/ü",
        'https://a.example/?b="><script>',
    ],
)
def test_a_link_to_a_page_stays_as_it_is(link):
    assert web_page(link) == link


@pytest.mark.parametrize(
    "link",
    ["", HOSTILE_LINK, "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example", "/d/55", "https:",
     "https:///d/55", "mailto:a@example.com", "file:///etc/passwd", "www.example.com", "https://[::1"],
)  # fmt: skip
def test_a_link_to_anything_else_is_left_out(link):
    assert web_page(link) == ""
