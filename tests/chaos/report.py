"""`python -m tests.chaos.report FILE`: the long run on both databases, told as a page of the documentation.

CHAOS_MAILS, CHAOS_KILLS and CHAOS_SEED choose another run. Exit code 1 if anything was lost or silently doubled.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.chaos import Run, run
from tests.chaos.parts import POOL, PROCESSES
from tests.chaos.plan import Fault, Plan
from tests.chaos.verdict import OWN
from workers.domain.delivery import RESENDS

PAGE = """# What was seen when everything was killed

Written by `make chaos` on {day}, at commit {commit}, seed {seed}. A fleet of 2 schedulers and {processes} worker
processes, each of which takes events in, decides and sends, was brought {mails:,} events a database and sent its mails
to a mail server that answers late, "not now" or not at all, while its parts were killed (SIGKILL). Then every mail that
the server accepted was held against the ledger, and the ledger against what `rappel deliveries --state uncertain` and
`rappel ledger verify` say of it. `CHAOS_SEED={seed} make chaos` makes the same choices again; `make test` does each
fault once on both databases, with 500 mails and another seed each time.

| | {databases} |
|---|{rules}|
{totals}

- **lost**: accepted events that did not end in a mail, copies called sent that the server never accepted, and events
  that were never taken in. Those are counted apart that only Valkey had when it lost its data: it was asked for
  them right before. One half of the mails are links to set a
  password, which go out again when they are uncertain: of these, any that was given up before the limit of
  {resends} resends, or came without its link
- **unflagged duplicates**: readers who got a mail twice while the ledger does not say that they may have
- **another Message-ID**: readers who got it twice under different ones
- **uncertain**: the body left and no answer came; whoever got no mail is among them. Now and then the mail server
  breaks off by itself within or after a body: that makes one as well, though nobody was killed
- **not in flight**: uncertain copies that the server knows nothing of, or of which the ledger knows each answer
- **at most uncertain**: faults x worker processes x {pool} connections, and what the mail server broke off by itself
- **held**, **violations**: copies that wait for a person though nothing is wrong with them; what
  `rappel ledger verify` finds

| fault | database | runs | copies under way | lost | unflagged duplicates | uncertain |
|---|---|---|---|---|---|---|
{faults}

Copies under way: leased or on the wire somewhere in the fleet at the moment of the fault, over all runs of it. A fault
that does not bite fails the run: each frozen worker was declared dead before it went on, and each full Valkey refused
commands of the fleet. Uncertain: of the copies that were last on the wire before this fault.
"""


def main(path: str) -> int:
    seed = int(os.environ.get("CHAOS_SEED") or int.from_bytes(os.urandom(4)))
    mails, kills = int(os.environ.get("CHAOS_MAILS", 10_000)), int(os.environ.get("CHAOS_KILLS", 100))
    commit = _git("log", "-1", "--format=%h")
    runs = [_run(Plan(seed, mails, database, kills)) for database in ("sqlite", "postgresql")]
    Path(path).write_text(page(runs, commit, datetime.now(UTC)), encoding="utf-8")
    return int(any(not each.verdict.holds for each in runs))


def page(runs: Sequence[Run], commit: str, at: datetime) -> str:
    """Runs with the same seed, mails and faults, a database each."""
    first = runs[0].plan
    return PAGE.format(
        day=f"{at:%Y-%m-%d}",
        commit=commit,
        seed=first.seed,
        mails=first.mails,
        processes=PROCESSES,
        pool=POOL,
        resends=RESENDS,
        databases=" | ".join(each.plan.database for each in runs),
        rules="|".join("---" for _ in runs),
        totals="\n".join(_total(name, runs, of) for name, of in _TOTALS.items()),
        faults="\n".join(_row(each, fault) for fault in Fault for each in runs if fault in each.plan.faults),
    )


_TOTALS: dict[str, Callable[[Run], int]] = {
    "faults": lambda run: len(run.struck),
    "events that only the queue had when it lost its data": lambda run: run.plan.mails - run.verdict.accepted_events,
    "events that were accepted": lambda run: run.verdict.accepted_events,
    "mails that arrived": lambda run: run.verdict.arrived,
    "lost": lambda run: len(run.verdict.lost),
    "unflagged duplicates": lambda run: len(run.verdict.unflagged_duplicates),
    "duplicates with their flag": lambda run: run.verdict.flagged_duplicates,
    "duplicates under another Message-ID": lambda run: len(run.verdict.renamed),
    "sent again by themselves": lambda run: run.verdict.sent_again,
    "uncertain": lambda run: run.verdict.uncertain,
    "of these, broken off by the mail server": lambda run: run.verdict.uncertain_in[OWN],
    "at most uncertain": lambda run: run.verdict.most_uncertain,
    "uncertain, but not in flight": lambda run: len(run.verdict.never_begun),
    "uncertain, but not listed": lambda run: len(run.verdict.unlisted),
    "held": lambda run: len(run.verdict.held),
    "violations": lambda run: len(run.verdict.violations),
    "minutes": lambda run: round(run.seconds / 60),
}


def _total(name: str, runs: Sequence[Run], of: Callable[[Run], int]) -> str:
    return f"| {name} | {' | '.join(f'{of(each):,}' for each in runs)} |"


def _row(run: Run, fault: Fault) -> str:
    """What was lost or doubled has no fault of its own: none of it is anybody's."""
    struck = [(chapter, each) for chapter, each in enumerate(run.struck) if each.fault is fault]
    found = run.verdict
    shown = (
        *(fault, run.plan.database, len(struck), sum(each.under_way for _, each in struck)),
        *("?" if found.lost else 0, "?" if found.unflagged_duplicates else 0),
        sum(found.uncertain_in[chapter] for chapter, _ in struck),
    )
    return f"| {' | '.join(map(str, shown))} |"


def _run(plan: Plan) -> Run:
    """Its logs stay where something went wrong."""
    directory = Path(tempfile.mkdtemp(prefix="rappel-chaos-run-"))
    _say(f"{plan}, logs in {directory}")
    found = run(plan, directory, _say)
    _say(str(found.verdict))
    if found.verdict.holds:
        shutil.rmtree(directory)
    return found


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S607


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
