"""Pictures of all pages for docs, or of those named: `python -m tests.web.pictures docs/images [NAME ...]`."""

import sys
from collections.abc import Iterator, Sequence
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
    "search": ("/", "en", "light"),
    "found": ("/?q=anna.kuester", "de", "dark"),
    "mail": ("/mail/1", "de", "light"),
    "mail-phone": ("/mail/13?width=phone&scheme=dark", "fr", "dark"),
    "mail-headers": ("/mail/6?view=headers", "en", "light"),
    "mails": ("/mails/sent?today=true", "fr", "light"),
    "not-sent": ("/not-sent", "de", "light"),
    "contact": ("/contact/K-0301", "en", "light"),
    "user": ("/user/U-anna", "fr", "dark"),
    "company": ("/company/C-02", "de", "light"),
    "lead": ("/lead/L-101", "de", "light"),
    "renewal-phone": ("/renewal/RN-05", "fr", "light"),
    "why": ("/notice/24", "en", "light"),
    "templates": ("/templates", "de", "dark"),
    "template": ("/templates/invoice.due/de?scenario=long", "de", "light"),
    "template-hostile": ("/templates/renewal.notice/fr?scenario=hostile&width=phone&scheme=dark", "fr", "dark"),
    "sign-in": ("/sign-in", "en", "light"),
}
"""Name of the picture: address, language, and scheme."""

WIDTH, HEIGHT = 1200, 860
PHONE = 390
COLOURS = 128


def main(directory: Path, wanted: Sequence[str] = ()) -> None:
    with TemporaryDirectory() as place, example_site(Path(place)) as served, browsers.running() as chromium:
        for name in wanted or PAGES:
            address, language, scheme = PAGES[name]
            context = chromium.new_context(
                base_url=served.address,
                locale=language,
                color_scheme=scheme,  # type: ignore[arg-type]
                viewport={"width": PHONE if name == "renewal-phone" else WIDTH, "height": HEIGHT},
                reduced_motion="reduce",
            )
            page = context.new_page()
            if name != "sign-in":
                page.goto(served.link)
            answer = page.goto(address)
            assert answer
            assert answer.status == (401 if name == "sign-in" else 200), address
            page.wait_for_load_state("networkidle")
            file = directory / f"web-{name}.png"
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
    main(Path(sys.argv[1]), sys.argv[2:])
