"""What the rules say of notices as the facts are now: who gets what, what it says, and which facts that leans on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, RowMapping

from workers.domain import contact_mails, documents, follow_up, renewals, responsibility
from workers.domain import occasions as occasion_rules
from workers.domain.cases import ActivityCase, DocumentCase, LeadCase, PasswordCase, RenewalCase, WelcomeCase
from workers.domain.contents import Content
from workers.domain.facts import Company
from workers.domain.notices import CATALOGUE, FOLLOW_UP, SET_PASSWORD, WELCOME, Decision, DueFollowUp, DueRenewal
from workers.domain.reasons import Reason
from workers.domain.recipients import fold
from workers.stages import contents, occasion_contents
from workers.stages.rules import Rules
from workers.store import cases
from workers.store.occasion_cases import Told, occasion_cases
from workers.watch.logs import logger

log = logger()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision on one notice, with the facts it leans on and what its letters say.

    `stands_until`: from then on it must be decided again, whatever the facts.
    """

    decision: Decision
    refs: frozenset[str]
    contents: tuple[Content, ...] = ()
    stands_until: datetime | None = None


def verdicts(
    connection: Connection, notices: Sequence[RowMapping], rules: Rules, now: datetime, broken: dict[int, Exception]
) -> dict[int, Verdict]:
    """Load what the rules need for all notices at once, then ask them one by one. None for those that are `broken`."""
    facts = _Facts(connection, notices, rules)
    found = {}
    for notice in notices:
        try:
            found[notice["id"]] = facts.verdict(notice, now)
        except Exception as error:  # one poison row must not keep the others (DESIGN promise 8)
            broken[notice["id"]] = error
            log.exception("a decision broke", notice=notice["id"], subject=notice["subject"])
    return found


class _Facts:
    """The cases of a batch of notices."""

    def __init__(self, connection: Connection, notices: Sequence[RowMapping], rules: Rules) -> None:
        self._rules = rules
        leads = {_id(notice) for notice in notices if notice["kind"] == FOLLOW_UP.name}
        timed = {_id(notice) for notice in notices if CATALOGUE[notice["kind"]].timed}
        told = {notice["id"]: notice["kind"] for notice in notices if not CATALOGUE[notice["kind"]].timed}
        self._leads = cases.lead_cases(connection, leads) if leads else {}
        self._renewals = cases.renewal_cases(connection, timed - leads) if timed - leads else {}
        self._told = occasion_cases(connection, told, rules.permissions) if told else {}

    def verdict(self, notice: RowMapping, now: datetime) -> Verdict:
        if notice["kind"] == FOLLOW_UP.name:
            return _follow_up(notice, self._leads[_id(notice)], self._rules, now)
        if CATALOGUE[notice["kind"]].timed:
            return _renewal(notice, self._renewals[_id(notice)], self._rules, now)
        return _occasion(self._told[notice["id"]], self._rules, now)


def _id(notice: RowMapping) -> str:
    subject: str = notice["subject"]
    return subject.partition("/")[2]


def _follow_up(notice: RowMapping, case: LeadCase, rules: Rules, now: datetime) -> Verdict:
    due = DueFollowUp(notice["visit"], notice["sequence"], Reason(notice["due_reason"]))
    decision = follow_up.decide(case, due, now, rules.follow_up)
    said = tuple(contents.of_follow_up(case, plan, due.sequence, now, rules) for plan in decision.letters)
    visit, acceptor = case.lead.visit, case.acceptor
    refs = {
        case.lead.ref,
        f"process/{visit.process}",
        f"user/{visit.acceptor}",
        f"partner/{acceptor.partner if acceptor else None}",
        f"company/{case.lead.company}",
    }
    return Verdict(decision, _refs(refs, decision, FOLLOW_UP.templates), said)


def _renewal(notice: RowMapping, case: RenewalCase, rules: Rules, now: datetime) -> Verdict:
    kind = CATALOGUE[notice["kind"]]
    company = cases.company_of_occurrence(notice["occurrence"])
    due = DueRenewal(company, notice["renews_on"], notice["offset_days"], kind)
    decision = renewals.decide(case, due, rules.daily.day_of(now), rules.renewals)
    said = tuple(contents.of_renewal(case, plan, kind.name, now, rules) for plan in decision.letters)
    client = case.company
    refs = {
        case.renewal.ref,
        f"company/{case.renewal.company}",
        _partner(client),
        f"user/{client.renewal_point_of_contact if client else None}",
        f"user/{case.partner.point_of_contact if case.partner else None}",
    }
    return Verdict(decision, _refs(refs, decision, kind.templates), said)


def _occasion(told: Told, rules: Rules, now: datetime) -> Verdict:
    """0.12 first, then the rules of its kind. What waits leans on what it waits for."""
    awaited = frozenset(occasion_rules.waits(told.occasion))
    undecidable = occasion_rules.undecidable(told.occasion, told.known, now, rules.occasions)
    if undecidable:
        until = occasion_rules.waits_until(told.occasion, rules.occasions)
        return Verdict(undecidable, awaited, stands_until=until if undecidable.waits else None)
    match told.case:
        case ActivityCase() as case:
            return _activity(case, rules)
        case DocumentCase() as case:
            return _document(case, told, rules, now)
        case WelcomeCase() as case:
            return _welcome(case, told, now)
        case PasswordCase() as case:
            return _password(case, now)
    raise ValueError(f"{told.occasion.type} has no company, and waits for none")


def _activity(case: ActivityCase, rules: Rules) -> Verdict:
    decision = responsibility.decide(case, rules.responsibility)
    said = tuple(occasion_contents.of_activity(case, plan) for plan in decision.letters)
    refs = {case.activity.object, f"user/{case.activity.actor}", _company(case.object), _partner(case.company)}
    return Verdict(decision, _refs(refs, decision, [responsibility.TEMPLATE]), said)


def _document(case: DocumentCase, told: Told, rules: Rules, now: datetime) -> Verdict:
    decision = documents.decide(case)
    today = rules.daily.day_of(now)
    said = tuple(occasion_contents.of_document(case, plan, told.project_title, today) for plan in decision.letters)
    refs = {
        f"company/{case.company.id}",
        _partner(case.company),
        f"ticket/{told.occasion.ticket}",
        f"project/{told.project}",
        *(f"contact/{id}" for id in case.chosen),
    }
    return Verdict(decision, _refs(refs, decision, [case.kind]), said)


def _welcome(case: WelcomeCase, told: Told, now: datetime) -> Verdict:
    """W4: it may announce the link, so it leans on the switch of that one, too, and stands as long as the link does."""
    decision = contact_mails.decide_welcome(case)
    follows = contact_mails.password_follows(case, told.issued_at, now)
    said = tuple(occasion_contents.of_welcome(case, plan, password_follows=follows) for plan in decision.letters)
    announced = () if told.issued_at is None else (SET_PASSWORD.name,)
    until = contact_mails.valid_until(told.issued_at) if told.issued_at and follows and decision.sends else None
    return Verdict(decision, _contact_refs(case, decision, (WELCOME.name, *announced)), said, until)


def _password(case: PasswordCase, now: datetime) -> Verdict:
    """W5: a decision to send stands as long as the link."""
    decision = contact_mails.decide_set_password(case, now)
    until = contact_mails.valid_until(case.issued_at)
    said = tuple(occasion_contents.of_set_password(case, plan, until) for plan in decision.letters)
    refs = _contact_refs(case, decision, (SET_PASSWORD.name,))
    return Verdict(decision, refs, said, until if decision.sends else None)


def _contact_refs(case: WelcomeCase | PasswordCase, decision: Decision, templates: Sequence[str]) -> frozenset[str]:
    refs = {f"contact/{case.contact_id}", _company(case.contact), _partner(case.company)}
    return _refs(refs, decision, templates)


def _company(thing: Any) -> str:
    """The company that a thing belongs to, as a ref; a company itself belongs to none."""
    return f"company/{getattr(thing, 'company', None)}"


def _partner(company: Company | None) -> str:
    """The partner of a client, as a ref: it may end, and its name with it."""
    return f"partner/{company.partner if company else None}"


def _refs(refs: set[str], decision: Decision, templates: Sequence[str]) -> frozenset[str]:
    people = {person.ref for person in decision.people if person.ref}
    addresses = {f"address/{fold(person.address)}" for person in decision.people if person.address}
    known = {ref for ref in refs if not ref.endswith("/None")}
    return frozenset(known | people | addresses | {f"template/{name}" for name in templates})
