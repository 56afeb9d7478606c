"""Who owns the communication about a client's renewal, and who is its point of contact (RULES part 1).

- HS-1: a company without a (known) partner is owned by HubSpot and nobody is copied, whatever its own setting says.
- HS-2, HS-6: the client's setting overrides the partner's default; `default` inherits it live.
- HS-3: a default that was never set means HubSpot.
- HS-7: the client's point of contact beats the partner's, under either owner.
- R5: a client that says `partner` without its own point of contact inherits the default one, which is noted.
- R15b: once services for the client or the partner itself have ended, HubSpot owns and nobody is copied.
"""

from dataclasses import dataclass
from enum import StrEnum

from workers.domain.facts import Company, Partner
from workers.domain.reasons import Reason


class Owner(StrEnum):
    """Who writes to the client, or is written to in its stead (HS-4, HS-5)."""

    HUBSPOT = "hubspot"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Ownership:
    """The owner of one client's communication and why.

    `point_of_contact` is the id of the chosen user, unchecked, None where nobody was named or counts. `default` is
    what the client would inherit, for people to see (HS-6).
    """

    owner: Owner
    reason: Reason
    default: Owner = Owner.HUBSPOT
    point_of_contact: str | None = None
    inherited: bool = False
    partner_ended: bool = False
    has_partner: bool = True


_REASONS = {
    (Owner.HUBSPOT, False): Reason.HUBSPOT_OWNER_DEFAULT,
    (Owner.HUBSPOT, True): Reason.HUBSPOT_OWNER_CLIENT,
    (Owner.PARTNER, False): Reason.PARTNER_OWNER_DEFAULT,
    (Owner.PARTNER, True): Reason.PARTNER_OWNER_CLIENT,
}


def default_owner(partner: Partner) -> Owner:
    """HS-3: what the partner chose for all its clients."""
    return Owner(partner.renewal_owner or Owner.HUBSPOT)


def ownership(company: Company | None, partner: Partner | None) -> Ownership:
    """HS-1 to HS-7 and R15b for one company; either may be unknown yet (None)."""
    if company is None or partner is None:
        return Ownership(Owner.HUBSPOT, Reason.HUBSPOT_OWNER_DEFAULT, has_partner=False)
    default, setting = default_owner(partner), _client_setting(company)
    if company.services_ended or partner.ended:
        reason = _REASONS[Owner.HUBSPOT, setting is Owner.HUBSPOT]
        return Ownership(Owner.HUBSPOT, reason, default, partner_ended=True)
    return Ownership(
        owner=setting or default,
        reason=_REASONS[setting or default, setting is not None],
        default=default,
        point_of_contact=company.renewal_point_of_contact or partner.point_of_contact,
        inherited=_inherits_point_of_contact(setting, company, partner),
    )


def _client_setting(company: Company) -> Owner | None:
    return None if company.renewal_owner == "default" else Owner(company.renewal_owner)


def _inherits_point_of_contact(setting: Owner | None, company: Company, partner: Partner) -> bool:
    inherits = company.renewal_point_of_contact is None and partner.point_of_contact is not None
    return setting is Owner.PARTNER and inherits
