"""What a mail looks like in Chromium, by day and by night: axe-core's verdict, and the contrast of every word."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, Page, Route

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

_WORDS = """() => {
  const solid = colour => !/, 0\\)$|^transparent$/.test(colour);
  const ground = element => {
    for (let at = element; at; at = at.parentElement)
      if (solid(getComputedStyle(at).backgroundColor)) return getComputedStyle(at).backgroundColor;
    return "rgb(255, 255, 255)";
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const words = walker.currentNode.data.trim(), element = walker.currentNode.parentElement;
    if (/[\\p{L}\\p{N}\\p{P}]/u.test(words) && element.checkVisibility())
      found.push([words, getComputedStyle(element).color, ground(element)]);
  }
  return found;
}"""


_STICKING_OUT = """() => [...document.body.querySelectorAll("*")]
  .filter(element => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const right = Math.max(element.getBoundingClientRect().right, range.getBoundingClientRect().right);
    return element.checkVisibility() && right > innerWidth + 0.5;
  })
  .map(element => element.className || element.tagName)"""


@dataclass(frozen=True)
class Words:
    """A piece of text as it is painted; colours are "#rrggbb"."""

    text: str
    ink: str
    ground: str


@contextmanager
def screen(browser: Browser, width: int = 900) -> Iterator[Page]:
    """A page to show mails on, one after the other. It fetches nothing: a picture from outside is a logo of ours."""
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.route("**/*", _picture)
        yield page


def show(page: Page, html: str, scheme: Scheme) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_content(html)


def words_on(page: Page) -> Sequence[Words]:
    """Every visible piece of text with its colour and that of the nearest ground."""
    return [Words(text, _hex(ink), _hex(ground)) for text, ink, ground in page.evaluate(_WORDS)]


def sticking_out(page: Page) -> list[str]:
    """The elements that are wider than the window, or whose content is: each by its class."""
    found: list[str] = page.evaluate(_STICKING_OUT)
    return found


def picture(page: Page, html: str, scheme: Scheme) -> Image.Image:
    """The whole mail, however long it is."""
    show(page, html, scheme)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": page.viewport_size["width"], "height": height})  # type: ignore[index]
    with Image.open(BytesIO(page.screenshot(full_page=True))) as shot:
        return shot.convert("RGB")


def side_by_side(images: Sequence[Image.Image], gap: int = 16, *, down: bool = False) -> Image.Image:
    """One picture of several, from left to right, or from top to bottom."""
    widths, heights = [image.width for image in images], [image.height for image in images]
    width = max(widths) if down else sum(widths) + gap * (len(images) - 1)
    height = sum(heights) + gap * (len(images) - 1) if down else max(heights)
    sheet, at = Image.new("RGB", (width, height), "white"), 0
    for image in images:
        sheet.paste(image, (0, at) if down else (at, 0))
        at += (image.height if down else image.width) + gap
    return sheet


def findings(page: Page) -> list[str]:
    """What axe-core finds serious or critical, in the colour scheme that is shown."""
    return [
        f"{found['id']}: {found['help']} {found['nodes'][0]['target']}"
        for found in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        if found["impact"] in ("serious", "critical")
    ]


def _picture(route: Route) -> None:
    if route.request.resource_type == "image":
        route.fulfill(body=_logo(), content_type="image/png")
    else:
        route.abort()


@cache
def _logo() -> bytes:
    """A picture that stands in for the brand's own: dark writing on nothing, the hardest case by night."""
    picture = Image.new("RGBA", (280, 64), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((0, 4, 56, 60), fill="#1d6b62")
    draw.text((72, 10), "Alsterblick", fill="#18211f", font=ImageFont.load_default(size=36))
    written = BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def _hex(colour: str) -> str:
    """ "rgb(1, 2, 3)" as "#010203"."""
    red, green, blue = (int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))
    return f"#{red:02x}{green:02x}{blue:02x}"
