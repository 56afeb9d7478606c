"""PX-2, C1 to C3: which contact of a company carries the primary mark."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.world import BRUNO, CLAIRE, ODILE, utc
from workers.domain.primary import PRIMARY_LOCKED, Mark, Marking, Member, Save, after_removal, after_save


def at(hour: int) -> datetime:
    return utc("2026-01-05T00:00") + timedelta(hours=hour)


def member(contact: str, since: int, active: bool = True) -> Member:
    return Member(contact, (at(since), since), active)


CLAIRE_IN = member(CLAIRE.id, 1)
BRUNO_IN = member(BRUNO.id, 2)
ODILE_IN = member(ODILE.id, 3)
CLAIRE_AS_FIRST = Mark(CLAIRE.id, at(1))


def saved(who: Member, hour: int, primary: bool | None = None) -> Save:
    return Save(who, at(hour), primary)


def test_c1_the_first_contact_is_primary_even_if_saved_with_primary_false() -> None:
    assert after_save(None, [], saved(CLAIRE_IN, 1, False)) == Marking(CLAIRE_AS_FIRST)
    assert after_save(None, [], saved(CLAIRE_IN, 1)) == Marking(CLAIRE_AS_FIRST)
    assert after_save(None, [], saved(CLAIRE_IN, 1, True)) == Marking(Mark(CLAIRE.id, at(1), explicit=True))


def test_c1_an_inactive_first_contact_is_primary_too() -> None:
    assert after_save(None, [], saved(member(CLAIRE.id, 1, active=False), 1)) == Marking(CLAIRE_AS_FIRST)


def test_c1_a_second_contact_that_says_nothing_gets_no_mark() -> None:
    assert after_save(CLAIRE_AS_FIRST, [CLAIRE_IN], saved(BRUNO_IN, 2)) == Marking(CLAIRE_AS_FIRST)
    assert after_save(CLAIRE_AS_FIRST, [CLAIRE_IN], saved(BRUNO_IN, 2, False)) == Marking(CLAIRE_AS_FIRST)


def test_c1_the_first_contact_told_late_takes_the_mark_nobody_asked_for() -> None:
    bruno_as_first = Mark(BRUNO.id, at(2))

    assert after_save(bruno_as_first, [BRUNO_IN], saved(CLAIRE_IN, 1, False)) == Marking(CLAIRE_AS_FIRST)


def test_c1_the_first_contact_told_late_never_takes_a_mark_somebody_asked_for() -> None:
    bruno_chosen = Mark(BRUNO.id, at(2), explicit=True)

    assert after_save(bruno_chosen, [BRUNO_IN], saved(CLAIRE_IN, 1)) == Marking(bruno_chosen)
    assert after_save(bruno_chosen, [BRUNO_IN], saved(CLAIRE_IN, 1, True)) == Marking(bruno_chosen)


def test_c2_unsetting_the_primary_keeps_the_mark_and_warns() -> None:
    locked = after_save(CLAIRE_AS_FIRST, [CLAIRE_IN, BRUNO_IN], saved(CLAIRE_IN, 5, False))

    assert locked == Marking(CLAIRE_AS_FIRST, PRIMARY_LOCKED)


def test_c2_saying_nothing_or_unsetting_before_the_mark_was_given_warns_nobody() -> None:
    chosen = Mark(CLAIRE.id, at(5), explicit=True)

    assert after_save(chosen, [CLAIRE_IN, BRUNO_IN], saved(CLAIRE_IN, 6)) == Marking(chosen)
    assert after_save(chosen, [CLAIRE_IN, BRUNO_IN], saved(CLAIRE_IN, 4, False)) == Marking(chosen)
    assert after_save(chosen, [CLAIRE_IN, BRUNO_IN], saved(BRUNO_IN, 6, False)) == Marking(chosen)


def test_c3_a_second_contact_saved_as_primary_takes_the_mark() -> None:
    chosen = Mark(BRUNO.id, at(2), explicit=True)

    assert after_save(CLAIRE_AS_FIRST, [CLAIRE_IN], saved(BRUNO_IN, 2, True)) == Marking(chosen)
    assert after_save(chosen, [CLAIRE_IN, BRUNO_IN], saved(CLAIRE_IN, 2, True)).mark == Mark(CLAIRE.id, at(2), True)


def test_c3_an_older_save_as_primary_comes_too_late() -> None:
    chosen = Mark(BRUNO.id, at(5), explicit=True)

    assert after_save(chosen, [CLAIRE_IN, BRUNO_IN], saved(ODILE_IN, 4, True)) == Marking(chosen)


def test_px2_the_oldest_active_contact_follows_a_removed_primary() -> None:
    asleep = member(BRUNO.id, 2, active=False)
    chosen = Mark(CLAIRE.id, at(7), explicit=True)

    assert after_removal(chosen, [ODILE_IN, asleep, member("C-4", 4)], CLAIRE.id) == Mark(ODILE.id, at(7))
    assert after_removal(chosen, [CLAIRE_IN, ODILE_IN], BRUNO.id) == chosen
    assert after_removal(None, [ODILE_IN], CLAIRE.id) is None


def test_px2_with_nobody_active_left_the_next_one_saved_active_gets_the_mark() -> None:
    asleep = member(BRUNO.id, 2, active=False)

    assert after_removal(CLAIRE_AS_FIRST, [asleep], CLAIRE.id) is None
    assert after_save(None, [asleep], saved(member(ODILE.id, 8, active=False), 8)) == Marking(None)
    assert after_save(None, [asleep], saved(member(ODILE.id, 8), 8)) == Marking(Mark(ODILE.id, at(8)))
    assert after_save(None, [asleep], saved(member(BRUNO.id, 2), 9)) == Marking(Mark(BRUNO.id, at(9)))


def test_px2_after_the_last_contact_was_removed_the_next_one_is_a_first_contact() -> None:
    assert after_removal(CLAIRE_AS_FIRST, [], CLAIRE.id) is None
    assert after_save(None, [], saved(member(ODILE.id, 8, active=False), 8)) == Marking(Mark(ODILE.id, at(8)))


def test_px2_an_inherited_mark_is_lost_to_who_was_chosen_before_the_removal() -> None:
    inherited = after_removal(Mark(CLAIRE.id, at(4), explicit=True), [BRUNO_IN, ODILE_IN], CLAIRE.id)

    assert inherited == Mark(BRUNO.id, at(4))
    assert after_save(inherited, [BRUNO_IN, ODILE_IN], saved(ODILE_IN, 5, True)).mark == Mark(ODILE.id, at(5), True)


def test_px2_an_older_contact_does_not_claim_an_inherited_mark_by_being_saved_again() -> None:
    asleep, awake = member(BRUNO.id, 2, active=False), member(BRUNO.id, 2)
    inherited = Mark(ODILE.id, at(4))

    assert after_save(inherited, [asleep, ODILE_IN], saved(awake, 9)) == Marking(inherited)


def test_px2_an_older_contact_does_not_claim_an_inherited_mark_by_a_save_told_late() -> None:
    asleep, awake, heir = member(BRUNO.id, 2, active=False), member(BRUNO.id, 2), member(ODILE.id, 6)
    inherited = Mark(ODILE.id, at(7))

    assert after_save(inherited, [asleep, heir], saved(awake, 4)) == Marking(inherited)


def test_px2_an_older_contact_that_comes_back_or_moves_in_claims_nothing() -> None:
    inherited, first = Mark(BRUNO.id, at(1)), Mark(BRUNO.id, at(2))

    assert after_save(inherited, [BRUNO_IN], saved(CLAIRE_IN, 9)) == Marking(inherited)
    assert after_save(first, [BRUNO_IN], saved(CLAIRE_IN, 9)) == Marking(first)


def test_px2_an_inactive_contact_told_late_is_passed_over_for_an_inherited_mark() -> None:
    inherited = Mark(ODILE.id, at(4))

    assert after_save(inherited, [ODILE_IN], saved(member(BRUNO.id, 2, active=False), 2)) == Marking(inherited)
    assert after_save(inherited, [ODILE_IN], saved(BRUNO_IN, 2)) == Marking(Mark(BRUNO.id, at(2)))


SAVES = st.lists(
    st.tuples(st.sampled_from(["C-1", "C-2", "C-3"]), st.integers(0, 99), st.sampled_from([None, False, True])),
    unique_by=lambda save: save[1],
    min_size=1,
    max_size=8,
)


def told(story: list[tuple[str, int, bool | None]]) -> Mark | None:
    members: dict[str, Member] = {}
    mark: Mark | None = None
    for contact, hour, primary in story:
        earlier = min(hour, members[contact].since[1]) if contact in members else hour
        now = member(contact, earlier)
        mark = after_save(mark, members.values(), Save(now, at(hour), primary)).mark
        members[contact] = now
    return mark


@given(st.data(), SAVES)
def test_c1_to_c3_the_mark_does_not_depend_on_the_order_of_arrival(
    data: st.DataObject, story: list[tuple[str, int, bool | None]]
) -> None:
    assert told(data.draw(st.permutations(story))) == told(sorted(story, key=lambda save: save[1]))
