"""To whom a renewal notice goes, in which language and from which template (RULES part 1; HS-4, HS-5, HS-8).

- R3 to R5, R8, R14: owner partner writes to the point of contact only, never to the client instead.
- R1, R2, R7, R9 to R15b: owner HubSpot writes one letter to the client's main, billing and decision maker contacts and
  copies the point of contact; a copy alone is no mail (R10).
- The point of contact is checked only after it was chosen: an unusable one is not replaced by another.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from workers.domain.cases import RenewalCase
from workers.domain.facts import Contact, User
from workers.domain.notices import Decision, Kind, LetterPlan, Person
from workers.domain.ownership import Owner, Ownership
from workers.domain.reasons import Note, Outcome, Reason, Role
from workers.domain.recipients import (
    Candidate,
    Line,
    Recipients,
    contact_refusals,
    language_off,
    languages_of,
    letter_language,
    recipients,
    template_off_everywhere,
    user_refusals,
    vacant,
)


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom one notice is meant, before anybody is looked at closely. `toggle` None or empty: none governs it."""

    case: RenewalCase
    kind: Kind
    owned: Ownership
    toggle: str | None

    @property
    def to_partner(self) -> bool:
        return self.owned.owner is Owner.PARTNER

    @property
    def template(self) -> str:
        """The point of contact reads another text than the client (HS-5)."""
        for_client, for_partner = self.kind.templates
        return for_partner if self.to_partner else for_client

    @property
    def point_of_contact(self) -> User | None:
        """The chosen user where we know them, active or not."""
        chosen = self.owned.point_of_contact
        return self.case.users.get(chosen) if chosen else None

    @property
    def lacks_point_of_contact(self) -> bool:
        """R7, R8, R14: nobody named, or somebody unknown or inactive."""
        user = self.point_of_contact
        return user is None or not user.active

    @property
    def languages(self) -> tuple[str, ...]:
        """RULES 0.8: the company's for a letter to its contacts, else the point of contact's; none if unknown."""
        if not self.to_partner:
            return languages_of(self.case.company.language if self.case.company else None)
        user = self.point_of_contact
        return languages_of(user.language) if user else ()

    @property
    def template_off(self) -> bool:
        """R16: the letter's language is off, or all languages where nobody knows the letter's."""
        switches, languages = self.case.reach.switches, self.languages
        if not languages:
            return template_off_everywhere(switches, self.template)
        return language_off(switches, self.template, languages) is not None


def decide_people(audience: Audience) -> Decision:
    """Everybody considered for a notice that is not refused as a whole, and what follows for it."""
    return _to_partner(audience) if audience.to_partner else _to_client(audience)


def _to_partner(audience: Audience) -> Decision:
    found = _recipients([_point_of_contact(audience, Line.TO)], audience)
    absent = audience.lacks_point_of_contact
    notes = (Note.POINT_OF_CONTACT_INHERITED,) if audience.owned.inherited and not absent else ()
    if found.to:
        return _letter(audience, found, notes)
    reason = Reason.NO_POINT_OF_CONTACT if absent else found.people[0].reason
    return Decision(reason, Outcome.SUPPRESSED, found.people, notes=notes)


def _to_client(audience: Audience) -> Decision:
    candidates = list(_client_candidates(audience))
    if audience.owned.has_partner and not audience.owned.partner_ended:
        candidates.append(_point_of_contact(audience, Line.CC))
    found, notes = _recipients(candidates, audience), _client_notes(audience)
    if found.to:
        return _letter(audience, found, notes)
    people = tuple(_without_letter(person) for person in found.people)
    return Decision(Reason.NO_CLIENT_RECIPIENTS, Outcome.SUPPRESSED, people, notes=notes)


def _recipients(candidates: list[Candidate], audience: Audience) -> Recipients:
    return recipients(candidates, audience.template, audience.case.reach)


def _letter(audience: Audience, found: Recipients, notes: tuple[Note, ...]) -> Decision:
    plan = LetterPlan(audience.template, letter_language(*audience.languages), found.to, found.cc)
    return Decision(audience.owned.reason, people=found.people, letters=(plan,), notes=notes)


def _client_notes(audience: Audience) -> tuple[Note, ...]:
    if audience.owned.partner_ended:
        return (Note.PARTNER_RELATION_ENDED,)
    if audience.owned.has_partner and audience.lacks_point_of_contact:
        return (Note.NO_POINT_OF_CONTACT,)
    return ()


def _without_letter(person: Person) -> Person:
    return replace(person, kept=False, reason=Reason.NO_CLIENT_RECIPIENTS) if person.kept else person


_CLIENT_ROLES: tuple[tuple[Role, Reason, Callable[[Contact], bool]], ...] = (
    (Role.MAIN, Reason.MAIN_CONTACT, lambda contact: contact.primary),
    (Role.BILLING, Reason.BILLING_CONTACT, lambda contact: contact.billing),
    (Role.DECISION_MAKER, Reason.DECISION_MAKER, lambda contact: contact.decision_maker),
)


def _client_candidates(audience: Audience) -> Iterator[Candidate]:
    """HS-4: every contact that carries a mark holds its role. Contacts of an unknown company count for nothing yet."""
    contacts = audience.case.contacts if audience.case.company else ()
    for role, reason, holds in _CLIENT_ROLES:
        holders = [contact for contact in contacts if holds(contact)]
        if not holders:
            yield vacant(role)
        for contact in holders:
            yield _client(contact, role, reason, audience)


def _client(contact: Contact, role: Role, reason: Reason, audience: Audience) -> Candidate:
    return Candidate(
        role=role,
        reason=reason,
        ref=contact.ref,
        address=contact.address,
        languages=audience.languages,
        name=contact.name,
        refusals=tuple(contact_refusals(contact, audience.toggle)),
    )


def _point_of_contact(audience: Audience, line: Line) -> Candidate:
    role, reason = Role.POINT_OF_CONTACT, Reason.POINT_OF_CONTACT
    chosen, user = audience.owned.point_of_contact, audience.point_of_contact
    if chosen is None:
        return vacant(role, Reason.NO_POINT_OF_CONTACT)
    refusals = tuple(user_refusals(user))
    if user is None:
        return Candidate(role, reason, ref=f"user/{chosen}", line=line, refusals=refusals)
    return Candidate(role, reason, user.ref, user.address, audience.languages, user.name, line, refusals)
