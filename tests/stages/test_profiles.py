"""What is known of a contact, a user and a company that bears on their mails, and what told of it."""

from tests.scenarios import event
from tests.stages.fleet import MONDAY, RULES, take
from tests.stages.support import LUMIERE, NOON, NORDWIND, STATE, TOLD, live
from tests.store.statements import counted
from workers.domain.ownership import Owner
from workers.stages.profiles import (
    CompanyProfile,
    ContactProfile,
    Toggle,
    UserProfile,
    company_profile,
    contact_profile,
    user_profile,
)
from workers.store import known
from workers.store.database import Database
from workers.store.known import OptOut
from workers.store.origins import Origin


def contact(database: Database, id: str) -> ContactProfile:
    with database.read() as connection:
        found = contact_profile(connection, RULES, id)
    assert found is not None
    return found


def company(database: Database) -> CompanyProfile:
    with database.read() as connection:
        found = company_profile(connection, RULES, "K-1")
    assert found is not None
    return found


def user(database: Database) -> UserProfile:
    with database.read() as connection:
        found = user_profile(connection, "U-1")
    assert found is not None
    return found


def test_px4_a_toggle_and_an_opt_out_are_told_apart(database: Database) -> None:
    live(database)
    bruno = {toggle.name: toggle for toggle in contact(database, "C-2").toggles}
    chloe = {toggle.name: toggle for toggle in contact(database, "C-3").toggles}
    assert (bruno["invoice"], bruno["task"]) == (Toggle("invoice", on=False), Toggle("task", on=True))
    assert chloe["invoice"] == Toggle("invoice", on=True, opt_out=OptOut("invoice", "one_click", MONDAY))


def test_0_8_the_language_of_letters_falls_back_to_the_companys(database: Database) -> None:
    live(database)
    assert [(contact(database, id).own_language, contact(database, id).language) for id in ("C-1", "C-2")] == [
        (None, "fr"),
        ("de", "de"),
    ]


def test_0_9_a_suppressed_address_is_shown_with_the_servers_words(database: Database) -> None:
    live(database)
    diane = contact(database, "C-4").suppression
    assert diane is not None
    assert (diane.suppressed, diane.reason, diane.diagnostic) == (True, "hard", "550 gone")
    assert diane.origin is not None
    assert diane.origin.at == MONDAY
    assert contact(database, "C-1").suppression is None


def test_hs6_default_is_shown_with_what_it_is_at_the_moment(database: Database) -> None:
    live(database)
    for renewals in (company(database).renewals, contact(database, "C-1").renewals):
        assert renewals is not None
        assert (renewals.setting, renewals.owned.default) == ("default", Owner.PARTNER)
        assert renewals.default_point_of_contact is not None
        assert renewals.default_point_of_contact.name == "Jonas Keller"
        assert renewals.partner is not None
        assert renewals.partner.name == "Agentur Nordwind"


def test_hs6_a_later_default_changes_what_is_shown(database: Database) -> None:
    live(database)
    later = NORDWIND | {"id": "later", "time": "2026-06-01T10:00:00Z"}
    later["data"] = later["data"] | {"renewal_owner": "hubspot"}
    take(database, later, at=NOON)
    renewals = company(database).renewals
    assert (renewals.owned.default, renewals.owned.owner) == (Owner.HUBSPOT, Owner.HUBSPOT)
    assert renewals.partner_told is not None
    assert renewals.partner_told.event is not None
    assert renewals.partner_told.event.id == "later"


def test_hs1_a_company_without_partner_has_a_default_too(database: Database) -> None:
    alone = LUMIERE | {"id": "alone", "data": {**LUMIERE["data"], "partner": None}}
    del alone["data"]["partner"]
    live(database, [*STATE[:2], alone, *STATE[3:]])
    renewals = company(database).renewals
    assert (renewals.partner, renewals.owned.owner, renewals.point_of_contact) == (None, Owner.HUBSPOT, None)


def test_a_company_lists_its_people_the_primary_contact_first(database: Database) -> None:
    live(database)
    found = company(database)
    assert [each.first_name for each in found.contacts] == ["Anna", "Bruno", "Chloe", "Diane", "Emil"]
    assert found.suppressed == {"C-4"}
    assert [(id, manager and manager.name) for id, manager in found.managers] == [("U-1", "Jonas Keller")]


def test_tl8_hs7_a_user_shows_what_they_answer_for(database: Database) -> None:
    live(database)
    found = user(database)
    assert (found.responsible, found.more) == (("company/K-1",), False)
    assert [each.name for each in found.point_of_contact_of] == ["Ateliers Lumière"]
    assert found.partner is not None
    assert found.told is not None
    assert found.told.event is not None
    assert found.told.event.type == "user.saved"


def test_a_deleted_contact_is_shown_in_its_last_state(database: Database) -> None:
    live(database)
    take(database, event("contact.deleted", TOLD, id="C-1"), at=TOLD)
    anna = contact(database, "C-1")
    assert (anna.contact.first_name, anna.gone_at) == ("Anna", TOLD)
    assert anna.told is not None
    assert anna.told.event is not None
    assert anna.told.event.type == "contact.deleted"


def test_0_12_somebody_erased_leaves_nothing_but_that_they_were(database: Database) -> None:
    live(database)
    take(database, event("contact.erased", TOLD, id="C-1"), event("user.erased", TOLD, id="U-1"), at=TOLD)
    with database.read() as connection:
        assert contact_profile(connection, RULES, "C-1") is None
        assert user_profile(connection, "U-1") is None
        assert known.is_erased(connection, "contact", "C-1")
        assert known.is_erased(connection, "user", "U-1")
        assert not known.is_erased(connection, "contact", "C-2")
        assert not known.is_erased(connection, "contact", "C-9")


def test_what_nobody_has_told_of_is_none(database: Database) -> None:
    with database.read() as connection:
        assert contact_profile(connection, RULES, "C-9") is None
        assert user_profile(connection, "U-9") is None
        assert company_profile(connection, RULES, "K-9") is None


def test_each_profile_costs_a_constant_number_of_queries(database: Database) -> None:
    live(database)
    for profile in (lambda: contact(database, "C-1"), lambda: company(database), lambda: user(database)):
        with counted(database) as statements:
            profile()
        assert len(statements) <= 16


def test_an_origin_without_event_still_has_its_time() -> None:
    assert Origin(MONDAY).is_later_than(TOLD) is False
    assert Origin(NOON).is_later_than(TOLD) is True
