"""How letters look and sign, for the house and for partners with a look of their own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_BLACK, _WHITE = "#000000", "#ffffff"


@dataclass(frozen=True, slots=True)
class Brand:
    """Name, colour and signature of a sender (PX-11).

    `colour` is "#rrggbb"; `signature` stands below the closing words and may have several lines (empty: the name);
    `address` is the postal line of the footer. `partners` holds complete brands by partner id.
    Raises ValueError for any other form of colour.
    """

    name: str = "rappel"
    colour: str = "#1d6b62"
    signature: str = ""
    address: str = ""
    partners: Mapping[str, "Brand"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.colour):
            raise ValueError(f"a brand's colour is written #rrggbb, not {self.colour!r}")

    def of(self, partner: str | None) -> "Brand":
        """The partner's own brand, or this one."""
        return self if partner is None else self.partners.get(partner, self)

    @property
    def ink(self) -> str:
        """The colour of writing on `colour`: the more legible of two. The contrast is at least 4.5 on any colour."""
        return max(_WHITE, _BLACK, key=lambda ink: contrast(ink, self.colour))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21, as WCAG 2 defines it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
