"""What makes an event the same, newer or wrong: RULES 0.5 and 0.6, the envelope of EVENTS, the clock of simulate."""

import pytest

from tests.scenarios import Event, event
from tests.scenarios.leads import CAST, STORY, appointment, closed, jonas, lead, process, sent, task
from tests.scenarios.story import answers_to, simulate, z

FIRST = sent("06-03 07:00", 1, "first")


def statuses(events: list[Event]) -> list[tuple[str, str | None, str | None]]:
    return [(answer.status, answer.reason, answer.pointer) for answer in answers_to(events)]


def test_the_same_event_again_is_a_duplicate_whatever_the_writing_of_its_time_and_its_extensions() -> None:
    first = lead()
    again = first | {"time": "2026-06-01T11:00:00+02:00", "subject": "other", "receivedat": z("06-08 00:00")}
    reordered = first | {"data": dict(reversed(first["data"].items()))}
    assert [status for status, _, _ in statuses([*CAST, process(), first, again, reordered])][-3:] == [
        "accepted",
        "duplicate",
        "duplicate",
    ]


def test_another_content_under_a_known_id_is_refused_and_changes_nothing() -> None:
    first = lead()
    other = lead(stage="won") | {"id": first["id"]}
    later = lead(z("06-02 00:00")) | {"id": first["id"]}
    kind = closed("06-01 09:00") | {"id": first["id"]}
    found = statuses([*CAST, process(), first, other, later, kind])
    assert [(status, reason) for status, reason, _ in found[-3:]] == [("rejected", "event_id_reused")] * 3


def test_the_same_id_of_another_source_is_another_event() -> None:
    first = lead()
    other = closed("06-02 00:00") | {"id": first["id"], "source": "https://other.example.com"}
    assert simulate([*CAST, process(), first, other], "06-10 00:00").lines == []


def test_a_naive_time_is_refused_with_its_place() -> None:
    assert statuses([lead("2026-06-01T09:00:00")])[0][::2] == ("rejected", "/time")
    assert statuses([lead(stage_entered_at="2026-06-01T09:00:00")])[0][::2] == ("rejected", "/data/stage_entered_at")


def test_an_unknown_stage_of_a_known_process_is_refused_and_the_others_of_the_file_are_not() -> None:
    found = answers_to([*CAST, process(), lead(id="L-2", stage="nwe"), lead()])
    assert [answer.status for answer in found] == ["accepted"] * 3 + ["rejected", "accepted"]
    assert found[3].pointer == "/data/stage"


def test_unknown_fields_and_nulls_are_refused_with_their_place() -> None:
    assert statuses([lead(colour="red")])[0][::2] == ("rejected", "/data/colour")
    assert statuses([event("lead.saved", z("06-01 09:00"), **(lead()["data"] | {"title": None}))])[0][::2] == (
        "rejected",
        "/data/title",
    )
    assert statuses([event("lead.vanished", z("06-01 09:00"), id="L-1")])[0][::2] == ("rejected", "/type")


def test_references_to_come_are_warned_of_and_used_once_they_are_there() -> None:
    told = simulate([process(), lead(), jonas(z("06-05 00:00"))], "06-05 07:00")
    assert [[warning.pointer for warning in answer.warnings] for answer in told.answers[1:]] == [["/data/acceptor"], []]
    assert [(line["at"], line["reason"]) for line in told.lines] == [
        (z("06-03 07:00"), "no_lead_acceptor"),
        (z("06-05 07:00"), "follow_up_first"),
    ]


def test_until_is_inclusive_and_what_comes_later_is_checked_for_form_only() -> None:
    told = simulate([*STORY, closed("06-03 07:00:01")], "06-03 07:00")
    assert told.lines == [FIRST]
    without_outcome = event("lead.closed", z("06-03 07:00:01"), id="L-1")
    refused = [each for each in answers_to([*STORY, without_outcome], "06-03 07:00") if each.status == "rejected"]
    assert [(each.position, each.pointer) for each in refused] == [(len(STORY) + 1, "/data/outcome")]


def test_nothing_is_printed_for_what_is_only_stored_in_an_outage() -> None:
    told = simulate(STORY, "06-03 08:00", outages=[("06-03 06:00", "06-03 12:00")])
    assert told.lines == []


def test_events_of_one_instant_take_effect_in_the_order_of_the_file() -> None:
    at = z("06-02 12:00")
    off, on = (process(at, enabled=enabled, every=every) for enabled, every in ((False, "1 weeks"), (True, "1 weeks")))
    assert simulate([*STORY, off, on], "06-03 07:00").lines == [FIRST]
    assert simulate([*STORY, on, off], "06-03 07:00").lines == []


def test_the_same_input_gives_the_same_lines() -> None:
    stoppers = [appointment("06-04 12:00", "06-06 10:00"), task("created", "06-05 12:00")]
    story = [*STORY, *(lead(id=f"L-{number}") for number in range(2, 30)), *stoppers]
    first, again = (simulate(story, "06-20 00:00", explain=["lead/L-1"]) for _ in range(2))
    assert (first.lines, first.explained, first.answers) == (again.lines, again.explained, again.answers)
    assert len(first.lines) == 29 + 2 * 28


def begun_at(time: str) -> list[Event]:
    """A file whose events are all of one instant, about a lead that has been overdue for a day."""
    return [jonas(z(time)), process(z(time)), lead(z(time))]


@pytest.mark.parametrize(
    ("begins", "first"),
    [
        ("06-03 06:30", "06-03 12:00"),
        ("06-03 09:00", "06-03 12:00"),
        ("06-03 12:00", "06-03 12:00"),
        ("06-03 12:01", "06-04 07:00"),
    ],
)
def test_a_file_that_begins_in_an_outage_meets_the_run_that_was_swallowed(begins: str, first: str) -> None:
    outages = [("06-03 06:00", "06-03 08:00"), ("06-03 08:00", "06-03 12:00")]
    assert simulate(begun_at(begins), "06-05 00:00", outages=outages).lines == [sent(first, 1, "first")]


@pytest.mark.parametrize(
    ("begins", "first"),
    [("06-03 07:00", "06-03 07:00"), ("06-03 07:00:01", "06-04 07:00"), ("06-03 12:00", "06-04 07:00")],
)
def test_a_run_before_the_first_event_is_nobodys(begins: str, first: str) -> None:
    assert simulate(begun_at(begins), "06-05 00:00").lines == [sent(first, 1, "first")]


def test_no_event_in_time_is_no_line_and_nothing_is_known() -> None:
    told = simulate(STORY, "05-01 00:00", explain=["lead/L-1"])
    assert (told.lines, told.explained) == ([], {"lead/L-1": ("unknown", None)})
