"""The templates: which there are, whether they are on and translated, and what they look like in every scenario."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Path
from starlette.responses import Response

from workers import assets
from workers.domain.notices import WRITTEN_FOR
from workers.render import TemplateBroken
from workers.render.coverage import coverage
from workers.render.scenarios import Scenario, scenarios_of
from workers.stages.catalogue import listed, switched
from workers.stages.preview import Preview, of_scenario
from workers.web.harmless import Scheme, frame
from workers.web.visits import SignedIn

Template = Annotated[str, Path(pattern=r"^[a-z_.]{1,64}$")]
Language = Annotated[Literal["en", "de", "fr"], Path()]

router = APIRouter()

_covered = cache(coverage)


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at, and how. Each choice is a part of the address, so that it works without JavaScript."""

    scenario: Scenario = Scenario.NORMAL
    width: Literal["full", "phone"] = "full"
    scheme: Scheme = "light"

    def with_(self, **changed: str) -> str:
        """The query of a look that differs in this; what is as usual is left out."""
        wanted = {"scenario": self.scenario, "width": self.width, "scheme": self.scheme, **changed}
        usual = {"scenario": Scenario.NORMAL, "width": "full", "scheme": "light"}
        return "?" + urlencode({name: value for name, value in wanted.items() if value != usual[name]})


@router.get("/templates")
def templates(visit: SignedIn) -> Response:
    """Kind by language."""
    with visit.house.database.read() as connection:
        found = list(listed(connection, visit.house.rules, visit.house.renderer))
        switches = switched(connection, found)
    covered = _covered(assets.path("templates"), assets.path("locales"))
    return visit.page("templates.html", templates=found, switches=switches, covered_in=covered)


@router.get("/templates/{template}/{language}")
def template(visit: SignedIn, template: Template, language: Language, look: Annotated[Look, Depends()]) -> Response:
    """A template in one of its scenarios: subject, text, and a frame with the HTML part."""
    _demand(template, look.scenario)
    with visit.house.database.read() as connection:
        found = {each.template: each for each in listed(connection, visit.house.rules, visit.house.renderer)}
        switches = switched(connection, [found[template]])
    preview, broken = _preview(visit, template, language, look.scenario)
    return visit.page(
        "template.html",
        listed=found[template],
        switches={code: switches.get((template, code)) for code in (*found[template].enabled, *found[template].beside)},
        covered_in=_covered(assets.path("templates"), assets.path("locales"))[template],
        preview=preview,
        broken=broken,
        shown_in=language,
        look=look,
        scenarios=scenarios_of(template),
    )


@router.get("/templates/{template}/{language}/letter")
def letter(visit: SignedIn, template: Template, language: Language, look: Annotated[Look, Depends()]) -> Response:
    """The HTML part alone, for the frame: nothing in it can act, load or lead anywhere."""
    _demand(template, look.scenario)
    preview, _ = _preview(visit, template, language, look.scenario)
    if preview is None:
        raise HTTPException(404)
    return frame(preview.letter.html, look.scheme)


def _demand(template: str, scenario: Scenario) -> None:
    if template not in WRITTEN_FOR or scenario not in scenarios_of(template):
        raise HTTPException(404)


def _preview(visit: SignedIn, template: str, language: str, scenario: Scenario) -> tuple[Preview | None, str | None]:
    """The scenario as a letter, or what is wrong with the template (DESIGN promise 9)."""
    try:
        return of_scenario(visit.house.renderer, template, language, scenario), None
    except TemplateBroken as broken:
        return None, str(broken)
