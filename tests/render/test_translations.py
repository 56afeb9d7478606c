"""Every word is translated, and every letter is in one language."""

import re
from dataclasses import replace
from string import ascii_letters

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from tests.render.desk import ALL, LOCALES, ROOT, TEMPLATES, Page, filled
from workers.domain.contents import Content, FollowUpContent, Reader
from workers.domain.notices import LANGUAGES
from workers.render import Brand, Renderer
from workers.render.catalogues import SOURCE_LANGUAGE, po_file
from workers.render.examples import example
from workers.render.formats import Formats
from workers.render.scenarios import bare

TRANSLATED = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]
SAME_IN = {
    "de": {"%(label)s: %(value)s", "%(action)s:", "%(headline)s: %(name)s", "Lead", "Deal", "Ticket"},
    "fr": {"Client", "Contact", "Lead", "Ticket"},
}
DAYS = ("overdue_since", "renews_on", "happened_at", "issued_on", "due_on", "valid_until")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def extracted() -> Catalog:
    """What stands in the templates now, read as `make i18n` reads it."""
    with (ROOT / "babel.cfg").open() as file:
        method_map, options_map = parse_mapping_cfg(file)
    catalogue = Catalog()
    for filename, line, message, comments, context in extract_from_dir(TEMPLATES, method_map, options_map):
        catalogue.add(message, locations=[(filename, line)], auto_comments=comments, context=context)
    return catalogue


def catalogue(language: str) -> Catalog:
    with po_file(LOCALES, language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def forms(value: str | tuple[str, ...] | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_holds_exactly_the_messages_of_the_templates(language):
    assert {m.id for m in messages(catalogue(language))} == {m.id for m in messages(extracted())}
    assert not catalogue(language).obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_and_none_is_fuzzy(language):
    for message in messages(catalogue(language)):
        assert not message.fuzzy, message.id
        assert all(forms(message.string)), message.id
        assert len(forms(message.string)) == (1 if isinstance(message.id, str) else catalogue(language).num_plurals)


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_fill_in_the_same_values(language):
    for message in messages(catalogue(language)):
        expected = set(PLACEHOLDER.findall(forms(message.id)[-1]))
        for form in forms(message.string):
            assert set(PLACEHOLDER.findall(form)) == expected, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_only_known_words_are_the_same_as_in_english(language):
    same = {m.id for m in messages(catalogue(language)) if m.id in forms(m.string)}

    assert same == SAME_IN[language]


def test_french_punctuation_does_not_begin_a_line():
    for message in messages(catalogue("fr")):
        for form in forms(message.string):
            assert not re.search(r"[^\xa0\w)][:;?!»]|\w[:;?!»]| [:;?!»]|«[^\xa0]", form), form


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("template", ALL)
@pytest.mark.parametrize("variant", ["all", "least"])
def test_no_word_stands_outside_the_catalogue(marking, template, language, variant):
    """Every message is marked in a catalogue of its own; what is left unmarked must come from the content."""
    content = speechless(template, language, least=variant == "least")
    day = Formats(language).day

    letter = marking.render(template, content)

    days = [value for value in (getattr(content, name, None) for name in DAYS) if value]
    known = [form for value in days for form in (day(value), day(value).capitalize(), day(value, style="long"))]
    known += [getattr(content, "link", None) or "", getattr(content, "url", "")]
    known += [Formats(language).zone_name(content.valid_until, "UTC")] if template == "contact.set_password" else []
    for part in (letter.subject, letter.text, Page(letter.html).text):
        assert "⟦" in part
        assert unmarked_words(part, known) == []


@pytest.fixture(scope="module")
def marking(tmp_path_factory) -> Renderer:
    locales = tmp_path_factory.mktemp("locales")
    write_marked_catalogues(locales)
    return Renderer(TEMPLATES, locales, Brand(name="1"))


def write_marked_catalogues(locales) -> None:
    for language in TRANSLATED:
        marked = Catalog(locale=language)
        for message in messages(extracted()):
            string = tuple(f"⟦{form}⟧" for form in forms(message.id))
            marked.add(message.id, string[0] if isinstance(message.id, str) else string)
        file = po_file(locales, language)
        file.parent.mkdir(parents=True)
        with file.open("wb") as stream:
            write_po(stream, marked)


def speechless(template: str, language: str, *, least: bool) -> Content:
    """The example, with figures instead of words, and with everything optional or nothing."""
    content = filled(example(template, language), "12")
    if least:
        content = replace(bare(content), reader=Reader(language))
    else:
        content = replace(content, reader=Reader(language, "UTC", "11"))
    if isinstance(content, FollowUpContent):
        return replace(content, overdue_days=0 if least else 15, number=1 if least else 2)
    return content


def unmarked_words(part: str, known: list[str]) -> list[str]:
    for value in sorted(known, key=len, reverse=True):
        part = part.replace(value, "") if value else part
    while "⟦" in part:
        part, found = re.subn(r"⟦[^⟦⟧]*⟧", "", part)
        assert found, "an unclosed mark"
    return [word for word in part.split() if set(word) & set(ascii_letters)]
