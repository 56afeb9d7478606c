"""A story through `rappel simulate`, as somebody would tell it who has only RULES and EVENTS: events in, lines out."""

import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from tests.scenarios import Event, ndjson
from workers.contract.answers import Answer
from workers.house import policy_of, renderer_of, rules_of
from workers.render.renderer import Renderer
from workers.settings import Settings, load
from workers.stages.simulate import Simulation
from workers.stages.timeline import Outage
from workers.store.database import Database
from workers.store.tables import metadata

Line = dict[str, Any]


def z(text: str) -> str:
    """An instant in UTC as EVENTS writes it; without a year it is 2026: `z("06-02 07:00")`."""
    full = text if len(text.split("-")) == 3 else f"2026-{text}"
    return datetime.fromisoformat(full).replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Told:
    """What the simulation printed: notices (mails without their subject lines), explanations, answers to the events."""

    lines: list[Line]
    explained: dict[str, tuple[str, str | None]]
    answers: list[Answer]

    def about(self, subject: str) -> list[Line]:
        return [line for line in self.lines if line["subject"] == subject]


def simulate(
    events: Iterable[Event],
    until: str,
    *,
    outages: Sequence[tuple[str, str]] = (),
    explain: Sequence[str] = (),
    toml: str = "",
    kind: type[Simulation] = Simulation,
) -> Told:
    """Run the story to `until`, inclusive. Every event must be accepted; for others there is `answers_to`."""
    told = _run(events, until, outages, explain, toml, kind)
    refused = [answer for answer in told.answers if answer.status == "rejected"]
    assert not refused, refused
    return told


def answers_to(events: Iterable[Event], until: str = "2026-12-31 00:00") -> list[Answer]:
    """What is answered to the events, refusals included."""
    return _run(events, until, (), (), "").answers


def explained(events: Iterable[Event], ref: str, until: str, **more: Any) -> tuple[str, str | None]:
    """Answer and `next` of `--explain REF`."""
    return simulate(events, until, explain=[ref], **more).explained[ref]


def _run(
    events: Iterable[Event],
    until: str,
    outages: Sequence[tuple[str, str]],
    explain: Sequence[str],
    toml: str,
    kind: type[Simulation] = Simulation,
) -> Told:
    end = instant(until)
    settings, away = _settings(toml), [Outage(instant(start), instant(stop)) for start, stop in outages]
    run = kind(_emptied(_scratch()), rules_of(settings), _renderer(), policy_of(settings), away)
    run.run(enumerate(ndjson(events).splitlines(), start=1), end)
    lines = [json.loads(json.dumps(line)) for line in run.lines()]
    for mail in (mail for line in lines for mail in line["mails"]):
        assert mail.pop("subject_line")
    found = {}
    for answer in run.explain(explain, end):
        assert answer["at"] == z(until)
        found[answer["explain"]] = (str(answer["answer"]), answer["next"])
    return Told(lines, found, run.answers)


@cache
def _scratch() -> Database:
    """One for all stories: what SQLAlchemy and SQLite have prepared once is as good for the next one."""
    database = Database("sqlite://")
    database.create()
    return database


def _emptied(database: Database) -> Database:
    with database.write() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    return database


@cache
def _renderer() -> Renderer:
    """One for all stories, which differ in rules, not in looks: templates are compiled once."""
    return renderer_of(Settings())


def _settings(toml: str) -> Settings:
    if not toml:
        return Settings()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "rappel.toml"
        path.write_text(toml, encoding="utf-8")
        return load(path)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(z(text))


def person(role: str, ref: str | None, address: str | None, reason: str, kept: bool) -> Line:
    """An entry of `people`; several roles are separated by blanks."""
    return {"roles": role.split(), "ref": ref, "address": address, "kept": kept, "reason": reason}


def kept(role: str, ref: str, address: str, reason: str) -> Line:
    return person(role, ref, address, reason, True)


def dropped(role: str, ref: str | None, address: str | None, reason: str) -> Line:
    return person(role, ref, address, reason, False)


def mail(template: str, language: str, to: Sequence[str], cc: Sequence[str] = ()) -> Line:
    return {"to": list(to), "cc": list(cc), "language": language, "template": template}


def notice(
    at: str,
    kind: str,
    subject: str,
    outcome: str,
    reason: str,
    *,
    sequence: int | None = None,
    offset: int | None = None,
    notes: Sequence[str] = (),
    mails: Sequence[Line] = (),
    people: Sequence[Line] = (),
) -> Line:
    """A line of `simulate --json`, whole but for subject lines, which are the templates' own affair."""
    return {
        "at": z(at),
        "notice": kind,
        "subject": subject,
        "sequence": sequence,
        "offset_days": offset,
        "outcome": outcome,
        "reason": reason,
        "notes": list(notes),
        "mails": list(mails),
        "people": list(people),
    }


@dataclass(frozen=True)
class Case:
    """A story with all it prints. `answers`: what `--explain` answers at the end, by reference."""

    row: str
    events: Sequence[Event]
    until: str
    lines: Sequence[Line] = ()
    answers: dict[str, tuple[str, str | None]] | None = None
    outages: Sequence[tuple[str, str]] = ()
    toml: str = ""

    def told(self, kind: type[Simulation] = Simulation) -> Told:
        refs = list(self.answers or {})
        return simulate(self.events, self.until, outages=self.outages, explain=refs, toml=self.toml, kind=kind)

    def check(self) -> None:
        told, answers = self.told(), self.answers or {}
        assert told.lines == list(self.lines)
        assert told.explained == {ref: (answer, next and z(next)) for ref, (answer, next) in answers.items()}


def case_id(case: Case) -> str:
    return case.row
