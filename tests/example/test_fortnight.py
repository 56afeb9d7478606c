"""The example fortnight, simulated, against the table that was worked out from RULES by hand."""

import json
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.example.replay import EXPECTED, FORTNIGHT, lines_of, replay
from workers.contract.relative import resolve, resolve_all
from workers.house import rules_of, simulation
from workers.settings import Settings
from workers.stages.timeline import Outage
from workers.stages.verify import verify

TODAYS = [date(2026, 6, 1), date(2024, 2, 20)]
Line = dict[str, Any]


@pytest.mark.parametrize("today", TODAYS, ids=str)
def test_the_fortnight_goes_as_worked_out_by_hand(today: date) -> None:
    expected, printed = expectation(today), fortnight(today)
    assert in_order(seen(line, today) for line in printed) == in_order(expected["lines"])


def test_the_people_of_the_fortnight_show_what_the_lines_alone_do_not() -> None:
    people = [person for line in fortnight(TODAYS[0]) for person in line["people"]]
    dropped = {person["reason"] for person in people if not person["kept"]}
    assert dropped >= {"role_missing", "toggle_off", "no_address", "contact_inactive", "duplicate_address"}
    assert dropped >= {"address_suppressed", "user_inactive", "template_disabled"}


def test_those_who_rest_say_why() -> None:
    expected = expectation(TODAYS[0])
    printed = fortnight(TODAYS[0], explain=tuple(expected["explain"]))
    answers = {line["explain"]: line["answer"] for line in printed if "explain" in line}
    assert answers == expected["explain"]


def test_no_audit_of_the_ledger_finds_anything_after_it() -> None:
    today, expected = TODAYS[0], expectation(TODAYS[0])
    until = datetime.fromisoformat(expected["until"])
    run = simulation(Settings(), [Outage(*map(datetime.fromisoformat, expected["outage"]))])
    with closing(run.database):
        run.run(enumerate(resolve_all(lines_of(*FORTNIGHT), today), start=1), until)
        assert list(verify(run.database, rules_of(Settings()).daily, until)) == []


def expectation(today: date) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads(resolve(EXPECTED.read_text(encoding="utf-8"), today))
    return expected


def fortnight(today: date, explain: tuple[str, ...] = ()) -> list[Line]:
    expected = expectation(today)
    down, up = (datetime.fromisoformat(instant) for instant in expected["outage"])
    until = datetime.fromisoformat(expected["until"])
    return replay(resolve_all(lines_of(*FORTNIGHT), today), until, [(down, up)], explain)


def seen(line: Line, today: date) -> Line:
    """A printed line as the table writes it. Everything of this fortnight happens at a daily run."""
    at = datetime.fromisoformat(line["at"]).astimezone(UTC)
    assert (at.hour, at.minute, at.second) == (7, 0, 0)
    kept = ("subject", "notice", "sequence", "offset_days", "outcome", "reason", "notes")
    readers = {name: [address for mail in line["mails"] for address in mail[name]] for name in ("to", "cc")}
    return {"day": (at.date() - today).days} | {key: line[key] for key in kept} | readers


def in_order(lines: Any) -> list[Line]:
    """By day and subject, the larger offset first: the table does not say in which order one run prints."""
    return sorted(lines, key=lambda line: (line["day"], line["subject"], -(line["offset_days"] or 0)))
