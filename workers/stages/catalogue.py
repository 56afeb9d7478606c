"""The templates as this installation has them: what each tells of, to whom, in which languages, on or off."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.engine import Connection

from workers.domain.notices import WRITTEN_FOR, Audience
from workers.domain.recipients import template_off
from workers.stages.rules import Rules
from workers.store import cases, origins
from workers.store.origins import Origin


class KnowsLanguages(Protocol):
    """Whatever knows in which languages a template exists."""

    def languages(self, template: str) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A template as this installation has it. `enabled`: by language in which it exists."""

    template: str
    notice: str
    enabled: Mapping[str, bool]
    toggle: str | None
    audience: Audience


def listed(connection: Connection, rules: Rules, renderer: KnowsLanguages) -> Iterator[Listed]:
    """All templates, in the order of the catalogue."""
    switches = cases.reachability(connection, ()).switches
    for template, (kind, audience) in WRITTEN_FOR.items():
        languages = renderer.languages(template)
        enabled = {language: not template_off(switches, template, language) for language in languages}
        yield Listed(template, kind.name, enabled, rules.toggle_of(template), audience)


def switched(connection: Connection, found: Iterable[Listed]) -> Mapping[tuple[str, str], Origin]:
    """By template and language: what switched it last, on or off; nothing for what nobody ever switched."""
    keys = [(each.template, language) for each in found for language in each.enabled]
    told = origins.origins(connection, [f"template/{template}/{language}" for template, language in keys])
    return {key: told[ref] for key in keys if (ref := f"template/{key[0]}/{key[1]}") in told}
