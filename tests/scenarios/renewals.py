"""Words for stories about renewals: Lumière buys through the agency Nordwind, Jonas is its point of contact."""

from collections.abc import Sequence
from typing import Any

from tests.scenarios import Event, event
from tests.scenarios.story import Line, dropped, kept, mail, notice, z

START = z("2025-12-29 00:00")
SUBJECT = "renewal/R-1"

CLAIRE = ("contact/C-1", "claire@lumiere.example.com")
BRUNO = ("contact/C-2", "bruno@lumiere.example.com")
ODILE = ("contact/C-3", "odile@lumiere.example.com")
JONAS = ("user/U-1", "jonas@nordwind.example.org")
GRETA = ("user/U-2", "greta@nordwind.example.org")

MAIN = kept("main", *CLAIRE, "main_contact")
BILLING = kept("billing", *BRUNO, "billing_contact")
DECIDER = kept("decision_maker", *ODILE, "decision_maker")
POC = kept("point_of_contact", *JONAS, "point_of_contact")
EVERYBODY = (MAIN, BILLING, DECIDER, POC)
NO_POC = dropped("point_of_contact", None, None, "no_point_of_contact")
NOT_COPIED = dropped("point_of_contact", *JONAS, "no_client_recipients")
"""A copy alone is no mail (R10)."""


def user(id: str, time: str = START, /, **changes: Any) -> Event:
    """Jonas (U-1, German) or Greta (U-2, English)."""
    name, address, language = {"U-1": ("Jonas Keller", JONAS[1], "de"), "U-2": ("Greta Voss", GRETA[1], "en")}[id]
    return event("user.saved", time, **{"id": id, "name": name, "email": address, "language": language} | changes)


def partner(time: str = START, /, **changes: Any) -> Event:
    data = {"id": "P-1", "name": "Agentur Nordwind", "point_of_contact": "U-1"} | changes
    return event("partner.saved", time, **{key: value for key, value in data.items() if value is not None})


def company(time: str = START, /, **changes: Any) -> Event:
    data = {"id": "K-1", "name": "Ateliers Lumière", "language": "fr", "partner": "P-1"} | changes
    return event("company.saved", time, **{key: value for key, value in data.items() if value is not None})


def claire(time: str = START, /, **changes: Any) -> Event:
    """The main contact."""
    return _contact(time, {"id": "C-1", "first_name": "Claire", "email": CLAIRE[1], "primary": True} | changes)


def bruno(time: str = START, /, **changes: Any) -> Event:
    """The billing contact."""
    return _contact(time, {"id": "C-2", "first_name": "Bruno", "email": BRUNO[1], "billing": True} | changes)


def odile(time: str = START, /, **changes: Any) -> Event:
    """The decision maker, who reads German: a letter to the client is in the company's language all the same."""
    data = {"id": "C-3", "first_name": "Odile", "email": ODILE[1], "decision_maker": True, "language": "de"}
    return _contact(time, data | changes)


def _contact(time: str, data: dict[str, Any]) -> Event:
    known = {"company": "K-1", "last_name": "Martin"} | data
    return event("contact.saved", time, **{key: value for key, value in known.items() if value is not None})


def renewal(time: str = START, /, **changes: Any) -> Event:
    """On 31 March 2026: due on 31 December, 30 January and 1 March."""
    return event(
        "renewal.saved",
        time,
        **{"id": "R-1", "company": "K-1", "product": "Marketing Hub", "renews_on": "2026-03-31"} | changes,
    )


def switch(time: str, template: str, enabled: bool, language: str | None = None) -> Event:
    more = {"language": language} if language else {}
    return event("template.switched", z(time), template=template, enabled=enabled, **more)


CLIENTS = (claire(), bruno(), odile())
PEOPLE = (user("U-1"), user("U-2"), *CLIENTS)
STORY = (*PEOPLE, partner(), company(), renewal())


def to_client(
    at: str,
    offset: int,
    reason: str = "hubspot_owner_default",
    people: Sequence[Line] = EVERYBODY,
    *,
    notes: Sequence[str] = (),
    language: str = "fr",
    kind: str | None = None,
    subject: str = SUBJECT,
) -> Line:
    """A letter to the kept people: the point of contact in copy. `kind`: of other offsets than the default ones."""
    kind = kind or ("renewal.notice" if offset == 90 else "renewal.reminder")
    there = [each for each in people if each["kept"]]
    to = [each["address"] for each in there if "point_of_contact" not in each["roles"]]
    cc = [each["address"] for each in there if "point_of_contact" in each["roles"]]
    return notice(
        at,
        kind,
        subject,
        "sent",
        reason,
        offset=offset,
        notes=notes,
        mails=[mail(kind, language, to, cc)],
        people=people,
    )


def to_partner(
    at: str,
    offset: int,
    reason: str,
    who: tuple[str, str] = JONAS,
    language: str = "de",
    *,
    notes: Sequence[str] = (),
    subject: str = SUBJECT,
) -> Line:
    """A letter to the point of contact, and to nobody else."""
    kind = "renewal.notice" if offset == 90 else "renewal.reminder"
    return notice(
        at,
        kind,
        subject,
        "sent",
        reason,
        offset=offset,
        notes=notes,
        mails=[mail(f"{kind}.partner", language, [who[1]])],
        people=[kept("point_of_contact", *who, "point_of_contact")],
    )


def suppressed(
    at: str,
    offset: int,
    reason: str,
    people: Sequence[Line] = (),
    *,
    notes: Sequence[str] = (),
    kind: str | None = None,
    subject: str = SUBJECT,
) -> Line:
    kind = kind or ("renewal.notice" if offset == 90 else "renewal.reminder")
    return notice(at, kind, subject, "suppressed", reason, offset=offset, notes=notes, people=people)
