"""Appointments and tasks of a lead: read from their events in any order, and what of them stops a visit (LT-9)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from workers.domain.facts import Appointment, Task, Visit
from workers.domain.reasons import Reason


@dataclass(frozen=True, slots=True)
class Entry:
    """One `lead.appointment_*` or `lead.task_*` event. `order` is that of arrival; it breaks ties of `time`."""

    kind: Literal["appointment", "task"]
    ref: str
    time: datetime
    order: int
    action: Literal["saved", "cancelled", "created", "completed", "deleted"]
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def repeats(self, before: "Entry") -> bool:
        return (self.action, self.starts_at, self.ends_at) == (before.action, before.starts_at, before.ends_at)


@dataclass(frozen=True, slots=True)
class Stop:
    """Something that stops the reminders of a visit. `until`: when it clears, None while nobody knows."""

    reason: Reason
    until: datetime | None

    def holds(self, now: datetime) -> bool:
        return self.until is None or self.until > now


def appointments_of(entries: Iterable[Entry]) -> tuple[Appointment, ...]:
    """One appointment per version, void from the time on at which it was replaced or cancelled.

    Saving the same again continues a version; of two saves at one time only the later arrival counts (RULES 0.6).
    """
    return tuple(version for history in _histories(entries, "appointment") for version in _versions(history))


def tasks_of(entries: Iterable[Entry]) -> tuple[Task, ...]:
    """One task per creation, done at the next end. Ending what is not open means nothing.

    Of a task that is created again while it is open each creation counts: the later one may lie in a later visit (F13).
    """
    return tuple(spell for history in _histories(entries, "task") for spell in _spells(history))


def stops_of(visit: Visit, appointments: Iterable[Appointment], tasks: Iterable[Task]) -> tuple[Stop, ...]:
    """What stops the visit, cleared or not, appointments first.

    - an appointment that was in the future when entered, starts after the visit began, and was not void by then (F10);
    - none that was entered with its start in the past (F11);
    - a task created in the visit (F13).
    """
    future = (each for each in appointments if _stands_in_the_way(each, visit.begins_at))
    created = (each for each in tasks if each.created_at >= visit.begins_at)
    return (
        *(Stop(Reason.STOPPED_FUTURE_APPOINTMENT, _end_of(each)) for each in future),
        *(Stop(Reason.STOPPED_TASK_CREATED, each.done_at) for each in created),
    )


def _stands_in_the_way(appointment: Appointment, begins_at: datetime) -> bool:
    void = appointment.void_at is not None and appointment.void_at <= begins_at
    return appointment.starts_at > max(appointment.entered_at, begins_at) and not void


def _end_of(appointment: Appointment) -> datetime:
    """An appointment without end ends at its start (RULES 3)."""
    end = appointment.ends_at or appointment.starts_at
    return end if appointment.void_at is None else min(end, appointment.void_at)


def _histories(entries: Iterable[Entry], kind: str) -> Iterator[list[Entry]]:
    """The entries of each appointment or task, by their own time."""
    own = [each for each in entries if each.kind == kind]
    ordered = sorted(own, key=lambda each: (each.ref, each.time, each.order))
    for _, history in groupby(ordered, key=lambda each: each.ref):
        yield list(history)


def _versions(history: list[Entry]) -> Iterator[Appointment]:
    states: list[Entry] = []
    for entry in history:
        if states and entry.action == states[-1].action == "saved" and entry.time == states[-1].time:
            states.pop()
        if not states or not entry.repeats(states[-1]):
            states.append(entry)
    for state, following in zip(states, [*states[1:], None], strict=True):
        if state.starts_at is not None:
            void_at = following.time if following else None
            yield Appointment(state.ref, state.time, state.starts_at, state.ends_at, void_at)


def _spells(history: list[Entry]) -> Iterator[Task]:
    opened: list[Entry] = []
    for entry in history:
        if entry.action == "created":
            opened.append(entry)
        else:
            yield from (Task(each.ref, each.time, entry.time) for each in opened)
            opened = []
    yield from (Task(each.ref, each.time) for each in opened)
