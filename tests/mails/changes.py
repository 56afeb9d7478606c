"""`make mails`: shows what a change does to the mails, as pictures: before, after, and where they differ.

    python -m tests.mails.changes [REVISION [SCENARIO ...]]     (HEAD and all scenarios, if none is given)

Renders every kind in every scenario with the code and templates of the revision and with those of the working tree, and
writes a picture of each mail that looks different to build/mails/KIND.LANGUAGE.SCENARIO.png, without SCENARIO where it
is the normal one. Exit code 1: there are such mails.
"""

import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Page

from tests.mails.sight import SCHEMES, picture, screen, side_by_side
from tests.servers import browser as browsers
from workers.domain.notices import LANGUAGES
from workers.render.scenarios import Scenario

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "mails"
_RENDER = Path(__file__).with_name("render_as.py")
_MARK = (214, 36, 92)


def compare(revision: str, scenarios: Sequence[str] = (), out: Path = BUILD) -> Iterator[str]:
    """A line for each mail that is new, gone or looks different; the pictures of the last are written to `out`.

    Only mails of these `scenarios`, or of all, if none is named.
    """
    with tempfile.TemporaryDirectory() as scratch:
        old, new = _rendered_at(revision, Path(scratch)), rendered_in(ROOT, Path(scratch, "new"))
        if scenarios:
            old, new = (_only(scenarios, mails) for mails in (old, new))
        for name in sorted(old.keys() ^ new.keys()):
            yield f"{name}  {'is new' if name in new else 'is gone'}"
        changed = [name for name in sorted(old.keys() & new.keys()) if old[name] != new[name]]
        if changed:
            out.mkdir(parents=True, exist_ok=True)
            with browsers.running() as chromium, screen(chromium, 700) as page:
                yield from (line for name in changed if (line := _drawn(page, name, old[name], new[name], out)))


def difference(before: Image.Image, after: Image.Image) -> Image.Image | None:
    """`after`, pale, with every pixel that differs marked; None where none does."""
    size = (max(before.width, after.width), max(before.height, after.height))
    one, other = (_on_canvas(image, size) for image in (before, after))
    changed = ImageChops.difference(one, other).convert("L").point(lambda level: 255 if level > 8 else 0)
    if changed.getbbox() is None:
        return None
    pale = Image.blend(other, Image.new("RGB", size, "white"), 0.7)
    pale.paste(_MARK, mask=changed)
    return pale


def _drawn(page: Page, name: str, old: str, new: str, out: Path) -> str | None:
    rows = []
    for scheme in SCHEMES:
        before, after = picture(page, old, scheme), picture(page, new, scheme)
        if marked := difference(before, after):
            rows.append(side_by_side([before, after, marked]))
    if not rows:
        return None
    sheet = side_by_side(rows, down=True)
    file = out / f"{name}.png"
    sheet.save(file, optimize=True)
    return f"{name}  {file}"


def _on_canvas(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    canvas = Image.new("RGB", size, "white")
    canvas.paste(image)
    return canvas


def _only(scenarios: Sequence[str], mails: dict[str, str]) -> dict[str, str]:
    return {name: html for name, html in mails.items() if scenario_of(name) in scenarios}


def scenario_of(name: str) -> str:
    """The scenario of a mail by the name of its file: KIND.LANGUAGE, or KIND.LANGUAGE.SCENARIO."""
    last = name.rpartition(".")[2]
    return "normal" if last in LANGUAGES else last


def _rendered_at(revision: str, scratch: Path) -> dict[str, str]:
    checkout = scratch / "checkout"
    done = subprocess.run(
        ["git", "archive", revision, "workers", "templates", "locales"],  # noqa: S607 - whatever git is there
        cwd=ROOT,
        capture_output=True,
    )
    if done.returncode:
        raise SystemExit(f"{revision} is no revision of this checkout: {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(checkout, filter="data")
    return rendered_in(checkout, scratch / "old")


def rendered_in(checkout: Path, out: Path) -> dict[str, str]:
    """The pages that a checkout makes, by KIND.LANGUAGE or KIND.LANGUAGE.SCENARIO; also written to `out`, made here."""
    out.mkdir()
    subprocess.run([sys.executable, "-P", _RENDER, out], cwd=checkout, check=True, timeout=120)
    return {path.name.removesuffix(".html"): path.read_text("utf-8") for path in out.iterdir()}


def main(arguments: list[str]) -> int:
    revision, *scenarios = arguments or ["HEAD"]
    if unknown := set(scenarios) - set(Scenario):
        raise SystemExit(f"no scenario: {', '.join(sorted(unknown))}. There are {', '.join(Scenario)}.")
    lines = list(compare(revision, scenarios))
    print("\n".join(lines) or "All mails look the same.")  # noqa: T201
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
