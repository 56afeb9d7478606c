"""One timeline for a person or company: sent, not sent with the reason, and planned."""

import pytest

from tests.scenarios import event
from tests.stages.fleet import MONDAY, RULES, SALES, decide, deliver_all, lead, run_and_decide, take, take_all
from tests.stages.support import INVOICE, NOON, RENEWAL, STATE, TOLD, live
from tests.store.statements import counted
from tests.world import utc
from workers.domain.standing import Standing, Stands
from workers.stages.history import History, Moment, history
from workers.store.database import Database

RUN = utc("2026-06-02T07:00")


def told(database: Database, ref: str, limit: int = 20) -> History:
    with database.read() as connection:
        return history(connection, RULES, ref, NOON, limit)


def lines(moments: tuple[Moment, ...]) -> list[tuple[str, str, str, str | None]]:
    return [(each.kind, each.subject, each.stands.standing, each.stands.reason) for each in moments]


@pytest.mark.parametrize(
    ("ref", "standing", "reason"),
    [
        ("contact/C-1", "sent", "toggle_on"),
        ("contact/C-2", "not_sent", "toggle_off"),
        ("contact/C-3", "not_sent", "opted_out"),
        ("contact/C-4", "not_sent", "address_suppressed"),
        ("contact/C-5", "not_sent", "no_address"),
    ],
)
def test_each_sees_what_became_of_it_for_them(database: Database, ref: str, standing: str, reason: str) -> None:
    live(database)
    found = told(database, ref)
    assert lines(found.past) == [("invoice.sent", "invoice/55", standing, reason)]
    (moment,) = found.past
    assert [each.person.ref for each in moment.people] == [ref]
    assert (moment.people[0].copy is not None) == (standing == "sent")


def test_r3_what_is_planned_stands_at_who_would_get_it(database: Database) -> None:
    live(database)
    (planned,) = told(database, "user/U-1").planned
    assert (planned.at, planned.kind, planned.title, planned.offset_days) == (RUN, "renewal.notice", "Hub", 90)
    assert planned.stands == Stands(Standing.PLANNED, "point_of_contact")
    assert told(database, "contact/C-1").planned == ()  # HS-5: only the point of contact


def test_a_company_sees_everything_that_is_about_its_things(database: Database) -> None:
    live(database)
    found = told(database, "company/K-1")
    assert lines(found.planned) == [("renewal.notice", "renewal/R-1", "planned", "partner_owner_default")]
    assert lines(found.past) == [("invoice.sent", "invoice/55", "sent", "toggle_on")]
    assert [each.stands.standing for each in found.past[0].people] == ["sent", *["not_sent"] * 4]


def test_after_the_run_what_was_planned_is_past_and_the_next_offset_is_planned(database: Database) -> None:
    live(database)
    run_and_decide(database, "2026-06-02")
    deliver_all(database, RUN)
    with database.read() as connection:
        found = history(connection, RULES, "user/U-1", RUN, 20)
    assert [(each.offset_days, str(each.at.date())) for each in found.planned] == [(60, "2026-07-02")]
    assert lines(found.past) == [("renewal.notice", "renewal/R-1", "sent", "point_of_contact")]


def test_r8_what_will_not_be_sent_is_planned_with_the_reason(database: Database) -> None:
    """Nobody is active who could get it: the page says so beforehand."""
    live(database)
    gone = STATE[1] | {"id": "gone", "type": "user.deactivated", "time": "2026-06-01T01:00:00Z", "data": {"id": "U-1"}}
    take(database, gone, at=TOLD)
    (planned,) = told(database, "company/K-1").planned
    assert planned.stands == Stands(Standing.WILL_NOT, "no_point_of_contact")
    assert planned.readers == ()


def test_r9_a_role_that_nobody_holds_keeps_the_others_from_nothing(database: Database) -> None:
    """Owner HubSpot, and nobody decides for the client: its page must not say that nothing will be sent."""
    alone = STATE[0] | {"id": "alone", "data": STATE[0]["data"] | {"renewal_owner": "hubspot"}}
    live(database, [alone, *STATE[1:]])
    (planned,) = told(database, "company/K-1").planned
    assert planned.stands == Stands(Standing.PLANNED, "hubspot_owner_default")
    assert [(each.person.ref, each.stands.reason) for each in planned.people] == [
        ("contact/C-1", "main_contact"),
        (None, "role_missing"),
        ("user/U-1", "point_of_contact"),
    ]
    assert [person.ref for person in planned.readers] == ["contact/C-1", "user/U-1"]


def test_0_7_a_planned_one_whose_template_is_off_will_not_go_out(database: Database) -> None:
    """In the reader's language alone, and the same is told at the lead and at its acceptor."""
    take_all(database, [SALES, *STATE[:3], lead(company="K-1")])
    take(database, event("template.switched", MONDAY, template="lead.follow_up", language="de", enabled=False))
    for ref in ("user/U-1", "lead/L-1"):
        (planned,) = told(database, ref).planned
        assert (planned.stands, planned.readers) == (Stands(Standing.WILL_NOT, "template_disabled"), ())


def test_f16_a_lead_that_nobody_took_is_planned_but_will_not_go_out(database: Database) -> None:
    take_all(database, [SALES, *STATE[:3], lead(company="K-1", acceptor="U-9")])
    (planned,) = told(database, "lead/L-1").planned
    assert planned.stands == Stands(Standing.WILL_NOT, "no_lead_acceptor")


def test_f5_a_lead_is_planned_for_who_took_it(database: Database) -> None:
    take_all(database, [SALES, *STATE[:3], lead(company="K-1")])
    expected = [("lead.follow_up", "lead/L-1", "planned", "lead_acceptor")]
    assert lines(told(database, "user/U-1").planned) == expected
    assert lines(told(database, "company/K-1").planned) == [(*expected[0][:3], "follow_up_first")]


def test_nobody_and_nothing_is_an_empty_timeline(database: Database) -> None:
    for ref in ("contact/C-9", "user/U-9", "company/K-9"):
        assert told(database, ref) == History((), ())


def test_the_newest_first_and_whether_there_is_more(database: Database) -> None:
    live(database)
    for number in range(3):
        take(database, INVOICE | {"id": f"e-{number}"}, at=TOLD)
    decide(database, NOON)
    found = told(database, "contact/C-1", limit=2)
    assert ([each.notice for each in found.past], found.more) == ([4, 3], True)


def test_it_costs_the_same_for_many_notices_and_renewals(database: Database) -> None:
    live(database)
    with counted(database) as few:
        told(database, "company/K-1")
    take(database, *(INVOICE | {"id": f"e-{number}"} for number in range(12)), at=TOLD)
    decide(database, NOON)
    more = [RENEWAL | {"id": f"r-{n}", "data": RENEWAL["data"] | {"id": f"R-{n}"}} for n in range(2, 12)]
    take(database, *more)
    with counted(database) as many:
        found = told(database, "company/K-1")
    assert (len(found.planned), len(found.past)) == (11, 13)
    assert len(many) == len(few) <= 20
