"""What events say of users, partners, companies and contacts."""

from collections.abc import Callable
from typing import Any

from workers.contract import state
from workers.contract.answers import Warning
from workers.domain import primary
from workers.domain.facts import TOGGLES
from workers.domain.primary import Entry
from workers.stages.change import Change
from workers.store.bench import Row
from workers.store.erasure import Erased


def _user_saved(change: Change, data: state.UserSaved) -> None:
    values = data.model_dump(include={"name", "language", "timezone", "active", "partner"})
    change.set("user", data.id, values | {"address": data.email.strip()})


def _user_deactivated(change: Change, data: state.UserDeactivated) -> None:
    change.gone("user", data.id)


def _user_erased(change: Change, data: state.UserErased) -> None:
    nothing = dict.fromkeys(("name", "address", "language", "timezone", "active", "partner"))
    row = change.bench.row("user", data.id)
    known = _known(change, row["address"], *(row["name"] or "").split())
    if change.set("user", data.id, nothing):
        change.erased[f"user/{data.id}"] = known


def _known(change: Change, address: str | None, *names: str | None) -> Erased:
    """What is known of somebody who is erased, to be looked for elsewhere."""
    words = tuple(name for name in names if name)
    return Erased(change.seq, change.event.time, address, (words,) if words else ())


def _partner_saved(change: Change, data: state.PartnerSaved) -> None:
    change.set("partner", data.id, data.model_dump(exclude={"id"}))


def _company_saved(change: Change, data: state.CompanySaved) -> None:
    values = data.model_dump(exclude={"id"})
    change.set("company", data.id, values | {"account_managers": list(data.account_managers or ())})


def _company_deleted(change: Change, data: state.CompanyDeleted) -> None:
    change.gone("company", data.id)


def _contact_saved(change: Change, data: state.ContactSaved) -> None:
    _tell(change, data.id, data.company, active=data.active, primary=data.primary)
    change.set("contact", data.id, _contact_values(data))


def _tell(change: Change, contact: str, company: str | None, active: bool = True, primary: bool | None = None) -> None:
    """Where a contact is from the event's time on (PX-2); `company` None: nowhere any more."""
    entry = Entry(contact, change.event.time, change.seq, company, active, primary)
    concerned, warning = change.marks.tell(entry)
    change.refs |= {f"company/{each}" for each in concerned}
    if warning:
        change.warnings.append(_PRIMARY_LOCKED)


def _contact_values(data: state.ContactSaved) -> Row:
    """`permissions` null: those of the settings (PX-3)."""
    values = data.model_dump(exclude={"id", *_KEPT_OTHERWISE})
    off = [toggle for toggle in TOGGLES if data.notifications and not getattr(data.notifications, toggle)]
    permissions = None if data.permissions is None else list(data.permissions)
    return values | {"address": (data.email or "").strip() or None, "toggles_off": off, "permissions": permissions}


def _contact_deleted(change: Change, data: state.ContactDeleted | state.ContactErased) -> None:
    _tell(change, data.id, None)
    change.gone("contact", data.id)


def _contact_erased(change: Change, data: state.ContactErased) -> None:
    """Counts as deleted (RULES 0.12); an older save must not bring the person back, so it counts as saved, too."""
    _contact_deleted(change, data)
    row = dict(change.bench.row("contact", data.id))
    if change.set("contact", data.id, dict.fromkeys(_PERSONAL)):
        change.erased[f"contact/{data.id}"] = _known(change, row["address"], row["first_name"], row["last_name"])


_KEPT_OTHERWISE = frozenset({"email", "primary", "notifications", "permissions", "welcome", "set_password"})
"""What a contact's row has no column of that name for; the last two say what to mail, not how the contact is."""
_PERSONAL = ("first_name", "last_name", "address", "phone", "position", "language", "custom_user")
_PRIMARY_LOCKED = Warning(
    primary.PRIMARY_LOCKED,
    "/data/primary",
    "This is the company's primary contact, and a company always has one: the mark was kept. "
    "Save another contact with primary true to move it.",
)

APPLY: dict[str, Callable[[Change, Any], None]] = {
    "user.saved": _user_saved,
    "user.deactivated": _user_deactivated,
    "user.erased": _user_erased,
    "partner.saved": _partner_saved,
    "company.saved": _company_saved,
    "company.deleted": _company_deleted,
    "contact.saved": _contact_saved,
    "contact.created": _contact_saved,
    "contact.deleted": _contact_deleted,
    "contact.erased": _contact_erased,
}
