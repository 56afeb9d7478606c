"""RULES 0.2, 0.3, 0.7 to 0.10: from candidates to readers, for every notice."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.world import BRUNO, CLAIRE, JONAS, utc
from workers.domain.facts import Contact, Reachability, Switch
from workers.domain.notices import Person
from workers.domain.reasons import Reason, Role
from workers.domain.recipients import (
    REFUSALS,
    Candidate,
    Line,
    Recipients,
    Refusal,
    covers,
    fold,
    language_off,
    languages_of,
    letter_language,
    recipients,
    template_off,
    template_off_everywhere,
    vacant,
)

TEMPLATE = "renewal.notice"
ANYWHERE = Reachability()


def candidate(
    contact: Contact = CLAIRE, role: Role = Role.MAIN, line: Line = Line.TO, *refusals: Reason, language: str = "fr"
) -> Candidate:
    refused = tuple(Refusal(reason) for reason in refusals)
    return Candidate(role, Reason.MAIN_CONTACT, contact.ref, contact.address, (language,), contact.name, line, refused)


WORDS = st.text(st.characters(categories=["L", "N", "M"]), min_size=1)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (" Claire@Example.com\n", "claire@example.COM", True),
        ("STRASSE@example.com", "straße@example.com", True),
        ("claire.fontaine@example.com", "clairefontaine@example.com", False),
        ("claire+renewals@example.com", "claire@example.com", False),
    ],
)
def test_0_3_addresses_are_compared_trimmed_and_case_folded_only(one: str, other: str, same: bool) -> None:
    assert (fold(one) == fold(other)) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("claire@bücher.example", "claire@xn--bcher-kva.example", True),
        ("claire@BÜCHER.example", "claire@XN--bcher-kva.example", True),
        ("claire@bücher.example", "claire@bu\u0308cher.example", True),
        ("claire@bücher\u3002example", "claire@bücher.example", True),
        ("renée@example.com", "rene\u0301e@example.com", True),
        ("claire@bücher.example", "claire@bucher.example", False),
        ("claire@straße.example", "claire@xn--strae-oqa.example", True),
        ("claire@straße.example", "claire@strasse.example", False),
        ("renée@example.com", "renee@example.com", False),
        ("cläre@xn--bcher-kva.example", "cläre@bücher.example", True),
        ("claire@" + "bücher" * 20 + ".example", "claire@bücher.example", False),
    ],
)
def test_0_3_one_mailbox_in_two_spellings_is_one(one: str, other: str, same: bool) -> None:
    assert (fold(one) == fold(other)) is same


@given(st.builds("{}@{}.{}".format, WORDS, WORDS, WORDS))
@example("0@0.\N{MATHEMATICAL SANS-SERIF CAPITAL A}")
def test_0_3_a_folded_address_is_its_own_form(address: str) -> None:
    assert fold(fold(address)) == fold(address)


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (("fr", "de"), "fr"),
        ((None, "de"), "de"),
        (("", "de"), "de"),
        (("it", "de"), "de"),
        (("de-AT",), "de"),
        (("FR-ca",), "fr"),
        ((" de_AT",), "de"),
        (("it", None), "en"),
        ((), "en"),
    ],
)
def test_0_8_the_first_wanted_language_with_templates_else_english(
    wanted: tuple[str | None, ...], language: str
) -> None:
    assert letter_language(*wanted) == language


@pytest.mark.parametrize(
    ("wanted", "languages"),
    [
        (("fr", "de"), ("fr",)),
        (("de-AT", "fr"), ("de-AT",)),
        ((None, "de_AT"), ("de-AT",)),
        (("it", "es", "fr", "de"), ("it", "es", "fr")),
        (("pt-BR", None), ("pt-BR", "en")),
        ((), ("en",)),
    ],
)
def test_0_7_people_are_of_what_they_want_down_to_what_their_letter_is_written_in(
    wanted: tuple[str | None, ...], languages: tuple[str, ...]
) -> None:
    assert languages_of(*wanted) == languages


@pytest.mark.parametrize(
    ("switched", "language", "covered"),
    [
        (None, "it", True),
        ("", "it", True),
        ("de", "de", True),
        ("de", "de-AT", True),
        ("DE-at", "de-AT", True),
        ("de-AT", "de-AT-1996", True),
        ("de-AT", "de", False),
        ("de-AT", "de-CH", False),
        ("de", "den", False),
        ("it", "en", False),
    ],
)
def test_0_7_a_language_covers_its_regions_and_nothing_above_or_beside_it(
    switched: str | None, language: str, covered: bool
) -> None:
    assert covers(switched, language) is covered


def switch(language: str | None, enabled: bool, minute: int, order: int = 0, template: str = TEMPLATE) -> Switch:
    return Switch(template, language, enabled, utc("2026-01-05T09:00") + timedelta(minutes=minute), order)


@pytest.mark.parametrize(
    ("switches", "off_in", "off_everywhere"),
    [
        ([], set(), False),
        ([switch(None, False, 0)], {"en", "de", "fr"}, True),
        ([switch("de", False, 0)], {"de"}, False),
        ([switch("de", False, 0), switch(None, True, 1)], set(), False),
        ([switch(None, False, 1), switch("de", True, 0)], {"en", "de", "fr"}, True),
        ([switch(None, False, 0), switch("de", True, 1)], {"en", "fr"}, False),
        ([switch(None, False, 0), switch("de", True, 1), switch("de", False, 2)], {"en", "de", "fr"}, True),
        ([switch(None, False, 0, order=2), switch(None, True, 0, order=1)], {"en", "de", "fr"}, True),
        ([switch(None, True, 0, order=1), switch(None, False, 0, order=2)], {"en", "de", "fr"}, True),
        ([switch("en", False, 0), switch("de", False, 1), switch("fr", False, 2)], {"en", "de", "fr"}, False),
        ([switch(None, False, 0, template="renewal.notice.partner")], set(), False),
        ([switch("it", False, 0), switch("de-AT", False, 0)], set(), False),
        ([switch(None, False, 0), switch("it", True, 1)], {"en", "de", "fr"}, True),
        ([switch(None, False, 0), switch("de-AT", True, 1)], {"en", "de", "fr"}, False),
        ([switch(None, False, 0), switch("de-AT", True, 1), switch("de", False, 2)], {"en", "de", "fr"}, True),
    ],
)
def test_0_7_the_newest_switch_that_covers_a_language_decides_for_it(
    switches: list[Switch], off_in: set[str], off_everywhere: bool
) -> None:
    assert {language for language in ("en", "de", "fr") if template_off(switches, TEMPLATE, language)} == off_in
    assert template_off_everywhere(switches, TEMPLATE) is off_everywhere


def test_0_7_the_language_that_is_off_is_named() -> None:
    switches = [switch("en", False, 0), switch("de", False, 0)]
    assert language_off(switches, TEMPLATE, ("it", "en")) == "en"
    assert language_off(switches, TEMPLATE, ("de-AT",)) == "de-AT"
    assert language_off(switches, TEMPLATE, ("it", "fr")) is None


def test_0_7_off_in_one_language_drops_its_readers_only() -> None:
    found = recipients(
        [candidate(CLAIRE, language="fr"), candidate(BRUNO, language="de")],
        TEMPLATE,
        Reachability((switch("fr", False, 0),)),
    )

    assert [(person.ref, person.reason) for person in found.people] == [
        ("contact/C-1", Reason.TEMPLATE_DISABLED),
        ("contact/C-2", Reason.MAIN_CONTACT),
    ]
    assert found.people[0].facts == (("template.renewal.notice.fr", "off"),)
    assert [person.ref for person in found.to] == ["contact/C-2"]


def test_0_2_a_vacant_role_is_on_record() -> None:
    nobody = Person((Role.BILLING,), None, None, False, Reason.ROLE_MISSING)

    assert recipients([vacant(Role.BILLING)], TEMPLATE, ANYWHERE) == Recipients((nobody,), (), ())


def test_0_3_a_role_that_may_be_written_to_speaks_for_a_refused_one() -> None:
    refused = candidate(CLAIRE, Role.BILLING, Line.TO, Reason.TOGGLE_OFF)
    copied = Candidate(Role.RESPONSIBLE, Reason.POINT_OF_CONTACT, CLAIRE.ref, CLAIRE.address, ("fr",), line=Line.CC)
    found = recipients([refused, copied], TEMPLATE, ANYWHERE)

    assert (
        found.cc
        == found.people
        == (
            Person(
                (Role.BILLING, Role.RESPONSIBLE),
                CLAIRE.ref,
                CLAIRE.address,
                True,
                Reason.POINT_OF_CONTACT,
                language="fr",
            ),
        )
    )


def test_0_3_who_stands_on_both_lines_is_written_to_not_copied() -> None:
    copied, written_to = candidate(CLAIRE, Role.MAIN, Line.CC), candidate(CLAIRE, Role.BILLING, Line.TO)
    found = recipients([copied, written_to], TEMPLATE, ANYWHERE)

    assert [person.roles for person in found.to] == [(Role.MAIN, Role.BILLING)]
    assert found.cc == ()


def test_0_3_to_beats_cc_whoever_comes_first() -> None:
    jonas = Candidate(
        Role.POINT_OF_CONTACT, Reason.POINT_OF_CONTACT, JONAS.ref, CLAIRE.address, ("fr",), JONAS.name, Line.CC
    )
    found = recipients([jonas, candidate(CLAIRE)], TEMPLATE, ANYWHERE)

    assert [(p.ref, p.reason) for p in found.people] == [
        ("user/U-1", Reason.DUPLICATE_ADDRESS),
        ("contact/C-1", Reason.MAIN_CONTACT),
    ]
    assert found.people[0].facts == (("same_address_as", "contact/C-1"),)


def test_0_3_two_addresses_of_nobody_we_know_are_still_one_copy() -> None:
    direct = Candidate(Role.DIRECT, Reason.MAIN_CONTACT, None, "desk@lumiere.example.com", ("fr",))
    found = recipients([direct, direct], TEMPLATE, ANYWHERE)

    assert [person.reason for person in found.people] == [Reason.MAIN_CONTACT, Reason.DUPLICATE_ADDRESS]
    assert found.people[1].facts == (("same_address_as", "desk@lumiere.example.com"),)


ADDRESSES = (None, " ", "a@example.com", "A@Example.com ", "b@example.com", "c@example.org")
OWN_REFUSALS = [reason for reason in REFUSALS if reason is not Reason.DUPLICATE_ADDRESS]
SWITCHES = st.lists(
    st.builds(switch, st.sampled_from([None, "de", "fr"]), st.booleans(), st.integers(0, 3)), max_size=3
)


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    ref = draw(st.sampled_from([None, "contact/C-1", "contact/C-2", "user/U-1", "user/U-2"]))
    return Candidate(
        role=draw(st.sampled_from(Role)),
        reason=Reason.MAIN_CONTACT,
        ref=ref,
        address=draw(st.sampled_from(ADDRESSES)),
        languages=draw(st.sampled_from([(), ("de",), ("fr",), ("it", "en")])),
        line=draw(st.sampled_from(Line)),
        refusals=tuple(Refusal(reason) for reason in draw(st.lists(st.sampled_from(OWN_REFUSALS), max_size=3))),
    )


REACHES = st.builds(
    Reachability, SWITCHES.map(tuple), st.sets(st.sampled_from(["a@example.com", "c@example.org"])).map(frozenset)
)


@given(st.lists(candidates(), max_size=8), REACHES)
def test_at_most_one_copy_an_address_and_exactly_one_entry_a_candidate(
    considered: list[Candidate], reach: Reachability
) -> None:
    found = recipients(considered, TEMPLATE, reach)

    copies = Counter(fold(person.address or "") for person in found.people if person.kept)
    assert all(count == 1 for count in copies.values())
    assert "" not in copies
    assert not copies.keys() & reach.suppressed
    assert Counter(person.ref for person in found.people if person.ref) == Counter({c.ref for c in considered if c.ref})
    assert sum(person.ref is None for person in found.people) == sum(c.ref is None for c in considered)
    assert {(c.ref, c.role) for c in considered} == {(p.ref, role) for p in found.people for role in p.roles}


@given(st.lists(candidates(), max_size=8), REACHES)
def test_the_lines_hold_exactly_the_kept_and_to_beats_cc(considered: list[Candidate], reach: Reachability) -> None:
    found = recipients(considered, TEMPLATE, reach)
    kept = [person for person in found.people if person.kept]

    assert sorted(map(id, found.to + found.cc)) == sorted(map(id, kept))
    for person in found.people:
        readers = [other for other in kept if fold(other.address or "") == fold(person.address or "")]
        if person.reason is Reason.DUPLICATE_ADDRESS:
            assert len(readers) == 1


@given(st.lists(candidates(), max_size=8), REACHES)
def test_0_3_a_copy_never_displaces_somebody_in_to(considered: list[Candidate], reach: Reachability) -> None:
    only_to = [candidate for candidate in considered if candidate.line is Line.TO]
    found, without_copies = recipients(considered, TEMPLATE, reach), recipients(only_to, TEMPLATE, reach)

    assert {fold(p.address or "") for p in found.to} == {fold(p.address or "") for p in without_copies.to}


@given(candidates(), REACHES)
def test_0_10_the_first_refusal_in_the_order_of_the_rules_is_recorded(one: Candidate, reach: Reachability) -> None:
    (person,) = recipients([one], TEMPLATE, reach).people
    holding = {refusal.reason for refusal in one.refusals}
    if not fold(one.address or ""):
        holding.add(Reason.NO_ADDRESS)
    if fold(one.address or "") in reach.suppressed:
        holding.add(Reason.ADDRESS_SUPPRESSED)
    if language_off(reach.switches, TEMPLATE, one.languages):
        holding.add(Reason.TEMPLATE_DISABLED)

    expected = [reason for reason in REFUSALS if reason in holding]
    assert person.reason is (expected[0] if expected else one.reason)
    assert person.kept is not bool(expected)
