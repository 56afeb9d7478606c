"""What may not go out as `mail.mode` is: it is not written, and however long it waits, it does not add up."""

from typing import Any

import pytest

from tests.delivery import office as cast
from tests.delivery.office import CLIENTS, DAY, GRETA, JONAS, LATER, LEAD, RENEWAL, RULES, Office
from tests.store.statements import counted
from workers.stages.show import show
from workers.stages.verify import verify
from workers.store import decisions, tables

ELSEWHERE = frozenset({"other.example"})
HELD = ("held", "outside_allowed_domains")
REPLACED = ("cancelled", "decided_again")


def next_day(office: Office) -> None:
    """The text of a follow-up counts days: it is decided anew."""
    office.now += DAY
    office.review()
    office.finish()


def letters(office: Office) -> list[tuple[bool, bool]]:
    """Whether each is void, and whether it is written."""
    return [(row.void, row.body is not None) for row in office.rows(tables.letters)]


def copies(office: Office) -> list[tuple[str, str | None]]:
    """Of all letters, also of those that are void."""
    return [(row.state, row.reason) for row in office.rows(tables.deliveries)]


def decision(office: Office) -> Any:
    """The whole decision about the only notice, but for when it was made."""
    with office.database.read() as connection:
        people = decisions.stored_people(connection, [office.notice.id])[office.notice.id]
    return office.outcome, office.notice.decided_reason, office.notice.notes, people


def wrong(office: Office) -> list[str]:
    """The audits of the ledger that find something."""
    return [each.audit.name for each in verify(office.database, RULES.daily, office.now)]


@pytest.fixture
def held(office: Office) -> Office:
    """A follow-up that nobody may get."""
    office.with_policy(domains=ELSEWHERE)
    office.ingest(*LEAD)
    office.make_run()
    office.finish()
    return office


def test_promise_2_a_held_letter_is_not_written_until_it_may_go_out(held: Office) -> None:
    assert (letters(held), copies(held)) == ([(False, False)], [HELD])
    with held.database.read() as connection:
        (copy,) = held.rows(tables.deliveries)
        shown = show(connection, copy.letter, copy.id)
    assert (shown.letter, shown.is_forgotten, shown.is_erased) == (None, False, False)
    held.with_policy()
    next_day(held)
    assert held.outcome == ("sent", "follow_up_first")
    assert (letters(held), copies(held)) == ([(True, False), (False, True)], [REPLACED, ("sent", "accepted")])
    assert held.recipients == [GRETA]
    assert wrong(held) == []


def test_hs_8_a_letter_is_written_for_those_of_its_readers_who_may_get_it(office: Office) -> None:
    office.with_policy(domains=frozenset({"lumiere.example.com"}))
    office.ingest(*RENEWAL)
    office.make_run()
    office.finish()
    assert letters(office) == [(False, True)]
    assert office.copies() == sorted([*((address, "sent", "accepted") for address in CLIENTS), (JONAS, *HELD)])
    assert office.outcome == ("sent", "hubspot_owner_default")
    assert wrong(office) == []


def test_promise_2_a_notice_that_is_held_for_long_keeps_the_letters_of_its_last_day(held: Office) -> None:
    decided = decision(held)
    for _ in range(10):
        next_day(held)
        assert (letters(held), copies(held)) == ([(True, False), (False, False)], [REPLACED, HELD])
        assert decision(held) == decided
        assert wrong(held) == []


def test_promise_2_what_was_replaced_within_a_day_stays_to_be_seen(held: Office) -> None:
    for hour in range(1, 4):
        held.now += cast.HOUR
        held.ingest(cast.lead(at=f"2026-06-03T0{6 + hour}:00:00Z", title=f"Sails {hour}"))
        held.finish()
    assert copies(held) == [REPLACED] * 3 + [HELD]
    next_day(held)
    next_day(held)
    assert copies(held) == [REPLACED, HELD]


def test_promise_5_a_letter_of_which_a_server_said_something_stays(office: Office) -> None:
    office.server.misbehave("rcpt", LATER, times=1)
    office.ingest(*LEAD)
    office.make_run()
    office.finish()
    office.with_policy(domains=ELSEWHERE)
    for _ in range(4):
        next_day(office)
    assert letters(office) == [(True, True), (True, False), (False, False)]
    assert copies(office) == [REPLACED, REPLACED, HELD]
    assert [row.delivery for row in office.rows(tables.attempts)] == [office.rows(tables.deliveries)[0].id]
    assert wrong(office) == []


def test_promise_8_an_answer_about_a_copy_that_is_forgotten_holds_nobody_up(office: Office) -> None:
    """The fleet's clock is led on while a mailer waits for a server: no mailer waits for days."""
    office.ingest(*LEAD)
    office.make_run()
    office.server.misbehave("rcpt", LATER, times=1)
    barrier = office.server.hold("rcpt")
    with office.sending():
        barrier.wait_until_reached()
        for _ in range(2):
            office.now += DAY
            office.review()
            office.resolve()
        barrier.release()
    assert office.rows(tables.attempts) == []
    assert copies(office) == [REPLACED, ("pending", None)]
    assert wrong(office) == []
    office.finish()
    assert office.recipients == [GRETA]


def test_many_notices_are_decided_anew_in_as_many_statements_as_one(held: Office) -> None:
    next_day(held)
    costs = []
    for more in (0, 30):
        held.ingest(*(cast.lead(f"L-{number}", at=held.now.isoformat()) for number in range(2, 2 + more)))
        if more:
            held.make_run()
            held.finish()
            next_day(held)
        held.now += DAY
        held.review()
        with counted(held.database) as statements:
            held.resolve()
        costs.append(len(statements))
        held.finish()
    assert costs[0] == costs[1]
    assert len(held.rows(tables.letters)) == 2 * 31
