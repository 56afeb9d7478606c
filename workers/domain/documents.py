"""Who of a client is told about a document (RULES part 4: P1 to P17, PX-3 to PX-8).

Refused as a whole, the first that holds (RULES 0.11):
- `company_deleted`, P8 `template_disabled`, P12 `task_not_of_project`, P13 `not_visible_to_customer`

Who is considered:
- P5, P7: in manual mode exactly the selected, whatever the kind; toggles, opt-outs and inactivity do not hold
- a proposal: its address; P15: a ticket without contact: the event's address, else the ticket's
- P14: a ticket with contact: that contact, under the toggle, and nobody instead
- P1, P2, P10: else every contact of the company, under the toggle

What follows:
- one mail a kept person; P11: of two with one address the primary contact gets it, else the older or first selected one
- P3, P4: nobody left; what by its kind is for one person takes that person's reason (RULES 0.10)
- PX-4: the portal's permissions keep nobody from a mail, which is noted
"""

from collections.abc import Iterable, Iterator

from workers.domain.cases import DocumentCase
from workers.domain.contact_people import a_letter_each, reader, unknown_reader
from workers.domain.facts import Contact, Mode
from workers.domain.notices import CATALOGUE, Decision, Kind, Person
from workers.domain.reasons import Note, Reason, Role
from workers.domain.recipients import (
    Candidate,
    Facts,
    Refusal,
    contact_refusals,
    languages_of,
    recipients,
    template_off_everywhere,
)

_BY_TOGGLE = frozenset({Reason.TOGGLE_OFF, Reason.OPTED_OUT})


def preselection(contacts: Iterable[Contact], toggle: str | None) -> tuple[str, ...]:
    """Ids of the contacts that a send dialog selects beforehand, the primary one first (PX-6).

    Those who are active, have the toggle on and did not opt out; nobody where no toggle governs (None).
    """
    if toggle is None:
        return ()
    return tuple(contact.id for contact in _primary_first(contacts) if not any(contact_refusals(contact, toggle)))


def decide(case: DocumentCase) -> Decision:
    """Who gets the mails of a document event as the facts are now: when it is resolved, and again before it leaves.

    `case.company` is known, and so is the ticket of a ticket event (`occasions`). Raises KeyError for an unknown kind.
    """
    kind = CATALOGUE[case.kind]
    if refusal := _refusal_as_a_whole(case, kind):
        return Decision.refused(refusal)
    found = recipients(_candidates(case, kind), kind.templates[0], case.reach)
    return a_letter_each(found, kind.templates[0], _nobody(case, found.people), _notes(case, kind, found.to))


def _refusal_as_a_whole(case: DocumentCase, kind: Kind) -> Reason | None:
    if case.company.deleted:
        return Reason.COMPANY_DELETED
    if template_off_everywhere(case.reach.switches, kind.templates[0]):
        return Reason.TEMPLATE_DISABLED
    if case.about == "task" and not (case.task and case.task.project):
        return Reason.TASK_NOT_OF_PROJECT
    return None if case.visible_to_customer else Reason.NOT_VISIBLE_TO_CUSTOMER


def _candidates(case: DocumentCase, kind: Kind) -> Iterator[Candidate]:
    if case.mode is Mode.MANUAL:
        yield from _selected(case, kind)
    elif case.about == "proposal":
        yield _direct(case, case.address)
    elif case.about == "ticket":
        yield _asker(case, kind)
    else:
        yield from (_by_toggle(case, contact, kind) for contact in _primary_first(_own_contacts(case)))


def _selected(case: DocumentCase, kind: Kind) -> Iterator[Candidate]:
    known = {contact.id: contact for contact in case.contacts}
    primary = {contact.id for contact in case.contacts if contact.primary}
    for id in sorted(case.chosen, key=lambda id: id not in primary):
        contact = known.get(id)
        yield _by_hand(case, contact, kind) if contact else unknown_reader(id, Reason.MANUAL_SELECTION)


def _by_hand(case: DocumentCase, contact: Contact, kind: Kind) -> Candidate:
    """PX-7, P10: what would hold against them in automatic mode only goes on record."""
    overridden = (fact for refusal in contact_refusals(contact, kind.toggle) for fact in refusal.facts)
    facts = (*overridden, *_permission_facts(contact, kind))
    return reader(contact, case.company, Reason.MANUAL_SELECTION, _stranger(case, contact), facts)


def _by_toggle(case: DocumentCase, contact: Contact, kind: Kind) -> Candidate:
    refusals = (*_stranger(case, contact), *contact_refusals(contact, kind.toggle))
    facts = ((f"toggle.{kind.toggle}", "on"), *_permission_facts(contact, kind))
    return reader(contact, case.company, Reason.TOGGLE_ON, refusals, facts)


def _asker(case: DocumentCase, kind: Kind) -> Candidate:
    """P14, P15: a contact who is gone by now is not replaced by an address (RULES 0.4)."""
    asker = case.ticket.contact if case.ticket else None
    if asker is None:
        return _direct(case, case.address or (case.ticket.address if case.ticket else None))
    contact = next((contact for contact in case.contacts if contact.id == asker), None)
    return _by_toggle(case, contact, kind) if contact else unknown_reader(asker, Reason.TOGGLE_ON)


def _direct(case: DocumentCase, address: str | None) -> Candidate:
    languages = languages_of(case.company.language)
    return Candidate(Role.DIRECT, Reason.DIRECT_ADDRESS, address=address, languages=languages)


def _stranger(case: DocumentCase, contact: Contact) -> Iterator[Refusal]:
    if contact.company != case.company.id:
        yield Refusal(Reason.CONTACT_NOT_OF_COMPANY, (("company", contact.company),))


def _permission_facts(contact: Contact, kind: Kind) -> Facts:
    return ((f"permission.{kind.permission}", "no"),) if _lacks_permission(contact, kind) else ()


def _lacks_permission(contact: Contact, kind: Kind) -> bool:
    return kind.permission is not None and kind.permission not in contact.permissions


def _own_contacts(case: DocumentCase) -> list[Contact]:
    return [contact for contact in case.contacts if contact.company == case.company.id]


def _primary_first(contacts: Iterable[Contact]) -> list[Contact]:
    """P11: of two contacts with one address the first one gets the mail."""
    return sorted(contacts, key=lambda contact: not contact.primary)


def _nobody(case: DocumentCase, people: tuple[Person, ...]) -> Reason:
    """Why a notice that reaches nobody does not (RULES 0.10)."""
    if case.mode is Mode.AUTOMATIC and case.about in ("proposal", "ticket"):
        return people[0].reason
    if not _own_contacts(case):
        return Reason.NO_CONTACTS
    return Reason.ALL_TOGGLES_OFF if all(person.reason in _BY_TOGGLE for person in people) else Reason.NO_RECIPIENTS


def _notes(case: DocumentCase, kind: Kind, kept: tuple[Person, ...]) -> tuple[Note, ...]:
    """What is remarkable about the kept contacts (PX-4, PX-7, P10)."""
    refs = {person.ref for person in kept}
    contacts = [contact for contact in case.contacts if contact.ref in refs]
    overridden = {refusal.reason for contact in contacts for refusal in contact_refusals(contact, kind.toggle)}
    noted = (
        (Note.CONTACT_INACTIVE, Reason.CONTACT_INACTIVE in overridden),
        (Note.OPTED_OUT, Reason.OPTED_OUT in overridden),
        (Note.NO_PORTAL_PERMISSION, any(_lacks_permission(contact, kind) for contact in contacts)),
    )
    return tuple(note for note, holds in noted if holds)
