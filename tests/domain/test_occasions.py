"""RULES 0.12: occasions out of date, and occasions whose company, object or ticket is not known yet."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.world import utc
from workers.domain.facts import Occasion
from workers.domain.notices import Decision
from workers.domain.occasions import OccasionRules, staleness, undecidable, waits, waits_until
from workers.domain.reasons import Outcome, Reason

RULES = OccasionRules()
ARRIVED = utc("2026-06-04T09:00")
INVOICE = Occasion("invoice.sent", ARRIVED - timedelta(minutes=1), ARRIVED, company="K-1")
REPLY = Occasion("ticket.replied", ARRIVED, ARRIVED, company="K-1", ticket="T-1")

HELD = Decision(Reason.REFERENCE_MISSING, Outcome.HELD)
GIVEN_UP = Decision(Reason.REFERENCE_MISSING, Outcome.SUPPRESSED)
STALE = Decision(Reason.STALE_OCCASION, Outcome.SUPPRESSED)


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (timedelta(days=3, microseconds=1), Reason.STALE_OCCASION),
        (timedelta(days=3), None),
        (timedelta(0), None),
        (timedelta(days=-30), None),
    ],
    ids=["older", "just old enough", "at once", "from the future"],
)
def test_0_12_an_occasion_older_than_its_greatest_age_when_it_arrived_is_stale(
    age: timedelta, reason: Reason | None
) -> None:
    assert staleness(ARRIVED - age, ARRIVED, RULES.max_age) is reason


def test_0_12_time_spent_waiting_makes_no_occasion_stale() -> None:
    much_later = ARRIVED + timedelta(days=30)

    assert undecidable(INVOICE, {"company/K-1"}, much_later, RULES) is None
    assert undecidable(INVOICE, set(), much_later, RULES) == GIVEN_UP


def test_0_12_the_greatest_age_is_a_setting() -> None:
    assert undecidable(INVOICE, {"company/K-1"}, ARRIVED, OccasionRules(max_age=timedelta(0))) == STALE


@pytest.mark.parametrize(
    ("occasion", "awaited"),
    [
        (INVOICE, ("company/K-1",)),
        (REPLY, ("company/K-1", "ticket/T-1")),
        (replace(INVOICE, ticket="T-1"), ("company/K-1",)),
        (Occasion("contact.created", ARRIVED, ARRIVED, company="K-1"), ("company/K-1",)),
        (Occasion("contact.password_requested", ARRIVED, ARRIVED), ()),
        *(
            (Occasion("activity.recorded", ARRIVED, ARRIVED, object=f"{kind}/1"), (f"{kind}/1",))
            for kind in ("company", "deal", "project", "ticket")
        ),
        *((Occasion("activity.recorded", ARRIVED, ARRIVED, object=f"{kind}/1"), ()) for kind in ("contact", "invoice")),
    ],
    ids=lambda value: f"{value.type} {value.object or ''}".strip() if isinstance(value, Occasion) else "",
)
def test_0_12_company_object_and_the_ticket_of_ticket_events_are_waited_for_and_nothing_else(
    occasion: Occasion, awaited: tuple[str, ...]
) -> None:
    assert waits(occasion) == awaited


def test_0_12_an_occasion_is_decided_as_soon_as_everything_is_known() -> None:
    assert undecidable(REPLY, set(), ARRIVED, RULES) == HELD
    assert undecidable(REPLY, {"company/K-1"}, ARRIVED, RULES) == HELD
    assert undecidable(REPLY, {"ticket/T-1"}, ARRIVED, RULES) == HELD
    assert undecidable(REPLY, {"company/K-1", "ticket/T-1"}, ARRIVED, RULES) is None


def test_0_12_an_object_of_the_same_id_but_another_kind_ends_no_wait() -> None:
    assert undecidable(INVOICE, {"contact/K-1", "company/K-2"}, ARRIVED, RULES) == HELD


def test_0_12_after_the_wait_it_is_suppressed_with_that_reason() -> None:
    ends = waits_until(INVOICE, RULES)

    assert ends == ARRIVED + timedelta(hours=24)
    assert undecidable(INVOICE, set(), ends - timedelta(microseconds=1), RULES) == HELD
    assert undecidable(INVOICE, set(), ends, RULES) == GIVEN_UP


def test_0_12_the_wait_is_a_setting() -> None:
    rules = OccasionRules(wait=timedelta(hours=1))

    assert undecidable(INVOICE, set(), ARRIVED + timedelta(hours=1), rules) == GIVEN_UP


def test_0_12_a_stale_occasion_is_decided_before_it_waits() -> None:
    stale = replace(INVOICE, time=ARRIVED - timedelta(days=4))

    assert undecidable(stale, set(), ARRIVED, RULES) == STALE
    assert undecidable(stale, {"company/K-1"}, ARRIVED, RULES) == STALE
