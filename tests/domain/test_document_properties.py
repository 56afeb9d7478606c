"""What holds for any company, any document and any selection (RULES 0.3, PX-4, PX-5, PX-7)."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.world import HAFENBAU, LUMIERE, utc
from workers.domain.cases import DocumentCase
from workers.domain.documents import decide, preselection
from workers.domain.facts import (
    PERMISSIONS,
    TOGGLES,
    Contact,
    Document,
    DocumentTask,
    Mode,
    Reachability,
    Switch,
    Ticket,
)
from workers.domain.notices import CATALOGUE, DOCUMENTS
from workers.domain.reasons import Reason, Role
from workers.domain.recipients import REFUSALS, fold

IDS = [f"C-{number}" for number in range(6)]
ADDRESSES = [None, " ", "a@example.com", "A@Example.com ", "b@example.com", "c@example.org"]
KINDS = st.sampled_from(DOCUMENTS)
SUBSETS = st.frozensets(st.sampled_from(TOGGLES))

CONTACTS = st.builds(
    Contact,
    id=st.sampled_from(IDS),
    company=st.sampled_from([LUMIERE.id, LUMIERE.id, LUMIERE.id, HAFENBAU.id]),
    address=st.sampled_from(ADDRESSES),
    language=st.sampled_from([None, "de", "fr", "it"]),
    active=st.booleans(),
    primary=st.booleans(),
    toggles_off=SUBSETS,
    opted_out=SUBSETS,
    permissions=st.frozensets(st.sampled_from(PERMISSIONS)),
)
SWITCHES = st.builds(
    Switch,
    st.sampled_from([kind.name for kind in DOCUMENTS]),
    st.sampled_from([None, "de", "fr", "en"]),
    st.booleans(),
    st.just(utc("2026-05-01T08:00")),
    st.integers(0, 3),
)
REACHES = st.builds(
    Reachability,
    st.lists(SWITCHES, max_size=3).map(tuple),
    st.frozensets(st.sampled_from(["a@example.com", "c@example.org"])),
)
MAYBE_ADDRESS = st.sampled_from(ADDRESSES)


def cases(mode: Mode) -> st.SearchStrategy[DocumentCase]:
    chosen = st.lists(st.sampled_from([*IDS, "C-404"]), min_size=1).map(tuple)
    return st.builds(
        DocumentCase,
        kind=KINDS.map(lambda kind: kind.name),
        company=st.sampled_from([LUMIERE, LUMIERE, LUMIERE, HAFENBAU]),
        document=st.just(Document("1")),
        contacts=st.lists(CONTACTS, unique_by=lambda contact: contact.id).map(tuple),
        mode=st.just(mode),
        chosen=chosen if mode is Mode.MANUAL else st.just(()),
        address=MAYBE_ADDRESS,
        ticket=st.builds(Ticket, st.just("T-1"), contact=st.sampled_from([None, *IDS]), address=MAYBE_ADDRESS),
        task=st.just(DocumentTask("77", "Approve the drafts", "J-1")),
        reach=REACHES,
    )


ANY = st.sampled_from(Mode).flatmap(cases)


def written_to(case: DocumentCase) -> list[Contact]:
    refs = {person.ref for letter in decide(case).letters for person in (*letter.to, *letter.cc)}
    return [contact for contact in case.contacts if contact.ref in refs]


@given(cases(Mode.AUTOMATIC))
def test_px5_nobody_with_the_toggle_off_or_opted_out_gets_an_automatic_mail(case: DocumentCase) -> None:
    toggle = CATALOGUE[case.kind].toggle

    for contact in written_to(case):
        assert toggle not in contact.toggles_off | contact.opted_out
        assert contact.active
        assert contact.company == case.company.id


@given(cases(Mode.MANUAL))
def test_px7_a_manual_selection_reaches_exactly_the_selected(case: DocumentCase) -> None:
    decision = decide(case)
    if not decision.people:
        assert decision.reason is Reason.TEMPLATE_DISABLED
        return
    unreachable = {Reason.NO_ADDRESS, Reason.ADDRESS_SUPPRESSED, Reason.TEMPLATE_DISABLED, Reason.DUPLICATE_ADDRESS}
    of_company = {contact.ref for contact in case.contacts if contact.company == case.company.id}

    assert {person.ref for person in decision.people} == {f"contact/{id}" for id in case.chosen}
    for person in decision.people:
        assert person.reason in {
            *((Reason.MANUAL_SELECTION, *unreachable) if person.ref in of_company else ()),
            *(() if person.ref in of_company else (Reason.CONTACT_NOT_FOUND, Reason.CONTACT_NOT_OF_COMPANY)),
        }


@given(ANY)
def test_0_3_at_most_one_copy_a_person_and_an_address(case: DocumentCase) -> None:
    copies = [person for letter in decide(case).letters for person in (*letter.to, *letter.cc)]

    assert all(count == 1 for count in Counter(fold(person.address or "") for person in copies).values())
    assert all(count == 1 for count in Counter(person.ref for person in copies if person.ref).values())
    assert not {fold(person.address or "") for person in copies} & {"", *case.reach.suppressed}


@given(ANY)
def test_0_2_everybody_considered_has_one_entry_and_one_reason_that_says_kept_or_dropped(case: DocumentCase) -> None:
    decision = decide(case)
    refs = [person.ref for person in decision.people]

    assert len(refs) == len(set(refs))
    for person in decision.people:
        assert person.roles in ((Role.CONTACT,), (Role.DIRECT,))
        assert person.kept is (person.reason not in REFUSALS)
    if not case.chosen and CATALOGUE[case.kind].toggle not in (None, "ticket") and decision.people:
        assert set(refs) == {contact.ref for contact in case.contacts if contact.company == case.company.id}


@given(ANY)
def test_every_kept_person_has_a_letter_alone_and_without_one_the_notice_is_suppressed(case: DocumentCase) -> None:
    decision = decide(case)
    kept = tuple(person for person in decision.people if person.kept)

    assert tuple(letter.to for letter in decision.letters) == tuple((person,) for person in kept)
    assert [letter.language for letter in decision.letters] == [person.language for person in kept]
    assert not any(letter.cc for letter in decision.letters)
    assert decision.sends is bool(kept)
    if kept:
        assert decision.reason is kept[0].reason


@given(cases(Mode.AUTOMATIC))
def test_px6_who_is_not_preselected_gets_no_automatic_mail(case: DocumentCase) -> None:
    toggle = CATALOGUE[case.kind].toggle

    assert {contact.id for contact in written_to(case)} <= set(preselection(case.contacts, toggle))
