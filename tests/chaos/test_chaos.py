"""Whatever is killed, no mail is lost, and none goes out twice unless the ledger says that it may have."""

import os
from pathlib import Path

import pytest

from tests.chaos.chaos import run
from tests.chaos.plan import Plan
from tests.servers.need import need


def seed() -> int:
    """CHAOS_SEED, else another one each time: it is printed with a failure."""
    return int(os.environ.get("CHAOS_SEED") or int.from_bytes(os.urandom(4)))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killing_every_part_loses_no_mail_and_doubles_none_silently(database: str, tmp_path: Path) -> None:
    expect_nothing_lost(Plan(seed(), 500, database), tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killing_for_long_loses_no_mail_and_doubles_none_silently(database: str, tmp_path: Path) -> None:
    mails, kills = (
        int(os.environ.get(name, default)) for name, default in (("CHAOS_MAILS", 2000), ("CHAOS_KILLS", 25))
    )
    expect_nothing_lost(Plan(seed(), mails, database, kills), tmp_path)


def expect_nothing_lost(plan: Plan, directory: Path) -> None:
    if plan.database == "postgresql":
        need("initdb")
    print(f"CHAOS_SEED={plan.seed}", plan)  # noqa: T201 (pytest shows it with a failure)
    found = run(plan, directory).verdict
    print(found)  # noqa: T201
    assert found.wrong == {}
    assert found.uncertain <= found.most_uncertain
    assert found.accepted_events >= plan.mails // 2
    assert found.arrived >= found.states["sent"] > 0
