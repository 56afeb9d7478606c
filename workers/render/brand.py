"""How letters look and sign, for the house and for partners with a look of their own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_BLACK, _WHITE = "#000000", "#ffffff"

LEGIBLE = 4.5
"""The least contrast of writing, as WCAG 2 asks for it (level AA)."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture at the head of letters. It stays where it is hosted, as mails have no attachments.

    `alt` is what those read who do not see it; `width` in pixels.
    """

    url: str
    alt: str
    width: int


@dataclass(frozen=True, slots=True)
class Brand:
    """Name, colours, logo and signature of a sender (PX-11).

    `colour` is "#rrggbb"; `own_ink` that of writing on it (empty: black or white);
    `signature` stands below the closing words and may have several lines (empty: the name); `address` is the postal
    line of the footer; with a `logo` it stands at the head instead of the name. `partners` holds complete brands by
    partner id. Raises ValueError for any other form of colour, and for an ink that cannot be read on it.
    """

    name: str = "rappel"
    colour: str = "#1d6b62"
    signature: str = ""
    address: str = ""
    logo: Logo | None = None
    own_ink: str = ""
    partners: Mapping[str, "Brand"] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for colour in (self.colour, self.own_ink or _BLACK):
            if not _COLOUR.fullmatch(colour):
                raise ValueError(f"a brand's colour is written #rrggbb, not {colour!r}")
        if contrast(self.ink, self.colour) < LEGIBLE:
            raise ValueError(f"the contrast of {self.ink} on {self.colour} is below {LEGIBLE}")

    def of(self, partner: str | None) -> "Brand":
        """The partner's own brand, or this one."""
        return self if partner is None else self.partners.get(partner, self)

    @property
    def ink(self) -> str:
        """The colour of writing on `colour`."""
        return self.own_ink or most_legible_on(self.colour)

    def varied(
        self,
        name: str | None,
        colour: str | None,
        ink: str | None,
        signature: str | None,
        address: str | None,
        logo: Logo | None,
    ) -> "Brand":
        """A partner's brand: this one, but for what is given.

        Whoever has a name of its own signs with it, too: this brand's signature, address and logo do not follow. And
        an ink belongs to its colour.
        """
        rest = Brand(colour=self.colour, own_ink=self.own_ink) if name else self
        return Brand(
            name=name or self.name,
            colour=colour or self.colour,
            signature=rest.signature if signature is None else signature,
            address=rest.address if address is None else address,
            logo=logo or rest.logo,
            own_ink=ink or ("" if colour else self.own_ink),
        )


def most_legible_on(colour: str) -> str:
    """Black or white: the more legible of the two. The contrast is at least 4.5 on any colour."""
    return max(_WHITE, _BLACK, key=lambda ink: contrast(ink, colour))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21, as WCAG 2 defines it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
