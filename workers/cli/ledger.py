"""`rappel ledger`: the record of notices and copies, held against what must always be true of it."""

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import typer

from workers.cli.errors import Exit
from workers.cli.installation import open_house
from workers.cli.options import AsJson, Config
from workers.cli.screen import counted, print_json, print_table, say, warn
from workers.stages.verify import Violation
from workers.stages.verify import verify as verify_ledger
from workers.store.audits.audit import Audit
from workers.store.audits.table import AUDITS

SHOWN = 20
"""Violations of one invariant that are printed; the rest is counted."""

ledger = typer.Typer(
    rich_markup_mode=None, help="Hold the record of notices and copies against what must always be true."
)


@ledger.callback()
def about() -> None:
    """A group of verbs, also while it has only one."""


@ledger.command()
def verify(as_json: AsJson = False, config: Config = None) -> None:
    """Check every invariant of the ledger, and name what breaks one: the rows, the promise, and what to do.

    It only looks, at one state of the database, and may run beside a fleet at work. A fleet goes on meanwhile.

    Exit code: 0 if nothing breaks an invariant; 1 if something does.

    Example: rappel ledger verify --json
    """
    found: Counter[str] = Counter()
    shown: list[tuple[str, ...]] = []
    with open_house(config) as house:
        violations = _counting(verify_ledger(house.database, house.rules.daily, house.clock(), _tell_progress), found)
        if as_json:
            print_json(map(_as_json, violations))
        else:
            shown = [_row(each) for each in violations if found[each.audit.name] <= SHOWN]
    if shown:
        print_table(("check", "rows"), shown)
    if not as_json:
        _conclude(found)
    raise typer.Exit(Exit.FAILURE if found else Exit.OK)


def _counting(violations: Iterator[Violation], found: Counter[str]) -> Iterator[Violation]:
    for violation in violations:
        found[violation.audit.name] += 1
        yield violation


def _tell_progress(audit: Audit) -> None:
    if sys.stderr.isatty():
        warn(f"check {AUDITS.index(audit) + 1} of {len(AUDITS)}: {audit.name}")


def _as_json(violation: Violation) -> dict[str, Any]:
    audit = violation.audit
    about = {"check": audit.name, "promise": audit.promise, "invariant": audit.says, "what_to_do": audit.advice}
    return about | {"rows": violation.rows}


def _row(violation: Violation) -> tuple[str, str]:
    return violation.audit.name, ", ".join(f"{name} {value}" for name, value in violation.rows.items())


def _conclude(found: Counter[str]) -> None:
    if not found:
        say(f"Nothing breaks any of the {len(AUDITS)} invariants.")
        return
    for audit in AUDITS:
        if count := found[audit.name]:
            say(f"\n{audit.name}: {counted(count, 'violation')}{_left_out(count)}")
            say(f"  {audit.promise}: {audit.says}\n  {audit.advice}")


def _left_out(count: int) -> str:
    return f", of which {SHOWN} are shown; --json prints all" if count > SHOWN else ""
