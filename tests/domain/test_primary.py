"""PX-2, C1 to C3: which contact of a company carries the primary mark."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.world import BRUNO, CLAIRE, ODILE, utc
from workers.domain.primary import PRIMARY_LOCKED, Entry, Mark, Members, newest_stay, settled, thinned
from workers.domain.thinning import RECENT

HERE, ELSEWHERE = "K-1", "K-2"


def at(hour: int) -> datetime:
    return utc("2026-01-05T00:00") + timedelta(hours=hour)


def saved(contact: str, hour: int, primary: bool | None = None, company: str = HERE, active: bool = True) -> Entry:
    return Entry(contact, at(hour), hour, company, active, primary)


def gone(contact: str, hour: int) -> Entry:
    return Entry(contact, at(hour), hour, None)


def mark(*entries: Entry, company: str = HERE) -> Mark | None:
    return Members(company, entries).mark


def given_to(contact: str, hour: int, explicit: bool = False) -> Mark:
    return Mark(contact, (at(hour), hour), explicit)


CLAIRE_FIRST, BRUNO_SECOND, ODILE_THIRD = saved(CLAIRE.id, 1), saved(BRUNO.id, 2), saved(ODILE.id, 3)
THREE = (CLAIRE_FIRST, BRUNO_SECOND, ODILE_THIRD)


def test_c1_the_first_contact_is_primary_even_if_saved_with_primary_false() -> None:
    assert mark() is None
    assert mark(*THREE) == given_to(CLAIRE.id, 1)
    assert mark(saved(CLAIRE.id, 1, False), BRUNO_SECOND) == given_to(CLAIRE.id, 1)
    assert mark(saved(CLAIRE.id, 1, True), BRUNO_SECOND) == given_to(CLAIRE.id, 1, explicit=True)


def test_c1_an_inactive_first_contact_is_primary_too() -> None:
    assert mark(saved(CLAIRE.id, 1, active=False), BRUNO_SECOND) == given_to(CLAIRE.id, 1)


def test_c1_contacts_of_other_companies_mean_nothing() -> None:
    assert mark(saved(ODILE.id, 0, True, ELSEWHERE), *THREE[:2]) == given_to(CLAIRE.id, 1)


def test_c2_the_mark_is_kept_and_who_unsets_it_is_told() -> None:
    unset = saved(CLAIRE.id, 5, False)
    members = Members(HERE, [*THREE, unset])
    assert (members.mark, members.warning(unset)) == (given_to(CLAIRE.id, 1), PRIMARY_LOCKED)


def test_c2_nobody_is_told_who_unsets_nothing() -> None:
    first, other, chosen = saved(CLAIRE.id, 1, False), saved(BRUNO.id, 4, False), saved(CLAIRE.id, 5, True)
    members = Members(HERE, [first, other, saved(CLAIRE.id, 3, False), chosen, saved(CLAIRE.id, 6)])
    assert members.mark == given_to(CLAIRE.id, 5, explicit=True)
    assert [members.warning(entry) for entry in (first, other, saved(CLAIRE.id, 3, False), chosen)] == [None] * 4


def test_c3_a_second_contact_saved_as_primary_takes_the_mark() -> None:
    assert mark(*THREE, saved(ODILE.id, 4, True)) == given_to(ODILE.id, 4, explicit=True)
    assert mark(*THREE, saved(ODILE.id, 4, True), saved(BRUNO.id, 5, True)) == given_to(BRUNO.id, 5, explicit=True)


def test_c3_at_equal_times_the_later_arrival_takes_it() -> None:
    both = [Entry(BRUNO.id, at(4), 8, HERE, primary=True), Entry(ODILE.id, at(4), 7, HERE, primary=True)]
    assert mark(*THREE, *both) == Mark(BRUNO.id, (at(4), 8), explicit=True)


def test_px2_the_oldest_active_contact_follows_a_removed_primary() -> None:
    asleep = saved(BRUNO.id, 4, active=False)
    assert mark(*THREE, gone(CLAIRE.id, 5)) == given_to(BRUNO.id, 5)
    assert mark(*THREE, saved(CLAIRE.id, 5, True, ELSEWHERE)) == given_to(BRUNO.id, 5)
    assert mark(*THREE, asleep, gone(CLAIRE.id, 5)) == given_to(ODILE.id, 5)
    assert mark(*THREE, gone(BRUNO.id, 5)) == given_to(CLAIRE.id, 1)


def test_px2_who_was_asleep_at_the_removal_does_not_claim_the_mark_later() -> None:
    asleep, awake = saved(BRUNO.id, 4, active=False), saved(BRUNO.id, 6)
    assert mark(*THREE, asleep, gone(CLAIRE.id, 5), awake) == given_to(ODILE.id, 5)


def test_px2_with_nobody_active_left_the_next_one_saved_active_gets_the_mark() -> None:
    asleep = (saved(CLAIRE.id, 1), saved(BRUNO.id, 2, active=False), gone(CLAIRE.id, 3))
    assert mark(*asleep) is None
    assert mark(*asleep, saved(ODILE.id, 4, active=False)) is None
    assert mark(*asleep, saved(ODILE.id, 4)) == given_to(ODILE.id, 4)
    assert mark(*asleep, saved(BRUNO.id, 5)) == given_to(BRUNO.id, 5)


def test_px2_after_the_last_contact_was_removed_the_next_one_is_a_first_contact() -> None:
    assert mark(CLAIRE_FIRST, gone(CLAIRE.id, 2), saved(ODILE.id, 8, active=False)) == given_to(ODILE.id, 8)


def test_px2_who_comes_back_claims_nothing() -> None:
    assert mark(*THREE, gone(CLAIRE.id, 4), CLAIRE_BACK) == given_to(BRUNO.id, 4)
    away = saved(CLAIRE.id, 4, company=ELSEWHERE)
    assert mark(*THREE, away, CLAIRE_BACK) == given_to(BRUNO.id, 4)
    assert mark(*THREE, away, CLAIRE_BACK, company=ELSEWHERE) is None


CLAIRE_BACK = saved(CLAIRE.id, 9)


def test_px2_a_contact_that_came_back_is_as_old_as_its_stay() -> None:
    chosen, away = saved(ODILE.id, 3, True), saved(CLAIRE.id, 4, company=ELSEWHERE)
    assert mark(CLAIRE_FIRST, BRUNO_SECOND, chosen, away, CLAIRE_BACK, gone(ODILE.id, 10)) == given_to(BRUNO.id, 10)


def test_the_newest_stay_begins_with_the_save_that_came_to_the_company() -> None:
    away = saved(CLAIRE.id, 4, company=ELSEWHERE)
    assert newest_stay([]) is None
    assert newest_stay([gone(CLAIRE.id, 1)]) is None
    assert newest_stay([CLAIRE_FIRST, saved(CLAIRE.id, 2)]) == CLAIRE_FIRST
    assert newest_stay([CLAIRE_BACK, away, CLAIRE_FIRST]) == CLAIRE_BACK
    assert newest_stay([CLAIRE_FIRST, gone(CLAIRE.id, 3)]) == CLAIRE_FIRST
    assert newest_stay([CLAIRE_FIRST, gone(CLAIRE.id, 3), CLAIRE_BACK]) == CLAIRE_BACK


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["C-1", "C-2", "C-3"]),
        st.sampled_from([HERE, HERE, ELSEWHERE, None]),
        st.booleans(),
        st.sampled_from([None, None, False, True]),
    ),
    min_size=1,
    max_size=12,
).map(lambda told: [Entry(who, at(n), n, where, awake, said) for n, (who, where, awake, said) in enumerate(told)])


@given(st.data(), ENTRIES)
def test_c1_to_c3_the_mark_does_not_depend_on_the_order_of_arrival(data: st.DataObject, story: list[Entry]) -> None:
    arrived = [replace(entry, order=n) for n, entry in enumerate(data.draw(st.permutations(story)))]
    assert _facts(Members(HERE, arrived)) == _facts(Members(HERE, story))


def _facts(members: Members) -> object:
    mark = members.mark
    living = {each.contact: (each.since[0], each.active) for each in members.living.values()}
    return living, mark and (mark.holder, mark.since and mark.since[0], mark.explicit)


@given(ENTRIES, st.integers(0, 12))
def test_what_is_settled_comes_to_the_same(story: list[Entry], oldest: int) -> None:
    """However often, and whichever company comes first; and what comes later finds the same."""
    left = settled(ELSEWHERE, settled(HERE, story, oldest), oldest)
    for told in (left, settled(HERE, left, oldest), _each_thinned(left)):
        for later in ([], [gone("C-1", 20)], [saved("C-2", 20)], [saved("C-3", 20, active=False), gone("C-2", 21)]):
            for company in (HERE, ELSEWHERE):
                then, now = Members(company, [*story, *later]), Members(company, [*told, *later])
                assert (now.living, now.mark and now.mark.holder) == (then.living, then.mark and then.mark.holder)


@given(ENTRIES)
def test_of_what_is_settled_two_entries_are_left_of_each_contact(story: list[Entry]) -> None:
    left = settled(ELSEWHERE, settled(HERE, story, 99), 99)
    for contact in ("C-1", "C-2", "C-3"):
        own = thinned(entry for entry in left if entry.contact == contact)
        assert len([entry for entry in own if entry.company]) <= 2
        assert len(own) <= 2 + 1 + RECENT


def _each_thinned(entries: list[Entry]) -> list[Entry]:
    contacts = {entry.contact for entry in entries}
    return [kept for each in contacts for kept in thinned(entry for entry in entries if entry.contact == each)]


def test_what_is_told_every_hour_does_not_pile_up() -> None:
    story = [saved(CLAIRE.id, hour, True if hour in (0, 40, 50) else None) for hour in range(100)]
    kept = thinned(story)
    assert kept == [story[0], story[50], *story[-RECENT:]]
    chosen_between = saved(BRUNO.id, 45, True)
    assert mark(*kept, chosen_between) == mark(*story, chosen_between) == given_to(CLAIRE.id, 50, explicit=True)
