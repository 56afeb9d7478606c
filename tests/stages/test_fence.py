"""A changed fact moves the fencing tokens of the open copies it concerns, and of no others (promise 2)."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.scenarios import Event, event
from tests.stages.fleet import (
    CLAIRE,
    GRETA,
    JONAS,
    LUMIERE,
    MONDAY,
    NORDWIND,
    RENEWAL,
    SALES,
    WORLD,
    fan_out,
    lead,
    run_and_decide,
    take,
)
from tests.world import utc
from workers.store import fences, tables
from workers.store.database import Database

NOW = utc("2026-06-03T08:00")

HAFENBAU = event("company.saved", MONDAY, id="K-2", name="Hafenbau")
HANNES = event("contact.saved", MONDAY, **CLAIRE["data"] | {"id": "C-2", "company": "K-2", "email": "h@example.com"})
CHARTER = event("process.saved", MONDAY, **SALES["data"] | {"id": "charter"})
OF_HAFENBAU = event("renewal.saved", MONDAY, **RENEWAL["data"] | {"id": "R-2", "company": "K-2"})
OF_GRETA = lead("L-2", process="charter", acceptor="U-2", company="K-2")

OTHERS = (GRETA, HAFENBAU, HANNES, CHARTER, OF_HAFENBAU)

L1, L2, R1, R2 = "lead/L-1", "lead/L-2", "renewal/R-1", "renewal/R-2"


def now(told: Event, **changes: Any) -> Event:
    return event(told["type"], NOW, **told["data"] | changes)


def told(type: str, **data: Any) -> Event:
    return event(type, NOW, **data)


CHANGES: list[tuple[str, Event, set[str]]] = [
    ("a lead", lead(at=NOW, title="Three lines"), {L1}),
    ("an appointment", told("lead.appointment_saved", lead="L-2", id="A", starts_at="2026-07-01T09:00:00Z"), {L2}),
    ("an appointment less", told("lead.appointment_cancelled", lead="L-2", id="A"), {L2}),
    ("a task", told("lead.task_created", lead="L-1", id="T"), {L1}),
    ("a lead closed", told("lead.closed", id="L-1", outcome="won"), {L1}),
    ("a lead deleted", told("lead.deleted", id="L-2"), {L2}),
    ("a process", now(SALES, name="Sales"), {L1}),
    ("an acceptor who is a point of contact", now(JONAS, language="de"), {L1, R1}),
    ("an acceptor", now(GRETA, language="de"), {L2}),
    ("a user deactivated", told("user.deactivated", id="U-2"), {L2}),
    ("a user nobody waits for", now(GRETA, id="U-9"), set()),
    ("an old state of a user", event("user.saved", MONDAY - timedelta(1), **GRETA["data"]), set()),
    ("a partner", now(NORDWIND, renewal_owner="partner"), {L1, R1}),
    ("a company", now(LUMIERE, language="fr"), {R1}),
    ("a company of a lead, too", now(HAFENBAU, language="de"), {R2, L2}),
    ("a renewal", now(RENEWAL, status="confirmed"), {R1}),
    ("a renewal moved", now(OF_HAFENBAU, renews_on="2026-10-31"), {R2}),
    ("a contact", now(CLAIRE, language="fr"), {R1}),
    ("a new contact", now(CLAIRE, id="C-3"), {R1}),
    ("a contact that moves", now(CLAIRE, id="C-3", company="K-2"), {R1, R2, L2}),
    ("a contact deleted", told("contact.deleted", id="C-1"), {R1}),
    ("a contact erased", told("contact.erased", id="C-2"), {R2, L2}),
    ("a template", told("template.switched", template="lead.follow_up", enabled=False), {L1, L2}),
    (
        "a template in French",
        told("template.switched", template="renewal.notice", enabled=False, language="fr"),
        {R1, R2},
    ),
    ("a template of no open notice", told("template.switched", template="renewal.reminder", enabled=False), set()),
    ("an address that bounced", told("address.bounced", address="JONAS@nordwind.example.org", kind="hard"), {L1, R1}),
    ("an address that bounced softly", told("address.bounced", address="h@example.com", kind="soft"), set()),
    ("an address released", told("address.released", address="claire@example.com"), {R1}),
    ("a company deleted", told("company.deleted", id="K-1"), {R1}),
]


@pytest.mark.parametrize("at_once", [fences.AT_ONCE, 0], ids=["a few", "very many"])
def test_each_change_fences_the_copies_it_concerns_and_no_others(
    database: Database, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a fact that very many lean on only the fence is stored, and brought to them afterwards."""
    monkeypatch.setattr(fences, "AT_ONCE", at_once)
    take(database, *WORLD, *OTHERS, lead("L-1"), OF_GRETA)
    fan_out(database, MONDAY)
    run_and_decide(database, "2026-06-03")
    lease_all(database)
    found: dict[str, set[str]] = {}
    before = tokens(database)
    for name, change, _ in CHANGES:
        assert [answer.status for answer in take(database, change, at=NOW)] == ["accepted"], name
        fan_out(database, NOW)
        after = tokens(database)
        found[name] = {subject for subject, moved in after.items() if moved != before[subject]}
        before = after
    assert found == {name: concerned for name, _, concerned in CHANGES}


def lease_all(database: Database) -> None:
    with database.write() as connection:
        copies = tables.deliveries
        connection.execute(copies.update().where(copies.c.state == "pending").values(state="leased", worker="w-1"))


def tokens(database: Database) -> dict[str, list[int]]:
    """By subject. A lease whose token moved is none any more."""
    copies, of = tables.deliveries, tables.notices
    found: dict[str, list[int]] = {}
    with database.read() as connection:
        query = sa.select(of.c.subject, copies.c.token, copies.c.state).join(of, of.c.id == copies.c.notice)
        for subject, token, state in connection.execute(query.order_by(copies.c.id)):
            assert (state == "leased") <= (token == 0)
            found.setdefault(subject, []).append(token)
    return found


def test_a_change_leaves_alone_what_has_begun_to_leave(database: Database) -> None:
    take(database, *WORLD, lead("L-1"))
    fan_out(database, MONDAY)
    run_and_decide(database, "2026-06-03")
    with database.write() as connection:
        connection.execute(tables.deliveries.update().values(state="sending", worker="w-1", token=7))
    take(database, now(JONAS, language="de"), now(CLAIRE, language="de"), at=NOW)
    assert {token for moved in tokens(database).values() for token in moved} == {7}
