"""What each event of state changes, on the rows of a bench (EVENTS; RULES 0.6, 0.12).

State changes apply by their own `time`: a newer one replaces an older one, at equal times the later arrival wins, and
each kind of state (saved, gone, closed, marked) keeps its own clock.
"""

from collections.abc import Callable
from typing import Any

from workers.contract import state
from workers.contract.templates import TemplateSwitched
from workers.domain.recipients import fold
from workers.stages import apply_leads, apply_objects, apply_people
from workers.stages.change import Change
from workers.store.bench import Row


def apply(change: Change) -> None:
    """Apply what one event says of state. Raises Refused, with nothing changed, where it contradicts what is known."""
    if change.event.type in _APPLY:
        _APPLY[change.event.type](change, change.event.data)


def _renewal_saved(change: Change, data: state.RenewalSaved) -> None:
    before = change.bench.row("renewal", data.id)["renews_on"]
    values = data.model_dump(exclude={"id"})
    row = change.set("renewal", data.id, values | {"amount": None if data.amount is None else str(data.amount)})
    if row is None:
        return
    if before == data.renews_on:
        change.look_at("renewal", data.id)
    else:  # a new date is known from the next run on (R18): one that takes place already came before it
        row |= {"known_on": None, "due_on": change.look_on}


def _template_switched(change: Change, data: TemplateSwitched) -> None:
    row = change.bench.switch(data.template, data.language or "")
    if change.is_newer(row, "set"):
        row["enabled"] = data.enabled
        change.stamp(row, "set")
        change.refs.add(f"template/{data.template}")


def _address_bounced(change: Change, data: state.AddressBounced) -> None:
    if data.kind == "soft":
        _address(change, data.address)["soft_bounces"] += 1
    else:
        _suppress(change, data.address, suppressed=True, reason=data.kind, diagnostic=data.diagnostic)


def _address_released(change: Change, data: state.AddressReleased) -> None:
    _suppress(change, data.address, suppressed=False, reason=None, diagnostic=None)


def _suppress(change: Change, address: str, **values: Any) -> None:
    """RULES 0.9."""
    change.set("address", _address(change, address)["key"], values)


def _address(change: Change, address: str) -> Row:
    row = change.bench.touch("address", fold(address))
    if row["address"] is None:
        row |= {"address": address.strip(), "suppressed": False, "soft_bounces": 0}
    return row


_APPLY: dict[str, Callable[[Change, Any], None]] = {
    **apply_people.APPLY,
    **apply_objects.APPLY,
    **apply_leads.APPLY,
    "renewal.saved": _renewal_saved,
    "template.switched": _template_switched,
    "address.bounced": _address_bounced,
    "address.released": _address_released,
}
