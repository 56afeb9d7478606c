"""The cast of every test: six people, two companies, one partner.

Claire, Bruno and Odile work for Lumière, which buys through the agency Nordwind; Jonas, Greta and Maren work for
Nordwind. Hafenbau has no partner, and nobody of these six belongs to it. Tests change a copy (`dataclasses.replace`).
"""

from datetime import UTC, date, datetime

from workers.domain.cases import RenewalCase
from workers.domain.facts import Company, Contact, Partner, Renewal, User

NORDWIND = Partner(id="P-1", name="Agentur Nordwind", point_of_contact="U-1", language="de")

LUMIERE = Company(id="K-1", name="Ateliers Lumière", language="fr", timezone="Europe/Paris", partner=NORDWIND.id)
HAFENBAU = Company(id="K-2", name="Hafenbau Nord GmbH", language="de", timezone="Europe/Berlin")

CLAIRE = Contact(
    id="C-1",
    company=LUMIERE.id,
    first_name="Claire",
    last_name="Fontaine",
    address="claire.fontaine@lumiere.example.com",
    language="fr",
    primary=True,
)
BRUNO = Contact(
    id="C-2",
    company=LUMIERE.id,
    first_name="Bruno",
    last_name="Lefèvre",
    address="bruno.lefevre@lumiere.example.com",
    billing=True,
)
ODILE = Contact(
    id="C-3",
    company=LUMIERE.id,
    first_name="Odile",
    last_name="Marchand",
    address="odile.marchand@lumiere.example.com",
    language="de",
    decision_maker=True,
)
CLIENTS = (CLAIRE, BRUNO, ODILE)

JONAS = User(
    id="U-1",
    name="Jonas Keller",
    address="jonas.keller@nordwind.example.org",
    language="de",
    timezone="Europe/Berlin",
    partner=NORDWIND.id,
)
"""Nordwind's point of contact for all its clients."""

GRETA = User(
    id="U-2",
    name="Greta Voss",
    address="greta.voss@nordwind.example.org",
    language="en",
    timezone="Europe/Vienna",
    partner=NORDWIND.id,
)
"""Accepts leads; named as point of contact only where a test gives a client its own."""

MAREN = User(
    id="U-3",
    name="Maren Olsen",
    address="maren.olsen@nordwind.example.org",
    language="fr",
    timezone="Europe/Paris",
    partner=NORDWIND.id,
)
"""A colleague who answers for something only where a test says so."""

USERS = {user.id: user for user in (JONAS, GRETA)}
COLLEAGUES = {user.id: user for user in (JONAS, GRETA, MAREN)}

RENEWAL = Renewal(
    id="R-1",
    company=LUMIERE.id,
    product="Marketing Hub Professional",
    renews_on=date(2026, 3, 31),
    known_on=date(2025, 11, 3),
)

RENEWAL_CASE = RenewalCase(renewal=RENEWAL, company=LUMIERE, partner=NORDWIND, contacts=CLIENTS, users=USERS)
"""R1 as it stands: owner HubSpot by default, all three roles held, a point of contact."""


def utc(text: str) -> datetime:
    """An instant in UTC, written without offset: `utc("2026-06-02T07:00")`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
