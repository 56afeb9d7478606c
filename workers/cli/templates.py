"""`rappel templates`: what can be written to whom, and what is switched off."""

from typing import Any

from workers.cli.installation import open_house
from workers.cli.options import AsJson, Config
from workers.cli.screen import print_json, print_table
from workers.domain.notices import LANGUAGES
from workers.render.scenarios import scenarios_of
from workers.stages.catalogue import Listed, listed


def templates(as_json: AsJson = False, config: Config = None) -> None:
    """List the templates: the notice each tells of, its languages, toggle and readers, and whether it is switched on.

    `rappel preview` shows each with any of its scenarios: everyday content, long or missing words, hostile ones.
    Upstream switches a template with the event template.switched, in one language or in all. A language without
    templates of its own, such as de-AT, is named beside the one that its people read.

    Example: rappel templates
    """
    with open_house(config) as house, house.database.read() as connection:
        found = list(listed(connection, house.rules, house.renderer))
    if as_json:
        print_json(map(_as_json, found))
    else:
        print_table(("template", "notice", *LANGUAGES, "toggle", "written to", "rows", "scenarios"), map(_row, found))


def _as_json(each: Listed) -> dict[str, Any]:
    return {
        "template": each.template,
        "notice": each.notice,
        "languages": list(each.enabled),
        "enabled": dict(each.enabled),
        "enabled_beside": dict(each.beside),
        "toggle": each.toggle,
        "audience": each.audience.who,
        "rows": list(each.audience.rows),
        "scenarios": list(scenarios_of(each.template)),
    }


def _row(each: Listed) -> tuple[str, ...]:
    switched = (_state(each, language) for language in LANGUAGES)
    rows = " to ".join(each.audience.rows)
    scenarios = " ".join(scenarios_of(each.template))
    return (each.template, each.notice, *switched, each.toggle or "none", each.audience.who, rows, scenarios)


def _state(each: Listed, language: str) -> str:
    """`on`, or `on, de-AT off`."""
    words = {True: "on", False: "off", None: "missing"}
    beside = (f"{name} {words[on]}" for name, on in each.beside_in(language).items())
    return ", ".join((words[each.enabled.get(language)], *beside))
