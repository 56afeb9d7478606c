"""Why X got it and Y did not: everybody considered for one notice, question by question, with the facts behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.engine import Connection

from workers.domain.checks import Check, Result, checks, results
from workers.domain.deciding import DecidingFact, deciding_facts
from workers.domain.delivery import OPEN, State
from workers.domain.facts import Company
from workers.domain.ownership import ownership
from workers.domain.standing import Stands
from workers.stages.history import PersonStands, people_of, stands_of
from workers.store import cases, known, origins, records
from workers.store.origins import Origin, Telling
from workers.store.records import Record


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that decided, and what told of it. `origin` None: nobody has told of it, or it is a setting of ours.

    `changed_since`: the thing was told of anew after the decision; the event that counted then is not kept.
    """

    name: str
    value: str
    told_by: str | None
    origin: Origin | None
    changed_since: bool


@dataclass(frozen=True, slots=True)
class Considered:
    """One person: how it stands for them, the answer to each question of `Why.asked`, and the facts that decided."""

    person: PersonStands
    results: tuple[Result, ...]
    facts: tuple[Fact, ...]

    def failed(self, asked: tuple[Check, ...]) -> Check | None:
        """The first question they failed."""
        return next((check for check, result in zip(asked, self.results, strict=True) if result is Result.FAILED), None)


@dataclass(frozen=True, slots=True)
class Why:
    """One notice, explained. `run`: the day of the daily run that brought it about, else `event` did, if still kept.

    `company`: the client it is about, where that can be told.
    """

    record: Record
    stands: Stands
    asked: tuple[Check, ...]
    considered: tuple[Considered, ...]
    run: date | None = None
    event: Telling | None = None
    company: Company | None = None

    def asked_about(self, language: str) -> tuple[str | None, datetime]:
        """What an answer in this language is about: the subject line of its mail, and when that was sent.

        No line where several languages were written, and not this one.
        """
        copies = sorted(self.record.copies, key=lambda copy: copy.state != State.SENT)
        written = [copy for copy in copies if copy.subject_line]
        one_language = len({copy.language for copy in written}) == 1
        quoted = [copy for copy in written if copy.language == language or one_language]
        named = next(iter(quoted or copies), None)
        ended = named is not None and State(named.state) not in OPEN
        return (quoted[0].subject_line if quoted else None), (named.at if named and ended else self.record.at)


def why(connection: Connection, id: int) -> Why | None:
    """Explain the notice with this id; None if there is none (any more)."""
    record = records.record_of(connection, id)
    if record is None:
        return None
    owner, company = _renewal(connection, record)
    decided = [deciding_facts(person, record.subject, record.cause, owner) for person in record.people]
    told = origins.origins(connection, {fact.told_by for facts in decided for fact in facts if fact.told_by})
    event = origins.tellings(connection, [record.arrival]).get(record.arrival) if record.arrival else None
    asked = checks(record.kind, record.people, by_hand=record.by_hand)
    considered = tuple(
        Considered(
            person=each,
            results=results(each.person, asked, by_hand=record.by_hand),
            facts=tuple(_fact(fact, told, record, event) for fact in facts),
        )
        for each, facts in zip(people_of(record), decided, strict=True)
    )
    by, _, day = record.cause.partition("/")
    return Why(
        record=record,
        stands=stands_of(record),
        asked=asked,
        considered=considered,
        run=date.fromisoformat(day) if by == "run" else None,
        event=event,
        company=known.company(connection, company) if company else None,
    )


def _fact(fact: DecidingFact, told: Mapping[str, Origin], record: Record, event: Telling | None) -> Fact:
    if fact.told_by == record.cause and event:
        return Fact(fact.name, fact.value, fact.told_by, Origin(event.time, event), changed_since=False)
    origin = told.get(fact.told_by or "")
    since = origin is not None and record.decided_at is not None and origin.is_later_than(record.decided_at)
    return Fact(fact.name, fact.value, fact.told_by, origin, since)


def _renewal(connection: Connection, record: Record) -> tuple[str | None, str | None]:
    """Who names the point of contact (ref), and the client, of a renewal's notice; else None."""
    kind, _, id = record.subject.partition("/")
    case = cases.renewal_cases(connection, [id]).get(id) if kind == "renewal" else None
    if case is None:
        return None, record.company or (id if kind == "company" else None)
    company = case.company
    owned = ownership(company, case.partner)
    if company is None or owned.point_of_contact is None:
        return None, case.renewal.company
    own = company.renewal_point_of_contact is not None
    return (f"company/{company.id}" if own else f"partner/{company.partner}"), company.id
