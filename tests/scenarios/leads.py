"""Words for stories about leads: Jonas and Greta accept them, one process, a notice a week."""

from typing import Any

from tests.scenarios import Event, event
from tests.scenarios.story import Line, dropped, kept, mail, notice, z

START = z("05-31 00:00")
JONAS = ("U-1", "jonas@nordwind.example.org", "de")
GRETA = ("U-2", "greta@nordwind.example.org", "en")

DAY = {"value": 1, "unit": "days"}
WEEK = {"value": 1, "unit": "weeks"}


def span(text: str) -> dict[str, Any]:
    """`span("36 hours")`."""
    value, unit = text.split()
    return {"value": int(value), "unit": unit}


def jonas(time: str = START, /, **changes: Any) -> Event:
    data = {"id": "U-1", "name": "Jonas Keller", "email": JONAS[1], "language": "de", "timezone": "Europe/Berlin"}
    return event("user.saved", time, **data | changes)


def greta(time: str = START, /, **changes: Any) -> Event:
    return event("user.saved", time, **{"id": "U-2", "name": "Greta Voss", "email": GRETA[1]} | changes)


def process(
    time: str = START,
    /,
    *,
    every: str | None = "1 weeks",
    new: str = "1 days",
    enabled: bool = True,
    resume: str | None = None,
) -> Event:
    """`new` (overdue after a day) -> `talks` (after three) -> `idle` (never) -> `won` (closed)."""
    follow_up: dict[str, Any] | None = None
    if every:
        follow_up = {"enabled": enabled, "interval": span(every)} | ({"resume": resume} if resume else {})
    stages = [
        {"id": "new", "name": "New", "duration": span(new)},
        {"id": "talks", "name": "Talks", "duration": span("3 days")},
        {"id": "idle", "name": "Idle"},
        {"id": "won", "name": "Won", "closed": True, "duration": span("1 days")},
    ]
    return event(
        "process.saved", time, id="sales", name="Sales", stages=stages, **({"follow_up": follow_up} if every else {})
    )


def lead(time: str = z("06-01 09:00"), /, **changes: Any) -> Event:
    """In `new` since Monday, 1 June, 09:00: overdue on Tuesday at 09:00, first mail on Wednesday, 3 June."""
    data = {
        "id": "L-1",
        "title": "Two packaging lines",
        "process": "sales",
        "stage": "new",
        "stage_entered_at": z("06-01 09:00"),
        "acceptor": "U-1",
    } | changes
    return event("lead.saved", time, **{key: value for key, value in data.items() if value is not None})


def appointment(time: str, starts: str, ends: str | None = None, id: str = "A-1", lead: str = "L-1") -> Event:
    more = {"ends_at": z(ends)} if ends else {}
    return event("lead.appointment_saved", z(time), lead=lead, id=id, starts_at=z(starts), **more)


def cancelled(time: str, id: str = "A-1") -> Event:
    return event("lead.appointment_cancelled", z(time), lead="L-1", id=id)


def task(verb: str, time: str, id: str = "T-1") -> Event:
    """`task("created", ...)`, `completed` or `deleted`."""
    return event(f"lead.task_{verb}", z(time), lead="L-1", id=id)


def closed(time: str, id: str = "L-1") -> Event:
    return event("lead.closed", z(time), id=id, outcome="won")


def deleted(time: str, id: str = "L-1") -> Event:
    return event("lead.deleted", z(time), id=id)


def sent(
    at: str,
    sequence: int,
    reason: str,
    to: tuple[str, str, str] = JONAS,
    lead: str = "L-1",
) -> Line:
    """A follow-up that went out; `reason` without its `follow_up_`."""
    id, address, language = to
    return notice(
        at,
        "lead.follow_up",
        f"lead/{lead}",
        "sent",
        f"follow_up_{reason}",
        sequence=sequence,
        mails=[mail("lead.follow_up", language, [address])],
        people=[kept("acceptor", f"user/{id}", address, "lead_acceptor")],
    )


def suppressed(
    at: str, sequence: int, reason: str, ref: str | None = "user/U-1", address: str | None = JONAS[1], lead: str = "L-1"
) -> Line:
    """A follow-up whose acceptor could not be written to."""
    people = [dropped("acceptor", ref, address, reason)]
    return notice(at, "lead.follow_up", f"lead/{lead}", "suppressed", reason, sequence=sequence, people=people)


def switched_off(at: str, sequence: int, lead: str = "L-1") -> Line:
    """A follow-up refused as a whole because its template is off: it lists no people (RULES 0.2, 0.11)."""
    return notice(at, "lead.follow_up", f"lead/{lead}", "suppressed", "template_disabled", sequence=sequence)


CAST = (jonas(), greta())
STORY = (*CAST, process(), lead())
