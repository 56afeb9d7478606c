"""Mails that only the catcher took, and that do not count: nothing of them is left that could still go out (part 4)."""

import pytest

from tests.delivery import office as cast
from tests.delivery.office import CLIENTS, JONAS, RENEWAL, RULES, Office
from workers.domain.delivery import State
from workers.stages import captured, sweep
from workers.store import tables
from workers.store.captured import CATCHER


@pytest.fixture
def half(office: Office) -> Office:
    """The catcher took the renewal notice for the three in To; the copy for Jonas is free to follow."""
    office.ingest(*RENEWAL)
    office.make_run()
    office.send()
    with office.database.write() as connection:
        connection.execute(tables.attempts.update().values(route=CATCHER))
    assert (JONAS, "pending", None) in office.copies()
    return office


def the_next_day(office: Office) -> None:
    while sweep.fan_out(office.database, RULES.daily, office.now):
        pass
    office.now += cast.DAY
    office.review()
    office.make_run()
    office.finish()


def ends(office: Office) -> list[tuple[str | None, str | None]]:
    return [(row.outcome, row.reason) for row in office.rows(tables.notices)]


def test_a_copy_that_had_not_followed_yet_does_not_go_out(half: Office) -> None:
    captured.forget(half.database, half.now)
    half.finish()
    assert half.recipients == CLIENTS
    assert (JONAS, "cancelled", "only_captured") in half.copies()
    assert ends(half) == [("cancelled", "only_captured")]


def test_the_next_run_decides_it_anew_and_everybody_gets_the_new_letter(half: Office) -> None:
    captured.forget(half.database, half.now)
    the_next_day(half)
    assert half.recipients == sorted([*CLIENTS, *CLIENTS, JONAS])
    assert ends(half) == [("cancelled", "only_captured"), ("sent", "hubspot_owner_default")]


def test_an_answer_that_comes_later_does_not_bring_it_back(half: Office) -> None:
    """The copy was on its way to the catcher when somebody said that it does not count."""
    barrier = half.server.hold("dot")
    with half.sending():
        barrier.wait_until_reached()
        captured.forget(half.database, half.now)
        (row,) = half.rows(tables.deliveries, tables.deliveries.c.address == JONAS)
        assert row.state == State.SENDING
        barrier.release()
    assert (JONAS, "sent", "accepted") in half.copies()
    the_next_day(half)
    assert ends(half) == [("cancelled", "only_captured"), ("sent", "hubspot_owner_default")]
