"""How the page looks: styles in the tags, colours that can be read by day and by night, the sender's own brand."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.render.desk import BRAND, EVERY, LOCALES, TEMPLATES, Page, renderer
from workers.domain.contents import Reader
from workers.render import Brand, Renderer
from workers.render.brand import contrast
from workers.render.examples import example

STYLE = (TEMPLATES / "layout" / "style.css").read_text("utf-8")
HEAD = (TEMPLATES / "layout" / "head.css").read_text("utf-8")
NIGHT = HEAD[HEAD.index("prefers-color-scheme: dark") :]

WRITING = {  # class of a writing: class of what lies below it
    "letterhead": "page",
    "small": "page",
    "eyebrow": "card",
    "headline": "card",
    "prose": "card",
    "quote": "card",
    "step": "card",
    "label": "card",
    "value": "card",
    "highlight-text": "highlight-text",
    "highlight-first": "highlight-text",
}


def colour(css: str, name: str, property: str) -> str:
    """The last colour that `css` gives to a class."""
    found = None
    for selectors, rules in re.findall(r"([.\w ,-]+)\{([^{}]*)\}", css):
        if f".{name}" in [selector.strip() for selector in selectors.split(",")]:
            match = re.search(rf"(?<![\w-]){property}:\s*(#[0-9a-f]{{6}})", rules)
            found = match[1] if match else found
    assert found, f"{name} has no {property}"
    return found


@pytest.mark.parametrize("css", [STYLE, NIGHT], ids=["day", "night"])
@pytest.mark.parametrize(("writing", "ground"), WRITING.items())
def test_writing_can_be_read(css, writing, ground):
    assert contrast(colour(css, writing, "color"), colour(css, ground, "background-color")) >= 4.5


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_styles_stand_in_the_tags(template, language):
    page = Page(renderer().render(template, example(template, language)).html)

    for tag, attributes in page.tags:
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        if "class" in names:
            assert dict(attributes)["style"], f"<{tag}> has a class without rules"
    assert page.html.count("<style>") == 2  # for Outlook, and for what cannot stand in a tag
    assert "<link" not in page.html
    assert "url(" not in page.html


def test_the_style_sheet_selects_by_class_alone():
    rules = re.sub(r"/\*.*?\*/", "", STYLE, flags=re.DOTALL)

    for selectors in re.findall(r"([^{}]+)\{", rules):
        assert all(re.fullmatch(r"\.[\w-]+", selector.strip()) for selector in selectors.split(",")), selectors


def test_tables_are_layout_but_the_facts_are_data():
    page = Page(renderer().render("renewal.notice", example("renewal.notice")).html)

    tables = [dict(attributes) for tag, attributes in page.tags if tag == "table"]
    assert [table["class"] for table in tables if table.get("role") != "presentation"] == ["facts"]
    assert {dict(attributes)["scope"] for tag, attributes in page.tags if tag == "th"} == {"row"}


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_a_button_can_be_read_in_any_colour(colour):
    assert contrast(Brand(colour=colour).ink, colour) >= 4.5


@pytest.mark.parametrize("wrong", ["", "red", "#fff", "#12345", "#1234567", "#12345g", "#123456;", "#123456\n"])
def test_a_colour_of_another_form_is_refused(wrong):
    with pytest.raises(ValueError, match="#rrggbb"):
        Brand(colour=wrong)


def test_a_partner_with_a_brand_of_its_own_writes_in_it_and_others_do_not():
    own = Brand(name="Studio Nord", colour="#ffd24a", signature="Ihr Studio Nord", address="Beispielufer 2")
    renderer = Renderer(TEMPLATES, LOCALES, replace(BRAND, partners={"P-1": own}))

    def html(partner: str | None) -> str:
        content = replace(example("renewal.notice"), reader=Reader("en", partner=partner))
        return renderer.render("renewal.notice", content).html

    assert "Studio Nord" in html("P-1")
    assert "#ffd24a" in html("P-1")
    assert "Alsterblick" not in html("P-1")
    assert html("P-2") == html(None)
    assert "Studio Nord" not in html(None)


def test_a_house_without_signature_and_address_signs_with_its_name():
    letter = Renderer(TEMPLATES, LOCALES, Brand(name="Studio Nord")).render("renewal.notice", example("renewal.notice"))

    assert "\nKind regards\nStudio Nord\n\n—\n" in letter.text
    assert "<br>Studio Nord</p>" in letter.html
