"""P1 to P17: who of a client is told about a document, who is not, and why. Decisions are compared whole."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.world import BRUNO, CLAIRE, CLIENTS, HAFENBAU, LUMIERE, ODILE, utc
from workers.domain.cases import DocumentCase
from workers.domain.documents import decide, preselection
from workers.domain.facts import TOGGLES, Contact, Document, DocumentTask, Mode, Reachability, Switch, Ticket
from workers.domain.notices import DOCUMENTS, Decision, LetterPlan, Person
from workers.domain.reasons import Note, Outcome, Reason, Role

FREMD = Contact("C-7", HAFENBAU.id, "Fiete", "Harms", "fiete.harms@hafenbau.example.com", "de", primary=True)
"""Belongs to another company: not to be mailed about Lumière's documents, whatever anybody selects."""

INVOICE = DocumentCase("invoice.sent", LUMIERE, Document("55", "2026-0055"), CLIENTS)
TICKET = Ticket("T-1", LUMIERE.id, contact=BRUNO.id, address="asker@visitor.example.net", title="Blank page")
REPLY = DocumentCase("ticket.replied", LUMIERE, Document("T-1"), CLIENTS, ticket=TICKET)
PROPOSAL = DocumentCase("proposal.sent", LUMIERE, Document("8"), CLIENTS, address="buyer@prospect.example.net")
COMMENT = DocumentCase(
    "task.commented", LUMIERE, Document("77"), CLIENTS, task=DocumentTask("77", "Approve the drafts", project="J-1")
)


def off(contact: Contact, *toggles: str) -> Contact:
    return replace(contact, toggles_off=frozenset(toggles))


def switched_off(template: str, language: str | None = None, *, minute: int = 0, enabled: bool = False) -> Switch:
    return Switch(template, language, enabled, utc("2026-05-01T08:00") + timedelta(minutes=minute))


def kept(contact: Contact, language: str, *facts: tuple[str, str], reason: Reason = Reason.TOGGLE_ON) -> Person:
    facts = facts or (("toggle.invoice", "on"),)
    return Person((Role.CONTACT,), contact.ref, contact.address, True, reason, language, contact.name, facts)


def by_hand(contact: Contact, language: str, *facts: tuple[str, str]) -> Person:
    return replace(kept(contact, language, reason=Reason.MANUAL_SELECTION), facts=facts)


def dropped(contact: Contact, language: str, reason: Reason, *facts: tuple[str, str]) -> Person:
    return replace(kept(contact, language, reason=reason), kept=False, facts=facts)


def toggle_off(contact: Contact, language: str, toggle: str = "invoice") -> Person:
    return dropped(contact, language, Reason.TOGGLE_OFF, (f"toggle.{toggle}", "off"))


def direct(address: str | None, language: str = "fr") -> Person:
    return Person((Role.DIRECT,), None, address, True, Reason.DIRECT_ADDRESS, language)


def unknown(id: str) -> Person:
    known = (("known", "no"),)
    return Person((Role.CONTACT,), f"contact/{id}", None, False, Reason.CONTACT_NOT_FOUND, facts=known)


def sent(*people: Person, template: str = "invoice.sent", notes: tuple[Note, ...] = ()) -> Decision:
    """A letter of their own for all kept people, in the order of the people."""
    to = [person for person in people if person.kept]
    letters = tuple(LetterPlan(template, person.language or "", (person,)) for person in to)
    return Decision(to[0].reason, None, people, letters, notes)


def suppressed(reason: Reason, *people: Person) -> Decision:
    return Decision(reason, Outcome.SUPPRESSED, people)


def manual(*ids: str, case: DocumentCase = INVOICE) -> DocumentCase:
    return replace(case, mode=Mode.MANUAL, chosen=ids)


CLAIRE_IS_TOLD, BRUNO_IS_TOLD, ODILE_IS_TOLD = kept(CLAIRE, "fr"), kept(BRUNO, "fr"), kept(ODILE, "de")


def test_p1_everybody_with_the_toggle_on_gets_a_mail_of_their_own_in_their_own_language() -> None:
    assert decide(INVOICE) == sent(CLAIRE_IS_TOLD, BRUNO_IS_TOLD, ODILE_IS_TOLD)


def test_p1_nobody_of_another_company_is_considered() -> None:
    assert decide(replace(INVOICE, contacts=(*CLIENTS, FREMD))) == decide(INVOICE)


@pytest.mark.parametrize(("wanted", "language"), [("de-AT", "de"), (None, "fr"), ("it", "fr")])
def test_0_8_the_language_is_the_contacts_else_the_companys(wanted: str | None, language: str) -> None:
    bruno = replace(BRUNO, language=wanted)

    assert decide(replace(INVOICE, contacts=(bruno,))) == sent(kept(bruno, language))


def test_0_8_where_neither_is_written_in_it_is_english() -> None:
    case = replace(INVOICE, company=replace(LUMIERE, language="pt"), contacts=(BRUNO,))

    assert decide(case) == sent(kept(BRUNO, "en"))


def test_p2_who_has_the_toggle_off_is_dropped() -> None:
    claire = off(CLAIRE, "invoice")

    assert decide(replace(INVOICE, contacts=(claire, BRUNO, ODILE))) == sent(
        toggle_off(claire, "fr"), BRUNO_IS_TOLD, ODILE_IS_TOLD
    )


def test_p2_only_the_documents_own_toggle_governs() -> None:
    claire = off(CLAIRE, *(toggle for toggle in TOGGLES if toggle != "invoice"))

    assert decide(replace(INVOICE, contacts=(claire,))) == sent(CLAIRE_IS_TOLD)


def test_p2_an_opt_out_of_ones_own_counts_beside_an_upstream_toggle_that_is_on() -> None:
    claire = replace(CLAIRE, opted_out=frozenset({"invoice"}))
    both = replace(claire, toggles_off=frozenset({"invoice"}))
    refused = dropped(claire, "fr", Reason.OPTED_OUT, ("opt_out.invoice", "on"))

    assert decide(replace(INVOICE, contacts=(claire, BRUNO))) == sent(refused, BRUNO_IS_TOLD)
    assert decide(replace(INVOICE, contacts=(both, BRUNO))) == sent(refused, BRUNO_IS_TOLD)


def test_p3_all_off_reaches_nobody_not_even_the_primary() -> None:
    claire, bruno = off(CLAIRE, "invoice"), replace(BRUNO, opted_out=frozenset({"invoice"}))

    assert decide(replace(INVOICE, contacts=(claire, bruno))) == suppressed(
        Reason.ALL_TOGGLES_OFF,
        toggle_off(claire, "fr"),
        dropped(bruno, "fr", Reason.OPTED_OUT, ("opt_out.invoice", "on")),
    )


def test_p3_the_seeds_only_contact_with_all_toggles_off_gets_nothing_of_any_kind() -> None:
    claire = off(CLAIRE, *TOGGLES)
    project = DocumentTask("77", "Approve the drafts", "J-1")
    ticket = replace(TICKET, contact=CLAIRE.id)
    for kind in DOCUMENTS:
        if kind.toggle:
            case = DocumentCase(kind.name, LUMIERE, Document("1"), (claire,), ticket=ticket, task=project)
            reason = Reason.TOGGLE_OFF if kind.toggle == "ticket" else Reason.ALL_TOGGLES_OFF
            assert decide(case) == suppressed(reason, toggle_off(claire, "fr", kind.toggle))


def test_p3_is_not_the_reason_where_somebody_was_dropped_for_another_one() -> None:
    claire, bruno = off(CLAIRE, "invoice"), replace(BRUNO, address=None)

    assert decide(replace(INVOICE, contacts=(claire, bruno))) == suppressed(
        Reason.NO_RECIPIENTS, toggle_off(claire, "fr"), dropped(bruno, "fr", Reason.NO_ADDRESS)
    )


@pytest.mark.parametrize("contacts", [(), (FREMD,)], ids=["none at all", "only one of another company"])
def test_p4_without_contacts_nobody_is_told(contacts: tuple[Contact, ...]) -> None:
    assert decide(replace(INVOICE, contacts=contacts)) == suppressed(Reason.NO_CONTACTS)


def test_p5_a_manual_selection_overrides_the_toggles_and_leaves_out_who_was_not_selected() -> None:
    odile = off(ODILE, "invoice")
    case = replace(manual(BRUNO.id, ODILE.id), contacts=(CLAIRE, BRUNO, odile))

    assert decide(case) == sent(by_hand(BRUNO, "fr"), by_hand(odile, "de", ("toggle.invoice", "off")))


def test_px7_a_manual_selection_overrides_an_opt_out_which_is_noted() -> None:
    bruno = replace(BRUNO, opted_out=frozenset({"invoice"}))
    case = replace(manual(BRUNO.id), contacts=(CLAIRE, bruno, ODILE))

    assert decide(case) == sent(by_hand(bruno, "fr", ("opt_out.invoice", "on")), notes=(Note.OPTED_OUT,))


def test_px7_an_opt_out_of_somebody_who_was_not_selected_is_not_noted() -> None:
    claire = replace(CLAIRE, opted_out=frozenset({"invoice"}), active=False, permissions=frozenset())

    assert decide(replace(manual(BRUNO.id), contacts=(claire, BRUNO))) == sent(by_hand(BRUNO, "fr"))


@pytest.mark.parametrize("case", [REPLY, PROPOSAL], ids=["ticket", "proposal"])
def test_px7_a_manual_selection_reaches_the_selected_in_place_of_asker_and_address(case: DocumentCase) -> None:
    assert decide(manual(ODILE.id, case=case)) == sent(by_hand(ODILE, "de"), template=case.kind)


def test_p7_a_deleted_contact_and_one_of_another_company_are_dropped_from_a_selection() -> None:
    case = replace(manual("C-404", FREMD.id, ODILE.id), contacts=(*CLIENTS, FREMD))
    stranger = dropped(FREMD, "de", Reason.CONTACT_NOT_OF_COMPANY, ("company", HAFENBAU.id))

    assert decide(case) == sent(stranger, unknown("C-404"), by_hand(ODILE, "de"))


def test_p7_a_selection_of_which_nobody_is_left_reaches_nobody_else() -> None:
    assert decide(manual("C-404")) == suppressed(Reason.NO_RECIPIENTS, unknown("C-404"))
    assert decide(replace(manual("C-404"), contacts=())) == suppressed(Reason.NO_CONTACTS, unknown("C-404"))


def test_p7_somebody_selected_twice_gets_one_mail() -> None:
    assert decide(manual(ODILE.id, ODILE.id)) == sent(by_hand(ODILE, "de"))


@pytest.mark.parametrize("case", [INVOICE, manual(CLAIRE.id)], ids=["automatic", "manual"])
def test_p8_a_disabled_template_blocks_every_mail_of_it(case: DocumentCase) -> None:
    refused = replace(case, reach=Reachability((switched_off("invoice.sent"),)))
    unconcerned = replace(case, reach=Reachability((switched_off("invoice.due"), switched_off("estimate.sent"))))

    assert decide(refused) == suppressed(Reason.TEMPLATE_DISABLED)
    assert decide(unconcerned) == decide(case)


def test_p8_a_template_that_is_off_in_one_language_drops_its_readers_without_another_language() -> None:
    case = replace(INVOICE, reach=Reachability((switched_off("invoice.sent", "fr"),)))
    facts = ("template.invoice.sent.fr", "off")
    claire, bruno = (dropped(contact, "fr", Reason.TEMPLATE_DISABLED, facts) for contact in (CLAIRE, BRUNO))

    assert decide(case) == sent(claire, bruno, ODILE_IS_TOLD)
    assert decide(replace(case, contacts=(CLAIRE, BRUNO))) == suppressed(Reason.NO_RECIPIENTS, claire, bruno)


def test_p8_a_language_switched_on_again_is_mailed() -> None:
    switches = (switched_off("invoice.sent"), switched_off("invoice.sent", "de", minute=1, enabled=True))
    facts = ("template.invoice.sent.fr", "off")

    assert decide(replace(INVOICE, contacts=(CLAIRE, ODILE), reach=Reachability(switches))) == sent(
        dropped(CLAIRE, "fr", Reason.TEMPLATE_DISABLED, facts), ODILE_IS_TOLD
    )


@pytest.mark.parametrize("address", [None, " "])
def test_p9_a_contact_without_address_is_dropped_in_either_mode(address: str | None) -> None:
    claire = replace(CLAIRE, address=address)
    case = replace(INVOICE, contacts=(claire, BRUNO))
    refused = dropped(claire, "fr", Reason.NO_ADDRESS)

    assert decide(case) == sent(refused, BRUNO_IS_TOLD)
    assert decide(manual(CLAIRE.id, BRUNO.id, case=case)) == sent(refused, by_hand(BRUNO, "fr"))


def test_p9_a_suppressed_address_is_dropped_in_either_mode() -> None:
    address = "bruno.lefevre@lumiere.example.com"
    case = replace(INVOICE, contacts=(CLAIRE, BRUNO), reach=Reachability(suppressed=frozenset({address})))
    refused = dropped(BRUNO, "fr", Reason.ADDRESS_SUPPRESSED, ("address", address))

    assert decide(case) == sent(CLAIRE_IS_TOLD, refused)
    assert decide(manual(BRUNO.id, case=case)) == suppressed(Reason.NO_RECIPIENTS, refused)


def test_p10_an_inactive_contact_is_told_only_when_chosen_by_hand_which_is_noted() -> None:
    claire = replace(CLAIRE, active=False)
    case = replace(INVOICE, contacts=(claire, BRUNO))
    refused = dropped(claire, "fr", Reason.CONTACT_INACTIVE, ("active", "no"))

    assert decide(case) == sent(refused, BRUNO_IS_TOLD)
    assert decide(replace(case, contacts=(claire,))) == suppressed(Reason.NO_RECIPIENTS, refused)
    assert decide(manual(CLAIRE.id, case=case)) == sent(
        by_hand(claire, "fr", ("active", "no")), notes=(Note.CONTACT_INACTIVE,)
    )


def test_p11_of_two_contacts_with_one_address_the_primary_gets_the_mail() -> None:
    bruno = replace(BRUNO, address=" Claire.Fontaine@LUMIERE.example.com")
    refused = dropped(bruno, "fr", Reason.DUPLICATE_ADDRESS, ("same_address_as", CLAIRE.ref))
    case = replace(INVOICE, contacts=(bruno, CLAIRE))

    assert decide(case) == sent(CLAIRE_IS_TOLD, refused)
    assert decide(manual(BRUNO.id, CLAIRE.id, case=case)) == sent(by_hand(CLAIRE, "fr"), refused)


def test_p11_a_primary_who_is_not_written_to_makes_no_duplicate() -> None:
    claire, bruno = off(CLAIRE, "invoice"), replace(BRUNO, address=CLAIRE.address)

    assert decide(replace(INVOICE, contacts=(claire, bruno))) == sent(toggle_off(claire, "fr"), kept(bruno, "fr"))


def test_p11_without_a_primary_among_them_the_older_one_gets_it() -> None:
    odile = replace(ODILE, address=BRUNO.address)

    assert decide(replace(INVOICE, contacts=(CLAIRE, BRUNO, odile))) == sent(
        CLAIRE_IS_TOLD,
        BRUNO_IS_TOLD,
        dropped(odile, "de", Reason.DUPLICATE_ADDRESS, ("same_address_as", BRUNO.ref)),
    )


@pytest.mark.parametrize("task", [None, DocumentTask("77", "Approve the drafts")], ids=["no task", "no project"])
@pytest.mark.parametrize("kind", ["task.status_changed", "task.commented"])
def test_p12_a_task_of_no_project_is_never_mailed(kind: str, task: DocumentTask | None) -> None:
    case = replace(COMMENT, kind=kind, task=task)

    assert decide(case) == decide(manual(CLAIRE.id, case=case)) == suppressed(Reason.TASK_NOT_OF_PROJECT)


def test_p12_a_task_of_a_project_is_mailed_under_the_task_toggle() -> None:
    claire, bruno = off(CLAIRE, "task"), off(BRUNO, "project")

    assert decide(replace(COMMENT, contacts=(claire, bruno))) == sent(
        toggle_off(claire, "fr", "task"), kept(bruno, "fr", ("toggle.task", "on")), template="task.commented"
    )


@pytest.mark.parametrize("case", [INVOICE, manual(CLAIRE.id), REPLY, PROPOSAL, COMMENT], ids=lambda case: case.kind)
def test_p13_a_document_hidden_from_the_customer_is_never_mailed(case: DocumentCase) -> None:
    assert decide(replace(case, visible_to_customer=False)) == suppressed(Reason.NOT_VISIBLE_TO_CUSTOMER)


def test_p14_a_ticket_with_contact_goes_to_that_contact_only() -> None:
    to_bruno = kept(BRUNO, "fr", ("toggle.ticket", "on"))

    assert decide(REPLY) == sent(to_bruno, template="ticket.replied")
    assert decide(replace(REPLY, address="someone@else.example.net")) == sent(to_bruno, template="ticket.replied")


@pytest.mark.parametrize(
    ("bruno", "refusal", "fact"),
    [
        (off(BRUNO, "ticket"), Reason.TOGGLE_OFF, ("toggle.ticket", "off")),
        (replace(BRUNO, opted_out=frozenset({"ticket"})), Reason.OPTED_OUT, ("opt_out.ticket", "on")),
        (replace(BRUNO, active=False), Reason.CONTACT_INACTIVE, ("active", "no")),
        (replace(BRUNO, company=HAFENBAU.id), Reason.CONTACT_NOT_OF_COMPANY, ("company", HAFENBAU.id)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_p14_a_refused_contact_of_a_ticket_is_replaced_by_nobody(
    bruno: Contact, refusal: Reason, fact: tuple[str, str]
) -> None:
    assert decide(replace(REPLY, contacts=(CLAIRE, bruno, ODILE), address="someone@else.example.net")) == suppressed(
        refusal, dropped(bruno, "fr", refusal, fact)
    )


def test_p14_a_deleted_contact_of_a_ticket_is_not_replaced_by_an_address() -> None:
    assert decide(replace(REPLY, contacts=(CLAIRE, ODILE))) == suppressed(Reason.CONTACT_NOT_FOUND, unknown(BRUNO.id))
    assert decide(replace(REPLY, contacts=())) == suppressed(Reason.CONTACT_NOT_FOUND, unknown(BRUNO.id))


@pytest.mark.parametrize(
    ("of_event", "of_ticket", "reader"),
    [
        (None, "asker@visitor.example.net", "asker@visitor.example.net"),
        ("other@visitor.example.net", "asker@visitor.example.net", "other@visitor.example.net"),
        ("other@visitor.example.net", None, "other@visitor.example.net"),
    ],
)
def test_p15_a_ticket_without_contact_goes_to_its_address_where_the_events_beats_the_tickets(
    of_event: str | None, of_ticket: str | None, reader: str
) -> None:
    case = replace(REPLY, address=of_event, ticket=replace(TICKET, contact=None, address=of_ticket))

    assert decide(case) == sent(direct(reader), template="ticket.replied")


def test_p15_a_ticket_with_neither_contact_nor_address_reaches_no_contact_of_the_company_instead() -> None:
    case = replace(REPLY, ticket=replace(TICKET, contact=None, address=None))
    nobody = replace(direct(None), kept=False, reason=Reason.NO_ADDRESS)

    assert decide(case) == suppressed(Reason.NO_ADDRESS, nobody)


def test_a_proposal_goes_to_its_address_whatever_the_contacts_toggles_say() -> None:
    contacts = tuple(off(contact, *TOGGLES) for contact in CLIENTS)

    assert decide(PROPOSAL) == sent(direct("buyer@prospect.example.net"), template="proposal.sent")
    assert decide(replace(PROPOSAL, contacts=contacts)) == decide(replace(PROPOSAL, contacts=())) == decide(PROPOSAL)


@pytest.mark.parametrize(
    ("change", "reason", "facts"),
    [
        (lambda case: replace(case, address=None), Reason.NO_ADDRESS, ()),
        (
            lambda case: replace(case, reach=Reachability(suppressed=frozenset({case.address}))),
            Reason.ADDRESS_SUPPRESSED,
            (("address", "buyer@prospect.example.net"),),
        ),
        (
            lambda case: replace(case, reach=Reachability((switched_off("proposal.sent", "fr"),))),
            Reason.TEMPLATE_DISABLED,
            (("template.proposal.sent.fr", "off"),),
        ),
    ],
    ids=["no address", "address suppressed", "off in the company's language"],
)
def test_0_10_a_proposal_that_may_not_be_sent_takes_the_reason_of_its_one_reader(
    change: Callable[[DocumentCase], DocumentCase], reason: Reason, facts: tuple[tuple[str, str], ...]
) -> None:
    case = change(PROPOSAL)
    refused = replace(direct(case.address), kept=False, reason=reason, facts=facts)

    assert decide(case) == suppressed(reason, refused)


def test_p16_the_seeds_five_contacts_of_whom_one_wants_projects_and_tasks() -> None:
    names = ("Ada", "Ben", "Cleo", "Dora", "Emil")
    five = [
        Contact(f"C-{number}", LUMIERE.id, name, address=f"{name.lower()}@lumiere.example.com", primary=number == 0)
        for number, name in enumerate(names)
    ]
    contacts = tuple(each if each.first_name == "Cleo" else off(each, "project", "task") for each in five)
    told = [kept(each, "fr") if each.first_name == "Cleo" else toggle_off(each, "fr") for each in contacts]

    for case, toggle in ((COMMENT, "task"), (replace(COMMENT, kind="project.file_added"), "project")):
        people = [replace(person, facts=((f"toggle.{toggle}", "on" if person.kept else "off"),)) for person in told]
        assert decide(replace(case, contacts=contacts)) == sent(*people, template=case.kind)


def test_p17_a_toggle_counts_as_it_is_when_the_notice_is_decided_again() -> None:
    before, after = replace(INVOICE, contacts=(CLAIRE,)), replace(INVOICE, contacts=(off(CLAIRE, "invoice"),))

    assert decide(before) == sent(CLAIRE_IS_TOLD)
    assert decide(after) == suppressed(Reason.ALL_TOGGLES_OFF, toggle_off(off(CLAIRE, "invoice"), "fr"))


PORTAL = [
    ("invoice.overdue", "invoices"),
    ("credit_note.sent", "invoices"),
    ("estimate.expiring", "estimates"),
    ("contract.commented", "contracts"),
    ("ticket.replied", "support"),
    ("project.discussed", "projects"),
    ("task.commented", "projects"),
]


@pytest.mark.parametrize(("kind", "permission"), PORTAL)
def test_px4_a_toggle_sends_even_without_the_permission_which_is_noted(kind: str, permission: str) -> None:
    case, toggle = replace(COMMENT, kind=kind, ticket=TICKET), kind.partition(".")[0]
    bruno = replace(BRUNO, permissions=BRUNO.permissions - {permission})
    only = replace(BRUNO, permissions=frozenset({permission}))
    on = (f"toggle.{toggle}", "on")

    assert decide(replace(case, contacts=(bruno,))) == sent(
        kept(bruno, "fr", on, (f"permission.{permission}", "no")),
        template=kind,
        notes=(Note.NO_PORTAL_PERMISSION,),
    )
    assert decide(replace(case, contacts=(only,))) == sent(kept(only, "fr", on), template=kind)


def test_px4_a_permission_sends_nothing_to_a_contact_with_the_toggle_off() -> None:
    claire = replace(off(CLAIRE, "invoice"), permissions=frozenset({"invoices"}))

    assert decide(replace(INVOICE, contacts=(claire,))) == suppressed(Reason.ALL_TOGGLES_OFF, toggle_off(claire, "fr"))


def test_px4_the_permissions_of_who_is_not_written_to_are_not_noted() -> None:
    claire = replace(off(CLAIRE, "invoice"), permissions=frozenset())

    assert decide(replace(INVOICE, contacts=(claire, BRUNO))) == sent(toggle_off(claire, "fr"), BRUNO_IS_TOLD)
    assert decide(replace(PROPOSAL, contacts=(claire,))).notes == ()


def test_px6_the_preselection_are_the_contacts_an_automatic_mail_may_go_to_the_primary_first() -> None:
    contacts = (BRUNO, off(ODILE, "invoice"), CLAIRE)

    assert preselection(contacts, "invoice") == (CLAIRE.id, BRUNO.id)
    assert preselection(contacts, "estimate") == (CLAIRE.id, BRUNO.id, ODILE.id)


def test_px6_nobody_inactive_or_opted_out_is_preselected_nor_anybody_where_no_toggle_governs() -> None:
    inactive, opted_out = replace(CLAIRE, active=False), replace(BRUNO, opted_out=frozenset({"invoice"}))

    assert preselection((inactive, opted_out, ODILE), "invoice") == (ODILE.id,)
    assert preselection(CLIENTS, None) == ()


def test_0_11_the_first_refusal_of_the_whole_notice_wins() -> None:
    switches = (switched_off("task.commented"),)
    hidden = replace(COMMENT, visible_to_customer=False, contacts=())
    of_no_project = replace(hidden, task=None)
    disabled = replace(of_no_project, reach=Reachability(switches))
    deleted = replace(disabled, company=replace(LUMIERE, deleted=True))

    assert [decide(case) for case in (deleted, disabled, of_no_project, hidden)] == [
        suppressed(Reason.COMPANY_DELETED),
        suppressed(Reason.TEMPLATE_DISABLED),
        suppressed(Reason.TASK_NOT_OF_PROJECT),
        suppressed(Reason.NOT_VISIBLE_TO_CUSTOMER),
    ]


@pytest.mark.parametrize("case", [INVOICE, manual(CLAIRE.id), REPLY, PROPOSAL, COMMENT], ids=lambda case: case.kind)
def test_0_11_the_documents_of_a_deleted_company_are_not_mailed(case: DocumentCase) -> None:
    assert decide(replace(case, company=replace(LUMIERE, deleted=True))) == suppressed(Reason.COMPANY_DELETED)


def test_0_10_of_several_refusals_of_a_person_the_first_is_recorded() -> None:
    off_in_french = Reachability(
        (switched_off("invoice.sent", "fr"),), frozenset({"claire.fontaine@lumiere.example.com"})
    )
    claire = replace(off(CLAIRE, "invoice"), opted_out=frozenset({"invoice"}), active=False)
    steps = [
        (claire, Reason.CONTACT_INACTIVE),
        (replace(claire, active=True, address=None), Reason.NO_ADDRESS),
        (replace(claire, active=True), Reason.ADDRESS_SUPPRESSED),
        (replace(claire, active=True, address="claire@lumiere.example.com"), Reason.TEMPLATE_DISABLED),
        (replace(claire, active=True, address="claire@lumiere.example.com", language="de"), Reason.OPTED_OUT),
    ]

    for contact, reason in steps:
        (person,) = decide(replace(INVOICE, contacts=(contact,), reach=off_in_french)).people
        assert (person.kept, person.reason) == (False, reason)


def test_the_subject_of_a_notice_is_its_document_by_the_first_word_of_the_type() -> None:
    assert [case.ref for case in (INVOICE, REPLY, COMMENT)] == ["invoice/55", "ticket/T-1", "task/77"]
