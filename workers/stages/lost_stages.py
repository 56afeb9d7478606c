"""Leads in a stage that their process does not have: nobody is reminded of them, so somebody is told (EVENTS).

A lead that says so after its process did is a contradiction, and refused. But a lead may come before its process, and
a process may drop a stage that leads are in; and what a lead says of the time before that was true then (RULES 0.6).
"""

from collections import defaultdict
from collections.abc import Iterable

from workers.contract.answers import Warning
from workers.contract.envelope import Event
from workers.contract.refusal import Code, Refused, nearest, shown
from workers.contract.state import LeadSaved, ProcessSaved
from workers.stages.change import Change
from workers.store.bench import Bench, Row
from workers.store.cases import lead_of

NAMED = 5
"""Leads that a warning names."""

_MEND = "Nobody is reminded of a lead in such a stage: save it with another one, or the process with this one."


def load(bench: Bench, events: Iterable[Event]) -> None:
    """Fetch some leads of each stage, of the processes whose stages these events change."""
    stages: dict[str, set[frozenset[str]]] = defaultdict(set)
    for event in events:
        if isinstance(event.data, ProcessSaved):
            stages[event.data.id] |= {_ids_before(bench.row("process", event.data.id)), _ids(event.data)}
    bench.load_leads_of([process for process, sets in stages.items() if len(sets) > 1], NAMED + 1)


def in_use(change: Change, data: ProcessSaved) -> list[Warning]:
    """The warning about leads in stages that a process drops, or never had though they came before it."""
    before, kept = _ids_before(change.bench.row("process", data.id)), _ids(data)
    leads = [row for row in change.bench.leads_of(data.id) if row["stage"] not in kept and _is_open(row)]
    lost = [row for row in leads if not before or row["stage"] in before]
    if not lost:
        return []
    named = ", ".join(f"{row['id']} ({row['stage']})" for row in lost[:NAMED])
    more = " and others" if len(lost) > NAMED else ""
    detail = f"Without these stages the process leaves leads in none of its own: {named}{more}. {_MEND}"
    return [Warning("stage_in_use", "/data/stages", f"{detail} `rappel problems --kind dangling` lists them.")]


def check(change: Change, data: LeadSaved) -> None:
    """Refuse a lead whose stage its process does not have; what was so before the process was saved is only warned of.

    Raises Refused.
    """
    if not change.bench.known("process", data.process):
        return
    process = change.bench.row("process", data.process)
    stages = [stage["id"] for stage in process["stages"]]
    if data.stage in stages:
        return
    what = f"Process {data.process} has no stage {shown(data.stage)}"
    if change.is_newer(process, "set"):
        hint = nearest(data.stage, stages) or f"its stages are {', '.join(stages[:20])}."
        raise Refused(Code.INVALID_VALUE, ("data", "stage"), f"{what}: {hint} Send process.saved first if it is new.")
    detail = f"{what} any more; it may have had it at the time of this event, which was stored. {_MEND}"
    change.warnings.append(Warning("stage_missing", "/data/stage", detail))


def _ids(data: ProcessSaved) -> frozenset[str]:
    return frozenset(stage.id for stage in data.stages)


def _ids_before(process: Row) -> frozenset[str]:
    return frozenset(stage["id"] for stage in process["stages"] or ())


def _is_open(lead: Row) -> bool:
    """As the rules have it; `is_open_lead` says the same to the database."""
    known = lead_of(lead)
    return not (known.deleted or known.closed)
