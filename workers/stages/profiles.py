"""What is known of a contact, a user or a company that bears on their mails, with what told of it, and when.

Each profile takes a constant number of queries. What the store does not keep is None, never guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from workers.domain.facts import TOGGLES, Company, Contact, Partner, User
from workers.domain.ownership import Ownership, ownership
from workers.domain.recipients import fold, letter_language
from workers.stages.rules import Rules
from workers.store import known, origins
from workers.store.known import OptOut, Suppression
from workers.store.origins import Origin

MANY = 50
"""So many contacts of a company, or things of a user, are listed."""


@dataclass(frozen=True, slots=True)
class Toggle:
    """A switch of a contact: upstream's, and the person's own unsubscribe beside it (PX-4)."""

    name: str
    on: bool
    opt_out: OptOut | None = None


@dataclass(frozen=True, slots=True)
class OwnedRenewals:
    """Who owns the communication about a client's renewals (HS-2 to HS-7).

    `setting`: the client's own, `default` inherits live. `owned.default` is what it inherits now, `default_name` the
    person that would be written to then; `point_of_contact` the one chosen for this client.
    """

    setting: str
    owned: Ownership
    default_point_of_contact: User | None
    point_of_contact: User | None
    partner: Partner | None
    company_told: Origin | None
    partner_told: Origin | None


@dataclass(frozen=True, slots=True)
class ContactProfile:
    """`gone_at`: deleted since. `language`: of letters to them; `own_language`: what upstream says, if it does."""

    contact: Contact
    company: Company | None
    position: str | None
    phone: str | None
    language: str
    own_language: str | None
    toggles: tuple[Toggle, ...]
    suppression: Suppression | None
    renewals: OwnedRenewals | None
    told: Origin | None
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class UserProfile:
    """`responsible`: what they answer for today, as refs (TL-8); `more`: there are others."""

    user: User
    partner: Partner | None
    language: str
    suppression: Suppression | None
    responsible: tuple[str, ...]
    more: bool
    point_of_contact_of: tuple[Company, ...]
    told: Origin | None


@dataclass(frozen=True, slots=True)
class CompanyProfile:
    """`managers`: the two places of account managers in order, as (id, user where known).

    `suppressed`: ids of the contacts whose address gets no mail; `more`: there are other contacts.
    """

    company: Company
    language: str
    managers: tuple[tuple[str, User | None], ...]
    contacts: tuple[Contact, ...]
    suppressed: frozenset[str]
    renewals: OwnedRenewals
    told: Origin | None
    more: bool


def contact_profile(connection: Connection, rules: Rules, id: str) -> ContactProfile | None:
    """None for a contact that nobody has told of, or who was erased."""
    found = known.contact(connection, id, rules.permissions)
    if found is None:
        return None
    contact = found.contact
    company = known.company(connection, contact.company) if contact.company else None
    opt_outs = {each.toggle: each for each in known.opt_outs(connection, id)}
    told = origins.origins(connection, {contact.ref})
    return ContactProfile(
        contact=contact,
        company=company,
        position=found.position,
        phone=found.phone,
        language=letter_language(contact.language, company.language if company else None),
        own_language=contact.language,
        toggles=tuple(Toggle(name, name not in contact.toggles_off, opt_outs.get(name)) for name in TOGGLES),
        suppression=_suppression(connection, contact.address),
        renewals=_renewals(connection, company) if company else None,
        told=told.get(contact.ref),
        gone_at=found.gone_at,
    )


def user_profile(connection: Connection, id: str) -> UserProfile | None:
    """None for a user that nobody has told of, or who was erased."""
    user = known.users(connection, [id]).get(id)
    if user is None:
        return None
    responsible = known.responsible_for(connection, id, MANY + 1)
    return UserProfile(
        user=user,
        partner=known.partner(connection, user.partner) if user.partner else None,
        language=letter_language(user.language),
        suppression=_suppression(connection, user.address),
        responsible=tuple(responsible[:MANY]),
        more=len(responsible) > MANY,
        point_of_contact_of=tuple(known.companies_of_point_of_contact(connection, id, MANY)),
        told=origins.origins(connection, {user.ref}).get(user.ref),
    )


def company_profile(connection: Connection, rules: Rules, id: str) -> CompanyProfile | None:
    """None for a company that nobody has told of."""
    company = known.company(connection, id)
    if company is None:
        return None
    contacts = known.contacts_of(connection, id, rules.permissions)
    managers = [manager for manager in company.account_managers if manager]
    users = known.users(connection, managers)
    listed = contacts[:MANY]
    unreachable = known.suppressed(connection, [each.address for each in listed if each.address])
    return CompanyProfile(
        company=company,
        language=letter_language(company.language),
        managers=tuple((manager, users.get(manager)) for manager in managers),
        contacts=tuple(listed),
        suppressed=frozenset(each.id for each in listed if each.address and fold(each.address) in unreachable),
        renewals=_renewals(connection, company),
        told=origins.origins(connection, {f"company/{id}"}).get(f"company/{id}"),
        more=len(contacts) > MANY,
    )


def _renewals(connection: Connection, company: Company) -> OwnedRenewals:
    partner = known.partner(connection, company.partner) if company.partner else None
    owned = ownership(company, partner)
    named = {owned.point_of_contact, partner.point_of_contact if partner else None}
    users = known.users(connection, [id for id in named if id])
    refs = {f"company/{company.id}"} | ({f"partner/{partner.id}"} if partner else set())
    told = origins.origins(connection, refs)
    return OwnedRenewals(
        setting=company.renewal_owner,
        owned=owned,
        default_point_of_contact=_named(users, partner.point_of_contact if partner else None),
        point_of_contact=_named(users, owned.point_of_contact),
        partner=partner,
        company_told=told.get(f"company/{company.id}"),
        partner_told=told.get(f"partner/{partner.id}") if partner else None,
    )


def _named(users: Mapping[str, User], id: str | None) -> User | None:
    return users.get(id) if id else None


def _suppression(connection: Connection, address: str | None) -> Suppression | None:
    return known.suppression(connection, fold(address)) if address else None
