"""Who gets a renewal notice: HS-1 to HS-9, R1 to R16 and R15b, C1 to C3, and the refusals of RULES 0.10 and 0.11."""

import pytest

from tests.scenarios import event
from tests.scenarios.renewals import (
    BILLING,
    BRUNO,
    CLAIRE,
    CLIENTS,
    DECIDER,
    GRETA,
    JONAS,
    MAIN,
    NO_POC,
    NOT_COPIED,
    ODILE,
    PEOPLE,
    POC,
    START,
    STORY,
    bruno,
    claire,
    company,
    odile,
    partner,
    renewal,
    suppressed,
    switch,
    to_client,
    to_partner,
    user,
)
from tests.scenarios.story import Case, case_id, dropped, kept, z

DUE = "2025-12-31 07:00"
BEFORE = z("2025-12-30 12:00")
LATER = "2026-01-02 07:00"
NO_TOGGLE = {"contract": False}
CLIENT_ROLES = (MAIN, BILLING, DECIDER)

OWNERS = [
    Case("R1", STORY, DUE, [to_client(DUE, 90)]),
    Case("R1 the default says hubspot", [*STORY, partner(BEFORE, renewal_owner="hubspot")], DUE, [to_client(DUE, 90)]),
    Case(
        "R2",
        [*PEOPLE, partner(renewal_owner="partner"), company(renewal_owner="hubspot"), renewal()],
        DUE,
        [to_client(DUE, 90, "hubspot_owner_client")],
    ),
    Case(
        "R2 client and default both say hubspot",
        [*PEOPLE, partner(renewal_owner="hubspot"), company(renewal_owner="hubspot"), renewal()],
        DUE,
        [to_client(DUE, 90, "hubspot_owner_client")],
    ),
    Case(
        "R3",
        [*PEOPLE, partner(renewal_owner="partner"), company(), renewal()],
        DUE,
        [to_partner(DUE, 90, "partner_owner_default")],
    ),
    Case(
        "R3 HS-7 the client's own point of contact beats the default one",
        [*PEOPLE, partner(renewal_owner="partner"), company(renewal_point_of_contact="U-2"), renewal()],
        DUE,
        [to_partner(DUE, 90, "partner_owner_default", GRETA, "en")],
    ),
    Case(
        "R4",
        [*PEOPLE, partner(), company(renewal_owner="partner", renewal_point_of_contact="U-2"), renewal()],
        DUE,
        [to_partner(DUE, 90, "partner_owner_client", GRETA, "en")],
    ),
    Case(
        "R5",
        [*PEOPLE, partner(), company(renewal_owner="partner"), renewal()],
        DUE,
        [to_partner(DUE, 90, "partner_owner_client", notes=["point_of_contact_inherited"])],
    ),
    Case(
        "HS-7 the client's own point of contact is copied, too",
        [*PEOPLE, partner(), company(renewal_point_of_contact="U-2"), renewal()],
        DUE,
        [to_client(DUE, 90, people=[*CLIENT_ROLES, kept("point_of_contact", *GRETA, "point_of_contact")])],
    ),
    Case(
        "R6 HS-6 a default that changes a second before the run, and between two offsets",
        [
            *STORY,
            partner(z("2025-12-31 06:59:59"), renewal_owner="partner"),
            partner(z("2026-01-29 12:00"), renewal_owner="hubspot", point_of_contact="U-2"),
        ],
        "2026-01-30 07:00",
        [
            to_partner(DUE, 90, "partner_owner_default"),
            to_client(
                "2026-01-30 07:00", 60, people=[*CLIENT_ROLES, kept("point_of_contact", *GRETA, "point_of_contact")]
            ),
        ],
    ),
    Case(
        "R6 a default that changes at the very instant of the run",
        [*STORY, partner(z(DUE), renewal_owner="partner")],
        DUE,
        [to_partner(DUE, 90, "partner_owner_default")],
    ),
    Case(
        "R7",
        [*PEOPLE, partner(point_of_contact=None), company(), renewal()],
        DUE,
        [to_client(DUE, 90, people=[*CLIENT_ROLES, NO_POC], notes=["no_point_of_contact"])],
    ),
    Case(
        "R8, and mended",
        [
            *PEOPLE,
            partner(point_of_contact=None, renewal_owner="partner"),
            company(),
            renewal(),
            partner(z("2026-01-01 12:00"), renewal_owner="partner"),
        ],
        LATER,
        [
            suppressed(DUE, 90, "no_point_of_contact", [NO_POC]),
            to_partner(LATER, 90, "partner_owner_default"),
        ],
    ),
    Case(
        "HS-1 a company without a partner: nobody is copied",
        [*PEOPLE, company(partner=None), renewal()],
        DUE,
        [to_client(DUE, 90, people=CLIENT_ROLES)],
    ),
    Case(
        "HS-1 a company without a partner, whatever its settings say",
        [*PEOPLE, company(partner=None, renewal_owner="partner", renewal_point_of_contact="U-2"), renewal()],
        DUE,
        [to_client(DUE, 90, people=CLIENT_ROLES)],
    ),
    Case(
        "R15b partner ended: never the partner, also where the client says so",
        [*PEOPLE, partner(status="ended", renewal_owner="partner"), company(renewal_owner="partner"), renewal()],
        DUE,
        [to_client(DUE, 90, people=CLIENT_ROLES, notes=["partner_relation_ended"])],
    ),
    Case(
        "R15b services ended, the client says hubspot",
        [*PEOPLE, partner(), company(renewal_owner="hubspot", services_ended=True), renewal()],
        DUE,
        [to_client(DUE, 90, "hubspot_owner_client", CLIENT_ROLES, notes=["partner_relation_ended"])],
    ),
    Case(
        "R15b services ended: the client's own point of contact goes, too",
        [
            *PEOPLE,
            partner(renewal_owner="partner"),
            company(renewal_point_of_contact="U-2", services_ended=True),
            renewal(),
        ],
        DUE,
        [to_client(DUE, 90, people=CLIENT_ROLES, notes=["partner_relation_ended"])],
    ),
]


POC_STATES = [
    Case(
        "R14 R7 deactivated",
        [*STORY, event("user.deactivated", BEFORE, id="U-1")],
        DUE,
        [
            to_client(
                DUE,
                90,
                people=[*CLIENT_ROLES, dropped("point_of_contact", *JONAS, "user_inactive")],
                notes=["no_point_of_contact"],
            )
        ],
    ),
    Case(
        "R14 R7 unknown",
        [*CLIENTS, partner(), company(), renewal()],
        DUE,
        [
            to_client(
                DUE,
                90,
                people=[*CLIENT_ROLES, dropped("point_of_contact", "user/U-1", None, "user_not_found")],
                notes=["no_point_of_contact"],
            )
        ],
    ),
    Case(
        "R14 0.12 an erased user counts as never known",
        [*STORY, event("user.erased", BEFORE, id="U-1")],
        DUE,
        [
            to_client(
                DUE,
                90,
                people=[*CLIENT_ROLES, dropped("point_of_contact", "user/U-1", None, "user_not_found")],
                notes=["no_point_of_contact"],
            )
        ],
    ),
    Case(
        "R14 an inactive client point of contact is not replaced by the default one",
        [*PEOPLE, user("U-2", BEFORE, active=False), partner(), company(renewal_point_of_contact="U-2"), renewal()],
        DUE,
        [
            to_client(
                DUE,
                90,
                people=[*CLIENT_ROLES, dropped("point_of_contact", *GRETA, "user_inactive")],
                notes=["no_point_of_contact"],
            )
        ],
    ),
    Case(
        "R14 R8 deactivated, then active again",
        [
            *STORY,
            partner(BEFORE, renewal_owner="partner"),
            user("U-1", BEFORE, active=False),
            user("U-1", z("2026-01-01 08:00")),
        ],
        LATER,
        [
            suppressed(DUE, 90, "no_point_of_contact", [dropped("point_of_contact", *JONAS, "user_inactive")]),
            to_partner(LATER, 90, "partner_owner_default"),
        ],
    ),
    Case(
        "R14 R8 unknown, then sent",
        [*CLIENTS, partner(renewal_owner="partner"), company(), renewal(), user("U-1", z("2026-01-01 08:00"))],
        LATER,
        [
            suppressed(
                DUE, 90, "no_point_of_contact", [dropped("point_of_contact", "user/U-1", None, "user_not_found")]
            ),
            to_partner(LATER, 90, "partner_owner_default"),
        ],
    ),
    Case(
        "R14 a suppressed address of the only To person is the notice's reason; released, the mail goes out",
        [
            *STORY,
            partner(BEFORE, renewal_owner="partner"),
            event("address.bounced", BEFORE, address="JONAS@nordwind.example.org", kind="hard"),
            event("address.released", z("2026-01-01 08:00"), address="jonas@NORDWIND.example.org"),
        ],
        LATER,
        [
            suppressed(DUE, 90, "address_suppressed", [dropped("point_of_contact", *JONAS, "address_suppressed")]),
            to_partner(LATER, 90, "partner_owner_default"),
        ],
    ),
    Case(
        "R14 the only To person has no address",
        [*STORY, partner(BEFORE, renewal_owner="partner"), user("U-1", BEFORE, email="")],
        DUE,
        [suppressed(DUE, 90, "no_address", [dropped("point_of_contact", "user/U-1", None, "no_address")])],
    ),
    Case(
        "R14 owner hubspot: a point of contact with a suppressed address is dropped from Cc",
        [*STORY, event("address.bounced", BEFORE, address=JONAS[1], kind="complaint")],
        DUE,
        [to_client(DUE, 90, people=[*CLIENT_ROLES, dropped("point_of_contact", *JONAS, "address_suppressed")])],
    ),
    Case(
        "0.9 a bounce that names the domain in ASCII suppresses the address that is written with an umlaut",
        [
            *STORY,
            partner(BEFORE, renewal_owner="partner"),
            user("U-1", BEFORE, email="jonas@bücher.example"),
            event("address.bounced", BEFORE, address="jonas@xn--bcher-kva.example", kind="hard"),
        ],
        DUE,
        [
            suppressed(
                DUE,
                90,
                "address_suppressed",
                [dropped("point_of_contact", "user/U-1", "jonas@bücher.example", "address_suppressed")],
            )
        ],
    ),
    Case(
        "0.9 a soft bounce is only counted",
        [*STORY, event("address.bounced", BEFORE, address=JONAS[1], kind="soft")],
        DUE,
        [to_client(DUE, 90)],
    ),
    Case(
        "0.9 released and bounced again: the newest counts, in whatever order they arrive",
        [
            *STORY,
            event("address.bounced", z("2025-12-30 12:00"), address=JONAS[1], kind="hard"),
            event("address.released", z("2025-12-30 11:00"), address=JONAS[1]),
        ],
        DUE,
        [to_client(DUE, 90, people=[*CLIENT_ROLES, dropped("point_of_contact", *JONAS, "address_suppressed")])],
    ),
]


CONTACT_STATES = [
    Case(
        "R9 main without address, decision maker toggled off",
        [*STORY, claire(BEFORE, email=None), odile(BEFORE, notifications=NO_TOGGLE)],
        DUE,
        [
            to_client(
                DUE,
                90,
                people=[
                    dropped("main", CLAIRE[0], None, "no_address"),
                    BILLING,
                    dropped("decision_maker", *ODILE, "toggle_off"),
                    POC,
                ],
            )
        ],
    ),
    Case(
        "R9 billing and decision maker missing",
        [*STORY, bruno(BEFORE, billing=False), odile(BEFORE, decision_maker=False)],
        DUE,
        [
            to_client(
                DUE,
                90,
                people=[
                    MAIN,
                    dropped("billing", None, None, "role_missing"),
                    dropped("decision_maker", None, None, "role_missing"),
                    POC,
                ],
            )
        ],
    ),
    Case(
        "R9 an inactive contact, a suppressed address",
        [*STORY, bruno(BEFORE, active=False), event("address.bounced", BEFORE, address=ODILE[1].upper(), kind="hard")],
        DUE,
        [
            to_client(
                DUE,
                90,
                people=[
                    MAIN,
                    dropped("billing", *BRUNO, "contact_inactive"),
                    dropped("decision_maker", *ODILE, "address_suppressed"),
                    POC,
                ],
            )
        ],
    ),
    Case(
        "0.10 inactive beats no address, no address and a suppressed one beat the toggle",
        [
            *STORY,
            claire(BEFORE, active=False, email=None),
            bruno(BEFORE, email=None, notifications=NO_TOGGLE),
            odile(BEFORE, notifications=NO_TOGGLE),
            event("address.bounced", BEFORE, address=ODILE[1], kind="hard"),
        ],
        DUE,
        [
            suppressed(
                DUE,
                90,
                "no_client_recipients",
                [
                    dropped("main", CLAIRE[0], None, "contact_inactive"),
                    dropped("billing", BRUNO[0], None, "no_address"),
                    dropped("decision_maker", *ODILE, "address_suppressed"),
                    NOT_COPIED,
                ],
            )
        ],
    ),
    Case(
        "HS-4 toggles: only the contract one counts, and the setting may name another or none",
        [*STORY, claire(BEFORE, notifications={"contract": False}), bruno(BEFORE, notifications={"invoice": False})],
        DUE,
        [to_client(DUE, 90, people=[dropped("main", *CLAIRE, "toggle_off"), BILLING, DECIDER, POC])],
    ),
    Case(
        "renewals.toggle = invoice",
        [*STORY, claire(BEFORE, notifications={"contract": False}), bruno(BEFORE, notifications={"invoice": False})],
        DUE,
        [to_client(DUE, 90, people=[MAIN, dropped("billing", *BRUNO, "toggle_off"), DECIDER, POC])],
        toml='[renewals]\ntoggle = "invoice"',
    ),
    Case(
        "renewals.toggle = none",
        [*STORY, claire(BEFORE, notifications={"contract": False}), bruno(BEFORE, notifications={"invoice": False})],
        DUE,
        [to_client(DUE, 90)],
        toml='[renewals]\ntoggle = "none"',
    ),
    Case(
        "renewals.toggle empty",
        [*STORY, claire(BEFORE, notifications={"contract": False})],
        DUE,
        [to_client(DUE, 90)],
        toml='[renewals]\ntoggle = ""',
    ),
    Case(
        "R10 all toggled off: a copy alone is no mail; mended within the catch-up days",
        [
            *STORY,
            *(each(BEFORE, notifications=NO_TOGGLE) for each in (claire, bruno, odile)),
            bruno(z("2026-01-01 08:00")),
        ],
        LATER,
        [
            suppressed(
                DUE,
                90,
                "no_client_recipients",
                [
                    dropped("main", *CLAIRE, "toggle_off"),
                    dropped("billing", *BRUNO, "toggle_off"),
                    dropped("decision_maker", *ODILE, "toggle_off"),
                    NOT_COPIED,
                ],
            ),
            to_client(
                LATER,
                90,
                people=[
                    dropped("main", *CLAIRE, "toggle_off"),
                    BILLING,
                    dropped("decision_maker", *ODILE, "toggle_off"),
                    POC,
                ],
            ),
        ],
    ),
    Case(
        "R10 a company without any contact",
        [user("U-1"), partner(), company(), renewal()],
        DUE,
        [
            suppressed(
                DUE,
                90,
                "no_client_recipients",
                [
                    dropped("main", None, None, "role_missing"),
                    dropped("billing", None, None, "role_missing"),
                    dropped("decision_maker", None, None, "role_missing"),
                    NOT_COPIED,
                ],
            )
        ],
    ),
    Case(
        "R11 one person in three roles",
        [user("U-1"), partner(), company(), claire(billing=True, decision_maker=True), renewal()],
        DUE,
        [to_client(DUE, 90, people=[kept("main billing decision_maker", *CLAIRE, "main_contact"), POC])],
    ),
    Case(
        "R11 billing and decision maker in one, no main mark: reason of the first role",
        [user("U-1"), partner(), company(), claire(), bruno(decision_maker=True), renewal()],
        DUE,
        [to_client(DUE, 90, people=[MAIN, kept("billing decision_maker", *BRUNO, "billing_contact"), POC])],
    ),
    Case(
        "HS-4 two billing contacts hold the role, both",
        [*STORY, odile(BEFORE, billing=True, decision_maker=False)],
        DUE,
        [
            to_client(
                DUE,
                90,
                people=[
                    MAIN,
                    BILLING,
                    kept("billing", *ODILE, "billing_contact"),
                    dropped("decision_maker", None, None, "role_missing"),
                    POC,
                ],
            )
        ],
    ),
    Case(
        "R12 the point of contact has a client's address: once, in To",
        [*STORY, user("U-1", BEFORE, email="Claire@LUMIERE.example.com")],
        DUE,
        [
            to_client(
                DUE,
                90,
                people=[
                    *CLIENT_ROLES,
                    dropped("point_of_contact", "user/U-1", "Claire@LUMIERE.example.com", "duplicate_address"),
                ],
            )
        ],
    ),
    Case(
        "R12 a client who is dropped gives their address back to Cc",
        [*STORY, claire(BEFORE, notifications=NO_TOGGLE), user("U-1", BEFORE, email=CLAIRE[1])],
        DUE,
        [
            to_client(
                DUE,
                90,
                people=[
                    dropped("main", *CLAIRE, "toggle_off"),
                    BILLING,
                    DECIDER,
                    kept("point_of_contact", "user/U-1", CLAIRE[1], "point_of_contact"),
                ],
            )
        ],
    ),
    Case(
        "0.3 two contacts with one address: one copy, no plus tricks",
        [
            *STORY,
            bruno(BEFORE, email="CLAIRE@lumiere.example.com"),
            odile(BEFORE, email="claire+x@lumiere.example.com"),
        ],
        DUE,
        [
            to_client(
                DUE,
                90,
                people=[
                    MAIN,
                    dropped("billing", BRUNO[0], "CLAIRE@lumiere.example.com", "duplicate_address"),
                    kept("decision_maker", ODILE[0], "claire+x@lumiere.example.com", "decision_maker"),
                    POC,
                ],
            )
        ],
    ),
    Case(
        "0.3 0.10 a dropped person does not take the address from the next one",
        [*STORY, claire(BEFORE, notifications=NO_TOGGLE), bruno(BEFORE, email=CLAIRE[1])],
        DUE,
        [
            to_client(
                DUE,
                90,
                people=[
                    dropped("main", *CLAIRE, "toggle_off"),
                    kept("billing", BRUNO[0], CLAIRE[1], "billing_contact"),
                    DECIDER,
                    POC,
                ],
            )
        ],
    ),
    Case(
        "R13 contacts deleted and erased before the run",
        [*STORY, event("contact.deleted", BEFORE, id="C-2"), event("contact.erased", BEFORE, id="C-3")],
        DUE,
        [
            to_client(
                DUE,
                90,
                people=[
                    MAIN,
                    dropped("billing", None, None, "role_missing"),
                    dropped("decision_maker", None, None, "role_missing"),
                    POC,
                ],
            )
        ],
    ),
    Case(
        "R13 an erased contact is back with a newer save, an older one does not bring them back",
        [
            *STORY,
            event("contact.erased", z("2025-12-30 10:00"), id="C-2"),
            event("contact.erased", z("2025-12-30 10:00"), id="C-3"),
            bruno(z("2025-12-30 11:00")),
            odile(z("2025-12-30 09:00")),
        ],
        DUE,
        [to_client(DUE, 90, people=[MAIN, BILLING, dropped("decision_maker", None, None, "role_missing"), POC])],
    ),
    Case(
        "PX-2 R13 the main contact deleted: the oldest active one becomes main",
        [
            *STORY,
            bruno(BEFORE, active=False),
            event("contact.deleted", z("2025-12-30 13:00"), id="C-1"),
        ],
        DUE,
        [
            to_client(
                DUE,
                90,
                people=[
                    kept("main decision_maker", *ODILE, "main_contact"),
                    dropped("billing", *BRUNO, "contact_inactive"),
                    POC,
                ],
            )
        ],
    ),
    Case(
        "C1 the first contact is main, whatever it says",
        [user("U-1"), partner(), company(), claire(primary=False), bruno(), odile(), renewal()],
        DUE,
        [to_client(DUE, 90)],
    ),
    Case(
        "C1 absent, too",
        [user("U-1"), partner(), company(), claire(primary=None), bruno(), odile(), renewal()],
        DUE,
        [to_client(DUE, 90)],
    ),
    Case("C2 the mark is kept", [*STORY, claire(BEFORE, primary=False)], DUE, [to_client(DUE, 90)]),
    Case(
        "C3 the old one loses it",
        [*STORY, bruno(BEFORE, primary=True)],
        DUE,
        [to_client(DUE, 90, people=[kept("main billing", *BRUNO, "main_contact"), DECIDER, POC])],
    ),
    Case(
        "C3 a save of the old one that does not speak of the mark leaves it where it is",
        [*STORY, bruno(BEFORE, primary=True), claire(z("2025-12-30 13:00"), primary=None, billing=True)],
        DUE,
        [
            to_client(
                DUE,
                90,
                people=[
                    kept("main billing", *BRUNO, "main_contact"),
                    kept("billing", *CLAIRE, "billing_contact"),
                    DECIDER,
                    POC,
                ],
            )
        ],
    ),
    Case(
        "C3 taken, and taken back",
        [*STORY, bruno(BEFORE, primary=True), claire(z("2025-12-30 13:00"))],
        DUE,
        [to_client(DUE, 90)],
    ),
    Case(
        "C3 0.6 an older save that arrives late takes no mark",
        [*STORY, claire(z("2025-12-30 13:00")), bruno(z("2025-12-30 12:00"), primary=True)],
        DUE,
        [to_client(DUE, 90)],
    ),
    Case(
        "a contact that moves away: the mark goes to the oldest who stay",
        [*STORY, company(id="K-2", name="Hafenbau"), claire(BEFORE, company="K-2")],
        DUE,
        [to_client(DUE, 90, people=[kept("main billing", *BRUNO, "main_contact"), DECIDER, POC])],
    ),
    Case(
        "a contact of another company that moves in is no main contact by itself",
        [
            *STORY,
            company(id="K-2", name="Hafenbau"),
            event(
                "contact.saved",
                START,
                id="C-9",
                company="K-2",
                first_name="Nora",
                last_name="Brandt",
                email="nora@hafen.example.net",
            ),
            event(
                "contact.saved",
                BEFORE,
                id="C-9",
                company="K-1",
                first_name="Nora",
                last_name="Brandt",
                email="nora@hafen.example.net",
            ),
        ],
        DUE,
        [to_client(DUE, 90)],
    ),
]


WHOLE = [
    Case(
        "R15 each closed status suppresses its offset",
        [
            *PEOPLE,
            partner(),
            company(),
            *(
                renewal(id=f"R-{at}", status=status)
                for at, status in enumerate(("confirmed", "renewed", "cancellation_requested", "cancelled"), 1)
            ),
        ],
        DUE,
        [suppressed(DUE, 90, "renewal_closed", subject=f"renewal/R-{at}") for at in (1, 2, 3, 4)],
    ),
    Case(
        "R15 reopened: what was closed does not come back, the next offset does its part",
        [*STORY, renewal(BEFORE, status="confirmed"), renewal(z("2026-01-01 08:00"))],
        "2026-01-30 07:00",
        [suppressed(DUE, 90, "renewal_closed"), to_client("2026-01-30 07:00", 60)],
    ),
    Case(
        "R15 closed at the very instant of the run",
        [*STORY, renewal(z(DUE), status="renewed")],
        DUE,
        [suppressed(DUE, 90, "renewal_closed")],
        {"renewal/R-1": ("renewal_closed", None)},
    ),
    Case(
        "R15 closed after the run, and reopened before the next",
        [*STORY, renewal(z("2025-12-31 07:00:01"), status="renewed"), renewal(z("2026-01-30 06:59:59"))],
        "2026-01-30 07:00",
        [to_client(DUE, 90), to_client("2026-01-30 07:00", 60)],
    ),
    Case(
        "R15 0.5 also after the date was moved away and back",
        [
            *STORY,
            renewal(BEFORE, status="confirmed"),
            renewal(z("2026-01-01 08:00"), renews_on="2026-12-31"),
            renewal(z("2026-01-01 09:00")),
        ],
        "2026-01-10 07:00",
        [suppressed(DUE, 90, "renewal_closed")],
        {"renewal/R-1": ("next_offset", "01-30 07:00")},
    ),
    Case(
        "company deleted: final, also when it is saved again; the next offset does its part",
        [*STORY, event("company.deleted", BEFORE, id="K-1"), company(z("2026-01-01 08:00"))],
        "2026-01-30 07:00",
        [suppressed(DUE, 90, "company_deleted"), to_client("2026-01-30 07:00", 60)],
    ),
    Case(
        "company deleted, explained",
        [*STORY, event("company.deleted", BEFORE, id="K-1")],
        DUE,
        [suppressed(DUE, 90, "company_deleted")],
        {"renewal/R-1": ("company_deleted", None)},
    ),
    Case(
        "0.6 a deletion older than the last save deletes nothing",
        [*STORY, event("company.deleted", z("2025-12-28 00:00"), id="K-1")],
        DUE,
        [to_client(DUE, 90)],
    ),
    Case(
        "0.11 company_deleted before template_disabled before renewal_closed",
        [
            *STORY,
            company(id="K-2", name="Hafenbau"),
            renewal(id="R-2", company="K-2", status="renewed"),
            renewal(BEFORE, status="renewed"),
            event("company.deleted", BEFORE, id="K-2"),
            switch("2025-12-30 12:00", "renewal.notice", False),
        ],
        DUE,
        [suppressed(DUE, 90, "template_disabled"), suppressed(DUE, 90, "company_deleted", subject="renewal/R-2")],
    ),
    Case(
        "R16 off for all, on again within the catch-up days",
        [
            *STORY,
            switch("2025-12-30 12:00", "renewal.notice", False),
            switch("2026-01-01 12:00", "renewal.notice", True),
        ],
        LATER,
        [suppressed(DUE, 90, "template_disabled"), to_client(LATER, 90)],
    ),
    Case(
        "R16 off in the company's language: the letter as a whole",
        [*STORY, switch("2025-12-30 12:00", "renewal.notice", False, "fr")],
        DUE,
        [suppressed(DUE, 90, "template_disabled")],
    ),
    Case(
        "R16 off in a reader's own language only",
        [
            *STORY,
            switch("2025-12-30 12:00", "renewal.notice", False, "de"),
            switch("2025-12-30 12:00", "renewal.reminder", False),
        ],
        DUE,
        [to_client(DUE, 90)],
    ),
    Case(
        "R16 the partner's template is another one",
        [*STORY, partner(BEFORE, renewal_owner="partner"), switch("2025-12-30 12:00", "renewal.notice", False)],
        DUE,
        [to_partner(DUE, 90, "partner_owner_default")],
    ),
    Case(
        "R16 the partner's reminder off: its notice goes out all the same",
        [
            *STORY,
            partner(BEFORE, renewal_owner="partner"),
            switch("2025-12-30 12:00", "renewal.reminder.partner", False),
        ],
        "2026-01-30 07:00",
        [to_partner(DUE, 90, "partner_owner_default"), suppressed("2026-01-30 07:00", 60, "template_disabled")],
    ),
    Case(
        "R16 the partner's template off, in the language of the point of contact",
        [
            *STORY,
            partner(BEFORE, renewal_owner="partner"),
            switch("2025-12-30 12:00", "renewal.notice.partner", False, "de"),
        ],
        DUE,
        [suppressed(DUE, 90, "template_disabled")],
    ),
    Case(
        "R16 off for all, newer on for fr",
        [
            *STORY,
            switch("2025-12-30 12:00", "renewal.notice", False),
            switch("2025-12-30 13:00", "renewal.notice", True, "fr"),
        ],
        DUE,
        [to_client(DUE, 90)],
    ),
    Case(
        "0.8 a language without translation is written in English",
        [*PEOPLE, partner(), company(language="it"), renewal()],
        DUE,
        [to_client(DUE, 90, language="en")],
    ),
    Case(
        "0.8 a regional language",
        [*PEOPLE, partner(), company(language="de-AT"), renewal()],
        DUE,
        [to_client(DUE, 90, language="de")],
    ),
    Case(
        "R16 a regional language goes with its language's switch",
        [
            *PEOPLE,
            partner(),
            company(language="de-AT"),
            renewal(),
            switch("2025-12-30 12:00", "renewal.notice", False, "de"),
        ],
        DUE,
        [suppressed(DUE, 90, "template_disabled")],
    ),
]


@pytest.mark.parametrize("case", [*OWNERS, *POC_STATES, *CONTACT_STATES, *WHOLE], ids=case_id)
def test_renewal(case: Case) -> None:
    case.check()


def test_c2_the_only_mark_cannot_be_unset_and_a_warning_says_so() -> None:
    told = Case("", [*STORY, claire(BEFORE, primary=False)], DUE).told()
    assert [warning.code for warning in told.answers[-1].warnings] == ["primary_locked"]


def test_references_that_dangle_are_warned_of() -> None:
    told = Case("", [company(), renewal(), renewal(id="R-2", company="K-9")], DUE).told()
    assert [[(each.code, each.pointer) for each in answer.warnings] for answer in told.answers] == [
        [("reference_missing", "/data/partner")],
        [],
        [("reference_missing", "/data/company")],
    ]
