"""The welcome of a contact, and the link for a password (PX-9, PX-10)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.render.desk import Page, renderer
from workers.domain.contents import Reader, SetPasswordContent, WelcomeContent
from workers.render.examples import example

AREAS = {
    "invoices": "Your invoices",
    "estimates": "Your estimates",
    "contracts": "Your contracts",
    "proposals": "Our proposals for you",
    "projects": "Your projects",
    "support": "Help from our support team",
}


def welcome(**changes: object) -> str:
    content = example("contact.welcome")
    assert isinstance(content, WelcomeContent)
    return renderer().render("contact.welcome", replace(content, **changes)).text  # type: ignore[arg-type]


def set_password(language: str = "en", **changes: object) -> SetPasswordContent:
    content = example("contact.set_password", language)
    assert isinstance(content, SetPasswordContent)
    return replace(content, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("granted", [("support",), ("invoices", "projects"), tuple(AREAS)])
def test_px3_the_welcome_names_what_the_portal_shows_and_nothing_else(granted):
    text = welcome(permissions=granted)

    assert [area for area, words in AREAS.items() if f"\n- {words}\n" in text] == [a for a in AREAS if a in granted]
    assert "Here is what you will find in the portal:" in text


def test_px3_without_permissions_nothing_is_promised():
    text = welcome(permissions=())

    assert "find in the portal" not in text
    assert "\n- " not in text
    assert "Do you have any questions?" in text


@pytest.mark.parametrize(
    ("language", "story", "why"),
    [
        (
            "en",
            "We have set up your personal access to our customer portal.",
            "You receive this email because you were added to our contacts.",
        ),
        (
            "de",
            "Ihr persönlicher Zugang zu unserem Kundenportal ist eingerichtet.",
            "Sie erhalten diese E-Mail, weil Sie bei uns als Kontakt eingetragen wurden.",
        ),
        (
            "fr",
            "Nous avons créé votre accès personnel à notre espace client.",
            "Vous recevez ce message parce que vous figurez désormais parmi nos contacts.",
        ),
    ],
)
def test_w1_the_welcome_does_without_a_company_that_is_not_known(language, story, why):
    content = example("contact.welcome", language)
    assert isinstance(content, WelcomeContent)
    bare = replace(content, company_name=None, password_follows=False)

    text = renderer().render("contact.welcome", bare).text

    assert f"\n{story}\n" in text
    assert f"\n{why}\n" in text
    assert content.company_name not in text
    assert "None" not in text


def test_w4_a_second_letter_is_announced_only_where_it_comes():
    assert "in our next email" in welcome(password_follows=True)
    assert "next email" not in welcome(password_follows=False)


@pytest.mark.parametrize(
    ("language", "zone", "words"),
    [
        ("en", "UTC", "Valid until Wednesday, 3 June 2026, 08:29 · Coordinated Universal Time"),
        ("en", "America/Los_Angeles", "Valid until Wednesday, 3 June 2026, 01:29 · Pacific Daylight Time"),
        ("de", "Europe/Berlin", "Gültig bis Mittwoch, 3. Juni 2026, 10:29 Uhr · Mitteleuropäische Sommerzeit"),
        ("fr", "Europe/Paris", "Valable jusqu’au mercredi 3 juin 2026 à 10:29 · heure d’été d’Europe centrale"),
    ],
)
def test_px10_the_letter_says_until_when_the_link_is_valid_and_in_which_zone(language, zone, words):
    content = set_password(language, reader=Reader(language, zone), valid_until=datetime(2026, 6, 3, 8, 29, tzinfo=UTC))

    letter = renderer().render("contact.set_password", content)

    assert f"\n{words}\n" in letter.text
    assert Page(letter.html).preheader == words


def test_px10_the_secret_stands_where_it_is_needed_and_nowhere_else():
    content = set_password(url="https://portal.example.com/set-password/s3cret")

    letter = renderer().render("contact.set_password", content)

    assert letter.text.count("s3cret") == 1
    assert letter.html.count("s3cret") == 1
    assert Page(letter.html).links == [content.url]
    assert "s3cret" not in letter.subject
    assert "s3cret" not in repr(content)
