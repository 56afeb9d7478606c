"""One event being applied to the rows of a bench, by its own time (RULES 0.6)."""

from dataclasses import dataclass, field
from datetime import date

from workers.contract.answers import Warning
from workers.contract.envelope import Event
from workers.stages.marks import Marks
from workers.store.bench import Bench, Row
from workers.store.erasure import Erased


@dataclass(slots=True)
class Change:
    """One event being applied. `look_on`: day of the run that must look at the leads and renewals it touches.

    `refs` collects the facts that changed, for the notices that lean on them; `fan_outs` the processes whose leads
    must be looked at. `erased`: the people of whom nothing may be kept, with what was known of them.
    """

    event: Event
    seq: int
    bench: Bench
    marks: Marks
    look_on: date
    warnings: list[Warning] = field(default_factory=list)
    refs: set[str] = field(default_factory=set)
    fan_outs: set[str] = field(default_factory=set)
    erased: dict[str, Erased] = field(default_factory=dict)

    def is_newer(self, row: Row, prefix: str) -> bool:
        at = row[f"{prefix}_at"]
        return at is None or self.event.time >= at

    def stamp(self, row: Row, prefix: str) -> None:
        row[f"{prefix}_at"], row[f"{prefix}_seq"] = self.event.time, self.seq

    def set(self, kind: str, id: str, values: Row) -> Row | None:
        """Write the whole object, if nothing newer is known; the row, or None."""
        row = self.bench.row(kind, id)
        if not self.is_newer(row, "set"):
            return None
        row.update(values)
        self.stamp(row, "set")
        self.refs.add(f"{kind}/{id}")
        return self.bench.touch(kind, id)

    def gone(self, kind: str, id: str, prefix: str = "gone") -> Row | None:
        row = self.bench.row(kind, id)
        if not self.is_newer(row, prefix):
            return None
        self.stamp(row, prefix)
        self.refs.add(f"{kind}/{id}")
        return self.bench.touch(kind, id)

    def look_at(self, kind: str, id: str) -> None:
        """The next run must look at this row, and a run that takes place already, if it has not done so yet."""
        row = self.bench.touch(kind, id)
        row["due_on"] = min(row["due_on"] or self.look_on, self.look_on)
