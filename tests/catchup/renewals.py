"""Renewals whose offsets come due before, in and after the outage, and what RULES part 1 says of each, one at a time.

The second half is an oracle: it knows the sentences of RULES, no code of ours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tests.catchup.days import CHANGES, START, Run
from tests.scenarios import Event, event
from tests.scenarios.story import Line, kept, mail, notice

OFFSETS = (90, 60, 30, 2)
FATES = ("none", "closed", "none", "later", "none", "earlier", "news", "none", "client_gone", "none", "news_too_late")
OWNERS = ("partner", "hubspot", "hubspot_no_copy", "partner_by_client", "hubspot_by_client")
JONAS = "jonas@nordwind.example.org"


@dataclass(frozen=True, slots=True)
class Renewal:
    """The n-th renewal. One of its offsets is due on `due`, if nothing changes."""

    n: int

    @property
    def id(self) -> str:
        return f"R-{self.n:04}"

    @property
    def fate(self) -> str:
        return FATES[self.n // len(OFFSETS) % len(FATES)]

    @property
    def owner(self) -> str:
        return OWNERS[self.n % len(OWNERS)]

    @property
    def renews_on(self) -> date:
        if self.fate == "news_too_late":
            return date(2026, 6, 4)
        due = date(2026, 5, 30) + timedelta(days=self.n // 3 % 9)
        return due + timedelta(days=OFFSETS[self.n % len(OFFSETS)])

    @property
    def moved_to(self) -> date:
        return self.renews_on + timedelta(days={"later": 11, "earlier": -1 if self.n % 2 else -30}.get(self.fate, 0))


def cast() -> Iterator[Event]:
    """Jonas is the point of contact of both partners: of one that looks after its clients' renewals, and of another."""
    yield event("user.saved", START, id="jonas", name="Jonas Keller", email=JONAS)
    for id, owner in (("caring", "partner"), ("plain", "hubspot")):
        yield event("partner.saved", START, id=id, name=id, point_of_contact="jonas", renewal_owner=owner)


def events(renewal: Renewal) -> Iterator[Event]:
    n = renewal.n
    company: dict[str, str] = {"id": f"K-{n}", "name": f"Client {n}", "language": "fr"}
    match renewal.owner:
        case "partner":
            company |= {"partner": "caring"}
        case "hubspot":
            company |= {"partner": "plain"}
        case "partner_by_client":
            company |= {"partner": "plain", "renewal_owner": "partner"}
        case "hubspot_by_client":
            company |= {"partner": "caring", "renewal_owner": "hubspot"}
    reader = {"id": f"C-{n}", "company": f"K-{n}", "first_name": "Claire", "last_name": str(n), "email": _claire(n)}
    yield event("company.saved", START, **company)
    yield event("contact.saved", START, **reader, billing=True, decision_maker=True)
    saved = {"id": renewal.id, "company": f"K-{n}", "product": "Hub", "renews_on": renewal.renews_on}
    yield event("renewal.saved", CHANGES if renewal.fate.startswith("news") else START, **saved)
    match renewal.fate:
        case "closed":
            yield event("renewal.saved", CHANGES, **saved | {"status": "renewed"})
        case "later" | "earlier":
            yield event("renewal.saved", CHANGES, **saved | {"renews_on": renewal.moved_to})
        case "client_gone":
            yield event("company.deleted", CHANGES, id=f"K-{n}")


def _claire(n: int) -> str:
    return f"claire.{n}@client-{n}.example.com"


# What RULES say ------------------------------------------------------------------------------------------------------


def told(renewal: Renewal, runs: Sequence[Run], catchup_days: int = 7) -> Iterator[Line]:
    """Every line of the renewal: those of the date that is known first, and of the one that it is moved to."""
    moves = renewal.fate in ("later", "earlier")
    heard = CHANGES if renewal.fate.startswith("news") else START
    first = [run for run in runs if run.at >= heard and not (moves and run.at >= CHANGES)]
    yield from _date(renewal, renewal.renews_on, first, catchup_days)
    if moves:
        yield from _date(renewal, renewal.moved_to, [run for run in runs if run.at >= CHANGES], catchup_days)


def _date(renewal: Renewal, renews_on: date, runs: Sequence[Run], catchup_days: int) -> Iterator[Line]:
    """R18, R20: `runs` begin with the one at which the date becomes known."""
    known_on = runs[0].day
    if renews_on < known_on:
        return
    left = {offset: max(renews_on - timedelta(days=offset), known_on) for offset in OFFSETS}
    for run in runs:
        due = {offset: day for offset, day in left.items() if day <= run.day}
        ends = {offset: min(day + timedelta(days=catchup_days), renews_on) for offset, day in due.items()}
        goes = min((offset for offset in due if run.day <= ends[offset]), default=None)
        for offset in sorted(due, reverse=True):
            del left[offset]
            if offset != goes:
                yield _line(renewal, run, offset, "expired" if run.day > renews_on else "skipped_late")
            elif renewal.fate in ("client_gone", "closed") and run.at >= CHANGES:
                yield _line(renewal, run, offset, "renewal_closed" if renewal.fate == "closed" else "company_deleted")
            else:
                yield _letter(renewal, run, offset)


def _letter(renewal: Renewal, run: Run, offset: int) -> Line:
    """HS-4, HS-5, HS-8."""
    jonas = kept("point_of_contact", "user/jonas", JONAS, "point_of_contact")
    claire = kept("main billing decision_maker", f"contact/C-{renewal.n}", _claire(renewal.n), "main_contact")
    kind = _kind(offset)
    to_client = mail(kind, "fr", [claire["address"]], [JONAS])
    match renewal.owner:
        case "partner":
            reason, people, sent, notes = "partner_owner_default", [jonas], mail(f"{kind}.partner", "en", [JONAS]), []
        case "partner_by_client":
            reason, people, sent = "partner_owner_client", [jonas], mail(f"{kind}.partner", "en", [JONAS])
            notes = ["point_of_contact_inherited"]
        case "hubspot_no_copy":
            reason, people, sent, notes = "hubspot_owner_default", [claire], to_client | {"cc": []}, []
        case owner:
            reason = "hubspot_owner_client" if owner == "hubspot_by_client" else "hubspot_owner_default"
            people, sent, notes = [claire, jonas], to_client, []
    return _line(renewal, run, offset, reason, people=people, mails=[sent], notes=notes)


def _kind(offset: int) -> str:
    return "renewal.notice" if offset == max(OFFSETS) else "renewal.reminder"


def _line(
    renewal: Renewal,
    run: Run,
    offset: int,
    reason: str,
    *,
    people: Sequence[Line] = (),
    mails: Sequence[Line] = (),
    notes: Sequence[str] = (),
) -> Line:
    return notice(
        f"{run.at:%Y-%m-%d %H:%M}",
        _kind(offset),
        f"renewal/{renewal.id}",
        "sent" if mails else "suppressed",
        reason,
        offset=offset,
        notes=notes,
        mails=mails,
        people=people,
    )
