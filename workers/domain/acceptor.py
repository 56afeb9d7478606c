"""The lead acceptor, the only reader of a follow-up (LT-5), or why nobody reads it (F16)."""

from workers.domain.cases import LeadCase
from workers.domain.facts import User
from workers.domain.notices import FOLLOW_UP, Person
from workers.domain.reasons import Reason, Role
from workers.domain.recipients import fold, language_off, languages_of, letter_language

TEMPLATE = FOLLOW_UP.templates[0]

_Refusal = tuple[Reason, tuple[tuple[str, str], ...]]


def acceptor_of(case: LeadCase) -> Person:
    """The acceptor of the current visit as a person kept or dropped. The first refusal counts:

    nobody or nobody known, inactive, partner ended, no address, address suppressed, template off in the language.
    """
    if case.acceptor is None:
        return _nobody(case.lead.visit.acceptor)
    user = case.acceptor
    reason, facts = _refusal(case, user) or (Reason.LEAD_ACCEPTOR, ())
    return Person(
        roles=(Role.ACCEPTOR,),
        ref=user.ref,
        address=user.address,
        kept=reason is Reason.LEAD_ACCEPTOR,
        reason=reason,
        language=letter_language(user.language),
        name=user.name,
        facts=facts,
    )


def _nobody(acceptor: str | None) -> Person:
    """No acceptor, or one that nobody has sent yet."""
    ref, facts = (None, ()) if acceptor is None else (f"user/{acceptor}", (("known", "no"),))
    return Person((Role.ACCEPTOR,), ref, None, kept=False, reason=Reason.NO_LEAD_ACCEPTOR, facts=facts)


def _refusal(case: LeadCase, user: User) -> _Refusal | None:
    address = fold(user.address or "")
    if not user.active:
        return Reason.USER_INACTIVE, (("active", "no"),)
    if case.acceptor_partner and case.acceptor_partner.ended:
        return Reason.PARTNER_ENDED, (("partner", case.acceptor_partner.id), ("partner.status", "ended"))
    if not address:
        return Reason.NO_ADDRESS, ()
    if address in case.reach.suppressed:
        return Reason.ADDRESS_SUPPRESSED, (("address", address),)
    if off := language_off(case.reach.switches, TEMPLATE, languages_of(user.language)):
        return Reason.TEMPLATE_DISABLED, ((f"template.{TEMPLATE}.{off}", "off"),)
    return None
