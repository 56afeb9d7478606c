"""The questions that stood between a person and a mail, in their order, and how each was answered (RULES 0.10).

A decision keeps one reason a person. As refusals are asked for in a fixed order, that reason tells the answers of all
questions before it, and that those after it were not asked any more.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from workers.domain.notices import ACTIVITY, CATALOGUE, FOLLOW_UP, Kind, Person
from workers.domain.reasons import Reason, Role


class Check(StrEnum):
    """One question, named by the answer that lets a person pass; in the order of RULES 0.10."""

    PLACE_HELD = "place_held"
    PLACE_COUNTS = "place_counts"
    KNOWN = "known"
    OF_COMPANY = "of_company"
    ACTIVE = "active"
    PARTNER_RUNS = "partner_runs"
    HAS_ADDRESS = "has_address"
    ADDRESS_WORKS = "address_works"
    TEMPLATE_ON = "template_on"
    NOT_UNSUBSCRIBED = "not_unsubscribed"
    TOGGLE_ON = "toggle_on"
    NOT_ONES_OWN_DOING = "not_ones_own_doing"
    ONE_COPY = "one_copy"
    CLIENT_REACHED = "client_reached"


class Result(StrEnum):
    """`set_aside`: would have refused, had a person not been chosen by hand (PX-7). `free`: does not hold for them."""

    PASSED = "passed"
    FAILED = "failed"
    SET_ASIDE = "set_aside"
    FREE = "free"
    NOT_ASKED = "not_asked"


FAILED_BY = {
    Reason.ROLE_MISSING: Check.PLACE_HELD,
    Reason.NO_POINT_OF_CONTACT: Check.PLACE_HELD,
    Reason.NO_OWNER: Check.PLACE_HELD,
    Reason.MISSING_MANDATORY_OWNER: Check.PLACE_HELD,
    Reason.NO_LEAD_ACCEPTOR: Check.PLACE_HELD,
    Reason.SECOND_ACCOUNT_MANAGER_DISABLED: Check.PLACE_COUNTS,
    Reason.CONTACT_NOT_FOUND: Check.KNOWN,
    Reason.USER_NOT_FOUND: Check.KNOWN,
    Reason.CONTACT_NOT_OF_COMPANY: Check.OF_COMPANY,
    Reason.CONTACT_INACTIVE: Check.ACTIVE,
    Reason.USER_INACTIVE: Check.ACTIVE,
    Reason.PARTNER_ENDED: Check.PARTNER_RUNS,
    Reason.NO_ADDRESS: Check.HAS_ADDRESS,
    Reason.ADDRESS_SUPPRESSED: Check.ADDRESS_WORKS,
    Reason.TEMPLATE_DISABLED: Check.TEMPLATE_ON,
    Reason.OPTED_OUT: Check.NOT_UNSUBSCRIBED,
    Reason.TOGGLE_OFF: Check.TOGGLE_ON,
    Reason.ACTOR_SELF: Check.NOT_ONES_OWN_DOING,
    Reason.DUPLICATE_ADDRESS: Check.ONE_COPY,
    Reason.NO_CLIENT_RECIPIENTS: Check.CLIENT_REACHED,
}
"""The question that a reason against a person answers."""

_ADDRESSED = (Check.HAS_ADDRESS, Check.ADDRESS_WORKS, Check.TEMPLATE_ON)
_BY_TOGGLE = (Check.NOT_UNSUBSCRIBED, Check.TOGGLE_ON)
_OF_CONTACTS = frozenset({Check.OF_COMPANY, *_BY_TOGGLE})
_OF_KNOWN_PEOPLE = frozenset({Check.KNOWN, Check.ACTIVE}) | _OF_CONTACTS
_NOT_BY_HAND = frozenset({Check.ACTIVE, *_BY_TOGGLE})


def checks(notice: str, people: Iterable[Person], *, by_hand: bool = False) -> tuple[Check, ...]:
    """The questions that are asked for a notice of this name, and any other that one of the people failed.

    `by_hand`: the readers were selected by a person.
    """
    failed = {FAILED_BY[person.reason] for person in people if not person.kept and person.reason in FAILED_BY}
    asked = {*_asked(CATALOGUE.get(notice)), *failed}
    if by_hand:
        asked.add(Check.OF_COMPANY)
    return tuple(check for check in Check if check in asked)


def results(person: Person, asked: Sequence[Check], *, by_hand: bool = False) -> tuple[Result, ...]:
    """How each question was answered for one person, in the order of `asked`."""
    failed = None if person.kept else FAILED_BY.get(person.reason)
    return tuple(_result(person, check, failed, by_hand) for check in asked)


def _result(person: Person, check: Check, failed: Check | None, by_hand: bool) -> Result:
    if check is failed:
        return Result.FAILED
    order = list(Check)
    if failed is not None and order.index(check) > order.index(failed):
        return Result.NOT_ASKED
    if by_hand and check in _NOT_BY_HAND:
        return Result.SET_ASIDE if check in _overridden(person) else Result.FREE
    return Result.FREE if _is_free(person, check) else Result.PASSED


def _is_free(person: Person, check: Check) -> bool:
    """Users have no toggles and belong to no client; nothing is known of an address that stands alone."""
    if Role.DIRECT in person.roles:
        return check in _OF_KNOWN_PEOPLE
    of_user = person.ref is not None and person.ref.startswith("user/")
    return of_user and check in _OF_CONTACTS


def _overridden(person: Person) -> set[Check]:
    """What holds against somebody who was chosen all the same: it stands in the facts."""
    held = set()
    for name, value in person.facts:
        if (name, value) == ("active", "no"):
            held.add(Check.ACTIVE)
        elif name.startswith("opt_out.") and value == "on":
            held.add(Check.NOT_UNSUBSCRIBED)
        elif name.startswith("toggle.") and value == "off":
            held.add(Check.TOGGLE_ON)
    return held


def _asked(kind: Kind | None) -> tuple[Check, ...]:
    if kind is None:  # written by another release
        return _ADDRESSED
    if kind is FOLLOW_UP:
        return (Check.PLACE_HELD, Check.ACTIVE, Check.PARTNER_RUNS, *_ADDRESSED)
    if kind is ACTIVITY:
        return (Check.PLACE_COUNTS, Check.KNOWN, Check.ACTIVE, *_ADDRESSED, Check.NOT_ONES_OWN_DOING, Check.ONE_COPY)
    toggles = _BY_TOGGLE if kind.toggle else ()
    if kind.timed:
        return (Check.PLACE_HELD, Check.KNOWN, Check.ACTIVE, *_ADDRESSED, *toggles, Check.ONE_COPY)
    return (Check.KNOWN, Check.ACTIVE, *_ADDRESSED, *toggles, Check.ONE_COPY)
