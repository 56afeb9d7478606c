"""From candidates to readers, the same way for every notice (RULES 0.2, 0.3, 0.7 to 0.10).

- Candidates come first, each with the reason to write to them and what their own rules hold against them.
- 0.10: of several refusals the first in the fixed order is recorded.
- 0.3: one entry a person with all roles, then one copy an address; To beats Cc, and only who is kept makes a duplicate.
- 0.7: the newest switch that covers a language decides for it; people are of the language they want, whatever language
  their letter is written in for want of templates.
- Nobody is lost: whoever is refused stays on record with one reason.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from workers.domain.facts import Contact, Reachability, Switch, User
from workers.domain.notices import LANGUAGES, Person
from workers.domain.reasons import Reason, Role

Facts = tuple[tuple[str, str], ...]

REFUSALS = (
    Reason.ROLE_MISSING,
    Reason.NO_POINT_OF_CONTACT,
    Reason.NO_OWNER,
    Reason.MISSING_MANDATORY_OWNER,
    Reason.SECOND_ACCOUNT_MANAGER_DISABLED,
    Reason.CONTACT_NOT_FOUND,
    Reason.USER_NOT_FOUND,
    Reason.CONTACT_NOT_OF_COMPANY,
    Reason.CONTACT_INACTIVE,
    Reason.USER_INACTIVE,
    Reason.NO_ADDRESS,
    Reason.ADDRESS_SUPPRESSED,
    Reason.TEMPLATE_DISABLED,
    Reason.OPTED_OUT,
    Reason.TOGGLE_OFF,
    Reason.ACTOR_SELF,
    Reason.DUPLICATE_ADDRESS,
)
"""Why a person is refused, in the order of RULES 0.10; places that nobody holds come before all."""


class Line(IntEnum):
    """A line of the letter; the smaller one wins where somebody stands on both (RULES 0.3)."""

    TO = 0
    CC = 1


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not to write to a candidate, and the facts that decided it as (name, value) pairs."""

    reason: Reason
    facts: Facts = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody considered in one role. `reason` is why they are written to, if nothing in `refusals` holds.

    `ref` None: nobody holds the role, or the address belongs to nobody we know. `languages` must all be on, the last is
    that of the letter (`languages_of`). What every letter must respect (address, suppression, template) need not be in
    `refusals`: `recipients` adds it. `facts` decided that they are written to, if they are.
    """

    role: Role
    reason: Reason
    ref: str | None = None
    address: str | None = None
    languages: tuple[str, ...] = ()
    name: str = ""
    line: Line = Line.TO
    refusals: tuple[Refusal, ...] = ()
    facts: Facts = ()


@dataclass(frozen=True, slots=True)
class Recipients:
    """Everybody considered, in the order of the candidates, and the kept ones by line."""

    people: tuple[Person, ...]
    to: tuple[Person, ...]
    cc: tuple[Person, ...]


def fold(address: str) -> str:
    """The form in which addresses are compared: trimmed and case-folded, no dot or plus tricks (RULES 0.3).

    One mailbox has one form, however it is spelt: servers report the domain in ASCII that people write with an umlaut,
    and an accent may be one character or two.
    """
    trimmed = address.strip()
    if trimmed.isascii():
        return trimmed.casefold()
    local, at, domain = trimmed.rpartition("@")
    folded = unicodedata.normalize("NFC", local.casefold())
    if not at:
        return unicodedata.normalize("NFC", domain.casefold())
    return f"{folded}@{'.'.join(map(_in_ascii, _labels(domain)))}"


def _labels(domain: str) -> list[str]:
    """Lower case, not case-folded: a domain with ß is another one than that with ss (IDNA 2008)."""
    small = unicodedata.normalize("NFKC", domain).lower()  # afterwards: some letters are only then capitals
    return unicodedata.normalize("NFKC", small).replace("\u3002", ".").split(".")


def _in_ascii(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"


def letter_language(*wanted: str | None) -> str:
    """The first wanted language in which templates exist (by its primary subtag: `de-AT` is `de`), else the default."""
    return _primary(languages_of(*wanted)[-1])


def languages_of(*wanted: str | None) -> tuple[str, ...]:
    """Whose people somebody is, who wants these languages: each of them down to the one the letter is written in.

    `de-AT` is written in German, and that is all; `it` is not, so the default comes after it.
    """
    tags = []
    for tag in filter(None, wanted):
        tags.append(tag.strip().replace("_", "-"))
        if _primary(tags[-1]) in LANGUAGES:
            return tuple(tags)
    return (*tags, LANGUAGES[0])


def covers(switch: str | None, language: str) -> bool:
    """Whether a switch for one language, or for all (None, empty), covers another: `de` covers `de-AT`, too."""
    return not switch or f"{language}-".casefold().startswith(f"{switch}-".casefold())


def template_off(switches: Iterable[Switch], template: str, language: str) -> bool:
    """RULES 0.7: whether the newest switch that covers this language is an off one; without any the template is on."""
    covering = (s for s in switches if s.template == template and covers(s.language, language))
    newest = max(covering, key=lambda s: (s.time, s.order), default=None)
    return newest is not None and not newest.enabled


def language_off(switches: Sequence[Switch], template: str, languages: Iterable[str]) -> str | None:
    """The first of a reader's languages in which the template is off."""
    return next((each for each in languages if template_off(switches, template, each)), None)


def template_off_everywhere(switches: Sequence[Switch], template: str) -> bool:
    """RULES 0.7: whether it was switched off for all languages, and on again since in none that we can write."""
    of_it = [switch for switch in switches if switch.template == template]
    for_all = [switch for switch in of_it if switch.language is None]
    written = {switch.language for switch in of_it if switch.language and _primary(switch.language) in LANGUAGES}
    return template_off(for_all, template, LANGUAGES[0]) and all(
        template_off(of_it, template, language) for language in written.union(LANGUAGES)
    )


def _primary(tag: str) -> str:
    return tag.partition("-")[0].casefold()


def vacant(role: Role, reason: Reason = Reason.ROLE_MISSING) -> Candidate:
    """A role nobody holds."""
    return Candidate(role, reason, refusals=(Refusal(reason),))


def contact_refusals(contact: Contact, toggle: str | None) -> Iterator[Refusal]:
    """What holds against a contact of an automatic notice governed by `toggle` (PX-4; None or empty: by none)."""
    if not contact.active:
        yield Refusal(Reason.CONTACT_INACTIVE, (("active", "no"),))
    if toggle and toggle in contact.opted_out:
        yield Refusal(Reason.OPTED_OUT, ((f"opt_out.{toggle}", "on"),))
    if toggle and toggle in contact.toggles_off:
        yield Refusal(Reason.TOGGLE_OFF, ((f"toggle.{toggle}", "off"),))


def user_refusals(user: User | None) -> Iterator[Refusal]:
    """What holds against a user, who may be unknown. Users have no toggles."""
    if user is None:
        yield Refusal(Reason.USER_NOT_FOUND, (("known", "no"),))
    elif not user.active:
        yield Refusal(Reason.USER_INACTIVE, (("active", "no"),))


def recipients(candidates: Iterable[Candidate], template: str, reach: Reachability) -> Recipients:
    """Who of the candidates gets a copy of a letter made from `template`, and why the others do not."""
    entries = [_entry(roles, template, reach) for roles in _by_person(candidates)]
    readers = _readers(entries)
    decided = [(line, _unless_duplicate(person, readers)) for line, person in entries]
    return Recipients(
        people=tuple(person for _, person in decided),
        to=tuple(person for line, person in decided if person.kept and line is Line.TO),
        cc=tuple(person for line, person in decided if person.kept and line is Line.CC),
    )


def _by_person(candidates: Iterable[Candidate]) -> list[list[Candidate]]:
    """One group for each ref, in order of appearance; candidates without one are nobody's double."""
    groups: dict[object, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.ref or object(), []).append(candidate)
    return list(groups.values())


def _entry(roles: list[Candidate], template: str, reach: Reachability) -> tuple[Line, Person]:
    """RULES 0.3: all roles of one person in one entry; a role that may be written to speaks for the others."""
    ruled = [(candidate, _first_refusal(candidate, template, reach)) for candidate in roles]
    speaker, refusal = min(ruled, key=lambda each: (each[1] is not None, each[0].line))
    return speaker.line, Person(
        roles=tuple(dict.fromkeys(candidate.role for candidate in roles)),
        ref=speaker.ref,
        address=speaker.address,
        kept=refusal is None,
        reason=refusal.reason if refusal else speaker.reason,
        language=letter_language(*speaker.languages) if speaker.languages else None,
        name=speaker.name,
        facts=refusal.facts if refusal else speaker.facts,
    )


def _first_refusal(candidate: Candidate, template: str, reach: Reachability) -> Refusal | None:
    every = (*candidate.refusals, *_letter_refusals(candidate, template, reach))
    return min(every, key=lambda refusal: REFUSALS.index(refusal.reason), default=None)


def _letter_refusals(candidate: Candidate, template: str, reach: Reachability) -> Iterator[Refusal]:
    address = fold(candidate.address or "")
    if not address:
        yield Refusal(Reason.NO_ADDRESS)
    if address in reach.suppressed:
        yield Refusal(Reason.ADDRESS_SUPPRESSED, (("address", address),))
    if off := language_off(reach.switches, template, candidate.languages):
        yield Refusal(Reason.TEMPLATE_DISABLED, ((f"template.{template}.{off}", "off"),))


def _readers(entries: Iterable[tuple[Line, Person]]) -> dict[str, Person]:
    """Who gets the one copy of each address: the first in To, else the first in Cc (RULES 0.3)."""
    readers: dict[str, Person] = {}
    for _, person in sorted(entries, key=lambda entry: entry[0]):
        if person.kept and person.address:
            readers.setdefault(fold(person.address), person)
    return readers


def _unless_duplicate(person: Person, readers: dict[str, Person]) -> Person:
    reader = readers[fold(person.address)] if person.kept and person.address else person
    if reader is person:
        return person
    same_as = reader.ref or fold(reader.address or "")
    return replace(person, kept=False, reason=Reason.DUPLICATE_ADDRESS, facts=(("same_address_as", same_as),))
