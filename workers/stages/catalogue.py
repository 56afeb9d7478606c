"""The templates as this installation has them: what each tells of, to whom, in which languages, on or off."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.engine import Connection

from workers.domain.notices import WRITTEN_FOR, Audience
from workers.domain.recipients import letter_language, template_off
from workers.stages.rules import Rules
from workers.store import cases, origins
from workers.store.origins import Origin


class KnowsLanguages(Protocol):
    """Whatever knows in which languages a template exists."""

    def languages(self, template: str) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A template as this installation has it. `enabled`: by language in which it exists.

    `beside`: by language that was switched by itself without having its own templates: a region (`de-AT`), or one that
    nobody has translated (`it`). It concerns the people of that language alone (RULES 0.7).
    """

    template: str
    notice: str
    enabled: Mapping[str, bool]
    beside: Mapping[str, bool]
    toggle: str | None
    audience: Audience

    def beside_in(self, language: str) -> Mapping[str, bool]:
        """Those of `beside` whose people would read the template in this language."""
        return {each: on for each, on in self.beside.items() if letter_language(each) == language}


def listed(connection: Connection, rules: Rules, renderer: KnowsLanguages) -> Iterator[Listed]:
    """All templates, in the order of the catalogue."""
    switches = cases.reachability(connection, ()).switches
    for template, (kind, audience) in WRITTEN_FOR.items():
        languages = renderer.languages(template)
        by_themselves = {each.language for each in switches if each.template == template and each.language}
        enabled, beside = (
            {language: not template_off(switches, template, language) for language in some}
            for some in (languages, sorted(by_themselves.difference(languages)))
        )
        yield Listed(template, kind.name, enabled, beside, rules.toggle_of(template), audience)


def switched(connection: Connection, found: Iterable[Listed]) -> Mapping[tuple[str, str], Origin]:
    """By template and language: what switched it last, on or off; nothing for what nobody ever switched."""
    keys = [(each.template, language) for each in found for language in (*each.enabled, *each.beside)]
    told = origins.origins(connection, [f"template/{template}/{language}" for template, language in keys])
    return {key: told[ref] for key in keys if (ref := f"template/{key[0]}/{key[1]}") in told}
