"""`python -m tests.chaos.report FILE`: the long run on both databases, told as a page of the documentation.

CHAOS_MAILS, CHAOS_KILLS and CHAOS_SEED choose another run. Exit code 1 if anything was lost or silently doubled.
"""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.chaos import Plan, run
from tests.chaos.verdict import Verdict

PAGE = """# What was seen when everything was killed

Written by `python -m tests.chaos.report` on {day}, at commit {commit}. A fleet of 2 schedulers and 3 worker processes
sent mails to a mail server that answers late, "not now" or not at all, while its parts were killed with SIGKILL. Then
every mail that the server accepted was held against the ledger. `CHAOS_SEED` of a row makes the same choices again.

| database | seed | mails that arrived | faults | lost | unflagged duplicates | uncertain | at most uncertain |
|---|---|---|---|---|---|---|---|
{runs}

- mails that arrived: accepted by the server, of so many events that the fleet accepted; an event that was only in the
  queue when Valkey lost its data was never accepted
- lost: accepted events that did not end in a mail, and copies called sent that the server never accepted
- unflagged duplicates: recipients who got the mail twice while the ledger does not say that they may have
- uncertain: the body left and no answer came; listed by `rappel deliveries --state uncertain`;
  whoever got no mail is among them

| fault | {databases} |
|---|{rules}|
{faults}
"""


def main(path: str) -> int:
    seed = int(os.environ.get("CHAOS_SEED") or int.from_bytes(os.urandom(4)))
    mails, kills = int(os.environ.get("CHAOS_MAILS", 10_000)), int(os.environ.get("CHAOS_KILLS", 100))
    plans = [Plan(seed, mails, kills, database) for database in ("sqlite", "postgresql")]
    told = [(plan, _run(plan)) for plan in plans]
    Path(path).write_text(page(told, _git("log", "-1", "--format=%h"), datetime.now(UTC)), encoding="utf-8")
    return int(any(not verdict.holds for _, verdict in told))


def page(told: list[tuple[Plan, Verdict]], commit: str, at: datetime) -> str:
    counts = [Counter(strike.fault for strike in plan.strikes()) for plan, _ in told]
    faults = sorted({fault for some in counts for fault in some})
    return PAGE.format(
        day=f"{at:%Y-%m-%d}",
        commit=commit,
        runs="\n".join(_row(plan, verdict) for plan, verdict in told),
        databases=" | ".join(plan.database for plan, _ in told),
        rules="|".join("---" for _ in told),
        faults="\n".join(f"| {fault} | {' | '.join(str(some[fault]) for some in counts)} |" for fault in faults),
    )


def _row(plan: Plan, found: Verdict) -> str:
    shown = (
        *(plan.database, plan.seed, f"{found.arrived:,} of {found.accepted_events:,}", plan.kills),
        *(len(found.lost), len(found.unflagged_duplicates), found.uncertain, found.most_uncertain),
    )
    return f"| {' | '.join(map(str, shown))} |"


def _run(plan: Plan) -> Verdict:
    sys.stderr.write(f"{plan}\n")
    with tempfile.TemporaryDirectory(prefix="rappel-chaos-run-") as directory:
        found = run(plan, Path(directory))
    sys.stderr.write(f"{found}\n")
    return found


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S607


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
