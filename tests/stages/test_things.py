"""What mails are about, and why it rests."""

from tests.stages.fleet import MONDAY, RULES, SALES, lead, take_all
from tests.stages.support import INVOICE, NOON, RENEWAL, STATE, live
from tests.world import utc
from workers.domain.reasons import Reason
from workers.stages.explain import Explained
from workers.stages.history import history
from workers.stages.things import Thing, thing
from workers.store.database import Database


def told(database: Database, ref: str) -> Thing | None:
    with database.read() as connection:
        return thing(connection, RULES, ref, NOON)


def test_a_lead_answers_why_it_rests_and_who_took_it(database: Database) -> None:
    take_all(database, [SALES, *STATE[:3], lead(company="K-1")])
    found = told(database, "lead/L-1")
    assert found is not None
    assert found.answer == Explained("lead/L-1", NOON, Reason.NOT_OVERDUE, utc("2026-06-03T07:00"))
    assert found.company is not None
    assert (found.title, found.company.name) == ("Two lines", "Ateliers Lumière")
    assert [(id, user and user.name) for id, user in found.answers_for_it] == [("U-1", "Jonas Keller")]


def test_a_renewal_answers_its_next_offset(database: Database) -> None:
    live(database)
    found = told(database, "renewal/R-1")
    assert found is not None
    assert (found.title, found.status, str(found.renews_on)) == ("Hub", "pending", RENEWAL["data"]["renews_on"])
    assert found.answer == Explained("renewal/R-1", NOON, Reason.NEXT_OFFSET, utc("2026-06-02T07:00"))
    assert found.told is not None
    assert found.told.at == MONDAY


def test_a_document_is_known_from_its_notices_alone(database: Database) -> None:
    live(database)
    assert told(database, f"invoice/{INVOICE['data']['document']['id']}") is None
    with database.read() as connection:
        found = history(connection, RULES, "invoice/55", NOON, 20)
    assert (found.planned, [each.notice for each in found.past]) == ((), [1])
    assert len(found.past[0].people) == 5


def test_what_is_planned_for_a_renewal_is_its_own(database: Database) -> None:
    live(database)
    with database.read() as connection:
        found = history(connection, RULES, "renewal/R-1", NOON, 20)
        assert history(connection, RULES, "renewal/R-9", NOON, 20).planned == ()
    assert [(each.kind, each.offset_days) for each in found.planned] == [("renewal.notice", 90)]
