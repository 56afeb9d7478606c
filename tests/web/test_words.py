"""Every word of the pages is translated."""

import re
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.render.desk import LOCALES, ROOT
from workers.domain.notices import LANGUAGES
from workers.domain.person_words import SENTENCES
from workers.domain.reason_words import NOTE_WORDS, WORDS
from workers.render.catalogues import PAGES, SOURCE_LANGUAGE, po_file, translations

TRANSLATED = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
SAME_IN: dict[str, set[str]] = {
    "de": {
        "Deal",
        "Lead",
        "Mails",
        "Name",
        "Normal",
        "Partner",
        "Person",
        "Support",
        "Tablet",
        "Text",
        "Ticket",
        "Tickets",
    },
    "fr": {"Contact", "Contacts", "Lead", "Long", "Normal", "Pages", "Source", "Ticket", "Tickets"},
}


@cache
def extracted() -> Catalog:
    """What stands in the pages and the reasons now, read as `make i18n` reads it."""
    with (ROOT / "babel.cfg").open() as file:
        method_map, options_map = parse_mapping_cfg(file)
    catalogue = Catalog()
    for place in ("workers/web/pages", "workers/domain"):
        for _, _, message, _, context in extract_from_dir(ROOT / place, method_map, options_map):
            catalogue.add(message, context=context)
    return catalogue


@cache
def catalogue(language: str) -> Catalog:
    with po_file(LOCALES, language, PAGES).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def forms(value: str | tuple[str, ...] | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_every_reason_and_note_is_among_them() -> None:
    assert {*WORDS.values(), *NOTE_WORDS.values()} <= {message.id for message in messages(extracted())}


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_holds_exactly_the_messages_of_the_pages(language: str) -> None:
    assert {m.id for m in messages(catalogue(language))} == {m.id for m in messages(extracted())}
    assert not catalogue(language).obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_with_the_same_values(language: str) -> None:
    for message in messages(catalogue(language)):
        assert not message.fuzzy, message.id
        assert len(forms(message.string)) == (1 if isinstance(message.id, str) else catalogue(language).num_plurals)
        expected = set(PLACEHOLDER.findall(forms(message.id)[-1]))
        for form in forms(message.string):
            assert form, message.id
            assert set(PLACEHOLDER.findall(form)) <= expected, message.id
        assert set(PLACEHOLDER.findall(forms(message.string)[-1])) == expected, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_only_known_words_are_the_same_as_in_english(language: str) -> None:
    same = {m.id for m in messages(catalogue(language)) if m.id in forms(m.string)}
    assert same == SAME_IN[language]


def test_what_french_says_of_a_person_fits_women_and_men() -> None:
    """A sentence knows a name, and no more: no participle or adjective may agree with it."""
    agreeing = re.compile(r"^%\(name\)s (?:a |n’a |est (?!destinataire )|n’est (?!pas destinataire ))")
    for sentence in SENTENCES.values():
        assert not agreeing.search(catalogue("fr")[sentence].string), sentence  # type: ignore[union-attr, arg-type]


@pytest.mark.parametrize(("number", "french"), [(0, "envoyé"), (1, "envoyé"), (2, "envoyés")])
def test_the_numbers_of_the_day_agree_with_their_words(number: int, french: str) -> None:
    for language, words in (("en", "sent"), ("de", "gesendet"), ("fr", french)):
        assert translations(LOCALES, language, PAGES).npgettext("numbers", "sent", "sent", number) == words


@pytest.mark.parametrize(
    ("language", "others"),
    [
        ("de", "Operator|Ansprechperson|vom Betrieb"),
        ("fr", r"interlocuteur|exploitant|(?<![-\w(])[mM]ails?(?!\.[a-z])\b"),
    ],
)
def test_one_thing_has_one_word(language: str, others: str) -> None:
    """Who runs an installation: Betreiber, opérateur; whom a partner named: Kontaktperson, point de contact; a mail:
    message. Readers who unsubscribe are told of their e-mails."""
    found = [form for m in messages(catalogue(language)) for form in forms(m.string) if re.search(others, form)]
    assert found == []


def test_french_punctuation_does_not_begin_a_line() -> None:
    for message in messages(catalogue("fr")):
        for form in forms(message.string):
            assert not re.search(r"[^\xa0\w)%][:;?!»]|\w[:;?!»]| [:;?!»]|«[^\xa0]", form), form
