"""How the brands of the settings become looks: what a partner inherits, and what is nobody else's."""

from pathlib import Path

import pytest

from tests.render.desk import LOCALES, TEMPLATES, Page
from workers.house import brand_of, policy_of
from workers.postbox.addresses import Mailbox
from workers.render import Brand, Logo, Renderer
from workers.render.brand import contrast
from workers.render.examples import example
from workers.settings import load

SETTINGS = """
[mail]
signature = "The house"
reply_to = "answers@example.com"

[mail.sender]
name = "House"
address = "post@example.com"

[mail.brand]
name = "House"
colour = "#1d6b62"
ink = "#fffff0"
address = "House Ltd · 1 Example Street"
logo.url = "https://www.example.com/house.png"
logo.width = 120

[mail.partners.P-1]
sender_address = "bonjour@example.org"
reply_to = "bonjour@example.org"
signature = "L’équipe Lumière"

[mail.partners.P-1.brand]
name = "Agence Lumière"
colour = "#ffd24a"
logo.url = "https://www.example.org/lumiere.png"

[mail.partners.P-2.brand]
name = "Studio Nord"

[mail.partners.P-3.brand]
colour = "#8a3ffc"

[mail.partners.P-4]
sender_name = "Only a sender"
"""


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory):
    path: Path = tmp_path_factory.mktemp("settings") / "rappel.toml"
    path.write_text(SETTINGS, "utf-8")
    return load(path)


HOUSE_LOGO = Logo("https://www.example.com/house.png", "House", 120)


@pytest.mark.parametrize(
    ("partner", "look"),
    [
        (
            "P-1",
            Brand(
                "Agence Lumière",
                "#ffd24a",
                "L’équipe Lumière",
                logo=Logo("https://www.example.org/lumiere.png", "Agence Lumière", 140),
            ),
        ),
        ("P-2", Brand("Studio Nord", "#1d6b62", own_ink="#fffff0")),
        ("P-3", Brand("House", "#8a3ffc", "The house", "House Ltd · 1 Example Street", HOUSE_LOGO)),
        ("P-4", Brand("House", "#1d6b62", "The house", "House Ltd · 1 Example Street", HOUSE_LOGO, "#fffff0")),
    ],
)
def test_a_partner_differs_where_it_says_so_and_a_name_of_its_own_is_an_identity_of_its_own(mail, partner, look):
    assert brand_of(mail.mail).of(partner) == look


def test_everybody_else_has_the_houses_look(mail):
    house = brand_of(mail.mail)

    assert house.of(None) is house
    assert house.of("P-9") is house


@pytest.mark.parametrize(
    ("partner", "sender", "reply_to"),
    [
        ("P-1", Mailbox("Agence Lumière", "bonjour@example.org"), Mailbox("", "bonjour@example.org")),
        ("P-2", Mailbox("Studio Nord", "post@example.com"), Mailbox("", "answers@example.com")),
        ("P-4", Mailbox("Only a sender", "post@example.com"), Mailbox("", "answers@example.com")),
        (None, Mailbox("House", "post@example.com"), Mailbox("", "answers@example.com")),
    ],
)
def test_sender_and_answers_go_with_the_brand(mail, partner, sender, reply_to):
    found = policy_of(mail).sender_of(partner)

    assert (found.mailbox, found.reply_to) == (sender, reply_to)


def test_a_logo_stands_in_the_place_of_the_name_and_says_it(mail):
    page = Page(_html(brand_of(mail.mail)))

    [logo] = [dict(attributes) for tag, attributes in page.tags if tag == "img"]
    assert (logo["src"], logo["alt"], logo["width"]) == ("https://www.example.com/house.png", "House", "120")
    assert 'class="swatch"' not in page.html


def test_a_hostile_logo_stays_in_its_attribute():
    logo = Logo('https://x.example/"><script>', '"><script>alert(1)</script>', 140)

    page = Page(_html(Brand(logo=logo)))

    assert "script" not in [tag for tag, _ in page.tags]


def test_ink_is_computed_or_given_and_never_illegible():
    assert Brand(colour="#ffd24a").ink == "#000000"
    assert Brand(colour="#1d6b62").ink == "#ffffff"
    assert Brand(colour="#1d6b62", own_ink="#fffff0").ink == "#fffff0"
    with pytest.raises(ValueError, match="contrast of #1d6b62 on #1d6b62 is below"):
        Brand(colour="#1d6b62", own_ink="#1d6b62")
    assert contrast("#ffffff", "#000000") == pytest.approx(21)


def _html(brand: Brand) -> str:
    return Renderer(TEMPLATES, LOCALES, brand).render("renewal.notice", example("renewal.notice")).html
