"""R17 to R20 and RULES 0.5: at which daily run an offset of a renewal date is due, and what the run makes of it."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import NORDWIND, RENEWAL, RENEWAL_CASE
from workers.domain.cases import RenewalCase
from workers.domain.facts import Renewal
from workers.domain.notices import RENEWAL_NOTICE, RENEWAL_REMINDER, DueRenewal
from workers.domain.reasons import Reason
from workers.domain.renewals import History, RenewalRules, decide, due_at_run, explain, next_day

RULES = RenewalRules()
NOTHING = History()
DAY = timedelta(days=1)
DATE = RENEWAL.renews_on
CLIENT = RENEWAL.company


def days(text: str) -> date:
    return date.fromisoformat(text)


def settled(*offsets: int) -> History:
    return History(settled=frozenset(offsets))


def mendable(*offsets: int) -> History:
    return History(mendable=frozenset(offsets))


def known(on: str, renews_on: date = DATE) -> Renewal:
    return replace(RENEWAL, renews_on=renews_on, known_on=days(on))


def due(offset: int, verdict: Reason | None = None, renews_on: date = DATE) -> DueRenewal:
    return DueRenewal(CLIENT, renews_on, offset, RENEWAL_NOTICE if offset == 90 else RENEWAL_REMINDER, verdict)


def lines(
    renewal: Renewal, day: str, history: History = NOTHING, rules: RenewalRules = RULES
) -> tuple[DueRenewal, ...]:
    return due_at_run(renewal, days(day), history, rules)


@pytest.mark.parametrize(
    ("renews_on", "due_days"),
    [
        ("2026-03-31", ["2025-12-31", "2026-01-30", "2026-03-01"]),
        ("2028-02-29", ["2027-12-01", "2027-12-31", "2028-01-30"]),
    ],
)
def test_the_date_vectors_of_the_rules(renews_on: str, due_days: list[str]) -> None:
    renewal = known("2025-11-03", days(renews_on))
    done: set[int] = set()
    for offset, day in zip((90, 60, 30), due_days, strict=True):
        assert next_day(renewal, settled(*done), days("2025-11-03"), RULES) == days(day)
        assert due_at_run(renewal, days(day) - DAY, settled(*done), RULES) == ()
        assert lines(renewal, day, settled(*done)) == (due(offset, renews_on=days(renews_on)),)
        done.add(offset)
    assert next_day(renewal, settled(*done), days("2025-11-03"), RULES) is None


def test_hs9_the_largest_configured_offset_is_the_notice() -> None:
    rules = RenewalRules(offsets=(14, 45))

    assert lines(known("2025-11-03"), "2026-02-14", NOTHING, rules) == (DueRenewal(CLIENT, DATE, 45, RENEWAL_NOTICE),)
    assert lines(known("2025-11-03"), "2026-03-17", settled(45), rules) == (
        DueRenewal(CLIENT, DATE, 14, RENEWAL_REMINDER),
    )


def test_an_offset_of_zero_makes_no_notice() -> None:
    rules = RenewalRules(offsets=(30, 0))

    assert lines(known("2025-11-03"), "2026-03-31", settled(30), rules) == ()
    assert next_day(known("2025-11-03"), settled(30), days("2026-03-01"), rules) is None


@pytest.mark.parametrize("renews_on", ["2026-03-30", "0001-01-01"])
def test_a_date_that_had_passed_when_it_became_known_makes_no_notice(renews_on: str) -> None:
    renewal = known("2026-03-31", days(renews_on))

    assert lines(renewal, "2026-03-31") == lines(replace(renewal, known_on=None), "2026-03-31") == ()
    assert next_day(renewal, NOTHING, days("2026-03-30"), RULES) is None


def test_the_last_day_of_the_calendar_is_a_date_like_any_other() -> None:
    renewal = known("9999-12-30", date.max)

    assert lines(renewal, "9999-12-31", settled(90, 60)) == (due(30, renews_on=date.max),)


def test_r17_a_later_date_has_its_own_offsets() -> None:
    moved = known("2026-01-15", days("2026-05-31"))

    assert lines(moved, "2026-03-02") == (due(90, renews_on=days("2026-05-31")),)


def test_r18_moved_earlier_one_catch_up_for_the_smallest_passed_offset() -> None:
    moved = known("2026-02-10")

    assert lines(moved, "2026-02-10") == (due(90, Reason.SKIPPED_LATE), due(60))


def test_r18_a_closed_renewal_takes_the_same_way() -> None:
    closed = replace(known("2026-02-10"), status="renewed")
    skipped, last = lines(closed, "2026-02-10")
    case = replace(RENEWAL_CASE, renewal=closed)

    assert (skipped, last) == (due(90, Reason.SKIPPED_LATE), due(60))
    assert decide(case, skipped, days("2026-02-10"), RULES).reason is Reason.SKIPPED_LATE
    assert decide(case, last, days("2026-02-10"), RULES).reason is Reason.RENEWAL_CLOSED


def test_r18_heard_of_on_the_renewal_date_itself_the_smallest_still_goes_out() -> None:
    assert lines(known("2026-03-31"), "2026-03-31") == (
        due(90, Reason.SKIPPED_LATE),
        due(60, Reason.SKIPPED_LATE),
        due(30),
    )


def test_r18_a_date_first_seen_at_this_run_becomes_known_today() -> None:
    assert lines(replace(RENEWAL, known_on=None), "2026-02-10") == (due(90, Reason.SKIPPED_LATE), due(60))


def test_r19_what_was_sent_for_a_date_is_not_sent_again_when_it_moves_back() -> None:
    back = known("2026-01-20")

    assert lines(back, "2026-01-20", settled(90)) == ()
    assert next_day(back, settled(90), days("2026-01-19"), RULES) == days("2026-01-30")


@pytest.mark.parametrize(
    ("day", "verdict"),
    [
        ("2026-03-01", None),
        ("2026-03-08", None),
        ("2026-03-09", Reason.SKIPPED_LATE),
        ("2026-03-31", Reason.SKIPPED_LATE),
        ("2026-04-01", Reason.EXPIRED),
        ("2026-07-01", Reason.EXPIRED),
    ],
)
def test_r20_after_an_outage_within_catchup_days_then_late_then_expired(day: str, verdict: Reason | None) -> None:
    assert lines(known("2025-11-03"), day, settled(90, 60)) == (due(30, verdict),)


def test_r20_a_window_never_reaches_beyond_the_renewal_date() -> None:
    rules = RenewalRules(offsets=(3,), catchup_days=7)

    assert [line.verdict for line in lines(known("2025-11-03"), "2026-03-31", NOTHING, rules)] == [None]
    assert [line.verdict for line in lines(known("2025-11-03"), "2026-04-01", NOTHING, rules)] == [Reason.EXPIRED]


def test_r20_catchup_counts_from_the_day_the_date_became_known() -> None:
    renewal = known("2026-01-10")

    assert lines(renewal, "2026-01-17") == (due(90),)
    assert lines(renewal, "2026-01-18") == (due(90, Reason.SKIPPED_LATE),)


def test_r20_no_catch_up_at_all_when_the_window_is_one_day() -> None:
    rules = RenewalRules(catchup_days=0)

    assert lines(known("2025-11-03"), "2025-12-31", NOTHING, rules) == (due(90),)
    assert lines(known("2025-11-03"), "2026-01-01", NOTHING, rules) == (due(90, Reason.SKIPPED_LATE),)


def test_0_5_a_mendable_suppression_is_decided_again_while_its_window_lasts() -> None:
    renewal = known("2025-11-03")

    assert lines(renewal, "2026-01-01", mendable(90)) == (due(90),)
    assert lines(renewal, "2026-01-07", mendable(90)) == (due(90),)
    assert lines(renewal, "2026-01-08", mendable(90)) == ()
    assert next_day(renewal, mendable(90), days("2025-12-31"), RULES) == days("2026-01-01")
    assert next_day(renewal, mendable(90), days("2026-01-07"), RULES) == days("2026-01-30")


def test_0_5_a_mendable_one_leaves_no_line_after_the_renewal_date() -> None:
    assert lines(known("2026-03-30"), "2026-04-01", History(frozenset({90, 60}), frozenset({30}))) == ()


def test_0_5_a_mendable_one_gives_way_for_good_to_a_smaller_one() -> None:
    rules = RenewalRules(offsets=(10, 8))

    assert lines(known("2025-11-03"), "2026-03-23", mendable(10), rules) == (
        DueRenewal(CLIENT, DATE, 10, RENEWAL_NOTICE, Reason.SKIPPED_LATE),
        DueRenewal(CLIENT, DATE, 8, RENEWAL_REMINDER),
    )


def answer(
    renewal: Renewal, history: History = NOTHING, at: str = "2025-12-15", run: str | None = None, **facts: object
) -> tuple[Reason, date | None]:
    case: RenewalCase = replace(RENEWAL_CASE, renewal=renewal, **facts)  # type: ignore[arg-type]
    return explain(case, history, days(at), days(run) if run else days(at), RULES)


def test_explain_names_what_ended_a_renewal() -> None:
    company = replace(RENEWAL_CASE.company, deleted=True)  # type: ignore[type-var]
    closed = replace(RENEWAL, status="confirmed")

    assert answer(closed, company=company, at="2026-04-01") == (Reason.COMPANY_DELETED, None)
    assert answer(closed, at="2026-04-01") == (Reason.RENEWAL_CLOSED, None)
    assert answer(RENEWAL, at="2026-04-01") == (Reason.RENEWAL_PASSED, None)


def test_explain_names_the_day_of_the_next_try() -> None:
    assert answer(RENEWAL) == (Reason.NEXT_OFFSET, days("2025-12-31"))
    assert answer(RENEWAL, settled(90, 60), at="2026-03-04") == (Reason.NEXT_OFFSET, days("2026-03-04"))
    assert answer(RENEWAL, settled(90, 60), at="2026-03-04", run="2026-03-05") == (
        Reason.NEXT_OFFSET,
        days("2026-03-05"),
    )
    assert answer(replace(RENEWAL, known_on=None), at="2026-02-10", run="2026-02-11") == (
        Reason.NEXT_OFFSET,
        days("2026-02-11"),
    )


def test_explain_foresees_nothing_where_no_offset_will_be_tried() -> None:
    assert answer(RENEWAL, settled(90, 60, 30), at="2026-03-04") == (Reason.NEXT_OFFSET, None)
    assert answer(RENEWAL, settled(90, 60), at="2026-03-09") == (Reason.NEXT_OFFSET, None)
    assert answer(RENEWAL, settled(90, 60), at="2026-03-31", run="2026-04-01") == (Reason.NEXT_OFFSET, None)
    assert answer(replace(RENEWAL, known_on=None), at="2026-03-31", run="2026-04-01") == (Reason.NEXT_OFFSET, None)


def test_explain_counts_a_mendable_offset_only_once_it_was_mended() -> None:
    without = replace(NORDWIND, renewal_owner="partner", point_of_contact=None)
    mended = replace(without, point_of_contact="U-1")

    assert answer(RENEWAL, mendable(90), at="2026-01-02", partner=without) == (Reason.NEXT_OFFSET, days("2026-01-30"))
    assert answer(RENEWAL, mendable(90), at="2026-01-02", partner=mended) == (Reason.NEXT_OFFSET, days("2026-01-02"))
    assert answer(RENEWAL, mendable(90), at="2026-01-08", partner=mended) == (Reason.NEXT_OFFSET, days("2026-01-30"))


SPRING = days("2026-03-01")
SPRING_DAYS = st.integers(0, 60).map(lambda n: SPRING + n * DAY)
SOME_RULES = st.builds(
    RenewalRules,
    offsets=st.lists(st.integers(0, 25), min_size=1, max_size=4, unique=True).map(tuple),
    catchup_days=st.integers(0, 9),
)


@st.composite
def histories(draw: st.DrawFn, rules: RenewalRules) -> History:
    fates = draw(st.tuples(*(st.sampled_from(["none", "settled", "mendable"]) for _ in rules.offsets)))
    by_fate = list(zip(rules.offsets, fates, strict=True))
    return History(
        frozenset(offset for offset, fate in by_fate if fate == "settled"),
        frozenset(offset for offset, fate in by_fate if fate == "mendable"),
    )


@given(st.data(), SOME_RULES, SPRING_DAYS, st.none() | SPRING_DAYS, SPRING_DAYS)
def test_next_day_is_what_walking_day_by_day_finds(
    data: st.DataObject, rules: RenewalRules, renews_on: date, known_on: date | None, after: date
) -> None:
    history = data.draw(histories(rules))
    renewal = replace(RENEWAL, renews_on=renews_on, known_on=known_on)
    seen = replace(renewal, known_on=known_on or after + DAY)
    walked = next((after + n * DAY for n in range(1, 90) if due_at_run(seen, after + n * DAY, history, rules)), None)

    assert next_day(renewal, history, after, rules) == walked


@dataclass
class Ledger:
    """What a fleet would have on record for one renewal while its date moves and runs fail to take place."""

    renewal: Renewal
    rules: RenewalRules
    settled: set[tuple[date, int]] = field(default_factory=set)
    mendable: set[tuple[date, int]] = field(default_factory=set)
    sent: list[tuple[date, date, int]] = field(default_factory=list)
    final: list[tuple[date, int]] = field(default_factory=list)

    @property
    def history(self) -> History:
        of_this_date = self.renewal.renews_on
        return History(
            frozenset(offset for renews_on, offset in self.settled if renews_on == of_this_date),
            frozenset(offset for renews_on, offset in self.mendable if renews_on == of_this_date),
        )

    def move(self, to: date) -> None:
        if to != self.renewal.renews_on:
            self.renewal = replace(self.renewal, renews_on=to, known_on=None)

    def run(self, day: date, mended: bool) -> None:
        self.renewal = replace(self.renewal, known_on=self.renewal.known_on or day)
        for line in due_at_run(self.renewal, day, self.history, self.rules):
            self.record(day, line, mended)

    def record(self, day: date, line: DueRenewal, mended: bool) -> None:
        occurrence = (line.renews_on, line.offset)
        if line.verdict is None and not mended:
            self.mendable.add(occurrence)
            return
        self.settled.add(occurrence)
        if line.verdict is None:
            self.sent.append((day, *occurrence))
        else:
            self.final.append(occurrence)


DATES = st.sampled_from([SPRING + n * DAY for n in (5, 12, 20, 33, 41)])
EVERY_DAY = st.tuples(st.none() | DATES, st.sampled_from(["run", "run", "run", "mend later", "outage"]))


@given(SOME_RULES, DATES, st.lists(EVERY_DAY, min_size=20, max_size=50))
def test_r17_to_r20_whatever_moves_and_fails_an_offset_is_sent_at_most_once_a_date(
    rules: RenewalRules, renews_on: date, story: list[tuple[date | None, str]]
) -> None:
    ledger = Ledger(replace(RENEWAL, renews_on=renews_on, known_on=None), rules)
    for day, (moved_to, fate) in zip((SPRING + n * DAY for n in range(60)), story, strict=False):
        ledger.move(moved_to or ledger.renewal.renews_on)
        if fate != "outage":
            ledger.run(day, mended=fate == "run")

    occurrences = Counter((renews_on, offset) for _, renews_on, offset in ledger.sent)
    assert all(count == 1 for count in occurrences.values())
    assert all(count == 1 for count in Counter(day for day, _, _ in ledger.sent).values())
    assert all(count == 1 for count in (occurrences + Counter(ledger.final)).values())
    assert all(renews_on - offset * DAY <= day <= renews_on for day, renews_on, offset in ledger.sent)


@given(SOME_RULES, DATES, st.lists(EVERY_DAY, min_size=20, max_size=50))
def test_r20_a_fleet_that_wakes_on_next_day_only_records_what_one_that_looks_daily_does(
    rules: RenewalRules, renews_on: date, story: list[tuple[date | None, str]]
) -> None:
    daily = Ledger(replace(RENEWAL, renews_on=renews_on, known_on=None), rules)
    waking = Ledger(daily.renewal, rules)
    wakes_on: date | None = SPRING
    for day, (moved_to, fate) in zip((SPRING + n * DAY for n in range(60)), story, strict=False):
        if moved_to and moved_to != daily.renewal.renews_on:
            daily.move(moved_to)
            waking.move(moved_to)
            wakes_on = day
        if fate == "outage":
            continue
        daily.run(day, mended=fate == "run")
        if wakes_on and wakes_on <= day:
            waking.run(day, mended=fate == "run")
            wakes_on = next_day(waking.renewal, waking.history, day, rules)

    assert (waking.sent, waking.final, waking.mendable) == (daily.sent, daily.final, daily.mendable)


ANY_DAY = st.one_of(
    st.integers(0, 200).map(lambda away: date.min + timedelta(days=away)),
    st.integers(0, 200).map(lambda away: date.max - timedelta(days=away)),
    st.dates(),
)


@given(st.data(), SOME_RULES, ANY_DAY, st.none() | ANY_DAY, ANY_DAY)
def test_no_date_of_the_calendar_breaks_a_rule(
    data: st.DataObject, rules: RenewalRules, renews_on: date, known_on: date | None, after: date
) -> None:
    history = data.draw(histories(rules))
    renewal = replace(RENEWAL, renews_on=renews_on, known_on=known_on)
    found = next_day(renewal, history, after, rules)
    assert found is None or found > after or after == date.max
    for due in due_at_run(renewal, after, history, rules):
        decide(replace(RENEWAL_CASE, renewal=renewal), due, after, rules)
    _, foreseen = explain(replace(RENEWAL_CASE, renewal=renewal), history, after, after, rules)
    assert foreseen is None or after <= foreseen <= max(renews_on, known_on or after)
