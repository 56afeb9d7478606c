"""R1 to R16: who gets a renewal notice, who does not, and why. Decisions are compared whole."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.world import BRUNO, CLAIRE, CLIENTS, GRETA, HAFENBAU, JONAS, LUMIERE, NORDWIND, RENEWAL, RENEWAL_CASE, utc
from workers.domain.cases import RenewalCase
from workers.domain.facts import Company, Contact, Partner, Reachability, Switch, User
from workers.domain.notices import RENEWAL_NOTICE, RENEWAL_REMINDER, Decision, DueRenewal, LetterPlan, Person
from workers.domain.reasons import Note, Outcome, Reason, Role
from workers.domain.renewals import RenewalRules, decide

RULES = RenewalRules()
DAY = date(2025, 12, 31)
DUE = DueRenewal(RENEWAL.company, RENEWAL.renews_on, 90, RENEWAL_NOTICE)

TO_CLAIRE = Person(
    (Role.MAIN,), "contact/C-1", CLAIRE.address, True, Reason.MAIN_CONTACT, language="fr", name="Claire Fontaine"
)
TO_BRUNO = Person(
    (Role.BILLING,), "contact/C-2", BRUNO.address, True, Reason.BILLING_CONTACT, language="fr", name="Bruno Lefèvre"
)
TO_ODILE = Person(
    (Role.DECISION_MAKER,),
    "contact/C-3",
    "odile.marchand@lumiere.example.com",
    True,
    Reason.DECISION_MAKER,
    language="fr",
    name="Odile Marchand",
)
COPY_JONAS = Person(
    (Role.POINT_OF_CONTACT,),
    "user/U-1",
    JONAS.address,
    True,
    Reason.POINT_OF_CONTACT,
    language="fr",
    name="Jonas Keller",
)
TO_JONAS = replace(COPY_JONAS, language="de")
TO_GRETA = replace(TO_JONAS, ref="user/U-2", address=GRETA.address, language="en", name="Greta Voss")
TO_CLIENTS = (TO_CLAIRE, TO_BRUNO, TO_ODILE)
NO_POINT_OF_CONTACT = Person((Role.POINT_OF_CONTACT,), None, None, False, Reason.NO_POINT_OF_CONTACT)

OWNED_BY_PARTNER = replace(NORDWIND, renewal_owner="partner")


def decided(
    *,
    company: Company | None = LUMIERE,
    partner: Partner | None = NORDWIND,
    contacts: tuple[Contact, ...] = CLIENTS,
    users: tuple[User, ...] = (JONAS, GRETA),
    reach: Reachability = RENEWAL_CASE.reach,
    status: str = "pending",
    rules: RenewalRules = RULES,
) -> Decision:
    case = RenewalCase(
        renewal=replace(RENEWAL, status=status),
        company=company,
        partner=partner,
        contacts=contacts,
        users={user.id: user for user in users},
        reach=reach,
    )
    return decide(case, DUE, DAY, rules)


def client_says(owner: str, point_of_contact: str | None = None) -> Company:
    return replace(LUMIERE, renewal_owner=owner, renewal_point_of_contact=point_of_contact)


def dropped(person: Person, reason: Reason, *facts: tuple[str, str]) -> Person:
    return replace(person, kept=False, reason=reason, facts=facts)


def missing(role: Role) -> Person:
    return Person((role,), None, None, False, Reason.ROLE_MISSING)


def to_clients(
    *people: Person, reason: Reason = Reason.HUBSPOT_OWNER_DEFAULT, notes: tuple[Note, ...] = ()
) -> Decision:
    """A letter to the kept clients, with a copy to the kept point of contact."""
    kept = [person for person in people if person.kept]
    to = tuple(person for person in kept if Role.POINT_OF_CONTACT not in person.roles)
    cc = tuple(person for person in kept if Role.POINT_OF_CONTACT in person.roles)
    return Decision(reason, None, people, (LetterPlan("renewal.notice", "fr", to, cc),), notes)


def to_partner(person: Person, language: str, reason: Reason, *notes: Note) -> Decision:
    return Decision(reason, None, (person,), (LetterPlan("renewal.notice.partner", language, (person,)),), notes)


def suppressed(reason: Reason, *people: Person, notes: tuple[Note, ...] = ()) -> Decision:
    return Decision(reason, Outcome.SUPPRESSED, people, notes=notes)


def test_r1_hubspot_by_default_writes_to_the_three_roles_and_copies_the_point_of_contact() -> None:
    assert decided() == to_clients(*TO_CLIENTS, COPY_JONAS)


def test_r2_a_client_that_says_hubspot_beats_the_partners_default() -> None:
    decision = decided(company=client_says("hubspot"), partner=OWNED_BY_PARTNER)

    assert decision == to_clients(*TO_CLIENTS, COPY_JONAS, reason=Reason.HUBSPOT_OWNER_CLIENT)


def test_r2_a_clients_own_point_of_contact_is_copied_instead_of_the_default_one() -> None:
    decision = decided(company=client_says("hubspot", GRETA.id))

    assert decision == to_clients(*TO_CLIENTS, replace(TO_GRETA, language="fr"), reason=Reason.HUBSPOT_OWNER_CLIENT)


def test_r3_partner_by_default_writes_to_the_default_point_of_contact_only() -> None:
    assert decided(partner=OWNED_BY_PARTNER) == to_partner(TO_JONAS, "de", Reason.PARTNER_OWNER_DEFAULT)


def test_r4_a_client_that_says_partner_has_its_own_point_of_contact() -> None:
    decision = decided(company=client_says("partner", GRETA.id))

    assert decision == to_partner(TO_GRETA, "en", Reason.PARTNER_OWNER_CLIENT)


def test_r5_a_client_that_says_partner_without_own_point_of_contact_inherits_it() -> None:
    decision = decided(company=client_says("partner"))

    assert decision == to_partner(TO_JONAS, "de", Reason.PARTNER_OWNER_CLIENT, Note.POINT_OF_CONTACT_INHERITED)


def test_r6_the_default_counts_as_it_is_at_send_time() -> None:
    assert decided(partner=NORDWIND) == to_clients(*TO_CLIENTS, COPY_JONAS)
    assert decided(partner=OWNED_BY_PARTNER) == to_partner(TO_JONAS, "de", Reason.PARTNER_OWNER_DEFAULT)


def test_r7_hubspot_without_point_of_contact_sends_with_a_note() -> None:
    decision = decided(partner=replace(NORDWIND, point_of_contact=None))

    assert decision == to_clients(*TO_CLIENTS, NO_POINT_OF_CONTACT, notes=(Note.NO_POINT_OF_CONTACT,))


def test_r8_partner_owner_without_point_of_contact_is_suppressed() -> None:
    decision = decided(partner=replace(OWNED_BY_PARTNER, point_of_contact=None))

    assert decision == suppressed(Reason.NO_POINT_OF_CONTACT, NO_POINT_OF_CONTACT)


def test_r8_a_client_that_says_partner_where_nobody_has_a_point_of_contact_is_suppressed() -> None:
    decision = decided(company=client_says("partner"), partner=replace(NORDWIND, point_of_contact=None))

    assert decision == suppressed(Reason.NO_POINT_OF_CONTACT, NO_POINT_OF_CONTACT)


def test_r9_a_role_nobody_holds_is_recorded_and_the_rest_is_sent() -> None:
    decision = decided(contacts=(replace(CLAIRE, primary=False), *CLIENTS[1:]))

    assert decision == to_clients(missing(Role.MAIN), TO_BRUNO, TO_ODILE, COPY_JONAS)


@pytest.mark.parametrize(
    ("claire", "refused"),
    [
        (replace(CLAIRE, active=False), dropped(TO_CLAIRE, Reason.CONTACT_INACTIVE, ("active", "no"))),
        (replace(CLAIRE, address=None), replace(dropped(TO_CLAIRE, Reason.NO_ADDRESS), address=None)),
        (
            replace(CLAIRE, opted_out=frozenset({"contract"})),
            dropped(TO_CLAIRE, Reason.OPTED_OUT, ("opt_out.contract", "on")),
        ),
        (
            replace(CLAIRE, toggles_off=frozenset({"contract"})),
            dropped(TO_CLAIRE, Reason.TOGGLE_OFF, ("toggle.contract", "off")),
        ),
        (
            replace(CLAIRE, toggles_off=frozenset({"contract"}), opted_out=frozenset({"contract"}), active=False),
            dropped(TO_CLAIRE, Reason.CONTACT_INACTIVE, ("active", "no")),
        ),
    ],
    ids=["inactive", "no address", "opted out", "toggle off", "several: the first in order"],
)
def test_r9_a_role_that_may_not_be_written_to_keeps_its_reason_and_the_rest_is_sent(
    claire: Contact, refused: Person
) -> None:
    assert decided(contacts=(claire, *CLIENTS[1:])) == to_clients(refused, TO_BRUNO, TO_ODILE, COPY_JONAS)


def test_r9_a_suppressed_address_is_dropped_however_it_is_written() -> None:
    claire = replace(CLAIRE, address="Claire.Fontaine@Lumiere.example.com")
    decision = decided(
        contacts=(claire, *CLIENTS[1:]),
        reach=Reachability(suppressed=frozenset({"claire.fontaine@lumiere.example.com"})),
    )
    refused = dropped(
        replace(TO_CLAIRE, address=claire.address),
        Reason.ADDRESS_SUPPRESSED,
        ("address", "claire.fontaine@lumiere.example.com"),
    )

    assert decision == to_clients(refused, TO_BRUNO, TO_ODILE, COPY_JONAS)


def test_r9_only_the_configured_toggle_governs() -> None:
    claire = replace(CLAIRE, toggles_off=frozenset({"invoice", "contract"}), opted_out=frozenset({"task"}))
    bruno = replace(BRUNO, toggles_off=frozenset({"estimate"}))
    contacts = (claire, bruno, CLIENTS[2])

    by_estimate = decided(contacts=contacts, rules=replace(RULES, toggle="estimate"))
    by_none = decided(contacts=contacts, rules=replace(RULES, toggle=""))

    refused = dropped(TO_BRUNO, Reason.TOGGLE_OFF, ("toggle.estimate", "off"))
    assert by_estimate == to_clients(TO_CLAIRE, refused, TO_ODILE, COPY_JONAS)
    assert by_none == to_clients(*TO_CLIENTS, COPY_JONAS)


def test_hs4_everybody_who_carries_a_mark_holds_the_role_oldest_first() -> None:
    ute = Contact("C-9", LUMIERE.id, "Ute", "Berg", "ute.berg@lumiere.example.com", decision_maker=True)
    decision = decided(contacts=(*CLIENTS, ute))
    to_ute = replace(TO_ODILE, ref="contact/C-9", address=ute.address, name="Ute Berg")

    assert decision == to_clients(*TO_CLIENTS, to_ute, COPY_JONAS)


def test_r10_a_copy_alone_is_no_mail() -> None:
    off = frozenset({"contract"})
    decision = decided(contacts=tuple(replace(contact, toggles_off=off) for contact in CLIENTS))
    refused = [dropped(person, Reason.TOGGLE_OFF, ("toggle.contract", "off")) for person in TO_CLIENTS]

    assert decision == suppressed(
        Reason.NO_CLIENT_RECIPIENTS, *refused, dropped(COPY_JONAS, Reason.NO_CLIENT_RECIPIENTS)
    )


def test_r10_without_contacts_three_roles_are_missing() -> None:
    decision = decided(contacts=())

    assert decision == suppressed(
        Reason.NO_CLIENT_RECIPIENTS,
        missing(Role.MAIN),
        missing(Role.BILLING),
        missing(Role.DECISION_MAKER),
        dropped(COPY_JONAS, Reason.NO_CLIENT_RECIPIENTS),
    )


def test_r10_a_point_of_contact_with_a_reason_of_their_own_keeps_it() -> None:
    decision = decided(contacts=(), users=(replace(JONAS, address=" "),))
    refused = replace(dropped(COPY_JONAS, Reason.NO_ADDRESS), address=" ")

    assert decision.people[-1] == refused
    assert decision.reason is Reason.NO_CLIENT_RECIPIENTS


def test_r11_one_person_with_several_roles_gets_one_copy_and_keeps_all_roles() -> None:
    claire = replace(CLAIRE, billing=True, decision_maker=True)
    decision = decided(contacts=(claire, BRUNO))
    to_claire = replace(TO_CLAIRE, roles=(Role.MAIN, Role.BILLING, Role.DECISION_MAKER))

    assert decision == to_clients(to_claire, TO_BRUNO, COPY_JONAS)


def test_r11_two_contacts_with_one_address_get_one_copy() -> None:
    bruno = replace(BRUNO, address=" Claire.Fontaine@LUMIERE.example.com ")
    decision = decided(contacts=(CLAIRE, bruno, CLIENTS[2]))
    refused = dropped(
        replace(TO_BRUNO, address=bruno.address), Reason.DUPLICATE_ADDRESS, ("same_address_as", "contact/C-1")
    )

    assert decision == to_clients(TO_CLAIRE, refused, TO_ODILE, COPY_JONAS)


def test_r12_a_point_of_contact_with_a_clients_address_is_dropped_from_the_copy() -> None:
    jonas = replace(JONAS, address="Bruno.Lefevre@lumiere.example.com")
    decision = decided(users=(jonas,))
    refused = dropped(
        replace(COPY_JONAS, address=jonas.address), Reason.DUPLICATE_ADDRESS, ("same_address_as", "contact/C-2")
    )

    assert decision == to_clients(*TO_CLIENTS, refused)


def test_r12_the_address_of_a_refused_client_makes_no_duplicate() -> None:
    jonas = replace(JONAS, address=BRUNO.address)
    bruno = replace(BRUNO, active=False)
    decision = decided(contacts=(CLAIRE, bruno, CLIENTS[2]), users=(jonas,))

    assert decision == to_clients(
        TO_CLAIRE,
        dropped(TO_BRUNO, Reason.CONTACT_INACTIVE, ("active", "no")),
        TO_ODILE,
        replace(COPY_JONAS, address=BRUNO.address),
    )


def test_r13_a_contact_deleted_meanwhile_leaves_a_role_nobody_holds() -> None:
    assert decided(contacts=CLIENTS[:2]) == to_clients(TO_CLAIRE, TO_BRUNO, missing(Role.DECISION_MAKER), COPY_JONAS)


INACTIVE = dropped(COPY_JONAS, Reason.USER_INACTIVE, ("active", "no"))
UNKNOWN = Person((Role.POINT_OF_CONTACT,), "user/U-1", None, False, Reason.USER_NOT_FOUND, facts=(("known", "no"),))


@pytest.mark.parametrize(
    ("users", "refused"),
    [((replace(JONAS, active=False), GRETA), INACTIVE), ((GRETA,), UNKNOWN)],
    ids=["inactive", "unknown"],
)
def test_r14_an_unusable_point_of_contact_is_as_none(users: tuple[User, ...], refused: Person) -> None:
    as_r7 = decided(users=users)
    as_r8 = decided(users=users, partner=OWNED_BY_PARTNER)
    as_r8_inherited = decided(users=users, company=client_says("partner"))

    for_partner = replace(refused, language=refused.language and "de")
    assert as_r7 == to_clients(*TO_CLIENTS, refused, notes=(Note.NO_POINT_OF_CONTACT,))
    assert as_r8 == as_r8_inherited == suppressed(Reason.NO_POINT_OF_CONTACT, for_partner)


def test_r14_an_inactive_client_point_of_contact_is_not_replaced_by_the_default_one() -> None:
    decision = decided(company=client_says("partner", GRETA.id), users=(JONAS, replace(GRETA, active=False)))

    assert decision == suppressed(Reason.NO_POINT_OF_CONTACT, dropped(TO_GRETA, Reason.USER_INACTIVE, ("active", "no")))


def test_r14_any_other_refusal_of_the_only_reader_is_the_notices_reason() -> None:
    nameless = decided(partner=OWNED_BY_PARTNER, users=(replace(JONAS, address=None),))
    bounced = decided(
        partner=OWNED_BY_PARTNER, reach=Reachability(suppressed=frozenset({"jonas.keller@nordwind.example.org"}))
    )

    assert nameless == suppressed(Reason.NO_ADDRESS, replace(dropped(TO_JONAS, Reason.NO_ADDRESS), address=None))
    assert bounced == suppressed(
        Reason.ADDRESS_SUPPRESSED,
        dropped(TO_JONAS, Reason.ADDRESS_SUPPRESSED, ("address", "jonas.keller@nordwind.example.org")),
    )


def test_r14_a_copy_to_a_suppressed_address_is_dropped_without_a_note() -> None:
    decision = decided(reach=Reachability(suppressed=frozenset({"jonas.keller@nordwind.example.org"})))
    refused = dropped(COPY_JONAS, Reason.ADDRESS_SUPPRESSED, ("address", "jonas.keller@nordwind.example.org"))

    assert decision == to_clients(*TO_CLIENTS, refused)


@pytest.mark.parametrize("status", ["renewed", "confirmed", "cancelled", "cancellation_requested"])
def test_r15_a_closed_renewal_is_suppressed_as_a_whole(status: str) -> None:
    assert decided(status=status) == suppressed(Reason.RENEWAL_CLOSED)


@pytest.mark.parametrize("what_ended", ["services", "partner"])
@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("default", Reason.HUBSPOT_OWNER_DEFAULT),
        ("partner", Reason.HUBSPOT_OWNER_DEFAULT),
        ("hubspot", Reason.HUBSPOT_OWNER_CLIENT),
    ],
)
def test_r15b_after_the_relation_ended_the_client_is_written_to_and_nobody_copied(
    what_ended: str, setting: str, reason: Reason
) -> None:
    decision = decided(
        company=replace(client_says(setting, GRETA.id), services_ended=what_ended == "services"),
        partner=replace(OWNED_BY_PARTNER, ended=what_ended == "partner"),
    )

    assert decision == to_clients(*TO_CLIENTS, reason=reason, notes=(Note.PARTNER_RELATION_ENDED,))


@pytest.mark.parametrize("partner_id", [None, "P-unheard-of"])
def test_hs1_without_a_known_partner_nobody_is_copied(partner_id: str | None) -> None:
    company = replace(client_says("partner", GRETA.id), partner=partner_id)

    assert decided(company=company, partner=None) == to_clients(*TO_CLIENTS)


def test_an_unknown_company_has_no_recipients_even_if_contacts_came_first() -> None:
    assert decided(company=None) == suppressed(
        Reason.NO_CLIENT_RECIPIENTS, missing(Role.MAIN), missing(Role.BILLING), missing(Role.DECISION_MAKER)
    )


def off(template: str, language: str | None = None, *, minute: int = 0, enabled: bool = False) -> Switch:
    return Switch(template, language, enabled, utc("2025-12-01T08:00") + timedelta(minutes=minute))


@pytest.mark.parametrize(
    "switches",
    [
        (off("renewal.notice"),),
        (off("renewal.notice", "fr"),),
        (off("renewal.notice", "fr", minute=1), off("renewal.notice", enabled=True)),
    ],
    ids=["everywhere", "in the company's language", "newest switch decides"],
)
def test_r16_a_disabled_template_refuses_the_letter_to_the_client(switches: tuple[Switch, ...]) -> None:
    assert decided(reach=Reachability(switches)) == suppressed(Reason.TEMPLATE_DISABLED)


@pytest.mark.parametrize(
    "switches",
    [
        (off("renewal.notice.partner"), off("renewal.reminder"), off("renewal.notice", "de")),
        (off("renewal.notice"), off("renewal.notice", "fr", minute=1, enabled=True)),
    ],
    ids=["other templates and languages", "on again in the company's language"],
)
def test_r16_only_the_letters_own_template_and_language_count(switches: tuple[Switch, ...]) -> None:
    assert decided(reach=Reachability(switches)) == to_clients(*TO_CLIENTS, COPY_JONAS)


@pytest.mark.parametrize(
    "switches", [(off("renewal.notice.partner"),), (off("renewal.notice.partner", "de"),)], ids=["everywhere", "in de"]
)
def test_r16_the_partners_letter_has_a_switch_and_a_language_of_its_own(switches: tuple[Switch, ...]) -> None:
    to_jonas = decided(partner=OWNED_BY_PARTNER, reach=Reachability(switches))
    to_clients_instead = decided(reach=Reachability(switches))

    assert to_jonas == suppressed(Reason.TEMPLATE_DISABLED)
    assert to_clients_instead == to_clients(*TO_CLIENTS, COPY_JONAS)


def test_r16_comes_before_the_point_of_contact_where_the_template_is_off_for_all() -> None:
    without = replace(OWNED_BY_PARTNER, point_of_contact=None)
    everywhere = decided(partner=without, reach=Reachability((off("renewal.notice.partner"),)))
    in_german = decided(partner=without, reach=Reachability((off("renewal.notice.partner", "de"),)))

    assert everywhere == suppressed(Reason.TEMPLATE_DISABLED)
    assert in_german == suppressed(Reason.NO_POINT_OF_CONTACT, NO_POINT_OF_CONTACT)


def test_the_first_refusal_of_the_whole_notice_wins() -> None:
    reach = Reachability((off("renewal.notice"),))
    deleted = replace(LUMIERE, deleted=True)

    assert decided(company=deleted, reach=reach, status="renewed") == suppressed(Reason.COMPANY_DELETED)
    assert decided(reach=reach, status="renewed") == suppressed(Reason.TEMPLATE_DISABLED)


def test_r17_a_moved_date_cancels_what_was_on_its_way() -> None:
    moved = replace(RENEWAL_CASE, renewal=replace(RENEWAL, renews_on=date(2026, 4, 30), status="renewed"))

    assert decide(moved, DUE, DAY, RULES) == Decision(Reason.RENEWAL_MOVED, Outcome.CANCELLED)


def test_r17_another_client_cancels_what_was_on_its_way_to_the_old_one() -> None:
    moved = replace(RENEWAL, company=HAFENBAU.id)
    case = replace(RENEWAL_CASE, renewal=moved, company=replace(LUMIERE, id=HAFENBAU.id))

    assert decide(case, DUE, DAY, RULES) == Decision(Reason.RENEWAL_MOVED, Outcome.CANCELLED)
    assert decide(case, replace(DUE, company=HAFENBAU.id), DAY, RULES) == to_clients(*TO_CLIENTS, COPY_JONAS)


@pytest.mark.parametrize("verdict", [Reason.SKIPPED_LATE, Reason.EXPIRED])
def test_r18_a_verdict_is_recorded_as_it_is(verdict: Reason) -> None:
    assert decide(RENEWAL_CASE, replace(DUE, verdict=verdict), DAY, RULES) == suppressed(verdict)


def test_r20_the_last_check_lets_nothing_out_after_the_renewal_date() -> None:
    on_the_date = decide(RENEWAL_CASE, DUE, RENEWAL.renews_on, RULES)
    after_it = decide(RENEWAL_CASE, DUE, RENEWAL.renews_on + timedelta(days=1), RULES)

    assert on_the_date == to_clients(*TO_CLIENTS, COPY_JONAS)
    assert after_it == suppressed(Reason.EXPIRED)


def test_hs9_a_reminder_has_its_own_template_and_the_same_recipients() -> None:
    reminder = DueRenewal(RENEWAL.company, RENEWAL.renews_on, 30, RENEWAL_REMINDER)

    to_client = decide(RENEWAL_CASE, reminder, date(2026, 3, 1), RULES)
    to_point_of_contact = decide(replace(RENEWAL_CASE, partner=OWNED_BY_PARTNER), reminder, date(2026, 3, 1), RULES)

    assert to_client.letters == (LetterPlan("renewal.reminder", "fr", TO_CLIENTS, (COPY_JONAS,)),)
    assert to_point_of_contact.letters == (LetterPlan("renewal.reminder.partner", "de", (TO_JONAS,)),)


def test_a_language_without_templates_becomes_english() -> None:
    decision = decided(company=replace(LUMIERE, language="it-CH"))

    assert [letter.language for letter in decision.letters] == ["en"]


def test_hafenbau_without_contacts_never_borrows_those_of_another_company() -> None:
    decision = decided(company=HAFENBAU, partner=None, contacts=())

    assert decision.reason is Reason.NO_CLIENT_RECIPIENTS
    assert not decision.letters
