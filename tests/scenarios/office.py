"""Words for stories about occasions: who answers for Lumière, its deal, project and ticket, and who reads there."""

from collections.abc import Sequence
from typing import Any

from tests.scenarios import Event, event
from tests.scenarios.story import Line, Told, dropped, kept, mail, notice, simulate, z

START = z("06-01 08:00")
AT = "06-01 09:00"
UNTIL = "06-01 12:00"

JONAS = ("user/U-1", "jonas@nordwind.example.org")
GRETA = ("user/U-2", "greta@nordwind.example.org")
MAREN = ("user/U-3", "maren@nordwind.example.org")
ANNA = ("contact/C-1", "anna@lumiere.example.com")
BRUNO = ("contact/C-2", "bruno@lumiere.example.com")
CHLOE = ("contact/C-3", "chloe@lumiere.example.com")

_USERS = {
    "U-1": {"name": "Jonas Keller", "email": JONAS[1], "language": "de"},
    "U-2": {"name": "Greta Voss", "email": GRETA[1]},
    "U-3": {"name": "Maren Olsen", "email": MAREN[1], "language": "fr"},
}
_CONTACTS = {
    "C-1": {"first_name": "Anna", "last_name": "Petit", "email": ANNA[1]},
    "C-2": {"first_name": "Bruno", "last_name": "Roche", "email": BRUNO[1], "language": "de"},
    "C-3": {"first_name": "Chloé", "last_name": "Girard", "email": CHLOE[1], "language": "en"},
}


def user(id: str, time: str = START, /, **changes: Any) -> Event:
    """Jonas (U-1) reads German, Greta (U-2) English, Maren (U-3) French."""
    return event("user.saved", time, **{"id": id} | _USERS[id] | changes)


COLLEAGUES = tuple(user(id) for id in _USERS)


def company(time: str = START, /, *managers: str | None, **changes: Any) -> Event:
    """Lumière (K-1), whose language is French."""
    data: dict[str, Any] = {"id": "K-1", "name": "Ateliers Lumière", "language": "fr"}
    return event("company.saved", time, **data | ({"account_managers": list(managers)} if managers else {}) | changes)


def deal(*responsible: str, **changes: Any) -> Event:
    data = {"id": "D-1", "company": "K-1", "title": "Two packaging lines", "responsible": list(responsible)}
    return event("deal.saved", START, **data | changes)


def project(*responsible: str, **changes: Any) -> Event:
    data = {"id": "J-1", "company": "K-1", "title": "New quay", "responsible": list(responsible)}
    return event("project.saved", START, **data | changes)


def ticket(**changes: Any) -> Event:
    return event("ticket.saved", START, **{"id": "T-1", "company": "K-1", "title": "Gate stays shut"} | changes)


def contact(id: str, time: str = START, /, **changes: Any) -> Event:
    """Anna (C-1) has no language of her own, Bruno (C-2) reads German, Chloé (C-3) English."""
    data = {"id": id, "company": "K-1"} | _CONTACTS[id] | changes
    return event("contact.saved", time, **{name: value for name, value in data.items() if value is not None})


def toggles(*off: str) -> dict[str, bool]:
    """`notifications` with these switched off."""
    return dict.fromkeys(off, False)


def activity(object: str, action: str = "note_added", at: str = AT, **more: Any) -> Event:
    return event("activity.recorded", z(at), object=object, action=action, **more)


def document(type: str = "invoice.sent", /, at: str = AT, **more: Any) -> Event:
    """About document 55 of Lumière."""
    return event(type, z(at), **{"company": "K-1", "document": {"id": "55"}} | more)


def off(template: str, **more: Any) -> Event:
    return event("template.switched", START, template=template, enabled=False, **more)


def told(*events: Event, until: str = UNTIL, toml: str = "", outages: Sequence[tuple[str, str]] = ()) -> list[Line]:
    """All that the story prints."""
    return story(*events, until=until, toml=toml, outages=outages).lines


def story(*events: Event, until: str = UNTIL, toml: str = "", outages: Sequence[tuple[str, str]] = ()) -> Told:
    return simulate(events, until, toml=toml, outages=outages)


# What is printed -----------------------------------------------------------------------------------------------------

_LANGUAGES = {"U-1": "de", "U-2": "en", "U-3": "fr", "C-1": "fr", "C-2": "de", "C-3": "en"}


def to(template: str, *readers: tuple[str, str]) -> list[Line]:
    """A mail each, in the reader's language."""
    return [mail(template, _LANGUAGES[ref.partition("/")[2]], [address]) for ref, address in readers]


def sent(subject: str, reason: str, *people: Line, at: str = AT, **more: Any) -> Line:
    """An activity that was told to everybody kept."""
    readers = [(each["ref"], each["address"]) for each in people if each["kept"]]
    return notice(at, "activity", subject, "sent", reason, mails=to("activity", *readers), people=people, **more)


def not_sent(subject: str, reason: str, *people: Line, outcome: str = "suppressed", at: str = AT) -> Line:
    return notice(at, "activity", subject, outcome, reason, people=people)


def mailed(kind: str, subject: str, reason: str, *people: Line, at: str = AT, **more: Any) -> Line:
    """A document of which everybody kept got a mail."""
    readers = [(each["ref"], each["address"]) for each in people if each["kept"]]
    return notice(at, kind, subject, "sent", reason, mails=to(kind, *readers), people=people, **more)


def refused(kind: str, subject: str, reason: str, *people: Line, at: str = AT) -> Line:
    return notice(at, kind, subject, "suppressed", reason, people=people)


def manager(who: tuple[str, str], role: str = "account_manager") -> Line:
    return kept(role, *who, f"company_{role}")


def reader(who: tuple[str, str], reason: str = "toggle_on") -> Line:
    return kept("contact", *who, reason)


def nobody(role: str, reason: str) -> Line:
    return dropped(role, None, None, reason)


def no_reader(who: tuple[str, str], reason: str) -> Line:
    return dropped("contact", *who, reason)
