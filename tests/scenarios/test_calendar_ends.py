"""Dates at the ends of the calendar through the simulation: 9999-12-31 is said for "open", 0001-01-01 for "unset"."""

from typing import Any

import pytest

from tests.scenarios import Event, event
from tests.scenarios.leads import CAST, JONAS, STORY, appointment, lead, process, sent, task
from tests.scenarios.office import ANNA, AT, company, contact, document, mailed, reader, told
from tests.scenarios.renewals import CLIENTS, PEOPLE, SUBJECT, partner, renewal
from tests.scenarios.renewals import company as client
from tests.scenarios.story import Case, answers_to, case_id, kept, mail, notice, simulate, z

L1 = "lead/L-1"
OPEN = "9999-12-31T23:59:59Z"
UNSET = "0001-01-01T00:00:00Z"
ZONES = ["UTC", "America/New_York", "Pacific/Kiritimati"]


def daily(zone: str) -> str:
    return f'[daily_run]\ntimezone = "{zone}"\nat = "00:00"\nlatest = "23:59"\n'


def set_up(*, open_until: str, **more: str) -> Event:
    """An appointment of the lead, entered on Monday at noon."""
    return event("lead.appointment_saved", z("06-01 12:00"), lead="L-1", id="A-1", starts_at=open_until, **more)


CASES = [
    Case(
        "LT-9 an appointment at the very end stops the lead",
        [*STORY, set_up(open_until=OPEN)],
        "06-10 12:00",
        [],
        {L1: ("stopped_future_appointment", None)},
    ),
    Case(
        "F12 when_clear: its end never comes",
        [*CAST, process(resume="when_clear"), lead(), set_up(open_until=z("06-02 12:00"), ends_at=OPEN)],
        "06-10 12:00",
        [],
        {L1: ("stopped_future_appointment", None)},
    ),
    Case(
        "F11 one that was set for the year 1 stops nothing",
        [*STORY, set_up(open_until=UNSET)],
        "06-03 12:00",
        [sent("06-03 07:00", 1, "first")],
        {L1: ("between_intervals", "06-10 07:00")},
    ),
    Case(
        "F3 entered at the end: never overdue",
        [*CAST, process(), lead(stage_entered_at=OPEN)],
        "06-03 12:00",
        [],
        {L1: ("not_overdue", None)},
    ),
    Case(
        "F5 entered in the year 1: overdue since",
        [*CAST, process(), lead(stage_entered_at=UNSET)],
        "06-02 12:00",
        [sent("06-02 07:00", 1, "first")],
        {L1: ("between_intervals", "06-09 07:00")},
    ),
    Case(
        "R20 a renewal at the end waits for its offsets",
        [*PEOPLE, partner(), client(), renewal(renews_on="9999-12-31")],
        "2026-06-01 12:00",
        [],
        {SUBJECT: ("next_offset", "9999-10-02 07:00")},
    ),
    Case(
        "R18 one of the year 1 had passed when it was heard of",
        [*CLIENTS, client(partner=None), renewal(renews_on="0001-01-01")],
        "2026-06-01 12:00",
        [],
        {SUBJECT: ("renewal_passed", None)},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_dates_at_the_ends(case: Case) -> None:
    case.check()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_dates_at_the_ends_break_nothing_in_any_zone(case: Case, zone: str) -> None:
    refs = list(case.answers or {})
    found = simulate(case.events, case.until, explain=refs, toml=daily(zone))
    assert [line["outcome"] for line in found.lines] in ([], ["sent"], ["sent", "sent"])
    assert {ref: answer for ref, (answer, _) in found.explained.items()} == {
        ref: answer for ref, (answer, _) in (case.answers or {}).items()
    }


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_document_of_any_date_is_mailed(day: str, zone: str) -> None:
    dated: dict[str, Any] = {"id": "55", "number": "7", "issued_on": day, "due_on": day}
    lines = told(company(timezone=zone), contact("C-1"), document("invoice.due", document=dated))
    assert lines == [mailed("invoice.due", "invoice/55", "toggle_on", reader(ANNA))]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Kiritimati", "America/New_York"])
def test_px10_a_link_issued_at_the_end_is_valid_to_the_end(zone: str) -> None:
    asked = event("contact.password_requested", z(AT), id="C-1", url="https://x.example.com/set", issued_at=OPEN)
    (line,) = told(company(timezone=zone), contact("C-1"), asked)
    assert line == notice(
        AT, "contact.set_password", "contact/C-1", "sent", "set_password",
        mails=[mail("contact.set_password", "fr", [ANNA[1]])], people=[kept("contact", *ANNA, "set_password")],
    )  # fmt: skip


def test_w5_a_link_of_the_year_1_has_expired() -> None:
    asked = event("contact.password_requested", z(AT), id="C-1", url="https://x.example.com/set", issued_at=UNSET)
    (line,) = told(company(), contact("C-1"), asked)
    assert (line["outcome"], line["reason"]) == ("suppressed", "link_expired")


def test_0_6_what_is_told_for_all_time_is_never_told_otherwise() -> None:
    """A state of the year 9999 is newer than all others; one of the year 1 older."""
    for time, name in ((OPEN, "sent"), (UNSET, None)):
        late = event("user.deactivated", time, id="U-1") | {"receivedat": z("06-01 12:00")}
        lines = simulate([*STORY, late], "06-03 12:00").lines
        assert [line["outcome"] for line in lines] == ["sent" if name is None else "suppressed"]


def test_the_clock_may_begin_in_the_year_1() -> None:
    """Years in which no run finds anything to look at cost nothing to speak of."""
    user = event("user.saved", UNSET, id="U-1", name="Jonas Keller", email=JONAS[1], language="de")
    assert simulate([user, process(), lead()], "06-03 12:00").lines == [sent("06-03 07:00", 1, "first")]


def test_the_clock_may_be_led_to_the_end() -> None:
    found = simulate([*PEOPLE, partner(), client(), renewal(renews_on="9999-12-31")], "9999-12-31 23:59:59.999999",
                     explain=[SUBJECT])  # fmt: skip
    assert [(line["at"], line["offset_days"]) for line in found.lines] == [
        ("9999-10-02T07:00:00Z", 90), ("9999-11-01T07:00:00Z", 60), ("9999-12-01T07:00:00Z", 30),
    ]  # fmt: skip
    assert found.explained == {SUBJECT: ("next_offset", None)}


REFUSED = [
    ("10000-01-01T00:00:00Z", "RFC 3339"),
    ("0000-12-31T23:59:59Z", "0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z"),
    ("9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z"),
    ("0001-01-01T00:59:59+01:00", "0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z"),
    ("9999-02-29T00:00:00Z", "exist in the calendar"),
]


@pytest.mark.parametrize(("starts_at", "says"), REFUSED)
def test_what_lies_beyond_is_refused_with_field_and_range(starts_at: str, says: str) -> None:
    (answer,) = answers_to([set_up(open_until=starts_at)])
    assert (answer.status, answer.pointer) == ("rejected", "/data/starts_at")
    assert says in (answer.detail or "")


def test_a_reminder_between_the_ends_is_as_ever() -> None:
    story = [*STORY, appointment("06-01 12:00", "2500-01-01 00:00"), task("created", "06-01 12:00")]
    assert simulate(story, "06-10 12:00").lines == []
