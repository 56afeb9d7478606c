"""Every page there is, over a world with one of everything: a page that is added has to be named here."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.security.world import RUN, mails_of, story
from workers.domain.delivery import State
from workers.store import fleet, tables
from workers.store.clock import lead_clock
from workers.store.database import Database

ONE_WORD = "W" * 150
"""A name that no line holds."""

NOON = RUN + timedelta(hours=5)

PAGES: Mapping[str, tuple[str, ...]] = {
    "/": ("/", "/?q=reader.0%40example.org", "/?q=zzzz"),
    "/mails/{group}": ("/mails/sent?today=true", "/mails/waiting", "/mails/held", "/mails/failed", "/mails/uncertain"),
    "/not-sent": ("/not-sent", "/not-sent?reason=no_recipients"),
    "/mail/{id}": (
        *(f"/mail/{id}" for id in (8, *range(16, 26))),  # one of each state
        *(f"/mail/8?view={view}" for view in ("text", "headers", "source")),
        "/mail/8?width=phone&scheme=dark&images=true",
        "/mail/8?width=tablet",
    ),
    "/contact/{id}": ("/contact/K-1-0", "/contact/K-3-0"),
    "/user/{id}": ("/user/U-1-0",),
    "/company/{id}": ("/company/C-1-0",),
    "/notice/{id}": ("/notice/7", "/notice/16", "/notice/27?answer=de", "/notice/26"),
    "/templates": ("/templates",),
    "/templates/{template}/{language}": (
        "/templates/invoice.sent/fr",
        "/templates/invoice.sent/fr?scenario=long",
        "/templates/ticket.replied/de?scenario=hostile&width=phone&scheme=dark",
    ),
    "/lead/{id}": ("/lead/L-1-0",),
    "/renewal/{id}": ("/renewal/R-1-0",),
    "/deal/{id}": ("/deal/D-1-0",),
    "/project/{id}": ("/project/J-1-0", "/project/55-0"),
    "/ticket/{id}": ("/ticket/T-1-0", "/ticket/55-0"),
    "/invoice/{id}": ("/invoice/55-0",),
    "/credit_note/{id}": ("/credit_note/55-0",),
    "/estimate/{id}": ("/estimate/55-0",),
    "/contract/{id}": ("/contract/55-0",),
    "/proposal/{id}": ("/proposal/55-0",),
    "/task/{id}": ("/task/55-0",),
    "elsewhere": ("/nowhere", "/mails/sent?before=x", "/sign-in", "/u/wrong", "/u/a/b"),
}
"""By route: addresses of pages that people look at."""

PARTS: Mapping[str, str] = {
    "/mail/{id}/letter": "/mail/8/letter",
    "/mail/{id}/source": "/mail/8/source",
    "/mail/{id}/eml": "/mail/8/eml",
    "/templates/{template}/{language}/letter": "/templates/invoice.sent/fr/letter",
}
"""Answers that are no pages of their own: frames, and files."""

ADDRESSES = tuple(address for addresses in PAGES.values() for address in addresses)
KINDS = tuple(addresses[0] for addresses in PAGES.values())

_FATES: tuple[tuple[int, State, str, str | None], ...] = (
    (17, State.SENT, "accepted", "hard"),
    (18, State.SENT, "accepted", "complaint"),
    (19, State.CANCELLED, "gated", None),
    (20, State.SUPPRESSED, "gated", None),
    (21, State.WAITING, "deferred", None),
    (22, State.PENDING, "deferred", None),
    (23, State.HELD, "gated", None),
    (24, State.UNCERTAIN, "uncertain", None),
    (25, State.FAILED, "refused", None),
)
"""Of copies, by id: what became of it, what the server's last answer was, and what came back."""


def fill(database: Database) -> None:
    """Everything that mails are about, each kind of mail, each fate of a copy, and something that needs a person."""
    mails_of(database, story(0))
    deliveries, attempts = tables.deliveries, tables.attempts
    with database.write() as connection:
        for id, state, kind, came_back in _FATES:
            change: dict[str, Any] = {"state": state, "reason": "refused_by_server", "possible_duplicate": True}
            connection.execute(deliveries.update().where(deliveries.c.id == id).values(change))
            connection.execute(attempts.update().where(attempts.c.delivery == id).values(kind=kind, enhanced="5.7.1"))
            if came_back:
                connection.execute(tables.reports.insert().values(_report(id, came_back)))
        # An operator called one sent that no server had answered for.
        connection.execute(attempts.delete().where(attempts.c.delivery == 16))
        decided = {"delivery": 16, "at": NOON, "verb": "mark_sent", "operator": "mara", "why": "it is in their inbox"}
        connection.execute(tables.interventions.insert().values(decided | {"state_before": "uncertain", "made": 8}))
        refused = {"outcome": "suppressed", "reason": "no_recipients", "at": RUN}
        connection.execute(tables.notices.update().where(tables.notices.c.id == 16).values(refused))
        opted_out = {"contact": "K-1-0", "toggle": "invoice", "source": "one_click", "at": RUN}
        connection.execute(tables.opt_outs.insert().values(opted_out))
        connection.execute(tables.companies.update().values(name=ONE_WORD))
        bounced = dict.fromkeys(("key", "address"), "newcomer.0@example.org") | {"suppressed": True, "reason": "hard"}
        connection.execute(tables.addresses.update().values(bounced))
        for kind in ("alert", "refused", "poison"):
            row = {"at": RUN, "kind": kind, "subject": "renewal/R-1-0", "reason": "no_point_of_contact", "detail": "d"}
            connection.execute(tables.problems.insert().values(row))
        fleet.pause_route(connection, "main", "421 not now", NOON, NOON + timedelta(hours=1))
        fleet.set_flag(connection, fleet.PAUSED, RUN.isoformat())
    lead_clock(database, NOON, runs=False)


def _report(delivery: int, kind: str) -> dict[str, Any]:
    said = {"status": "5.1.1", "words": "no such person", "said_by": "mx.example.org"}
    where = {"key": f"r-{delivery}", "address_key": "reader@example.org", "delivery": delivery, "verified": True}
    return {"arrived_at": NOON, "at": NOON, "kind": kind} | said | where
