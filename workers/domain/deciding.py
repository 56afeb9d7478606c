"""The facts behind a person's reason, and what told of each, so that people can be shown where to look.

A decision keeps the facts that its rules name. Some reasons are a fact by themselves ("is the main contact"): those are
written out here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workers.domain.notices import Person
from workers.domain.reasons import Reason
from workers.domain.recipients import fold


@dataclass(frozen=True, slots=True)
class DecidingFact:
    """`told_by`: the ref of the thing whose events tell of the fact (`contact/ID`, `template/NAME/LANGUAGE`, ...).

    `setting/KEY`: our own configuration; None: nothing was told, that is what is missing.
    """

    name: str
    value: str
    told_by: str | None


_OF_THE_PERSON: Mapping[Reason, tuple[str, str]] = {
    Reason.MAIN_CONTACT: ("primary", "yes"),
    Reason.BILLING_CONTACT: ("billing", "yes"),
    Reason.DECISION_MAKER: ("decision_maker", "yes"),
    Reason.NO_ADDRESS: ("address", "none"),
}
_OF_THE_SUBJECT: Mapping[Reason, tuple[str, str]] = {
    Reason.COMPANY_ACCOUNT_MANAGER: ("account_manager", "yes"),
    Reason.COMPANY_SECOND_ACCOUNT_MANAGER: ("second_account_manager", "yes"),
    Reason.DEAL_RESPONSIBLE: ("responsible", "yes"),
    Reason.PROJECT_RESPONSIBLE: ("responsible", "yes"),
    Reason.TICKET_RESPONSIBLE: ("responsible", "yes"),
    Reason.CUSTOM_FIELD_USER: ("custom_user", "yes"),
    Reason.LEAD_ACCEPTOR: ("acceptor", "yes"),
    Reason.NO_LEAD_ACCEPTOR: ("acceptor", "none"),
    Reason.NO_OWNER: ("responsible", "none"),
    Reason.MISSING_MANDATORY_OWNER: ("responsible", "none"),
}
_OF_THE_OCCASION: Mapping[Reason, tuple[str, str]] = {
    Reason.MANUAL_SELECTION: ("selected", "yes"),
    Reason.DIRECT_ADDRESS: ("given_address", "yes"),
    Reason.WELCOME: ("created", "yes"),
    Reason.SET_PASSWORD: ("password_requested", "yes"),
}


def deciding_facts(person: Person, subject: str, cause: str, owner: str | None = None) -> tuple[DecidingFact, ...]:
    """What decided about a person for the notice about `subject` that `cause` brought about.

    `owner`: ref of the company or partner that names the point of contact.
    """
    return tuple(_implied(person, subject, cause, owner)) + tuple(
        DecidingFact(name, value, _told_by(person, name, value, cause)) for name, value in person.facts
    )


def _implied(person: Person, subject: str, cause: str, owner: str | None) -> Iterator[DecidingFact]:
    reason = person.reason
    if reason is Reason.POINT_OF_CONTACT:
        yield DecidingFact("point_of_contact", "yes", owner)
    for facts, told_by in ((_OF_THE_PERSON, person.ref), (_OF_THE_SUBJECT, subject), (_OF_THE_OCCASION, cause)):
        if reason in facts and not (person.facts and reason is Reason.NO_LEAD_ACCEPTOR):
            yield DecidingFact(*facts[reason], told_by)


def _told_by(person: Person, name: str, value: str, cause: str) -> str | None:
    first, _, rest = name.partition(".")
    match first:
        case "opt_out":
            return f"opt_out/{(person.ref or '').partition('/')[2]}/{rest}"
        case "template":
            template, _, language = rest.rpartition(".")
            return f"template/{template}/{language}"
        case "responsibility":
            return f"setting/{name}"
        case "address":
            return f"address/{fold(value)}"
        case "same_address_as":
            return value if "/" in value else None
        case "actor":
            return cause
        case "partner":
            return f"partner/{dict(person.facts).get('partner', '')}" if rest else person.ref
        case "known":
            return None
    return person.ref
