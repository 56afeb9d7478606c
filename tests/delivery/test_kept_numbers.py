"""A reminder that failed, or of which nobody knows, keeps its number (RULES 0.5, promise 2, ADR 19).

Lead L-1, one mail a week: the first one is due on Wednesday, 3 June.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.delivery.office import GRETA, LATER, LEAD, RULES, WORKER, Office, said, user
from tests.delivery.test_interventions import DROP_IT, MARK_SENT, RESEND, order
from tests.scenarios import Event
from tests.servers.smtpd import DROP, Answer
from tests.world import utc
from workers.domain.notices import FOLLOW_UP, Person
from workers.domain.reasons import Reason, Role
from workers.stages import sweep
from workers.stages.explain import Explained, explain
from workers.stages.foreseen import Foreseen, foreseen
from workers.store import fleet, lookup, records, runs, tables

NOBODY = Answer(550, "5.1.1 nobody here")
REFUSED = Answer(554, "5.0.0 policy")
MENDED = "greta.voss@nordwind.example.org"
REF = "lead/L-1"
FIRST, NEXT = "follow_up_first", "follow_up_next"

Decided = tuple[int | None, str | None, str | None, str | None, tuple[Person, ...]]


def begun(office: Office) -> None:
    """The run of 3 June, and what comes of it."""
    office.ingest(*LEAD)
    office.make_run()
    office.finish()


def live(office: Office, first: int, last: int) -> list[int]:
    """The runs of these days of June; on which of them the lead was looked at."""
    looked = []
    for day in range(first, last + 1):
        office.now = at(day)
        office.make_run()
        office.finish()
        with office.database.read() as connection:
            looked += [day] if runs.looks(connection, "lead", ["L-1"])["L-1"].checked_on == office.now.date() else []
    return looked


def at(day: int, clock: str = "07:00") -> Any:
    return utc(f"2026-06-{day:02}T{clock}")


def tell(office: Office, day: int, *events: Event) -> None:
    office.now = at(day, "12:00")
    office.ingest(*events)


def mended(day: int) -> Event:
    return user("U-2", MENDED, f"2026-06-{day:02}T12:00:00Z")


def decided(office: Office) -> list[Decided]:
    """Every notice as it stands: number, outcome, its reason, when, and whom it considered."""
    with office.database.read() as connection:
        found = records.records_about(connection, lookup.about(REF), 50)
        times = {row.id: f"{row.at:%m-%d %H:%M}" if row.at else None for row in office.rows(tables.notices)}
    ordered = sorted(found, key=lambda record: record.id)
    return [(each.sequence, each.outcome, each.reason, times[each.id], each.people) for each in ordered]


def greta(address: str = GRETA, refusal: Reason | None = None) -> tuple[Person, ...]:
    facts = (("address", address),) if refusal else ()
    reason = refusal or Reason.LEAD_ACCEPTOR
    return (Person((Role.ACCEPTOR,), "user/U-2", address, not refusal, reason, "en", "U-2", facts),)


def told(office: Office) -> tuple[Explained, list[Foreseen]]:
    with office.database.read() as connection:
        return explain(connection, RULES, REF, office.now), foreseen(connection, RULES, ["L-1"], [], office.now)


def waits(office: Office, day: int, address: str = GRETA) -> tuple[Explained, list[Foreseen]]:
    """What is to be told while the next mail, no first one, is due on that day."""
    explained = Explained(REF, office.now, Reason.BETWEEN_INTERVALS, at(day))
    ahead = Foreseen(at(day), FOLLOW_UP.name, REF, "Sails", None, None, True, Reason.FOLLOW_UP_NEXT, greta(address))
    return explained, [ahead]


def test_0_5_a_refused_first_mail_keeps_its_number_and_the_next_goes_to_the_mended_address(office: Office) -> None:
    office.server.misbehave("rcpt", NOBODY, recipient=GRETA)
    begun(office)
    refused = (1, "failed", "address_refused", "06-03 07:00", greta())
    assert decided(office) == [refused]
    assert told(office) == (Explained(REF, office.now, Reason.ADDRESS_SUPPRESSED), [])
    tell(office, 3, mended(3))
    for day in range(4, 10):
        assert told(office) == waits(office, 10, MENDED)
        assert live(office, day, day) == ([4] if day == 4 else [])
    assert live(office, 10, 24) == [10, 11, 17, 18, 24]
    assert decided(office) == [
        refused,
        (2, "sent", NEXT, "06-10 07:00", greta(MENDED)),
        (3, "sent", NEXT, "06-17 07:00", greta(MENDED)),
        (4, "sent", NEXT, "06-24 07:00", greta(MENDED)),
    ]
    assert office.recipients == [MENDED] * 3


def test_0_5_0_9_while_its_address_is_suppressed_the_next_number_is_decided_on_each_grid_day(office: Office) -> None:
    office.server.misbehave("rcpt", NOBODY, recipient=GRETA)
    begun(office)
    assert live(office, 4, 18) == [4, 10, 11, 17, 18]
    assert told(office) == (Explained(REF, office.now, Reason.ADDRESS_SUPPRESSED), [])
    refused = (1, "failed", "address_refused", "06-03 07:00", greta())
    suppressed = (2, "suppressed", "address_suppressed", "06-10 07:00", greta(refusal=Reason.ADDRESS_SUPPRESSED))
    assert decided(office) == [refused, suppressed]
    assert [row.repeats for row in office.rows(tables.notices)] == [0, 1]
    tell(office, 19, mended(19))
    assert told(office) == waits(office, 24, MENDED)
    assert live(office, 20, 24) == [24]
    assert decided(office) == [refused, suppressed, (2, "sent", NEXT, "06-24 07:00", greta(MENDED))]


def test_f17_a_refused_second_mail_keeps_its_number_and_the_grid_stays(office: Office) -> None:
    begun(office)
    office.server.misbehave("rcpt", REFUSED, times=1)
    assert live(office, 4, 10) == [4, 10]
    assert told(office) == waits(office, 17)
    assert live(office, 11, 17) == [11, 17]
    assert decided(office) == [
        (1, "sent", FIRST, "06-03 07:00", greta()),
        (2, "failed", "refused_by_server", "06-10 07:00", greta()),
        (3, "sent", NEXT, "06-17 07:00", greta()),
    ]


def test_lt_7_the_grid_of_a_first_mail_that_was_put_off_until_it_failed_counts_from_that_day(office: Office) -> None:
    office.server.misbehave("rcpt", LATER, times=1)
    begun(office)
    office.now = at(4, "06:00")
    office.server.misbehave("rcpt", REFUSED, times=1)
    office.review()
    office.finish()
    assert told(office) == waits(office, 11)
    assert live(office, 4, 11) == [4, 11]
    assert decided(office) == [
        (1, "failed", "refused_by_server", "06-04 06:00", greta()),
        (2, "sent", NEXT, "06-11 07:00", greta()),
    ]


def without_answer(office: Office) -> None:
    """Nobody knows whether the first mail arrived."""
    office.server.misbehave("dot", DROP, times=1)
    begun(office)


LOST = (1, "uncertain", "connection_lost", "06-03 07:00", greta())


def test_promise_2_an_uncertain_first_mail_keeps_its_number_and_the_next_goes_out(office: Office) -> None:
    without_answer(office)
    assert told(office) == waits(office, 10)
    assert live(office, 4, 18) == [4, 10, 11, 17, 18]
    assert decided(office) == [
        LOST,
        (2, "sent", NEXT, "06-10 07:00", greta()),
        (3, "sent", NEXT, "06-17 07:00", greta()),
    ]


def test_lt_7_a_late_answer_counts_at_its_time_and_what_was_given_up_left_when_its_body_did(office: Office) -> None:
    """The fleet was away over night: who held the mail is declared dead the next morning, and answers after all."""
    office.ingest(*LEAD)
    office.make_run()
    barrier = office.server.hold("dot")
    with office.sending():
        barrier.wait_until_reached()
        with office.database.write() as connection:
            fleet.retire(connection, WORKER)
        office.now = at(4, "06:00")
        sweep.bury(office.database, timedelta(days=1), "sweeper", office.now)
        assert decided(office) == [(1, "uncertain", "worker_died", "06-03 07:00", greta())]
        assert told(office) == waits(office, 10)
        barrier.release()
    with office.database.write() as connection:
        fleet.enlist(connection, "worker-2", "worker", "localhost", 1)
    office.room = replace(office.room, worker=lambda: "worker-2")
    assert told(office) == waits(office, 11)
    assert live(office, 4, 11) == [4, 11]
    assert decided(office) == [
        (1, "sent", FIRST, "06-04 06:00", greta()),
        (2, "sent", NEXT, "06-11 07:00", greta()),
    ]


def test_promise_3_what_an_operator_calls_failed_keeps_its_day(office: Office) -> None:
    """However late it is said: the grid stays, and nothing is owed a second time."""
    without_answer(office)
    live(office, 4, 11)
    office.now = at(12, "12:00")
    order(office, DROP_IT, 1)
    assert told(office) == waits(office, 17)
    assert live(office, 12, 18) == [17, 18]
    assert decided(office) == [
        (1, "failed", "operator", "06-03 07:00", greta()),
        (2, "sent", NEXT, "06-10 07:00", greta()),
        (3, "sent", NEXT, "06-17 07:00", greta()),
    ]


def test_lt_7_marked_as_sent_after_the_next_one_moves_nothing(office: Office) -> None:
    without_answer(office)
    live(office, 4, 11)
    office.now = at(12, "12:00")
    order(office, MARK_SENT, 1)
    assert told(office) == waits(office, 17)
    live(office, 12, 17)
    assert decided(office) == [
        (1, "sent", FIRST, "06-03 07:00", greta()),
        (2, "sent", NEXT, "06-10 07:00", greta()),
        (3, "sent", NEXT, "06-17 07:00", greta()),
    ]


def test_lt_7_resent_by_an_operator_it_counts_at_its_time_and_no_other_is_made_meanwhile(office: Office) -> None:
    without_answer(office)
    live(office, 4, 15)
    office.now = at(16, "12:00")
    order(office, RESEND, 1)
    office.now = at(17)
    office.plan_run()
    assert [row.sequence for row in office.rows(tables.notices)] == [1, 2], "the first one is on its way"
    office.finish()
    assert told(office) == waits(office, 24)
    assert live(office, 18, 24) == [18, 24]
    assert decided(office) == [
        (1, "sent", FIRST, "06-17 07:00", greta()),
        (2, "sent", NEXT, "06-10 07:00", greta()),
        (3, "sent", NEXT, "06-24 07:00", greta()),
    ]


def test_promise_2_taken_back_after_it_may_have_arrived_it_keeps_its_number(office: Office) -> None:
    """It is sent once more, flagged; the template is off by then."""
    without_answer(office)
    live(office, 4, 4)
    office.now = at(4, "12:00")
    order(office, RESEND, 1)
    office.ingest(said("template.switched", "2026-06-04T12:00:00Z", template="lead.follow_up", enabled=False))
    office.finish()
    office.now = at(5, "12:00")
    office.ingest(said("template.switched", "2026-06-05T12:00:00Z", template="lead.follow_up", enabled=True))
    assert told(office) == waits(office, 11)
    assert live(office, 6, 11) == [10, 11]
    assert decided(office) == [
        (1, "suppressed", "template_disabled", "06-04 12:00", greta()),
        (2, "sent", NEXT, "06-11 07:00", greta()),
    ]


def test_f12_when_clear_a_failed_mail_is_followed_by_a_first_one_after_the_clearing(office: Office) -> None:
    office.server.misbehave("rcpt", REFUSED, times=1)
    process = LEAD[3]["data"]
    cadence = process["follow_up"] | {"resume": "when_clear"}
    resumes = said("process.saved", "2026-06-01T09:00:00Z", **process | {"follow_up": cadence})
    office.ingest(*LEAD, resumes)
    office.make_run()
    office.finish()
    tell(office, 4, said("lead.task_created", "2026-06-04T12:00:00Z", lead="L-1", id="T-1"))
    tell(office, 5, said("lead.task_completed", "2026-06-05T12:00:00Z", lead="L-1", id="T-1"))
    explained, ahead = waits(office, 6)
    first = [replace(each, reason=Reason.FOLLOW_UP_FIRST) for each in ahead]
    assert told(office) == (replace(explained, answer=Reason.FIRST_MAIL_NEXT_DAY), first)
    live(office, 6, 13)
    assert decided(office) == [
        (1, "failed", "refused_by_server", "06-03 07:00", greta()),
        (2, "sent", FIRST, "06-06 07:00", greta()),
        (3, "sent", NEXT, "06-13 07:00", greta()),
    ]
