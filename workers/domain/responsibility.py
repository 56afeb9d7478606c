"""Who is told of an activity: the table O1 to O17 (RULES part 2). The first that holds:

- 0.12: an object that nobody has sent yet is waited for; contacts and invoices are not, they have no owner anyway
- 0.7: the template is switched off in every language
- O11: projects and tickets need a feature of the plan
- O14: projects and tickets tell of the listed actions only; companies and deals of any, also unheard-of ones (TL-2)
- O4, O7, O8, O10, O13: nobody answers for it: an error where somebody must, else nobody to tell
- O1 to O3, O5, O6, O9, O12: who answers for it (`responsible_people`), one letter each; the first kept person's reason
  is the notice's
- O15: nobody of them can be written to: `no_recipients`, but the one person of a ticket or contact says why

Nothing of an activity depends on the clock, and a deleted company still has its last account managers (0.11).
"""

from dataclasses import dataclass

from workers.domain.cases import ActivityCase
from workers.domain.notices import ACTIVITY, Decision, LetterPlan, Person
from workers.domain.reasons import Outcome, Reason, Role
from workers.domain.recipients import letter_language, recipients, template_off_everywhere, vacant
from workers.domain.responsible_people import ResponsibilityRules, candidates, owners

__all__ = ["ResponsibilityRules", "decide"]

TEMPLATE = ACTIVITY.templates[0]


@dataclass(frozen=True, slots=True)
class _Terms:
    """How people answer for one kind of object, and what they are told.

    `unowned`: what it means that nobody does. `place`: which place is empty then, None: there is no such place (TL-4).
    `actions` None: any. `for_one`: a notice that by its kind is for one person (RULES 0.10).
    """

    unowned: Reason
    place: Role | None = Role.RESPONSIBLE
    feature: str | None = None
    actions: frozenset[str] | None = None
    for_one: bool = False

    @property
    def awaited(self) -> bool:
        """RULES 0.12: whether an object that is still unknown is waited for."""
        return self.place is not None

    def tell_of(self, action: str) -> bool:
        """O14: whether anybody is told of such an action."""
        return self.actions is None or action in self.actions


_WITHOUT_OWNER = _Terms(Reason.OBJECT_HAS_NO_OWNER, place=None, for_one=True)

_TERMS = {
    "company": _Terms(Reason.NO_OWNER, place=Role.ACCOUNT_MANAGER),
    "deal": _Terms(Reason.MISSING_MANDATORY_OWNER),
    "project": _Terms(
        Reason.MISSING_MANDATORY_OWNER,
        feature="projects",
        actions=frozenset({"created", "updated", "closed", "deleted", "task_completed"}),
    ),
    "ticket": _Terms(
        Reason.NO_OWNER,
        feature="tickets",
        actions=frozenset({"internal_note_added", "customer_replied", "closed"}),
        for_one=True,
    ),
    "contact": _WITHOUT_OWNER,
    "invoice": _WITHOUT_OWNER,
}


def decide(case: ActivityCase, rules: ResponsibilityRules) -> Decision:
    """Who is told of an activity as the facts are now (O17): when it is resolved, and as the mailer's last check.

    `held` for a missing object: how long that is waited for, and what is too old to be told, is the caller's to know.
    """
    terms = _TERMS[case.activity.kind]
    if case.object is None and terms.awaited:
        return Decision(Reason.REFERENCE_MISSING, Outcome.HELD)
    if refusal := _refusal_as_a_whole(case, terms, rules):
        return Decision.refused(refusal)
    if not owners(case.object, rules):
        return _unowned(case, terms)
    return _told(recipients(candidates(case, rules), TEMPLATE, case.reach).people, terms)


def _refusal_as_a_whole(case: ActivityCase, terms: _Terms, rules: ResponsibilityRules) -> Reason | None:
    """RULES 0.11, where it concerns activities."""
    if template_off_everywhere(case.reach.switches, TEMPLATE):
        return Reason.TEMPLATE_DISABLED
    if terms.feature and not rules.includes(terms.feature):
        return Reason.FEATURE_NOT_IN_PLAN
    return None if terms.tell_of(case.activity.action) else Reason.ACTION_NOT_NOTIFIABLE


def _unowned(case: ActivityCase, terms: _Terms) -> Decision:
    """The empty place is on record, where there is one."""
    missing = terms.unowned is Reason.MISSING_MANDATORY_OWNER
    places = [vacant(terms.place, terms.unowned)] if terms.place else []
    people = recipients(places, TEMPLATE, case.reach).people
    return Decision(terms.unowned, Outcome.FAILED if missing else Outcome.SUPPRESSED, people)


def _told(people: tuple[Person, ...], terms: _Terms) -> Decision:
    kept = [person for person in people if person.kept]
    if not kept:
        return Decision(people[0].reason if terms.for_one else Reason.NO_RECIPIENTS, Outcome.SUPPRESSED, people)
    letters = tuple(LetterPlan(TEMPLATE, letter_language(person.language), (person,)) for person in kept)
    return Decision(kept[0].reason, people=people, letters=letters)
