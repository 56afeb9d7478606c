"""`rappel templates`: what can be written to whom, and what is switched off."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workers.cli.installation import open_house
from workers.cli.options import AsJson, Config
from workers.cli.screen import print_json, print_table
from workers.domain.facts import Switch
from workers.domain.notices import LANGUAGES, WRITTEN_FOR, Audience
from workers.domain.recipients import template_off
from workers.house import House
from workers.store import cases


@dataclass(frozen=True, slots=True)
class Listed:
    """A template as this installation has it. `enabled`: by language in which it exists."""

    template: str
    notice: str
    enabled: dict[str, bool]
    toggle: str | None
    audience: Audience


def templates(as_json: AsJson = False, config: Config = None) -> None:
    """List the templates: the notice each tells of, its languages, toggle and readers, and whether it is switched on.

    Upstream switches a template with the event template.switched, in one language or in all.

    Example: rappel templates
    """
    with open_house(config) as house, house.database.read() as connection:
        found = list(_listed(house, cases.reachability(connection, ()).switches))
    if as_json:
        print_json(map(_as_json, found))
    else:
        print_table(("template", "notice", *LANGUAGES, "toggle", "written to", "rows"), map(_row, found))


def _listed(house: House, switches: tuple[Switch, ...]) -> Iterator[Listed]:
    for template, (kind, audience) in WRITTEN_FOR.items():
        languages = house.renderer.languages(template)
        enabled = {language: not template_off(switches, template, language) for language in languages}
        yield Listed(template, kind.name, enabled, house.rules.toggle_of(template), audience)


def _as_json(listed: Listed) -> dict[str, Any]:
    return {
        "template": listed.template,
        "notice": listed.notice,
        "languages": list(listed.enabled),
        "enabled": listed.enabled,
        "toggle": listed.toggle,
        "audience": listed.audience.who,
        "rows": list(listed.audience.rows),
    }


def _row(listed: Listed) -> tuple[str, ...]:
    words = {True: "on", False: "off", None: "missing"}
    switched = (words[listed.enabled.get(language)] for language in LANGUAGES)
    rows = " to ".join(listed.audience.rows)
    return (listed.template, listed.notice, *switched, listed.toggle or "none", listed.audience.who, rows)
