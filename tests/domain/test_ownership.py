"""HS-1 to HS-7 and R15b: whose communication it is, and who is its point of contact."""

from dataclasses import replace

import pytest

from tests.world import GRETA, JONAS, LUMIERE, NORDWIND
from workers.domain.ownership import Owner, Ownership, default_owner, ownership
from workers.domain.reasons import Reason

HUBSPOT, PARTNER = Owner.HUBSPOT, Owner.PARTNER
PARTNER_BY_DEFAULT = replace(NORDWIND, renewal_owner="partner")
WITHOUT_PARTNER = Ownership(HUBSPOT, Reason.HUBSPOT_OWNER_DEFAULT, has_partner=False)


@pytest.mark.parametrize(
    ("setting", "default", "owner", "reason"),
    [
        ("default", None, HUBSPOT, Reason.HUBSPOT_OWNER_DEFAULT),
        ("default", "hubspot", HUBSPOT, Reason.HUBSPOT_OWNER_DEFAULT),
        ("default", "partner", PARTNER, Reason.PARTNER_OWNER_DEFAULT),
        ("hubspot", None, HUBSPOT, Reason.HUBSPOT_OWNER_CLIENT),
        ("hubspot", "hubspot", HUBSPOT, Reason.HUBSPOT_OWNER_CLIENT),
        ("hubspot", "partner", HUBSPOT, Reason.HUBSPOT_OWNER_CLIENT),
        ("partner", None, PARTNER, Reason.PARTNER_OWNER_CLIENT),
        ("partner", "hubspot", PARTNER, Reason.PARTNER_OWNER_CLIENT),
        ("partner", "partner", PARTNER, Reason.PARTNER_OWNER_CLIENT),
    ],
)
def test_hs2_hs3_hs6_the_client_overrides_the_default_and_unset_means_hubspot(
    setting: str, default: str | None, owner: Owner, reason: Reason
) -> None:
    found = ownership(replace(LUMIERE, renewal_owner=setting), replace(NORDWIND, renewal_owner=default))

    assert (found.owner, found.reason) == (owner, reason)
    assert found.default is Owner(default or "hubspot")


@pytest.mark.parametrize("setting", ["default", "hubspot", "partner"])
def test_hs1_a_company_without_a_known_partner_is_hubspots_whatever_it_says(setting: str) -> None:
    company = replace(LUMIERE, renewal_owner=setting, renewal_point_of_contact=GRETA.id, services_ended=True)

    assert ownership(company, None) == WITHOUT_PARTNER


def test_hs1_a_company_nobody_knows_yet_is_hubspots() -> None:
    assert ownership(None, PARTNER_BY_DEFAULT) == WITHOUT_PARTNER


@pytest.mark.parametrize("setting", ["default", "hubspot", "partner"])
def test_hs7_the_clients_point_of_contact_beats_the_default_one_under_either_owner(setting: str) -> None:
    found = ownership(replace(LUMIERE, renewal_owner=setting, renewal_point_of_contact=GRETA.id), NORDWIND)

    assert (found.point_of_contact, found.inherited) == (GRETA.id, False)


@pytest.mark.parametrize(
    ("setting", "default_contact", "inherited"),
    [
        ("partner", JONAS.id, True),
        ("partner", None, False),
        ("default", JONAS.id, False),
        ("hubspot", JONAS.id, False),
    ],
)
def test_r5_only_a_client_that_chose_the_partner_inherits_the_point_of_contact(
    setting: str, default_contact: str | None, inherited: bool
) -> None:
    partner = replace(PARTNER_BY_DEFAULT, point_of_contact=default_contact)
    found = ownership(replace(LUMIERE, renewal_owner=setting), partner)

    assert (found.point_of_contact, found.inherited) == (default_contact, inherited)


@pytest.mark.parametrize("what_ended", ["services", "partner"])
@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("default", Reason.HUBSPOT_OWNER_DEFAULT),
        ("hubspot", Reason.HUBSPOT_OWNER_CLIENT),
        ("partner", Reason.HUBSPOT_OWNER_DEFAULT),
    ],
)
def test_r15b_once_the_relation_ended_hubspot_owns_and_nobody_is_copied(
    what_ended: str, setting: str, reason: Reason
) -> None:
    company = replace(
        LUMIERE,
        renewal_owner=setting,
        renewal_point_of_contact=GRETA.id,
        services_ended=what_ended == "services",
    )
    partner = replace(PARTNER_BY_DEFAULT, ended=what_ended == "partner")

    assert ownership(company, partner) == Ownership(HUBSPOT, reason, default=PARTNER, partner_ended=True)


def test_hs6_the_current_default_can_be_shown() -> None:
    assert default_owner(NORDWIND) is HUBSPOT
    assert default_owner(PARTNER_BY_DEFAULT) is PARTNER
