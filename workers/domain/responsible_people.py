"""Who answers for a company, deal, project, ticket or contact, and what holds against telling them (RULES part 2).

- TL-1: a company has account managers in two places, either of which may be empty; a deal has responsible people
- TL-3: whoever comes after the first counts only with the option on, else is `second_account_manager_disabled` (O3, O6)
- TL-4: a contact's custom user answers for it only with the option on (O8)
- TL-5, TL-6: everybody responsible for a project (O9), the one responsible for a ticket (O12)
- `cross_notify`: a deal's action is also told to its company's account managers, on the company's terms
- `notify_actor` off: who did it is `actor_self`
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workers.domain.cases import ActivityCase, ActivityObject
from workers.domain.facts import Company, Contact, Deal, Project, Ticket
from workers.domain.reasons import Reason, Role
from workers.domain.recipients import Candidate, Refusal, languages_of, user_refusals


def _plans() -> Mapping[str, frozenset[str]]:
    return {"move": frozenset({"projects"}), "boost": frozenset({"projects", "tickets"})}


@dataclass(frozen=True, slots=True)
class ResponsibilityRules:
    """The settings of part 2, as EVENTS has them. `plans`: the features of each plan by its name."""

    second_account_manager: bool = False
    notify_actor: bool = True
    cross_notify: bool = False
    notify_custom_user_field: bool = False
    plan: str | None = None
    plans: Mapping[str, frozenset[str]] = field(default_factory=_plans)

    def includes(self, feature: str) -> bool:
        """Whether the plan that was bought has a feature; no plan, or one we do not know, has every one."""
        features = self.plans.get(self.plan) if self.plan else None
        return features is None or feature in features


@dataclass(frozen=True, slots=True)
class Place:
    """A place from which a user (by id) answers for an object. `second`: it exists with the option only (TL-3)."""

    user: str
    role: Role
    reason: Reason
    second: bool = False


def owners(object: ActivityObject | None, rules: ResponsibilityRules) -> tuple[Place, ...]:
    """The held places of an object, in order, before anybody is looked at closely."""
    match object:
        case Company():
            return _account_managers(object)
        case Deal(responsible=users):
            return _responsible(users, Reason.DEAL_RESPONSIBLE, seconds=True)
        case Project(responsible=users):
            return _responsible(users, Reason.PROJECT_RESPONSIBLE)
        case Ticket(responsible=str(user)):
            return _responsible((user,), Reason.TICKET_RESPONSIBLE)
        case Contact(custom_user=str(user)) if rules.notify_custom_user_field:
            return _responsible((user,), Reason.CUSTOM_FIELD_USER)
    return ()


def candidates(case: ActivityCase, rules: ResponsibilityRules) -> Iterator[Candidate]:
    """Everybody considered for an activity: who answers for its object, then who is told across (`cross_notify`)."""
    places = owners(case.object, rules)
    if rules.cross_notify and isinstance(case.object, Deal) and case.company:
        places += _account_managers(case.company)
    return (_candidate(place, case, rules) for place in places)


_COMPANY_PLACES = (
    (Role.ACCOUNT_MANAGER, Reason.COMPANY_ACCOUNT_MANAGER, False),
    (Role.SECOND_ACCOUNT_MANAGER, Reason.COMPANY_SECOND_ACCOUNT_MANAGER, True),
)


def _account_managers(company: Company) -> tuple[Place, ...]:
    held = zip(company.account_managers, _COMPANY_PLACES, strict=False)
    return tuple(Place(user, *place) for user, place in held if user)


def _responsible(users: tuple[str, ...], reason: Reason, *, seconds: bool = False) -> tuple[Place, ...]:
    return tuple(Place(user, Role.RESPONSIBLE, reason, seconds and rank > 0) for rank, user in enumerate(users))


def _candidate(place: Place, case: ActivityCase, rules: ResponsibilityRules) -> Candidate:
    user = case.users.get(place.user)
    refusals = (*_rule_refusals(place, case, rules), *user_refusals(user))
    if user is None:
        return Candidate(place.role, place.reason, f"user/{place.user}", refusals=refusals)
    languages = languages_of(user.language)
    return Candidate(place.role, place.reason, user.ref, user.address, languages, user.name, refusals=refusals)


def _rule_refusals(place: Place, case: ActivityCase, rules: ResponsibilityRules) -> Iterator[Refusal]:
    if place.second and not rules.second_account_manager:
        yield Refusal(Reason.SECOND_ACCOUNT_MANAGER_DISABLED, (("responsibility.second_account_manager", "off"),))
    if place.user == case.activity.actor and not rules.notify_actor:
        yield Refusal(Reason.ACTOR_SELF, (("actor", f"user/{place.user}"), ("responsibility.notify_actor", "off")))
