"""Every mail can be read by day and by night: no serious finding of axe-core, contrast of all words >= 4.5.

`make test` looks at every kind in one language (de, fr and en in turn) and at one kind of each family in all of them,
and at the long and the sparse scenario of every kind, by day and by night in turn; `make test-long` looks at every kind
in every language. Colours come from two style sheets that all kinds share, so a kind in another language can differ in
its words alone. Whether long words fit is looked at in every kind and language.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page

from tests.mails.mails import WITH_LOGO, written
from tests.mails.sight import SCHEMES, findings, screen, show, sticking_out, words_on
from tests.render.desk import ALL, BRAND, EVERY
from workers.domain.notices import LANGUAGES
from workers.render.brand import LEGIBLE, contrast
from workers.render.scenarios import Scenario

IN_ONE_LANGUAGE = [(template, LANGUAGES[at % len(LANGUAGES)]) for at, template in enumerate(ALL)]
FAMILIES = ("renewal.reminder.partner", "contact.set_password", "invoice.overdue", "ticket.replied")
SOON = sorted({*IN_ONE_LANGUAGE, *((template, language) for template in FAMILIES for language in LANGUAGES)})
UNUSUAL = [
    (template, LANGUAGES[at % len(LANGUAGES)], name, SCHEMES[(at + turn) % len(SCHEMES)])
    for turn, name in enumerate((Scenario.LONG, Scenario.SPARSE))
    for at, template in enumerate(ALL)
]
LATER = [pytest.param(*pair, marks=pytest.mark.long) for pair in sorted(set(EVERY) - set(SOON))]

BRANDS = {
    "without a logo": BRAND,
    "pale": replace(BRAND, name="Pale & Co", colour="#ffe9a8"),
    "dark": replace(WITH_LOGO, colour="#101418"),
}


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with screen(browser) as page:
        yield page


def hard_to_read(page: Page) -> list[str]:
    return [
        f"{words.text!r}: {words.ink} on {words.ground}"
        for words in words_on(page)
        if contrast(words.ink, words.ground) < LEGIBLE
    ]


@pytest.mark.parametrize(("template", "language"), [*SOON, *LATER])
def test_a_mail_can_be_read_by_day_and_by_night(page, template, language):
    html = written(template, language).letter.html
    for scheme in SCHEMES:
        show(page, html, scheme)
        assert (scheme, hard_to_read(page), findings(page)) == (scheme, [], [])


@pytest.mark.parametrize(("template", "language", "name", "scheme"), UNUSUAL)
def test_a_mail_with_long_words_or_few_can_be_read(page, template, language, name, scheme):
    show(page, written(template, language, name).letter.html, scheme)
    assert (hard_to_read(page), findings(page)) == ([], [])


@pytest.mark.parametrize("brand", BRANDS.values(), ids=BRANDS)
def test_a_mail_can_be_read_in_any_brand(page, brand):
    html = written("lead.follow_up", "de", brand=brand).letter.html
    for scheme in SCHEMES:
        show(page, html, scheme)
        assert (scheme, hard_to_read(page), findings(page)) == (scheme, [], [])


def test_night_is_another_page_than_day(page):
    html = written("renewal.notice", "en").letter.html
    grounds = []
    for scheme in SCHEMES:
        show(page, html, scheme)
        grounds.append({words.ground for words in words_on(page)})

    day, night = grounds
    assert day & night == {BRAND.colour}  # the button is the same


@pytest.mark.parametrize(
    ("name", "width"),
    [(Scenario.LONG, 320), (Scenario.LONG, 375), (Scenario.LONG, 600), (Scenario.HOSTILE, 375)],
)
def test_no_word_is_too_long_for_a_page(browser, name, width):
    wide = {}
    with screen(browser, width) as page:
        for template, language in EVERY:
            show(page, written(template, language, name).letter.html, "light")
            wide[template, language] = sticking_out(page)
    assert {mail: found for mail, found in wide.items() if found} == {}


def test_what_sticks_out_is_found(browser):
    with screen(browser, 320) as page:
        show(page, f'<p class="wide">{"W" * 100}</p><p>short</p>', "light")
        assert sticking_out(page) == ["wide"]


def test_what_cannot_be_read_is_found(page):
    show(page, '<html lang="en"><title>x</title><p style="color: #999999">pale</p><img src="x.png"></html>', "light")

    assert hard_to_read(page) == ["'pale': #999999 on #ffffff"]
    assert [found.partition(":")[0] for found in findings(page)] == ["color-contrast", "image-alt"]
