"""What events say of users, partners, companies and contacts."""

from collections.abc import Callable
from typing import Any

from workers.contract import state
from workers.contract.answers import Warning
from workers.domain import primary
from workers.domain.facts import TOGGLES
from workers.stages.change import Change
from workers.store.bench import Row
from workers.store.cases import is_gone
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
    return Erased(change.seq, address, (words,) if words else ())


def _partner_saved(change: Change, data: state.PartnerSaved) -> None:
    change.set("partner", data.id, data.model_dump(exclude={"id"}))


def _company_saved(change: Change, data: state.CompanySaved) -> None:
    values = data.model_dump(exclude={"id"})
    change.set("company", data.id, values | {"account_managers": list(data.account_managers or ())})


def _company_deleted(change: Change, data: state.CompanyDeleted) -> None:
    change.gone("company", data.id)


def _contact_saved(change: Change, data: state.ContactSaved) -> None:
    row = change.bench.row("contact", data.id)
    moves = row["company"] not in (None, data.company) and change.is_newer(row, "set")
    if moves:
        _leave(change, row)
    known = _members(change, data.company)
    mark = _mark(change, data.company)
    returns = change.is_newer(row, "set") and (moves or is_gone(row))
    if row["created_at"] is None or change.event.time < row["created_at"] or returns:
        row |= {"created_at": change.event.time, "created_seq": change.seq}
        change.bench.touch("contact", data.id)
    if change.set("contact", data.id, _contact_values(data)):
        change.refs.add(f"company/{data.company}")
    if row["company"] == data.company and not is_gone(row):
        save = primary.Save(_member(row), change.event.time, data.primary)
        marking = primary.after_save(mark, known, save)
        _store_mark(change, data.company, marking.mark)
        if marking.warning:
            change.warnings.append(_PRIMARY_LOCKED)


def _contact_values(data: state.ContactSaved) -> Row:
    """`permissions` null: those of the settings (PX-3)."""
    values = data.model_dump(exclude={"id", *_KEPT_OTHERWISE})
    off = [toggle for toggle in TOGGLES if data.notifications and not getattr(data.notifications, toggle)]
    permissions = None if data.permissions is None else list(data.permissions)
    return values | {"address": (data.email or "").strip() or None, "toggles_off": off, "permissions": permissions}


def _contact_deleted(change: Change, data: state.ContactDeleted | state.ContactErased) -> None:
    row = change.bench.row("contact", data.id)
    was_there = row["company"] is not None and not is_gone(row)
    change.gone("contact", data.id)
    if was_there and is_gone(row):
        _leave(change, row)


def _contact_erased(change: Change, data: state.ContactErased) -> None:
    """Counts as deleted (RULES 0.12); an older save must not bring the person back, so it counts as saved, too."""
    row = change.bench.row("contact", data.id)
    erases = change.is_newer(row, "set")
    _contact_deleted(change, data)
    if erases:
        change.erased[f"contact/{data.id}"] = _known(change, row["address"], row["first_name"], row["last_name"])
        change.set("contact", data.id, dict.fromkeys(_PERSONAL))
        change.stamp(row, "gone")


def _leave(change: Change, row: Row) -> None:
    """A contact leaves its company: the mark passes on (PX-2, choice)."""
    company = row["company"]
    change.refs.add(f"company/{company}")
    remaining = [member for member in _members(change, company) if member.contact != row["id"]]
    _store_mark(change, company, primary.after_removal(_mark(change, company), remaining, row["id"]))
    if row["mark_at"] is not None:
        change.bench.touch("contact", row["id"]).update(mark_at=None, mark_explicit=None)


def _members(change: Change, company: str) -> list[primary.Member]:
    rows = change.bench.contacts_of(company)
    return [_member(row) for row in rows if row["set_at"] is not None and not is_gone(row)]


def _member(row: Row) -> primary.Member:
    return primary.Member(row["id"], (row["created_at"], row["created_seq"]), bool(row["active"]))


def _mark(change: Change, company: str) -> primary.Mark | None:
    rows = change.bench.contacts_of(company)
    holder = next((row for row in rows if row["mark_at"] is not None), None)
    return primary.Mark(holder["id"], holder["mark_at"], bool(holder["mark_explicit"])) if holder else None


def _store_mark(change: Change, company: str, mark: primary.Mark | None) -> None:
    for row in change.bench.contacts_of(company):
        wanted = (mark.time, mark.explicit) if mark and mark.holder == row["id"] else (None, None)
        if (row["mark_at"], row["mark_explicit"]) != wanted:
            change.refs.add(f"company/{company}")
            change.bench.touch("contact", row["id"]).update(mark_at=wanted[0], mark_explicit=wanted[1])


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
