"""What events say of deals, projects and tickets (RULES part 2)."""

from collections.abc import Callable
from typing import Any

from workers.contract import state
from workers.stages.change import Change


def _deal_saved(change: Change, data: state.DealSaved) -> None:
    _save(change, "deal", data)


def _project_saved(change: Change, data: state.ProjectSaved) -> None:
    _save(change, "project", data)


def _ticket_saved(change: Change, data: state.TicketSaved) -> None:
    values = data.model_dump(exclude={"id"})
    change.set("ticket", data.id, values | {"address": (data.address or "").strip() or None})


def _save(change: Change, kind: str, data: state.DealSaved | state.ProjectSaved) -> None:
    values = data.model_dump(exclude={"id"})
    change.set(kind, data.id, values | {"responsible": list(data.responsible)})


APPLY: dict[str, Callable[[Change, Any], None]] = {
    "deal.saved": _deal_saved,
    "project.saved": _project_saved,
    "ticket.saved": _ticket_saved,
}
