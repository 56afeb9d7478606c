"""F20: since when a process is as it is, whatever the order in which its saves arrive."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.world import utc
from workers.domain.process_saves import ProcessSave, compact, in_order, of_before, since
from workers.domain.thinning import RECENT


def at(hour: int) -> datetime:
    return utc("2026-06-01T00:00") + timedelta(hours=hour)


def save(hour: int, **says: str | None) -> ProcessSave:
    return ProcessSave(at(hour), hour, says)


WEEKLY, FORTNIGHTLY = save(1, cadence="7d", new="1d"), save(2, cadence="14d", new="1d")
WEEKLY_AGAIN = save(3, cadence="7d", new="1d")


def test_f20_saying_the_same_again_changes_nothing() -> None:
    assert since([WEEKLY, WEEKLY_AGAIN], "cadence") == at(1)


def test_f20_a_change_that_is_taken_back_is_a_change_and_told_late_too() -> None:
    told_late = in_order([WEEKLY, WEEKLY_AGAIN, FORTNIGHTLY])
    assert (since(told_late, "cadence"), since(told_late, "new")) == (at(3), at(1))


def test_f20_a_stage_that_was_away_has_its_duration_since_it_is_back() -> None:
    assert since([WEEKLY, save(2, cadence="7d"), WEEKLY_AGAIN], "new") == at(3)


def test_f20_a_stage_without_duration_is_not_a_stage_that_is_not_there() -> None:
    assert since([save(1, cadence=None, new=None), save(2, cadence=None, new=None)], "new") == at(1)
    assert since([save(1, cadence=None), save(2, cadence=None, new=None)], "new") == at(2)


def test_f20_at_equal_times_the_later_arrival_is_the_newer_one() -> None:
    both = [ProcessSave(at(1), 2, {"cadence": "14d"}), ProcessSave(at(1), 1, {"cadence": "7d"})]
    assert [each.order for each in in_order(both)] == [1, 2]


STORIES = st.lists(
    st.fixed_dictionaries(
        {"cadence": st.sampled_from(["7d", "14d"])}, optional={"new": st.sampled_from(["1d", "2d", None])}
    ),
    min_size=1,
    max_size=RECENT,
).map(lambda told: [ProcessSave(at(hour), hour, says) for hour, says in enumerate(told)])


@given(st.data(), STORIES)
def test_what_compact_drops_is_never_missed(data: st.DataObject, story: list[ProcessSave]) -> None:
    """Of as many saves as are kept in any case nothing can be missed, in whatever order they arrive."""
    kept: list[ProcessSave] = []
    for arrived in data.draw(st.permutations(story)):
        kept = compact(in_order([*kept, arrived]))
    assert _facts(kept) == _facts(story)


@given(STORIES, st.integers(1, 50))
def test_told_in_order_any_number_of_saves_comes_to_the_same(story: list[ProcessSave], more: int) -> None:
    repeated = [*story, *(ProcessSave(at(100 + n), 100 + n, story[-1].says) for n in range(more))]
    kept: list[ProcessSave] = []
    for arrived in repeated:
        kept = compact([*kept, arrived])
    assert _facts(kept) == _facts(repeated)
    assert len(kept) <= RECENT + 2 * len(story[-1].says)


@given(STORIES)
def test_a_process_whose_saves_were_not_kept_is_as_it_is_since_the_same_times(story: list[ProcessSave]) -> None:
    assert _facts(in_order(of_before(story[-1], _facts(story)))) == _facts(story)


def _facts(ordered: list[ProcessSave]) -> dict[str, datetime]:
    return {aspect: since(ordered, aspect) for aspect in ordered[-1].says}
