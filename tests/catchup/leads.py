"""Leads whose mails fall before, into and after the outage, and what RULES part 3 says of each, one at a time.

The second half is an oracle: it knows the sentences of RULES, no code of ours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.catchup.days import AWAY, CHANGES, DAY, START, Run, at, days
from tests.scenarios import Event, event
from tests.scenarios.leads import span
from tests.scenarios.story import Line, dropped, kept, mail, notice

INTERVALS = ("1 weeks", "3 days", "36 hours", "2 days", "1 months", "9 days")
FATES = ("none", "closed", "none", "appointment", "none", "moved", "none", "task", "gone", "handed_over")
OF_GRETA = 5
"""Every fifth lead is hers."""
COLLEAGUES = 40
RETURNS = datetime(2026, 6, 8, 12, tzinfo=UTC)
"""When the one colleague is back who was gone: what her runs did not send by then is past, not missed."""


@dataclass(frozen=True, slots=True)
class Lead:
    """The n-th lead. Without an outage its first mail would go out on `first`."""

    n: int

    @property
    def id(self) -> str:
        return f"L-{self.n:04}"

    @property
    def interval(self) -> str:
        return INTERVALS[self.n % len(INTERVALS)]

    @property
    def fate(self) -> str:
        """What befalls it in the outage; nothing that is first heard of later."""
        return FATES[self.n // len(INTERVALS) % len(FATES)] if self.overdue_at - DAY < CHANGES else "none"

    @property
    def first(self) -> date:
        """Some days before the outage or in it; a month before it where the interval is a month."""
        spread = self.n // 7 % 12
        back = {"1 weeks": 12, "9 days": 14, "1 months": 32}.get(self.interval, 7)
        return AWAY.date() - timedelta(days=back) + timedelta(days=spread)

    @property
    def overdue_at(self) -> datetime:
        """On the day before `first`, at any hour."""
        return at(self.first - DAY, 0) + timedelta(minutes=self.n * 37 % 1440)

    @property
    def acceptor(self) -> str:
        if self.fate == "gone":
            return "gone"
        return "greta" if self.n % OF_GRETA == 0 else f"colleague-{self.n % COLLEAGUES}"


def cast() -> Iterator[Event]:
    """Everybody who accepts leads, and a process an interval: overdue after a day, in the next stage after two."""
    for id in ("greta", "gone", "heir", *(f"colleague-{n}" for n in range(COLLEAGUES))):
        yield event("user.saved", START, id=id, name=id.title(), email=address(id))
    stages = [{"id": "new", "name": "New", "duration": span("1 days")}]
    stages += [{"id": "talks", "name": "Talks", "duration": span("2 days")}]
    for interval in INTERVALS:
        follow_up = {"enabled": True, "interval": span(interval)}
        yield event("process.saved", START, id=process_of(interval), name=interval, stages=stages, follow_up=follow_up)
    yield event("user.deactivated", CHANGES, id="gone")
    yield event("user.saved", RETURNS, id="gone", name="Gone", email=address("gone"))


def events(lead: Lead) -> Iterator[Event]:
    entered = lead.overdue_at - DAY
    place = {
        "process": process_of(lead.interval),
        "stage": "new",
        "stage_entered_at": entered,
        "acceptor": lead.acceptor,
    }
    saved: dict[str, Any] = {"id": lead.id, "title": f"Lead {lead.n}"} | place
    yield event("lead.saved", max(entered, START), **saved)
    match lead.fate:
        case "closed":
            yield event("lead.closed", CHANGES, id=lead.id, outcome="lost")
        case "appointment":
            meeting = {"id": f"A-{lead.n}", "starts_at": CHANGES + timedelta(days=5)}
            yield event("lead.appointment_saved", CHANGES, lead=lead.id, **meeting)
        case "task":
            yield event("lead.task_created", CHANGES, lead=lead.id, id=f"T-{lead.n}")
        case "moved":
            yield event("lead.saved", CHANGES, **saved | {"stage": "talks", "stage_entered_at": CHANGES})
        case "handed_over":
            yield event("lead.saved", CHANGES, **saved | {"acceptor": "heir"})


def process_of(interval: str) -> str:
    return interval.replace(" ", "-")


def address(user: str) -> str:
    return f"{user}@nordwind.example.org"


# What RULES say ------------------------------------------------------------------------------------------------------


def told(lead: Lead, runs: Sequence[Run]) -> Iterator[Line]:
    """Every line of the lead: those of its visit, and of the visit that its fate begins (LT, visit)."""
    ends = None if lead.fate in ("none", "gone") else CHANGES
    yield from _visit(lead, lead.acceptor, lead.overdue_at, ends, runs)
    if lead.fate == "moved":
        yield from _visit(lead, lead.acceptor, CHANGES + timedelta(days=2), None, runs)
    if lead.fate == "handed_over":
        yield from _visit(lead, "heir", CHANGES + timedelta(days=1), None, runs)


def _visit(
    lead: Lead, acceptor: str, overdue_at: datetime, ends: datetime | None, runs: Sequence[Run]
) -> Iterator[Line]:
    anchor, sent, refused = None, 0, False
    for run in runs:
        if ends and run.at >= ends:  # F9, F10, F13, F15
            return
        reason = _reason(run, overdue_at, anchor, lead.interval)
        if reason is None:
            continue
        if acceptor == "gone" and CHANGES <= run.at < RETURNS:  # F16: recorded once a reason (0.5)
            if not refused:
                yield _line(lead, run, sent + 1, "user_inactive", dropped(*_as_acceptor(acceptor), "user_inactive"))
            refused = True
            continue
        anchor, sent = anchor or run.day, sent + 1  # LT-7
        yield _line(lead, run, sent, reason, kept(*_as_acceptor(acceptor), "lead_acceptor"))


def _reason(run: Run, overdue_at: datetime, anchor: date | None, interval: str) -> str | None:
    """F3 to F8. A first mail is due at each run from the day after on; of later ones, all missed days are one."""
    if anchor is None:
        return "follow_up_first" if overdue_at.date() < run.day else None
    due = set(_grid(anchor, interval, run.day))
    if run.day in due:
        return "follow_up_next"
    missed = due & set(days(run.previous + DAY, run.day))
    return "follow_up_catch_up" if missed else None


def _grid(anchor: date, interval: str, last: date) -> Iterator[date]:
    """LT-7: anchor + k x interval, up to `last`; hours from the nominal run, rounded up to the next one."""
    value, unit = int(interval.split()[0]), interval.split()[1]
    for k in range(1, 60):
        if unit == "months":  # none of these anchors is beyond the 28th
            day = anchor.replace(month=anchor.month + k * value)
        elif unit == "hours":
            moment = at(anchor) + k * timedelta(hours=value)
            day = moment.date() if moment <= at(moment.date()) else moment.date() + DAY
        else:
            day = anchor + k * timedelta(**{unit: value})
        if day > last:
            return
        yield day


def _as_acceptor(user: str) -> tuple[str, str, str]:
    return "acceptor", f"user/{user}", address(user)


def _line(lead: Lead, run: Run, sequence: int, reason: str, person: Line) -> Line:
    mails = [mail("lead.follow_up", "en", [person["address"]])] if person["kept"] else []
    return notice(
        f"{run.at:%Y-%m-%d %H:%M}",
        "lead.follow_up",
        f"lead/{lead.id}",
        "sent" if mails else "suppressed",
        reason,
        sequence=sequence,
        mails=mails,
        people=[person],
    )
