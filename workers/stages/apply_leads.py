"""What events say of sales processes and leads (RULES part 3)."""

from collections.abc import Callable, Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any

from workers.contract import state
from workers.contract.answers import Warning
from workers.domain import process_saves
from workers.domain.process_saves import ProcessSave
from workers.domain.thinning import thinned
from workers.domain.visits import CurrentVisit, LeadSave, compact, visit_of
from workers.stages import lost_stages
from workers.stages.change import Change
from workers.store import tables
from workers.store.bench import Row


def _process_saved(change: Change, data: state.ProcessSaved) -> None:
    change.warnings += _stages_without_duration(data)
    row = change.bench.row("process", data.id)
    if change.is_newer(row, "set"):
        change.warnings += lost_stages.in_use(change, data)
    saves = _saves(change, data, row)
    follow_up = data.follow_up.model_dump() if data.follow_up else None
    stages = [stage.model_dump() for stage in data.stages]
    is_newest = change.set("process", data.id, {"name": data.name, "stages": stages, "follow_up": follow_up})
    before = _set_at(row)
    row["saves"] = [_stored(save) for save in saves]
    row["follow_up_set_at"] = process_saves.since(saves, _CADENCE)
    row["stages"] = [_dated(stage, saves) for stage in row["stages"]]
    change.bench.touch("process", data.id)
    if is_newest or _set_at(row) != before:
        change.refs.add(f"process/{data.id}")
        change.fan_outs.add(data.id)


def _saves(change: Change, data: state.ProcessSaved, row: Row) -> list[ProcessSave]:
    """The saves of the process that matter, now that this one is known, too."""
    kept = [ProcessSave(datetime.fromisoformat(each["time"]), each["seq"], each["says"]) for each in row["saves"] or ()]
    if row["set_at"] and row["set_seq"] not in {save.order for save in kept}:  # by a release that kept none
        now = ProcessSave(row["set_at"], row["set_seq"], _says(row["follow_up"], row["stages"]))
        kept += process_saves.of_before(now, _set_at(row))
    follow_up = data.follow_up.model_dump() if data.follow_up else None
    says = _says(follow_up, [stage.model_dump() for stage in data.stages])
    return process_saves.compact(process_saves.in_order([*kept, ProcessSave(change.event.time, change.seq, says)]))


def _says(follow_up: Row | None, stages: Sequence[Row]) -> dict[str, Any]:
    cadence = follow_up and {key: follow_up[key] for key in ("enabled", "interval")}
    return {_CADENCE: cadence} | {_STAGE + stage["id"]: stage["duration"] for stage in stages}


def _set_at(row: Row) -> dict[str, datetime]:
    """Since when each aspect is as the row says, as far as it tells."""
    dated = {_STAGE + stage["id"]: stage.get("duration_set_at") for stage in row["stages"] or ()}
    found = {aspect: datetime.fromisoformat(at) for aspect, at in dated.items() if at}
    return found | ({_CADENCE: row["follow_up_set_at"]} if row["follow_up_set_at"] else {})


def _dated(stage: Row, saves: Sequence[ProcessSave]) -> Row:
    """A stage with the time since which it has its duration (F20)."""
    return stage | {"duration_set_at": process_saves.since(saves, _STAGE + stage["id"]).isoformat()}


def _stored(save: ProcessSave) -> Row:
    return {"time": save.time.isoformat(), "seq": save.order, "says": dict(save.says)}


_CADENCE, _STAGE = "follow_up", "stage/"
"""The aspects of a process: whether and how often it reminds, and how long each stage may last."""


def _stages_without_duration(data: state.ProcessSaved) -> list[Warning]:
    """LT-3: accepted, but such a stage never mails."""
    if not (data.follow_up and data.follow_up.enabled):
        return []
    return [
        Warning(
            "stage_without_duration",
            f"/data/stages/{position}",
            f"Follow-ups are on, but stage {stage.id} ({stage.name}) has no duration, so its leads are never overdue "
            "and nobody is reminded of them. Give it a duration, or mark it closed.",
        )
        for position, stage in enumerate(data.stages)
        if stage.duration is None and not stage.closed
    ]


def _lead_saved(change: Change, data: state.LeadSaved) -> None:
    lost_stages.check(change, data)
    change.set("lead", data.id, data.model_dump(exclude={"id"}))
    current = _visit(change, data)
    row = change.bench.row("lead", data.id)
    row["visit_began_at"], row["visit_seq"] = current.visit.begins_at, current.order
    _look_at_lead(change, data.id)


def _visit(change: Change, data: state.LeadSaved) -> CurrentVisit:
    """The lead's visit, now that this save is known, too; saves that can no longer matter are forgotten."""
    save = LeadSave(change.event.time, change.seq, data.process, data.stage, data.stage_entered_at, data.acceptor)
    log = change.bench.log(tables.lead_saves, data.id)
    saves = compact([*(LeadSave(*(row[name] for name in _SAVE)) for row in log), save])
    kept = thinned(saves, lambda each: (each.entry, each.acceptor))
    log[:] = [{"lead": data.id, **dict(zip(_SAVE, astuple(each), strict=True))} for each in kept]
    return visit_of(kept)


_SAVE = ("time", "seq", "process", "stage", "stage_entered_at", "acceptor")
"""The columns of a `LeadSave`."""


def _lead_closed(change: Change, data: state.LeadClosed) -> None:
    if change.gone("lead", data.id, "closed"):
        _look_at_lead(change, data.id)


def _lead_deleted(change: Change, data: state.LeadDeleted) -> None:
    if change.gone("lead", data.id):
        _look_at_lead(change, data.id)


def _appointment(change: Change, data: state.LeadAppointmentSaved) -> None:
    _entry(change, data.lead, "appointment", data.id, "saved", starts_at=data.starts_at, ends_at=data.ends_at)


def _appointment_cancelled(change: Change, data: state.LeadAppointmentCancelled) -> None:
    _entry(change, data.lead, "appointment", data.id, "cancelled")


def _task(action: str) -> Callable[[Change, Any], None]:
    return lambda change, data: _entry(change, data.lead, "task", data.id, action)


def _entry(change: Change, lead: str, kind: str, ref: str, action: str, **times: Any) -> None:
    row = {"lead": lead, "seq": change.seq, "kind": kind, "ref": ref, "time": change.event.time, "action": action}
    log = change.bench.log(tables.lead_entries, lead)
    log.append(row | {"starts_at": None, "ends_at": None} | times)
    log.sort(key=lambda each: (each["kind"], each["ref"], each["time"], each["seq"]))
    log[:] = thinned(log, lambda each: tuple(each[name] for name in _ENTRY))
    _look_at_lead(change, lead)


_ENTRY = ("kind", "ref", "action", "starts_at", "ends_at")
"""What an entry says."""


def _look_at_lead(change: Change, id: str) -> None:
    change.refs.add(f"lead/{id}")
    change.look_at("lead", id)


APPLY: dict[str, Callable[[Change, Any], None]] = {
    "process.saved": _process_saved,
    "lead.saved": _lead_saved,
    "lead.closed": _lead_closed,
    "lead.deleted": _lead_deleted,
    "lead.appointment_saved": _appointment,
    "lead.appointment_cancelled": _appointment_cancelled,
    "lead.task_created": _task("created"),
    "lead.task_completed": _task("completed"),
    "lead.task_deleted": _task("deleted"),
}
