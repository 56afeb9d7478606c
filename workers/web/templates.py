"""The templates: which there are, whether they are on and translated, and what they look like with example content."""

from functools import cache
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path
from starlette.responses import HTMLResponse, Response

from workers import assets
from workers.domain.notices import WRITTEN_FOR
from workers.render import TemplateBroken
from workers.render.coverage import coverage
from workers.stages.catalogue import listed, switched
from workers.stages.preview import Preview, of_example
from workers.web.visits import SignedIn

Template = Annotated[str, Path(pattern=r"^[a-z_.]{1,64}$")]
Language = Annotated[Literal["en", "de", "fr"], Path()]

router = APIRouter()

_covered = cache(coverage)
_FRAMED = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


@router.get("/templates")
def templates(visit: SignedIn) -> Response:
    """Kind by language."""
    with visit.house.database.read() as connection:
        found = list(listed(connection, visit.house.rules, visit.house.renderer))
        switches = switched(connection, found)
    covered = _covered(assets.path("templates"), assets.path("locales"))
    return visit.page("templates.html", templates=found, switches=switches, covered_in=covered)


@router.get("/templates/{template}/{language}")
def template(visit: SignedIn, template: Template, language: Language) -> Response:
    """A template with its example's content: subject, text, and a frame with the HTML part."""
    if template not in WRITTEN_FOR:
        raise HTTPException(404)
    with visit.house.database.read() as connection:
        found = {each.template: each for each in listed(connection, visit.house.rules, visit.house.renderer)}
        switches = switched(connection, [found[template]])
    preview, broken = _preview(visit, template, language)
    return visit.page(
        "template.html",
        listed=found[template],
        switch=switches.get((template, language)),
        preview=preview,
        broken=broken,
        shown_in=language,
        names=list(WRITTEN_FOR),
    )


@router.get("/templates/{template}/{language}/letter")
def letter(visit: SignedIn, template: Template, language: Language) -> Response:
    """The HTML part alone, for the frame."""
    preview, _ = _preview(visit, template, language) if template in WRITTEN_FOR else (None, None)
    if preview is None:
        raise HTTPException(404)
    return HTMLResponse(preview.letter.html, headers={"content-security-policy": _FRAMED})


def _preview(visit: SignedIn, template: str, language: str) -> tuple[Preview | None, str | None]:
    """The example as a letter, or what is wrong with the template (DESIGN promise 9)."""
    try:
        return of_example(visit.house.renderer, template, language), None
    except TemplateBroken as broken:
        return None, str(broken)
