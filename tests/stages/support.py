"""A small world that support staff are asked about: an invoice that five people might have got, and a renewal.

Anna got the invoice. Bruno's switch is off, Chloé unsubscribed, Diane's address bounced, Emil has none. The renewal's
first notice is due on 2026-06-02 and goes to Jonas: Nordwind looks after its clients' renewals itself.
"""

from collections.abc import Iterable

from tests.scenarios import Event, event
from tests.stages.fleet import MONDAY, decide, deliver_all, take, take_all
from tests.world import utc
from workers.store import tables
from workers.store.database import Database

TOLD = utc("2026-06-01T08:00")
NOON = utc("2026-06-01T12:00")

JONAS = event(
    "user.saved",
    MONDAY,
    id="U-1",
    name="Jonas Keller",
    email="jonas@nordwind.example.org",
    language="de",
    partner="P-1",
)
NORDWIND = event(
    "partner.saved", MONDAY, id="P-1", name="Agentur Nordwind", point_of_contact="U-1", renewal_owner="partner"
)
LUMIERE = event(
    "company.saved", MONDAY, id="K-1", name="Ateliers Lumière", language="fr", partner="P-1", account_managers=["U-1"]
)
RENEWAL = event("renewal.saved", MONDAY, id="R-1", company="K-1", product="Hub", renews_on="2026-08-31")


def contact(id: str, first_name: str, at: str = "2026-06-01T00:00:00Z", **more: object) -> Event:
    data = {"company": "K-1", "last_name": "Petit", "email": f"{first_name.lower()}@lumiere.example.com"} | more
    return event("contact.saved", at, id=id, first_name=first_name, **data)


ANNA = contact("C-1", "Anna", billing=True, position="Buyer")
BRUNO = contact("C-2", "Bruno", notifications={"invoice": False}, language="de")
CHLOE = contact("C-3", "Chloe")
DIANE = contact("C-4", "Diane")
EMIL = contact("C-5", "Emil", email="")
BOUNCED = event("address.bounced", MONDAY, address="Diane@lumiere.example.com", kind="hard", diagnostic="550 gone")
INVOICE = event("invoice.sent", TOLD, company="K-1", document={"id": "55"})

STATE = (NORDWIND, JONAS, LUMIERE, ANNA, BRUNO, CHLOE, DIANE, EMIL, BOUNCED, RENEWAL)


def opt_out(database: Database, contact: str, toggle: str) -> None:
    with database.write() as connection:
        row = {"contact": contact, "toggle": toggle, "source": "one_click", "at": MONDAY}
        connection.execute(tables.opt_outs.insert().values(row))


def live(database: Database, state: Iterable[Event] = STATE) -> None:
    """Everything was told, and the invoice was sent; the first daily run is yet to come."""
    take_all(database, state)
    opt_out(database, "C-3", "invoice")
    take(database, INVOICE, at=TOLD)
    decide(database, TOLD)
    deliver_all(database, TOLD)
