"""What becomes due after the day was looked at: decided or answered across midnight, it goes out all the same.

The scheduler reviews what waits once a day. Here it did so a moment before the copy came to wait.
"""

import pytest

from tests.delivery.office import CLAIRE, HOUR, LATER, RENEWAL, RULES, Office, said
from tests.world import utc
from workers.stages import pausing, resolve
from workers.stages.verify import verify

EVENING, NIGHT, LATER_THAT_NIGHT = (
    utc(at) for at in ("2026-06-03T23:59:58", "2026-06-04T00:00:03", "2026-06-04T00:10:00")
)


@pytest.fixture
def evening(office: Office) -> Office:
    """Claire's ticket is opened a moment before midnight."""
    office.now = EVENING
    office.ingest(*RENEWAL[:5], said("ticket.saved", id="T-1", company="K-1", contact="C-1", title="Sails"))
    office.ingest(said("ticket.opened", EVENING, company="K-1", document={"id": "T-1", "number": "7"}))
    return office


def put_off_after_midnight(office: Office) -> None:
    """A body was under way at midnight; its server says: not now."""
    office.resolve()
    barrier = office.server.hold("dot")
    office.server.misbehave("dot", LATER, times=1)
    with office.sending():
        barrier.wait_until_reached()
        office.now = NIGHT
        office.review()
        barrier.release()
    assert office.recipients == []


def ticks(office: Office) -> None:
    """What the scheduler's next looks bring about."""
    office.wake()
    office.resolve()
    office.send(office.wake().deliveries)


def test_a_body_that_is_put_off_across_midnight_goes_out_when_its_server_may_be_asked_again(evening: Office) -> None:
    put_off_after_midnight(evening)
    evening.now = LATER_THAT_NIGHT
    ticks(evening)
    assert evening.recipients == [CLAIRE]
    assert evening.outcome == ("sent", "toggle_on")


def test_what_was_decided_as_a_day_ended_and_stored_on_the_next_is_decided_again_and_goes_out(evening: Office) -> None:
    evening.now = NIGHT
    evening.review()
    resolve.resolve(evening.database, RULES, EVENING, "example.org")
    assert evening.send() == 0, "its text may count days"
    ticks(evening)
    assert evening.recipients == [CLAIRE]
    assert evening.notice.decided_at == NIGHT


def test_a_paused_fleet_leaves_it_until_it_goes_on(evening: Office) -> None:
    put_off_after_midnight(evening)
    evening.now = NIGHT + 9 * HOUR
    pausing.pause(evening.database, evening.now)
    ticks(evening)
    assert evening.recipients == []
    assert list(verify(evening.database, RULES.daily, evening.now)) == []
    pausing.resume(evening.database)
    found = [violation.audit.name for violation in verify(evening.database, RULES.daily, evening.now)]
    assert found == ["due-goes-out-today"], "until the scheduler looks"
    ticks(evening)
    assert evening.recipients == [CLAIRE]
