"""RULES 0.13 through the simulation: what `--explain` answers while the run of the day is still to be made."""

from collections.abc import Sequence

import pytest

from tests.scenarios import Event, event
from tests.scenarios.leads import CAST, STORY, lead, process, sent, task
from tests.scenarios.renewals import STORY as RENEWAL_STORY
from tests.scenarios.renewals import SUBJECT, to_client
from tests.scenarios.story import Case, case_id, explained, simulate, z

L1, DUE = "lead/L-1", "2025-12-31 07:00"
MORNING = [("06-03 06:00", "06-03 15:00")]
WHOLE_DAY = [("06-03 06:00", "06-03 20:00")]
WEDNESDAYS = [("06-10 06:00", "06-10 15:00")]
WAITS, BETWEEN = "first_mail_next_day", "between_intervals"
FIRST = sent("06-03 07:00", 1, "first")
EARLY = (*CAST, process(), lead(stage_entered_at=z("06-02 03:00")))
"""Overdue on the very morning."""

CASES = [
    Case("before its minute", STORY, "06-03 06:59:59", [], {L1: (WAITS, "06-03 07:00")}, MORNING),
    Case("at its minute", STORY, "06-03 07:00", [], {L1: (WAITS, "06-03 07:00")}, MORNING),
    Case("F5 at noon", STORY, "06-03 12:00", [], {L1: (WAITS, "06-03 07:00")}, MORNING),
    Case("F5 made late", STORY, "06-03 15:00", [sent("06-03 15:00", 1, "first")], {L1: (BETWEEN, "06-10 07:00")},
         MORNING),
    Case("F5 made in time", STORY, "06-03 12:00", [FIRST], {L1: (BETWEEN, "06-10 07:00")}),
    Case("until latest", STORY, "06-03 17:59:59", [], {L1: (WAITS, "06-03 07:00")}, WHOLE_DAY),
    Case("from latest on", STORY, "06-03 18:00", [], {L1: (WAITS, "06-04 07:00")}, WHOLE_DAY),
    Case("F8 a grid day at noon", STORY, "06-10 12:00", [FIRST], {L1: (BETWEEN, "06-10 07:00")}, WEDNESDAYS),
    Case(
        "F8 a grid day made late",
        STORY,
        "06-10 15:00",
        [FIRST, sent("06-10 15:00", 2, "next")],
        {L1: (BETWEEN, "06-17 07:00")},
        WEDNESDAYS,
    ),
    Case("F7 another day at noon", STORY, "06-09 12:00", [FIRST], {L1: (BETWEEN, "06-10 07:00")},
         [("06-09 06:00", "06-09 15:00")]),
    Case("F4 overdue on that morning", EARLY, "06-03 12:00", [], {L1: (WAITS, "06-04 07:00")}, MORNING),
    Case(
        "F3 not overdue before the evening",
        (*CAST, process(), lead(stage_entered_at=z("06-02 16:00"))),
        "06-03 12:00",
        [],
        {L1: ("not_overdue", "06-04 07:00")},
        MORNING,
    ),
    Case(
        "F14 cleared on the day before",
        (*CAST, process(resume="when_clear"), lead(), task("created", "06-01 12:00"), task("completed", "06-02 12:00")),
        "06-03 12:00",
        [],
        {L1: (WAITS, "06-03 07:00")},
        MORNING,
    ),
    Case("F13 stopped in the outage", (*STORY, task("created", "06-03 11:00")), "06-03 12:00", [],
         {L1: ("stopped_task_created", None)}, MORNING),
    Case("F4 before F16, as on the day before", (*STORY, event("user.deactivated", z("06-03 11:00"), id="U-1")),
         "06-03 12:00", [], {L1: (WAITS, "06-03 07:00")}, MORNING),
    Case(
        "a zone of its own, in which the run is at 07:00 UTC",
        STORY,
        "06-03 12:00",
        [],
        {L1: (WAITS, "06-03 07:00")},
        MORNING,
        '[daily_run]\ntimezone = "Europe/Berlin"\nat = "09:00"\n',
    ),
    Case(
        "and its latest",
        STORY,
        "06-03 16:00",
        [],
        {L1: (WAITS, "06-04 07:00")},
        WHOLE_DAY,
        '[daily_run]\ntimezone = "Europe/Berlin"\nat = "09:00"\n',
    ),
    Case("R20 at noon", RENEWAL_STORY, "2025-12-31 12:00", [], {SUBJECT: ("next_offset", DUE)},
         [("2025-12-31 06:00", "2025-12-31 15:00")]),
    Case("R20 made late", RENEWAL_STORY, "2025-12-31 16:00", [to_client("2025-12-31 15:00", 90)],
         {SUBJECT: ("next_offset", "2026-01-30 07:00")}, [("2025-12-31 06:00", "2025-12-31 15:00")]),
    Case("R20 made in time", RENEWAL_STORY, "2025-12-31 12:00", [to_client(DUE, 90)],
         {SUBJECT: ("next_offset", "2026-01-30 07:00")}),
    Case("R20 lost", RENEWAL_STORY, "2025-12-31 18:00", [], {SUBJECT: ("next_offset", "2026-01-01 07:00")},
         [("2025-12-31 06:00", "2025-12-31 20:00")]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_explain_while_the_run_is_late(case: Case) -> None:
    case.check()


@pytest.mark.parametrize("until", ["06-03 12:00", "06-03 17:59"])
def test_a_fleet_that_begins_after_the_minute_has_made_its_run(until: str) -> None:
    """It found nothing: what is told afterwards waits for the next day, as `--explain` and the clock both say."""
    events = [each | {"receivedat": z("06-03 11:00")} for each in STORY]
    assert explained(events, L1, until) == (WAITS, z("06-04 07:00"))
    assert simulate(events, "06-04 07:00").lines == [sent("06-04 07:00", 1, "first")]


def every(outages: Sequence[tuple[str, str]], events: Sequence[Event], ref: str, hours: range) -> set[str | None]:
    return {explained(events, ref, f"06-{3 + hour // 24:02} {hour % 24:02}:00", outages=outages)[1] for hour in hours}


def test_what_is_foreseen_at_any_hour_of_the_outage_is_the_run_that_is_made() -> None:
    """The run that is made at 15:00 is that of 07:00."""
    assert every(MORNING, STORY, L1, range(15)) == {z("06-03 07:00")}
    assert every(MORNING, STORY, L1, range(15, 30)) == {z("06-10 07:00")}
