"""Appointments and tasks from events in any order, and which of them stop a visit (LT-9)."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.leads import VISIT, utc
from workers.domain.facts import Appointment, Task
from workers.domain.reasons import Reason
from workers.domain.stoppers import Entry, Stop, appointments_of, stops_of, tasks_of

WEDNESDAY, THURSDAY, FRIDAY = (utc(f"2026-06-0{day}T10:00") for day in (3, 4, 5))
NEXT_WEEK, WEEK_AFTER = utc("2026-06-10T10:00"), utc("2026-06-17T10:00")


def saved(time: datetime, starts_at: datetime, order: int = 1, **more: Any) -> Entry:
    return Entry("appointment", "A-1", time, order, "saved", starts_at, **more)


def entry(action: Any, time: datetime, order: int = 1, ref: str = "T-1") -> Entry:
    return Entry("appointment" if action == "cancelled" else "task", ref, time, order, action)


def test_a_saved_appointment_stands() -> None:
    assert appointments_of([saved(WEDNESDAY, NEXT_WEEK, ends_at=WEEK_AFTER)]) == (
        Appointment("A-1", WEDNESDAY, NEXT_WEEK, WEEK_AFTER),
    )


def test_a_moved_appointment_is_two_versions() -> None:
    entries = [saved(THURSDAY, WEEK_AFTER, 1), saved(WEDNESDAY, NEXT_WEEK, 2)]
    assert appointments_of(entries) == (
        Appointment("A-1", WEDNESDAY, NEXT_WEEK, void_at=THURSDAY),
        Appointment("A-1", THURSDAY, WEEK_AFTER),
    )


def test_a_cancelled_appointment_is_void_from_then_on_and_may_be_entered_again() -> None:
    entries = [entry("cancelled", THURSDAY, ref="A-1"), saved(WEDNESDAY, NEXT_WEEK), saved(FRIDAY, NEXT_WEEK)]
    assert appointments_of(entries) == (
        Appointment("A-1", WEDNESDAY, NEXT_WEEK, void_at=THURSDAY),
        Appointment("A-1", FRIDAY, NEXT_WEEK),
    )


def test_a_cancellation_without_appointment_is_nothing() -> None:
    assert appointments_of([entry("cancelled", THURSDAY, ref="A-1")]) == ()


def test_saving_the_same_again_continues_the_version() -> None:
    once = saved(WEDNESDAY, NEXT_WEEK)
    assert appointments_of([once, saved(THURSDAY, NEXT_WEEK)]) == appointments_of([once])


def test_of_two_saves_at_one_time_only_the_later_arrival_counts() -> None:
    entries = [saved(WEDNESDAY, THURSDAY, 2), saved(WEDNESDAY, NEXT_WEEK, 1)]
    assert appointments_of(entries) == (Appointment("A-1", WEDNESDAY, THURSDAY),)


def test_a_task_is_one_spell_from_creation_to_completion() -> None:
    entries = [entry("completed", THURSDAY, 1), entry("created", WEDNESDAY, 2)]
    assert tasks_of(entries) == (Task("T-1", WEDNESDAY, THURSDAY),)


def test_creating_an_open_task_again_counts_in_both_visits_it_may_lie_in() -> None:
    entries = [entry("created", WEDNESDAY), entry("created", THURSDAY), entry("deleted", FRIDAY)]
    assert tasks_of(entries) == (Task("T-1", WEDNESDAY, FRIDAY), Task("T-1", THURSDAY, FRIDAY))


def test_a_task_created_anew_after_its_end_is_a_second_spell() -> None:
    entries = [entry("created", WEDNESDAY), entry("completed", THURSDAY), entry("created", FRIDAY)]
    assert tasks_of(entries) == (Task("T-1", WEDNESDAY, THURSDAY), Task("T-1", FRIDAY))


def test_a_completion_without_creation_is_nothing() -> None:
    assert tasks_of([entry("completed", THURSDAY), entry("deleted", FRIDAY)]) == ()


def test_appointments_and_tasks_with_one_id_are_two_things() -> None:
    entries = [saved(WEDNESDAY, NEXT_WEEK), entry("created", THURSDAY, ref="A-1")]
    assert appointments_of(entries) == (Appointment("A-1", WEDNESDAY, NEXT_WEEK),)
    assert tasks_of(entries) == (Task("A-1", THURSDAY),)


def stops(*things: Appointment | Task) -> tuple[Stop, ...]:
    appointments = (each for each in things if isinstance(each, Appointment))
    return stops_of(VISIT, appointments, (each for each in things if isinstance(each, Task)))


def future(until: datetime) -> Stop:
    return Stop(Reason.STOPPED_FUTURE_APPOINTMENT, until)


def test_f10_a_future_appointment_stops_until_its_end_or_start_or_until_it_is_void() -> None:
    plain = Appointment("A-1", WEDNESDAY, NEXT_WEEK)
    assert stops(plain) == (future(NEXT_WEEK),)
    assert stops(replace(plain, ends_at=WEEK_AFTER)) == (future(WEEK_AFTER),)
    assert stops(replace(plain, ends_at=WEEK_AFTER, void_at=FRIDAY)) == (future(FRIDAY),)


def test_f10_an_appointment_of_an_earlier_visit_stops_if_it_starts_in_this_one() -> None:
    before = utc("2026-05-20T10:00")
    assert stops(Appointment("A-1", before, WEDNESDAY)) == (future(WEDNESDAY),)
    assert stops(Appointment("A-1", before, VISIT.begins_at)) == ()
    assert stops(Appointment("A-1", before, WEDNESDAY, void_at=VISIT.begins_at)) == ()


def test_f11_an_appointment_entered_with_a_start_in_the_past_does_not_stop() -> None:
    assert stops(Appointment("A-1", THURSDAY, WEDNESDAY, WEEK_AFTER)) == ()
    assert stops(Appointment("A-1", THURSDAY, THURSDAY, WEEK_AFTER)) == ()


def test_f13_a_task_stops_from_the_beginning_of_the_visit_on() -> None:
    assert stops(Task("T-1", VISIT.begins_at)) == (Stop(Reason.STOPPED_TASK_CREATED, None),)
    assert stops(Task("T-1", WEDNESDAY, THURSDAY)) == (Stop(Reason.STOPPED_TASK_CREATED, THURSDAY),)
    assert stops(Task("T-1", utc("2026-05-25T09:59:59"))) == ()


def test_appointments_come_before_tasks() -> None:
    assert [stop.reason for stop in stops(Task("T-1", WEDNESDAY), Appointment("A-1", THURSDAY, NEXT_WEEK))] == [
        Reason.STOPPED_FUTURE_APPOINTMENT,
        Reason.STOPPED_TASK_CREATED,
    ]


actions = st.sampled_from(["saved", "cancelled", "created", "completed", "deleted"])
minutes = st.integers(0, 400)


@given(st.lists(st.tuples(actions, minutes, st.integers(0, 3)), unique_by=lambda each: each[1]), st.randoms())
def test_what_stands_does_not_depend_on_the_order_of_arrival(drawn: list[tuple[str, int, int]], random: Random) -> None:
    def entries(ordered: list[tuple[str, int, int]]) -> list[Entry]:
        return [
            saved(WEDNESDAY + timedelta(minutes=at), WEEK_AFTER.replace(hour=start), order)
            if action == "saved"
            else entry(action, WEDNESDAY + timedelta(minutes=at), order, ref="A-1")
            for order, (action, at, start) in enumerate(ordered)
        ]

    shuffled = random.sample(drawn, len(drawn))
    assert appointments_of(entries(drawn)) == appointments_of(entries(shuffled))
    assert tasks_of(entries(drawn)) == tasks_of(entries(shuffled))
