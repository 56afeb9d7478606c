"""The example through `rappel simulate`, and where its files are; nothing else knows how a simulation is called."""

import json
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from workers.house import simulation
from workers.settings import Settings
from workers.stages.timeline import Outage as Away

EXAMPLE = Path(__file__).parents[2] / "config" / "example"
FORTNIGHT = (EXAMPLE / "01-state.ndjson", EXAMPLE / "02-fortnight.ndjson")
VECTORS = EXAMPLE / "vectors"
EXPECTED = Path(__file__).with_name("expected.json")

Outage = tuple[datetime, datetime]


def lines_of(*paths: Path) -> list[str]:
    return [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def replay(
    lines: Iterable[str], until: datetime, outages: Sequence[Outage] = (), explain: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """What `simulate --json` prints for these events, line by line."""
    run = simulation(Settings(), [Away(*outage) for outage in outages])
    with closing(run.database):
        run.run(enumerate(lines, start=1), until)
        return [json.loads(json.dumps(line)) for line in (*run.lines(), *run.explain(explain, until))]
