"""What the next runs will bring if nothing changes, and who would get it as the facts are now."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.engine import Connection

from workers.domain import follow_up, renewals
from workers.domain.acceptor import acceptor_of
from workers.domain.cases import LeadCase, RenewalCase
from workers.domain.notices import FOLLOW_UP, Decision, DueRenewal, Person
from workers.domain.reasons import Reason
from workers.domain.renewals import History
from workers.stages.judged import judged
from workers.stages.rules import Rules
from workers.store import cases
from workers.store.on_their_way import as_if_sent


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A notice that a run at `at` will bring about.

    `title`: of the lead, or the product that is renewed; `client`: name of its company. `reason`: why it would be sent
    or, where `sends` is false, why not. `people` as `Decision` has them.
    """

    at: datetime
    kind: str
    subject: str
    title: str
    client: str | None
    offset_days: int | None
    sends: bool
    reason: Reason
    people: tuple[Person, ...]


def foreseen(
    connection: Connection, rules: Rules, leads: Collection[str], renewed: Collection[str], at: datetime
) -> list[Foreseen]:
    """The next notice of each of these leads and renewals, the earliest first; constant number of queries."""
    found = list(_of_leads(connection, rules, leads, at)) if leads else []
    found += _of_renewals(connection, rules, renewed, at) if renewed else []
    return sorted(found, key=lambda each: (each.at, each.subject))


def _of_leads(connection: Connection, rules: Rules, ids: Collection[str], at: datetime) -> Iterator[Foreseen]:
    behind = judged(connection, rules.daily, "lead", ids, at)
    for id, case in as_if_sent(connection, cases.lead_cases(connection, ids)).items():
        found = follow_up.explain(case, at, rules.follow_up, behind[id].day, behind[id].seen)
        if found.next and found.reason:
            yield _follow_up(case, found.next, found.reason)


def _follow_up(case: LeadCase, at: datetime, reason: Reason) -> Foreseen:
    """`reason`: that of the run's mail, if its reader can be written to."""
    person = acceptor_of(case)
    client = case.company.name if case.company else None
    if not person.kept:
        reason = person.reason
    return Foreseen(at, FOLLOW_UP.name, case.lead.ref, case.lead.title, client, None, person.kept, reason, (person,))


def _of_renewals(connection: Connection, rules: Rules, ids: Collection[str], at: datetime) -> Iterator[Foreseen]:
    found = cases.renewal_cases(connection, ids)
    histories = cases.offset_histories(connection, [case.renewal for case in found.values()])
    daily = rules.daily
    behind = judged(connection, daily, "renewal", ids, at)
    for id, case in found.items():
        _, day = renewals.explain(case, histories[id], daily.day_of(at), behind[id].next_run, rules.renewals)
        due = _due(case, histories[id], rules, day) if day else None
        if day and due:
            decision = renewals.decide(case, due, day, rules.renewals)
            yield _renewal(case, due, decision, daily.run_at(day))


def _due(case: RenewalCase, history: History, rules: Rules, day: date) -> DueRenewal | None:
    """The offset that goes on at the run of that day."""
    due = renewals.due_at_run(case.renewal, day, history, rules.renewals)
    return next((each for each in due if each.verdict is None), None)


def _renewal(case: RenewalCase, due: DueRenewal, decision: Decision, at: datetime) -> Foreseen:
    return Foreseen(
        at=at,
        kind=due.kind.name,
        subject=case.renewal.ref,
        title=case.renewal.product,
        client=case.company.name if case.company else None,
        offset_days=due.offset,
        sends=decision.sends,
        reason=decision.reason,
        people=decision.people,
    )
