"""Who is written to, and why: each event reaches one contact of its own, and nobody else.

One half are invoices, which stay uncertain when they are; the other half links to set a password, which are sent again.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from tests.scenarios import Event, event

PER_COMPANY = 20
INVOICE, PASSWORD = "invoice.sent", "contact.password_requested"
RESENT = "contact.set_password"
"""The template of the mails that go out again by themselves: as the settings have it by default."""


def people(mails: int, at: datetime) -> Iterator[Event]:
    """A contact for each mail."""
    for n in range(mails):
        if n % PER_COMPANY == 0:
            yield event("company.saved", at, id=f"K-{n // PER_COMPANY}", name=f"Lumière {n // PER_COMPANY}")
        names = {"first_name": "Claire", "last_name": f"Fontaine {n}"}
        yield event("contact.saved", at, id=f"C-{n}", company=f"K-{n // PER_COMPANY}", email=address(n), **names)


def address(n: int) -> str:
    return f"claire.{n}@lumiere.example.com"


def number(address: str) -> int:
    """That of the mail that goes there."""
    found = re.fullmatch(r"claire\.(\d+)@lumiere\.example\.com", address)
    assert found, address
    return int(found[1])


def link(n: int) -> str:
    return f"https://portal.example.com/set-password/{n}"


def occasion(n: int, at: datetime) -> Event:
    """It reaches contact `n`."""
    if n % 2:
        return event(PASSWORD, at, id=f"C-{n}", url=link(n), issued_at=at)
    of = {"company": f"K-{n // PER_COMPANY}", "document": {"id": str(n)}}
    return event(INVOICE, at, mode="manual", contacts=[f"C-{n}"], **of)
