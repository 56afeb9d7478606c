"""Letters that nobody gets: of a template's scenarios, or of events that take place in a scratch database only.

A secret link is never among them (PX-10): what is kept of a letter holds another text in its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy.engine import RowMapping

from workers.contract.envelope import Event, parse
from workers.contract.refusal import Refused
from workers.domain.contents import REDACTED, SetPasswordContent
from workers.domain.letters import Letter
from workers.domain.notices import WRITTEN_FOR
from workers.render.scenarios import Scenario, scenario
from workers.stages.mailroom import Renders
from workers.stages.occasions import cause_of
from workers.stages.resolve import CONTENT
from workers.stages.simulate import Simulation
from workers.store import decisions, lookup
from workers.store.lookup import Noticed

Line = tuple[int, str | bytes]
_NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Preview:
    """One letter, and its To and Cc lines as (name, address) pairs.

    A `scenario` goes to nobody; None: a letter that an event causes.
    """

    template: str
    language: str
    letter: Letter
    to: tuple[tuple[str, str], ...] = ()
    cc: tuple[tuple[str, str], ...] = ()
    scenario: Scenario | None = None


@dataclass(frozen=True, slots=True)
class Caused:
    """What came of the last event: the notice that the template tells of, and the letters made from the template.

    `notice` None: the event causes no such notice, or was rejected.
    """

    notice: Noticed | None
    previews: tuple[Preview, ...] = ()


def of_scenario(renderer: Renders, template: str, language: str, name: Scenario = Scenario.NORMAL) -> Preview:
    """The template with the content of one of its scenarios. Raises TemplateBroken."""
    content = scenario(template, language, name)
    if isinstance(content, SetPasswordContent):
        content = replace(content, url=REDACTED)
    return Preview(template, language, renderer.render(template, content), scenario=name)


def of_last_event(run: Simulation, lines: Sequence[Line], template: str) -> Caused:
    """The letters that the last event causes once all the others took place. Raises TemplateBroken.

    `run.answers` tells afterwards which events were rejected.
    """
    events = [_parsed(line) for _, line in lines]
    run.run(lines, max((event.received_at or event.time for event in events if event), default=_NEVER))
    last = events[-1] if events else None
    if last is None:
        return Caused(None)
    kind, _ = WRITTEN_FOR[template]
    with run.database.read() as connection:
        caused = lookup.notices_caused_by(connection, cause_of(last))
        letters = decisions.standing_letters(connection, [notice.id for notice in caused])
    notice = next((notice for notice in caused if notice.kind == kind.name), None)
    if notice is None:
        return Caused(None)
    rows = [row for row in letters.get(notice.id, ()) if row["template"] == template]
    return Caused(notice, tuple(_preview(run.renderer, row) for row in rows))


def _parsed(line: str | bytes) -> Event | None:
    try:
        return parse(line)
    except Refused:
        return None


def _preview(renderer: Renders, row: RowMapping) -> Preview:
    """Rendered here: a letter that `mail.mode` keeps from leaving was never written."""
    return Preview(
        template=row["template"],
        language=row["language"],
        letter=renderer.render(row["template"], CONTENT.validate_python(row["content"])),
        to=tuple((name, address) for name, address in row["to_line"]),
        cc=tuple((name, address) for name, address in row["cc_line"]),
    )
