"""Contacts as readers of letters of their own: one letter a person, in that person's language (RULES 0.8, part 4)."""

from collections.abc import Iterable

from workers.domain.facts import Company, Contact
from workers.domain.notices import Decision, LetterPlan
from workers.domain.reasons import Note, Outcome, Reason, Role
from workers.domain.recipients import Candidate, Facts, Recipients, Refusal, languages_of, letter_language


def reader(
    contact: Contact, company: Company | None, reason: Reason, refusals: Iterable[Refusal], facts: Facts = ()
) -> Candidate:
    """A contact considered, in the language of the contact, else of the company."""
    return Candidate(
        role=Role.CONTACT,
        reason=reason,
        ref=contact.ref,
        address=contact.address,
        languages=languages_of(contact.language, company.language if company else None),
        name=contact.name,
        refusals=tuple(refusals),
        facts=facts,
    )


def unknown_reader(id: str, reason: Reason) -> Candidate:
    """A contact that is named but was never known, or is deleted or erased by now."""
    not_found = Refusal(Reason.CONTACT_NOT_FOUND, (("known", "no"),))
    return Candidate(Role.CONTACT, reason, ref=f"contact/{id}", refusals=(not_found,))


def a_letter_each(found: Recipients, template: str, nobody: Reason, notes: tuple[Note, ...] = ()) -> Decision:
    """A letter for every kept person, who stands alone in its To line; `nobody` is the reason where none is kept."""
    if not found.to:
        return Decision(nobody, Outcome.SUPPRESSED, found.people)
    letters = tuple(LetterPlan(template, letter_language(person.language), (person,)) for person in found.to)
    return Decision(found.to[0].reason, people=found.people, letters=letters, notes=notes)
