"""What the letters say, in each language."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.render.desk import ALL, EVERY, LINKED, RENEWALS, TEMPLATES, Page, renderer
from workers.domain.contents import FollowUpContent, Reader, RenewalContent
from workers.domain.letters import Letter
from workers.domain.notices import LANGUAGES
from workers.render.examples import example
from workers.render.scenarios import bare


def follow_up(language: str = "en", **changes: object) -> FollowUpContent:
    content = example("lead.follow_up", language)
    assert isinstance(content, FollowUpContent)
    return replace(content, **changes)  # type: ignore[arg-type]


def renewal(template: str = "renewal.notice", language: str = "en", **changes: object) -> RenewalContent:
    content = example(template, language)
    assert isinstance(content, RenewalContent)
    return replace(content, **changes)  # type: ignore[arg-type]


def written(content: FollowUpContent) -> Letter:
    return renderer().render("lead.follow_up", content)


def test_each_template_has_one_folder_with_its_words():
    folders = {path.name for path in TEMPLATES.iterdir()} - {"layout"}

    assert folders == set(ALL)
    for template in ALL:
        files = {path.name for path in (TEMPLATES / template).iterdir()}
        assert "words.txt" in files
        assert files <= {"words.txt", "body.txt", "body.html"}
        assert example(template).reader.language == "en"


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_each_template_renders_in_each_language(template, language):
    letter = renderer().render(template, example(template, language))
    page = Page(letter.html)

    assert letter.subject
    assert "\n" not in letter.subject
    assert letter.text.endswith("\n")
    assert page.open == []
    assert dict(page.tags[0][1])["lang"] == language
    assert len(letter.html.encode()) < 30_000


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_the_text_part_says_all_that_the_page_says(template, language):
    letter = renderer().render(template, example(template, language))
    page = Page(letter.html)

    shown = [piece for piece in page.pieces if piece != page.preheader]
    assert [piece for piece in shown if piece not in letter.text] == []
    assert page.links == [line for line in letter.text.splitlines() if line.startswith("https://")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", LINKED)
def test_no_link_no_button(template, language):
    [button] = Page(renderer().render(template, example(template, language)).html).buttons

    letter = renderer().render(template, replace(example(template, language), link=None))

    assert Page(letter.html).links == []
    assert f">{button}</a>" not in letter.html
    assert f"{button}:\n" not in letter.text
    for part in (letter.html, letter.text):
        assert "https://" not in part


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", ALL)
def test_what_is_absent_leaves_no_trace(template, language):
    letter = renderer().render(template, bare(example(template, language)))

    for part in (letter.subject, letter.text, letter.html):
        assert "None" not in part
        assert "()" not in part
    assert not [line for line in letter.text.splitlines() if line.endswith((": ", ">", "·")) or line.startswith("·")]
    assert "<blockquote" not in letter.html


@pytest.mark.parametrize(("language", "greeting"), [("en", "Hello"), ("de", "Guten Tag"), ("fr", "Bonjour")])
@pytest.mark.parametrize("template", ALL)
def test_several_readers_are_greeted_without_a_name(template, language, greeting):
    content = example(template, language)
    one = replace(content, reader=Reader(language, "UTC", "Ida Krüger"))
    several = replace(content, reader=Reader(language, "UTC", None))

    assert f"\n{greeting} Ida Krüger,\n" in renderer().render(template, one).text
    assert f"\n{greeting},\n" in renderer().render(template, several).text


@pytest.mark.parametrize(
    ("number", "language", "words"),
    [
        (2, "en", "2nd reminder"),
        (3, "en", "3rd reminder"),
        (11, "en", "11th reminder"),
        (21, "en", "21st reminder"),
        (2, "de", "2. Erinnerung"),
        (2, "fr", "2e rappel"),
    ],
)
def test_a_later_follow_up_says_which_reminder_it_is(number, language, words):
    letter = written(follow_up(language, number=number))

    assert words in Page(letter.html).pieces
    assert words in letter.text
    assert words not in letter.subject


@pytest.mark.parametrize(("language", "word"), [("en", "reminder"), ("de", "Erinnerung"), ("fr", "rappel")])
def test_the_first_follow_up_counts_nothing(language, word):
    letter = written(follow_up(language, number=1))

    assert f"1st {word}" not in letter.text
    assert f"1. {word}" not in letter.text
    assert f"1er {word}" not in letter.text


@pytest.mark.parametrize(
    ("zone", "language", "words"),
    [
        ("Europe/Berlin", "en", "Monday, 1 June 2026, 08:59 (Central European Summer Time)"),
        ("Europe/Berlin", "de", "Montag, 1. Juni 2026, 08:59 Uhr (Mitteleuropäische Sommerzeit)"),
        ("Europe/Paris", "fr", "lundi 1er juin 2026 à 08:59 (heure d’été d’Europe centrale)"),
        ("UTC", "de", "Montag, 1. Juni 2026, 06:59 Uhr (Koordinierte Weltzeit)"),
        ("America/Los_Angeles", "en", "Sunday, 31 May 2026, 23:59 (Pacific Daylight Time)"),
    ],
)
def test_overdue_since_is_in_the_readers_zone_and_names_it(zone, language, words):
    moment = datetime(2026, 6, 1, 6, 59, tzinfo=UTC)

    letter = written(follow_up(language, reader=Reader(language, zone), overdue_since=moment))

    assert f": {words}\n" in letter.text
    assert words in Page(letter.html).pieces


@pytest.mark.parametrize(
    ("days", "language", "words"),
    [
        (0, "en", "and is now overdue."),
        (1, "en", "overdue for 1 day."),
        (2, "en", "overdue for 2 days."),
        (0, "de", "und nun überfällig."),
        (1, "de", "seit 1 Tag überfällig."),
        (2, "de", "seit 2 Tagen überfällig."),
        (0, "fr", "maintenant en retard."),
        (1, "fr", "depuis 1\xa0jour."),
        (2, "fr", "depuis 2\xa0jours."),
    ],
)
def test_days_overdue_are_counted_in_words(days, language, words):
    assert words in written(follow_up(language, overdue_days=days)).text


@pytest.mark.parametrize(
    ("days", "language", "words"),
    [
        (0, "en", " · today\n"),
        (1, "en", " · in 1 day\n"),
        (90, "en", " · in 90 days\n"),
        (0, "de", " · heute\n"),
        (1, "de", " · in 1 Tag\n"),
        (90, "de", " · in 90 Tagen\n"),
        (0, "fr", " · aujourd’hui\n"),
        (1, "fr", " · dans 1\xa0jour\n"),
        (90, "fr", " · dans 90\xa0jours\n"),
    ],
)
@pytest.mark.parametrize("template", RENEWALS)
def test_days_until_a_renewal_are_counted_in_words(template, days, language, words):
    assert words in renderer().render(template, renewal(template, language, days_left=days)).text


@pytest.mark.parametrize(
    ("amount", "currency", "language", "words"),
    [
        ("10680", "EUR", "en", "Amount: €10,680.00\n"),
        ("10680", "EUR", "de", "Betrag: 10.680,00\xa0€\n"),
        ("10680", "EUR", "fr", "Montant\xa0: 10\u202f680,00\xa0€\n"),
        ("0", "JPY", "de", "Betrag: 0\xa0¥\n"),
        ("99.9", None, "de", "Betrag: 99,9\n"),
    ],
)
def test_amounts_are_written_as_the_language_writes_them(amount, currency, language, words):
    content = renewal("renewal.notice", language, amount=Decimal(amount), currency=currency)

    assert words in renderer().render("renewal.notice", content).text


@pytest.mark.parametrize("template", RENEWALS)
def test_what_is_unknown_leaves_no_label_behind(template):
    bare = renewal(template, amount=None, currency=None, partner_name=None, link=None)

    letter = renderer().render(template, bare)

    for part in (letter.text, letter.html):
        assert "Amount" not in part
        assert "partner" not in part
        assert "None" not in part


@pytest.mark.parametrize("language", LANGUAGES)
def test_hs5_the_point_of_contact_is_asked_to_act_and_reads_another_letter_than_the_client(language):
    asked = {
        "en": "Please take care of this renewal",
        "de": "Bitte kümmern Sie sich um diese Verlängerung",
        "fr": "Merci de prendre en charge ce renouvellement",
    }[language]
    to_partner = renderer().render("renewal.notice.partner", renewal("renewal.notice.partner", language))
    to_client = renderer().render("renewal.notice", renewal("renewal.notice", language))

    assert asked in to_partner.text
    assert asked not in to_client.text
    assert to_partner.subject != to_client.subject


def test_hs8_a_letter_to_the_client_claims_nothing_that_is_untrue_for_a_copied_point_of_contact():
    letter = renderer().render("renewal.notice", renewal("renewal.notice"))

    assert "because you look after contracts and renewals for Harbour & Finch Ltd." in letter.text
    assert "point of contact" not in letter.text


@pytest.mark.parametrize(
    ("plain", "later"), [("renewal.notice", "renewal.reminder"), ("renewal.notice.partner", "renewal.reminder.partner")]
)
def test_hs9_a_reminder_says_that_it_is_one(plain, later):
    assert renderer().render(later, renewal(later)).subject.startswith("Reminder: ")
    assert "Reminder" not in renderer().render(plain, renewal(plain)).text


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_px11_every_letter_is_signed(template, language):
    letter = renderer().render(template, example(template, language))

    assert "\nTeam Alsterblick\n+49 40 5550 100\n" in letter.text
    assert "<br>Team Alsterblick<br>+49 40 5550 100</p>" in letter.html


def test_long_titles_are_cut_in_the_subject_only():
    title = "Solar roof " * 40

    letter = written(follow_up(lead_title=title))

    assert len(letter.subject) < 110
    assert letter.subject.endswith("…” is waiting for your next step")
    assert title.strip() in letter.text
