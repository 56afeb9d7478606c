"""Something happens to Hafenbau, or to its deal, project or ticket: Jonas answers for each, Greta and Maren only where
a test says so. All three are known and can be written to, so whoever is not told could have been.
"""

from dataclasses import replace
from typing import Any

from tests.world import COLLEAGUES, HAFENBAU, JONAS, utc
from workers.domain.cases import ActivityCase, ActivityObject
from workers.domain.facts import Activity, Company, Contact, Deal, Project, Reachability, Switch, Ticket, User
from workers.domain.notices import Decision, LetterPlan, Person
from workers.domain.reasons import Outcome, Reason, Role
from workers.domain.responsibility import ResponsibilityRules, decide

RULES = ResponsibilityRules()
WITH_SECOND = ResponsibilityRules(second_account_manager=True)

COMPANY = replace(HAFENBAU, account_managers=(JONAS.id,))
DEAL = Deal("D-1", "Quay wall, second section", responsible=(JONAS.id,), company=HAFENBAU.id)
PROJECT = Project("J-1", "Crane foundation", responsible=(JONAS.id,), company=HAFENBAU.id)
TICKET = Ticket("T-1", title="Gate does not open", responsible=JONAS.id, company=HAFENBAU.id)
INGA = Contact("C-7", HAFENBAU.id, "Inga", "Harms", "inga.harms@hafenbau.example.net", custom_user=JONAS.id)
"""Hafenbau's own contact: written to about none of this."""

ACTIONS = {"company": "note_added", "deal": "note_added", "project": "updated", "ticket": "closed"}
"""An action of each kind of object that its people are told of."""


def ref(object: ActivityObject) -> str:
    return f"company/{object.id}" if isinstance(object, Company) else object.ref


def case_of(object: ActivityObject | str, *, action: str | None = None, **facts: Any) -> ActivityCase:
    """An activity on an object; of one that nobody has sent, only its ref is known."""
    name = object if isinstance(object, str) else ref(object)
    activity = Activity(
        object=name,
        action=action or ACTIONS.get(name.partition("/")[0], "note_added"),
        time=utc("2026-06-01T09:30"),
        actor=facts.pop("actor", None),
    )
    known = None if isinstance(object, str) else object
    facts.setdefault("company", known if isinstance(known, Company) else COMPANY)
    return ActivityCase(activity, known, **({"users": COLLEAGUES} | facts))


def decided(object: ActivityObject | str, rules: ResponsibilityRules = RULES, **facts: Any) -> Decision:
    return decide(case_of(object, **facts), rules)


def users(*changed: User, without: User | None = None) -> dict[str, User]:
    """The three colleagues, some of them changed, or one of them not yet sent."""
    known = COLLEAGUES | {user.id: user for user in changed}
    return {id: user for id, user in known.items() if without is None or id != without.id}


def off(language: str | None = None, *, enabled: bool = False, minute: int = 0) -> Switch:
    return Switch("activity", language, enabled, utc(f"2026-05-01T08:{minute:02}"))


def to(user: User, reason: Reason, *roles: Role) -> Person:
    """A user who is told, in the role of a responsible person if no other is named."""
    return Person(roles or (Role.RESPONSIBLE,), user.ref, user.address, True, reason, user.language, user.name)


def dropped(person: Person, reason: Reason, *facts: tuple[str, str], **changes: Any) -> Person:
    return replace(person, kept=False, reason=reason, facts=facts, **changes)


def second_is_off(person: Person) -> Person:
    return dropped(person, Reason.SECOND_ACCOUNT_MANAGER_DISABLED, ("responsibility.second_account_manager", "off"))


def inactive(person: Person) -> Person:
    return dropped(person, Reason.USER_INACTIVE, ("active", "no"))


def unknown(person: Person) -> Person:
    return Person(person.roles, person.ref, None, False, Reason.USER_NOT_FOUND, facts=(("known", "no"),))


def nobody(role: Role, reason: Reason) -> Person:
    return Person((role,), None, None, False, reason)


def told(*people: Person) -> Decision:
    """One letter to each of the kept, in their language; the first of them says why it was sent."""
    kept = [person for person in people if person.kept]
    letters = tuple(LetterPlan("activity", person.language or "", (person,)) for person in kept)
    return Decision(kept[0].reason, None, people, letters)


def suppressed(reason: Reason, *people: Person) -> Decision:
    return Decision(reason, Outcome.SUPPRESSED, people)


def failed(reason: Reason, *people: Person) -> Decision:
    return Decision(reason, Outcome.FAILED, people)


def with_switches(*switches: Switch) -> Reachability:
    return Reachability(switches=switches)
