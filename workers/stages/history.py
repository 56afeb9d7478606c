"""One timeline: what was sent, what was not and why, and what is planned; for one person, or about one thing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from workers.domain.notices import Person
from workers.domain.standing import Standing, Stands, of_notice, of_person
from workers.stages.foreseen import Foreseen, foreseen
from workers.stages.rules import Rules
from workers.store import cases, foresight, lookup, records
from workers.store.records import CopyOf, Record

AHEAD = 20
"""So many leads, and so many renewals, are looked at for what is planned."""


@dataclass(frozen=True, slots=True)
class PersonStands:
    """How it stands for one person, and the copy that tells of it, None where there is none."""

    person: Person
    stands: Stands
    copy: CopyOf | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """One notice on the timeline, with the people it is told of. `notice` None: planned, nothing exists yet.

    `stands`: of the person asked about, else of the notice. `title` and `client`: what a planned one is about;
    `readers`: who would get it, whoever was asked about. `subject_line`: of the copy of the person asked about, as
    each language has its own; else of any.
    """

    at: datetime
    kind: str
    subject: str
    stands: Stands
    people: tuple[PersonStands, ...] = ()
    notice: int | None = None
    sequence: int | None = None
    offset_days: int | None = None
    title: str | None = None
    client: str | None = None
    readers: tuple[Person, ...] = ()
    subject_line: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """`planned`: the earliest first; `past`: the newest first. `more`: the past goes on beyond the limit."""

    planned: tuple[Moment, ...]
    past: tuple[Moment, ...]
    more: bool = False

    @property
    def shown(self) -> tuple[str, ...]:
        """The references of everybody whom it names, each once (ADR 9)."""
        moments = (*self.planned, *self.past)
        named = (person for moment in moments for person in (*moment.readers, *(each.person for each in moment.people)))
        return tuple(dict.fromkeys(person.ref for person in named if person.ref))


def history(connection: Connection, rules: Rules, ref: str, now: datetime, limit: int) -> History:
    """Of `contact/ID` and `user/ID` what they were considered for; of `company/ID` all that is about its things.

    Of anything else that notices are about (`lead/ID`, `invoice/ID`) those.

    A constant number of queries, however much there is.
    """
    found = records.records_about(connection, lookup.about(ref), limit + 1)
    one = ref if ref.startswith(("contact/", "user/")) else None
    ahead = _ahead(connection, rules, ref, now)
    planned = [_planned(each, one) for each in ahead if one is None or any(person.ref == one for person in each.people)]
    return History(tuple(planned), tuple(_past(record, one) for record in found[:limit]), len(found) > limit)


def _ahead(connection: Connection, rules: Rules, ref: str, now: datetime) -> list[Foreseen]:
    kind, _, id = ref.partition("/")
    leads: list[str] = []
    renewed: list[str] = []
    match kind:
        case "user":
            leads = foresight.leads_of_user(connection, id, AHEAD)
            renewed = foresight.renewals_of_user(connection, id, AHEAD)
        case "contact":
            contact = cases.contacts_by_id(connection, [id], rules.permissions).get(id)
            renewed = foresight.renewals_of_company(connection, contact.company, AHEAD) if contact else []
        case "company":
            leads = foresight.leads_of_company(connection, id, AHEAD)
            renewed = foresight.renewals_of_company(connection, id, AHEAD)
        case "lead":
            leads = [id]
        case "renewal":
            renewed = [id]
    return foreseen(connection, rules, leads, renewed, now)


def stands_of(record: Record) -> Stands:
    """How a notice stands as a whole."""
    return of_notice(record.outcome, record.reason, [copy.fate for copy in record.copies])


def people_of(record: Record) -> tuple[PersonStands, ...]:
    """How a notice stands for each of those who were considered."""
    whole = stands_of(record)
    return tuple(_person(record, position, person, whole) for position, person in enumerate(record.people))


def _person(record: Record, position: int, person: Person, whole: Stands) -> PersonStands:
    copies = record.copies_of(position)
    stands = of_person(person, [copy.fate for copy in copies], whole)
    return PersonStands(person, stands, copies[-1] if copies else None)


def _past(record: Record, one: str | None) -> Moment:
    people = people_of(record)
    asked = [each for each in people if each.person.ref == one] if one else []
    own = asked[0].copy if asked else None
    subject_line = next((copy.subject_line for copy in record.copies if copy.subject_line), None)
    return Moment(
        at=own.at if own else record.at,
        kind=record.kind,
        subject=record.subject,
        stands=asked[0].stands if asked else stands_of(record),
        people=tuple(asked) if one else people,
        notice=record.id,
        sequence=record.sequence,
        offset_days=record.offset_days,
        subject_line=(own.subject_line if own else None) if one else subject_line,
    )


def _planned(each: Foreseen, one: str | None) -> Moment:
    people = tuple(PersonStands(person, _would(each, person)) for person in each.people)
    asked = [person for person in people if person.person.ref == one] if one else []
    whole = Stands(Standing.PLANNED if each.sends else Standing.WILL_NOT, each.reason)
    return Moment(
        at=each.at,
        kind=each.kind,
        subject=each.subject,
        stands=asked[0].stands if asked else whole,
        people=tuple(asked) if one else people,
        offset_days=each.offset_days,
        title=each.title,
        client=each.client,
        readers=tuple(person for person in each.people if person.kept) if each.sends else (),
    )


def _would(each: Foreseen, person: Person) -> Stands:
    return Stands(Standing.PLANNED if each.sends and person.kept else Standing.WILL_NOT, person.reason)
