"""Visits from saves that arrive in any order (RULES 3, "visit"; 0.6)."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.leads import utc
from workers.domain.facts import Visit
from workers.domain.visits import CurrentVisit, LeadSave, compact, is_closed, visit_of

MONDAY = utc("2026-06-01T08:00")
NEW = LeadSave(MONDAY + timedelta(minutes=5), 1, "V-1", "S-1", MONDAY, "U-1")


def later(save: LeadSave, hours: int, **changes: object) -> LeadSave:
    return replace(save, time=save.time + timedelta(hours=hours), order=save.order + 1, **changes)  # type: ignore[arg-type]


def test_a_visit_begins_when_the_stage_was_entered() -> None:
    assert visit_of([NEW]) == CurrentVisit(Visit(MONDAY, "V-1", "S-1", "U-1", MONDAY), 1)


def test_a_save_that_changes_nothing_continues_the_visit() -> None:
    assert visit_of([NEW, later(NEW, 3), later(NEW, 5)]) == visit_of([NEW])


def test_f9_a_stage_change_begins_a_visit() -> None:
    tuesday = MONDAY + timedelta(days=1)
    moved = later(NEW, 30, stage="S-2", entered_at=tuesday)
    assert visit_of([NEW, moved]) == CurrentVisit(Visit(tuesday, "V-1", "S-2", "U-1", tuesday), 2)


def test_entering_the_same_stage_again_begins_a_visit() -> None:
    tuesday = MONDAY + timedelta(days=1)
    assert visit_of([NEW, later(NEW, 30, entered_at=tuesday)]).visit.begins_at == tuesday


def test_where_only_the_acceptor_changed_the_visit_begins_at_that_event() -> None:
    handed_over = later(NEW, 30, acceptor="U-2")
    assert visit_of([NEW, handed_over]) == CurrentVisit(Visit(handed_over.time, "V-1", "S-1", "U-2", MONDAY), 2)
    assert visit_of([NEW, handed_over, later(handed_over, 4)]) == visit_of([NEW, handed_over])


def test_where_stage_and_acceptor_changed_the_visit_begins_with_the_stage() -> None:
    tuesday = MONDAY + timedelta(days=1)
    moved = later(NEW, 30, stage="S-2", entered_at=tuesday, acceptor="U-2")
    assert visit_of([NEW, moved]).visit.begins_at == tuesday


def test_an_acceptor_who_gets_the_lead_back_begins_a_visit() -> None:
    lent = later(NEW, 1, acceptor="U-2")
    back = later(lent, 1, acceptor="U-1")
    assert visit_of([NEW, lent, back]).visit == Visit(back.time, "V-1", "S-1", "U-1", MONDAY)


def test_a_late_save_in_between_splits_the_visit() -> None:
    resaved = later(NEW, 10)
    late = replace(NEW, time=NEW.time + timedelta(hours=5), order=3, acceptor="U-2")
    assert visit_of([NEW, resaved, late]) == CurrentVisit(Visit(resaved.time, "V-1", "S-1", "U-1", MONDAY), 2)


def test_at_equal_times_the_later_arrival_wins() -> None:
    other = replace(NEW, order=2, stage="S-9")
    assert visit_of([other, NEW]).visit.stage == "S-9"


def test_a_lead_without_a_save_has_no_visit() -> None:
    with pytest.raises(ValueError, match="without a save"):
        visit_of([])


def test_f15_a_closed_lead_stays_closed_until_a_newer_visit() -> None:
    closed_at, order = NEW.time + timedelta(hours=1), 2
    moved = replace(NEW, time=closed_at, order=3, stage="S-2", entered_at=closed_at)
    assert is_closed(visit_of([NEW]), closed_at, order)
    assert is_closed(visit_of([NEW, later(NEW, 9)]), closed_at, order), "a mere save reopens nothing"
    assert not is_closed(visit_of([NEW, moved]), closed_at, order)
    assert is_closed(visit_of([NEW, moved]), closed_at, 4), "closed in the very instant, but heard of after it"


def test_f15_a_close_that_arrives_late_does_not_touch_a_newer_visit() -> None:
    moved = later(NEW, 30, stage="S-2", entered_at=MONDAY + timedelta(days=1))
    assert not is_closed(visit_of([NEW, moved]), MONDAY + timedelta(hours=2), 9)


saves = st.lists(
    st.builds(
        lambda hour, stage, entry, acceptor: (MONDAY + timedelta(hours=hour), stage, entry, acceptor),
        st.integers(0, 200),
        st.sampled_from(["S-1", "S-2"]),
        st.integers(0, 2),
        st.sampled_from(["U-1", "U-2", None]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda each: each[0],
)


def saved(drawn: list[tuple[datetime, str, int, str | None]]) -> list[LeadSave]:
    return [
        LeadSave(time, order, "V-1", stage, MONDAY - timedelta(days=entry), acceptor)
        for order, (time, stage, entry, acceptor) in enumerate(drawn)
    ]


@given(saves)
def test_the_visit_does_not_depend_on_the_order_of_arrival(drawn: list[tuple[datetime, str, int, str | None]]) -> None:
    arrivals = [saved(list(order)) for order in list(permutations(drawn))[:24]]
    assert len({visit_of(each).visit for each in arrivals}) == 1


@given(saves)
def test_what_compact_drops_is_never_missed(drawn: list[tuple[datetime, str, int, str | None]]) -> None:
    all_saves = saved(drawn)
    kept: list[LeadSave] = []
    for number, save in enumerate(all_saves, start=1):
        kept = list(compact([*kept, save]))
        assert visit_of(kept) == visit_of(all_saves[:number])
