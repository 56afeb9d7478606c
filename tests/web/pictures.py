"""Pictures of every page, for docs: `python -m tests.web.pictures docs/images`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from tests.servers import browser as browsers
from tests.web.example import live, vary
from tests.web.site import Served, serving_pages
from workers.settings import Settings
from workers.store.database import Database
from workers.store.migrate import migrate

PAGES = {
    "search": ("/", "en"),
    "found": ("/?q=anna.kuester", "de"),
    "mail": ("/mail/1", "de"),
    "mail-phone-dark": ("/mail/13?width=phone&scheme=dark", "fr"),
    "mail-failed": ("/mail/6?view=headers", "en"),
    "mails": ("/mails/sent?today=true", "fr"),
    "not-sent": ("/not-sent", "de"),
    "contact": ("/contact/K-0801", "fr"),
    "user": ("/user/U-anna", "en"),
    "company": ("/company/C-03", "de"),
    "renewal": ("/renewal/RN-06", "en"),
    "why": ("/notice/16", "en"),
    "templates": ("/templates", "de"),
    "template": ("/templates/invoice.overdue/fr", "fr"),
    "sign-in": ("/sign-in", "en"),
}
"""Name of the picture: address, and language."""

WIDTH, HEIGHT = 1200, 860
COLOURS = 128


def main(directory: Path) -> None:
    with TemporaryDirectory() as place, example_site(Path(place)) as served, browsers.running() as chromium:
        for name, (address, language) in PAGES.items():
            for scheme in ("light", "dark"):
                context = chromium.new_context(
                    base_url=served.address,
                    locale=language,
                    color_scheme=scheme,  # type: ignore[arg-type]
                    viewport={"width": WIDTH, "height": HEIGHT},
                    reduced_motion="reduce",
                )
                page = context.new_page()
                if name != "sign-in":
                    page.goto(served.link)
                page.goto(address)
                page.wait_for_load_state("networkidle")
                file = directory / f"web-{name}.{scheme}.png"
                page.screenshot(path=file)
                shrink(file)
                context.close()


def shrink(file: Path) -> None:
    """Few colours are enough for a page, and make a small file."""
    with Image.open(file) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


@contextmanager
def example_site(place: Path) -> Iterator[Served]:
    """The pages over the example, at noon of its first day."""
    url = f"sqlite:///{place / 'rappel.db'}"
    migrate(url)
    database = Database(url)
    live(database)
    vary(database)
    database.close()
    route = {"name": "main", "host": "127.0.0.1"}
    given = {"clock": {"source": "database"}, "mail": {"mode": "live"}, "smtp": {"routes": [route]}}
    settings = Settings.model_validate(given)
    with serving_pages(url, settings) as served:
        yield served


if __name__ == "__main__":
    main(Path(sys.argv[1]))
