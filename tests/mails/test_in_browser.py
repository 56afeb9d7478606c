"""Every mail can be read by day and by night: no serious finding of axe-core, contrast of all words >= 4.5.

`make test` looks at every kind in one language (de, fr and en in turn) and at one kind of each family in all of them;
`make test-long` looks at every kind in every language. Colours come from two style sheets that all kinds share, so a
kind in another language can differ in its words alone.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page

from tests.mails.mails import WITH_LOGO, written
from tests.mails.sight import SCHEMES, findings, screen, show, words_on
from tests.render.desk import ALL, BRAND, EVERY
from workers.domain.notices import LANGUAGES
from workers.render.brand import LEGIBLE, contrast

IN_ONE_LANGUAGE = [(template, LANGUAGES[at % len(LANGUAGES)]) for at, template in enumerate(ALL)]
FAMILIES = ("renewal.reminder.partner", "contact.set_password", "invoice.overdue", "ticket.replied")
SOON = sorted({*IN_ONE_LANGUAGE, *((template, language) for template in FAMILIES for language in LANGUAGES)})
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


@pytest.mark.parametrize("brand", BRANDS.values(), ids=BRANDS)
def test_a_mail_can_be_read_in_any_brand(page, brand):
    html = written("lead.follow_up", "de", brand).letter.html
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


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_shows_a_mail_without_scrolling_sideways(browser, width):
    with screen(browser, width) as page:
        for template in FAMILIES:
            show(page, written(template, "de").letter.html, "light")
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_cannot_be_read_is_found(page):
    show(page, '<html lang="en"><title>x</title><p style="color: #999999">pale</p><img src="x.png"></html>', "light")

    assert hard_to_read(page) == ["'pale': #999999 on #ffffff"]
    assert [found.partition(":")[0] for found in findings(page)] == ["color-contrast", "image-alt"]
