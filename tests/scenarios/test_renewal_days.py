"""When a renewal notice goes out: R15 to R20, RULES 0.5 and 0.13, dates that move, and what `--explain` answers."""

import pytest

from tests.scenarios import Event, event
from tests.scenarios.renewals import (
    NO_POC,
    PEOPLE,
    STORY,
    SUBJECT,
    company,
    partner,
    renewal,
    suppressed,
    switch,
    to_client,
    to_partner,
)
from tests.scenarios.story import Case, Line, case_id, dropped, simulate, z

DUE = "2025-12-31 07:00"
CAST = (*PEOPLE, partner(), company())
NO_CONTACTS = [dropped(role, None, None, "role_missing") for role in ("main", "billing", "decision_maker")]
SMALL = "[renewals]\noffsets_days = [5, 3]\n"
NEAR = renewal(z("03-20 00:00"), renews_on="2026-03-31")
"""With offsets of 5 and 3 days: due on 26 and 28 March."""


def off_and_on(off: str, on: str) -> tuple[Event, Event]:
    """A reason that people can mend, and that they mend."""
    return switch(off, "renewal.notice", False), switch(on, "renewal.notice", True)


def reminder(at: str, offset: int) -> Line:
    return to_client(at, offset, kind="renewal.reminder")


def skipped(at: str, offset: int) -> Line:
    kind = "renewal.notice" if offset == 5 else None
    return suppressed(at, offset, "skipped_late", kind=kind)


RUNS = [
    Case(
        "R20 back on day 7",
        STORY,
        "2026-01-07 07:00",
        [to_client("2026-01-07 07:00", 90)],
        outages=[("2025-12-30 12:00", "2026-01-07 06:00")],
    ),
    Case(
        "R20 back on day 7, late",
        STORY,
        "2026-01-08 07:00",
        [to_client("2026-01-07 17:59:59", 90)],
        outages=[("2025-12-30 12:00", "2026-01-07 17:59:59")],
    ),
    Case(
        "R20 back on day 7, too late",
        STORY,
        "2026-01-09 07:00",
        [skipped("2026-01-08 07:00", 90)],
        outages=[("2025-12-30 12:00", "2026-01-07 18:00")],
    ),
    Case(
        "0.13 made late on its day",
        STORY,
        "2026-01-01 07:00",
        [to_client("2025-12-31 09:15", 90)],
        outages=[("2025-12-31 07:00", "2025-12-31 09:15")],
    ),
    Case(
        "R20 no catch-up days",
        STORY,
        "2026-01-02 07:00",
        [skipped("2026-01-01 07:00", 90)],
        outages=[("2025-12-31 00:00", "2026-01-01 00:00")],
        toml="[renewals]\ncatchup_days = 0",
    ),
    Case(
        "R20 no catch-up days, but the same day",
        STORY,
        "2026-01-02 07:00",
        [to_client("2025-12-31 12:00", 90)],
        outages=[("2025-12-31 00:00", "2025-12-31 12:00")],
        toml="[renewals]\ncatchup_days = 0",
    ),
    Case(
        "R20 down over two due days: the smallest goes out",
        STORY,
        "2026-02-02 07:00",
        [skipped("2026-01-31 07:00", 90), to_client("2026-01-31 07:00", 60)],
        outages=[("2025-12-30 12:00", "2026-01-31 00:00")],
    ),
    Case(
        "R20 saved again with the same date while the fleet was down: it was known before",
        [*STORY, renewal(z("2026-01-05 12:00"), product="Sales Hub")],
        "2026-01-09 07:00",
        [skipped("2026-01-08 07:00", 90)],
        outages=[("2025-12-30 12:00", "2026-01-08 00:00")],
    ),
    Case(
        "R20 on the renewal date itself it still goes out",
        [*CAST, NEAR],
        "2026-04-01 07:00",
        [skipped("03-31 07:00", 5), reminder("03-31 07:00", 3)],
        outages=[("03-25 12:00", "03-31 00:00")],
        toml=SMALL,
    ),
    Case(
        "R20 after the renewal date: expired",
        [*CAST, NEAR],
        "2026-04-02 07:00",
        [
            suppressed("04-01 07:00", 5, "expired", kind="renewal.notice"),
            suppressed("04-01 07:00", 3, "expired", kind="renewal.reminder"),
        ],
        outages=[("03-25 12:00", "04-01 00:00")],
        toml=SMALL,
    ),
    Case(
        "0.5 a suppression that was mended on day 7",
        [*STORY, *off_and_on("2025-12-30 12:00", "2026-01-07 06:59:59")],
        "2026-01-10 07:00",
        [suppressed(DUE, 90, "template_disabled"), to_client("2026-01-07 07:00", 90)],
    ),
    Case(
        "0.5 a suppression that was mended after day 7: no further line",
        [*STORY, *off_and_on("2025-12-30 12:00", "2026-01-07 07:00:01")],
        "2026-01-10 07:00",
        [suppressed(DUE, 90, "template_disabled")],
        {SUBJECT: ("next_offset", "2026-01-30 07:00")},
    ),
    Case(
        "0.5 a suppression, and the fleet was down when its days ran out: no further line",
        [*STORY, *off_and_on("2025-12-30 12:00", "2026-01-05 12:00")],
        "2026-01-10 07:00",
        [suppressed(DUE, 90, "template_disabled")],
        outages=[("2026-01-02 00:00", "2026-01-09 00:00")],
    ),
    Case(
        "0.5 one line a reason, then mended",
        [
            *STORY,
            switch("2025-12-30 12:00", "renewal.notice", False),
            partner(z("2026-01-01 12:00"), renewal_owner="partner", point_of_contact=None),
            partner(z("2026-01-03 12:00")),
            partner(z("2026-01-04 12:00"), renewal_owner="partner"),
        ],
        "2026-01-10 07:00",
        [
            suppressed(DUE, 90, "template_disabled"),
            suppressed("2026-01-02 07:00", 90, "no_point_of_contact", [NO_POC]),
            to_partner("2026-01-05 07:00", 90, "partner_owner_default"),
        ],
    ),
    Case(
        "0.5 suppressed for something mendable, then closed: final, and not back when reopened",
        [
            *STORY,
            *off_and_on("2025-12-30 12:00", "2026-01-01 12:00"),
            renewal(z("2026-01-01 13:00"), status="confirmed"),
            renewal(z("2026-01-02 12:00")),
        ],
        "2026-01-10 07:00",
        [suppressed(DUE, 90, "template_disabled"), suppressed("2026-01-02 07:00", 90, "renewal_closed")],
    ),
    Case(
        "0.5 suppressed until the next offset is due as well",
        [
            *CAST,
            NEAR,
            *(switch("03-21 00:00", name, False) for name in ("renewal.notice", "renewal.reminder")),
            switch("03-29 12:00", "renewal.reminder", True),
            switch("03-29 12:00", "renewal.notice", True),
        ],
        "04-05 07:00",
        [
            suppressed("03-26 07:00", 5, "template_disabled", kind="renewal.notice"),
            skipped("03-28 07:00", 5),
            suppressed("03-28 07:00", 3, "template_disabled"),
            reminder("03-30 07:00", 3),
        ],
        toml=SMALL,
    ),
    Case(
        "an unknown company: nobody to write to until it is sent",
        [*PEOPLE, partner(), renewal(), company(z("2026-01-01 12:00"))],
        "2026-01-02 07:00",
        [suppressed(DUE, 90, "no_client_recipients", NO_CONTACTS), to_client("2026-01-02 07:00", 90)],
    ),
]

HEARD_LATE = [
    Case(
        "R18 two offsets past",
        [*CAST, renewal(z("02-01 12:00"))],
        "03-01 07:00",
        [skipped("02-02 07:00", 90), to_client("02-02 07:00", 60), to_client("03-01 07:00", 30)],
    ),
    Case(
        "R18 all offsets past, heard at the very instant of a run",
        [*CAST, renewal(z("03-10 07:00"))],
        "03-12 07:00",
        [skipped("03-10 07:00", 90), skipped("03-10 07:00", 60), to_client("03-10 07:00", 30)],
        {SUBJECT: ("next_offset", None)},
    ),
    Case(
        "R18 heard on the renewal date, before the run",
        [*CAST, renewal(z("03-31 06:00"))],
        "04-02 07:00",
        [skipped("03-31 07:00", 90), skipped("03-31 07:00", 60), to_client("03-31 07:00", 30)],
    ),
    Case(
        "heard on the renewal date, after the run: nothing at all",
        [*CAST, renewal(z("03-31 07:00:01"))],
        "04-03 07:00",
        [],
        {SUBJECT: ("renewal_passed", None)},
    ),
    Case(
        "heard before, but no run takes place until the date is over: nothing at all",
        [*CAST, renewal(z("03-30 12:00"))],
        "04-03 07:00",
        [],
        outages=[("03-30 13:00", "04-01 00:00")],
    ),
    Case(
        "R20 heard late, and down for long: known on the first day on which a run really takes place",
        [*CAST, renewal(z("02-01 12:00"))],
        "02-21 07:00",
        [skipped("02-20 07:00", 90), to_client("02-20 07:00", 60)],
        outages=[("02-01 13:00", "02-20 00:00")],
    ),
    Case(
        "heard on the renewal date during an outage: that day's run, made late, is the first one",
        [*CAST, renewal(z("2025-12-31 10:00"), renews_on="2025-12-31")],
        "2026-01-02 07:00",
        [skipped("2025-12-31 12:00", 90), skipped("2025-12-31 12:00", 60), to_client("2025-12-31 12:00", 30)],
        outages=[("2025-12-31 06:00", "2025-12-31 12:00")],
    ),
    Case(
        "R18 its company deleted",
        [*CAST, event("company.deleted", z("02-01 11:00"), id="K-1"), renewal(z("02-01 12:00"))],
        "02-03 07:00",
        [skipped("02-02 07:00", 90), suppressed("02-02 07:00", 60, "company_deleted")],
    ),
    Case(
        "R18 of a closed renewal",
        [*CAST, renewal(z("02-01 12:00"), status="renewed")],
        "02-03 07:00",
        [skipped("02-02 07:00", 90), suppressed("02-02 07:00", 60, "renewal_closed")],
    ),
    Case(
        "R18 the smallest is suppressed, and mended within seven days of the day it was heard",
        [
            *CAST,
            switch("02-01 00:00", "renewal.reminder", False),
            renewal(z("02-01 12:00")),
            switch("02-09 06:00", "renewal.reminder", True),
        ],
        "02-12 07:00",
        [skipped("02-02 07:00", 90), suppressed("02-02 07:00", 60, "template_disabled"), to_client("02-09 07:00", 60)],
    ),
    Case(
        "0.6 an older date that arrives later changes nothing",
        [*STORY, renewal(z("2025-12-28 00:00"), renews_on="2026-06-30") | {"receivedat": z("2025-12-30 00:00")}],
        DUE,
        [to_client(DUE, 90)],
    ),
    Case(
        "0.6 R18 what counts is the arrival: a date set long ago and sent today",
        [*CAST, renewal(z("2025-12-01 00:00")) | {"receivedat": z("02-01 12:00")}],
        "02-02 07:00",
        [skipped("02-02 07:00", 90), to_client("02-02 07:00", 60)],
    ),
]

MOVED = [
    Case(
        "R17 later, after the first notice: the new date has its own",
        [*STORY, renewal(z("2026-01-05 12:00"), renews_on="2026-04-30")],
        "03-01 07:00",
        [to_client(DUE, 90), to_client("01-30 07:00", 90), to_client("03-01 07:00", 60)],
    ),
    Case(
        "R17 later, a second before the run",
        [*STORY, renewal(z("2025-12-31 06:59:59"), renews_on="2026-04-30")],
        "01-10 07:00",
        [],
    ),
    Case(
        "R17 later, at the very instant of the run",
        [*STORY, renewal(z(DUE), renews_on="2026-04-30")],
        "01-10 07:00",
        [],
    ),
    Case(
        "R17 later, and back before the old offset is due",
        [*STORY, renewal(z("2025-12-29 12:00"), renews_on="2026-04-30"), renewal(z("2025-12-30 12:00"))],
        DUE,
        [to_client(DUE, 90)],
    ),
    Case(
        "R18 earlier: one offset past, one due today",
        [*CAST, renewal(renews_on="2026-06-30"), renewal(z("2025-12-30 12:00"), renews_on="2026-03-01")],
        "01-30 07:00",
        [skipped(DUE, 90), to_client(DUE, 60), to_client("01-30 07:00", 30)],
    ),
    Case(
        "R18 earlier, into the past: nothing",
        [*CAST, renewal(renews_on="2026-06-30"), renewal(z("2025-12-30 12:00"), renews_on="2025-12-30")],
        "01-10 07:00",
        [],
        {SUBJECT: ("renewal_passed", None)},
    ),
    Case(
        "R18 earlier, to the day of the next run",
        [*CAST, renewal(renews_on="2026-06-30"), renewal(z("2025-12-30 12:00"), renews_on="2025-12-31")],
        "01-10 07:00",
        [skipped(DUE, 90), skipped(DUE, 60), to_client(DUE, 30)],
    ),
    Case(
        "R19 moved and back: what was sent is not sent again",
        [*STORY, renewal(z("2026-01-02 12:00"), renews_on="2026-05-31"), renewal(z("2026-01-05 12:00"))],
        "01-30 07:00",
        [to_client(DUE, 90), to_client("01-30 07:00", 60)],
    ),
    Case(
        "R19 moved and back after the second offset: that one is caught up",
        [*STORY, renewal(z("2026-01-20 12:00"), renews_on="2026-09-30"), renewal(z("2026-02-10 12:00"))],
        "03-01 07:00",
        [to_client(DUE, 90), to_client("02-11 07:00", 60), to_client("03-01 07:00", 30)],
    ),
    Case(
        "R19 moved and back within an hour before the run",
        [*STORY, renewal(z("2025-12-31 05:00"), renews_on="2026-05-31"), renewal(z("2025-12-31 06:00"))],
        "01-10 07:00",
        [to_client(DUE, 90)],
    ),
    Case(
        "R19 moved and back within an hour after the run",
        [*STORY, renewal(z("2025-12-31 08:00"), renews_on="2026-05-31"), renewal(z("2025-12-31 09:00"))],
        "01-10 07:00",
        [to_client(DUE, 90)],
    ),
    Case(
        "R19 moved before the due day, back after it: caught up the day after",
        [*STORY, renewal(z("2025-12-30 12:00"), renews_on="2026-05-31"), renewal(z("2026-01-20 12:00"))],
        "01-30 07:00",
        [to_client("01-21 07:00", 90), to_client("01-30 07:00", 60)],
    ),
    Case(
        "R19 0.5 skipped for good, also after the date was moved away and back",
        [*STORY, renewal(z("2026-01-12 12:00"), renews_on="2026-05-31"), renewal(z("2026-01-13 12:00"))],
        "01-16 07:00",
        [skipped("2026-01-10 07:00", 90)],
        outages=[("2025-12-30 12:00", "2026-01-10 00:00")],
    ),
    Case(
        "R19 0.5 suppressed for something mendable, its days over, moved away and back: known anew, decided anew",
        [
            *STORY,
            *off_and_on("2025-12-30 12:00", "2026-01-09 12:00"),
            renewal(z("2026-01-12 12:00"), renews_on="2026-05-31"),
            renewal(z("2026-01-13 12:00")),
        ],
        "01-16 07:00",
        [suppressed(DUE, 90, "template_disabled"), to_client("2026-01-14 07:00", 90)],
    ),
    Case(
        "R19 moved away and back in one outage: known anew when the fleet is back",
        [*STORY, renewal(z("2026-01-05 12:00"), renews_on="2026-09-30"), renewal(z("2026-01-06 12:00"))],
        "2026-01-12 07:00",
        [to_client("2026-01-10 07:00", 90)],
        outages=[("2025-12-30 12:00", "2026-01-10 00:00")],
    ),
    Case(
        "R19 0.5 a reason that was recorded for the date is not recorded again when it comes back",
        [
            *STORY,
            switch("2025-12-30 12:00", "renewal.notice", False),
            renewal(z("2026-01-09 12:00"), renews_on="2026-09-30"),
            renewal(z("2026-01-10 12:00")),
        ],
        "2026-01-20 07:00",
        [suppressed(DUE, 90, "template_disabled")],
    ),
    Case(
        "0.5 another company is another occurrence",
        [
            *STORY,
            company(id="K-2", name="Hafenbau", partner=None, language="de"),
            event(
                "contact.saved",
                z("2025-12-29 00:00"),
                id="C-9",
                company="K-2",
                first_name="Nora",
                last_name="Brandt",
                email="nora@hafen.example.net",
                billing=True,
                decision_maker=True,
            ),
            renewal(z("2026-01-02 12:00"), company="K-2"),
        ],
        "01-10 07:00",
        [
            to_client(DUE, 90),
            to_client(
                "2026-01-03 07:00",
                90,
                people=[
                    {
                        "roles": ["main", "billing", "decision_maker"],
                        "ref": "contact/C-9",
                        "address": "nora@hafen.example.net",
                        "kept": True,
                        "reason": "main_contact",
                    }
                ],
                language="de",
            ),
        ],
    ),
    Case(
        "F17 0.5 duplicates",
        [*STORY, *STORY],
        "01-10 07:00",
        [to_client(DUE, 90)],
    ),
]

SETTINGS = [
    Case(
        "offsets in any order",
        [*CAST, NEAR],
        "03-28 07:00",
        [to_client("03-26 07:00", 5, kind="renewal.notice"), reminder("03-28 07:00", 3)],
        toml="[renewals]\noffsets_days = [3, 5]",
    ),
    Case(
        "an offset of 0 makes no notice",
        [*CAST, NEAR],
        "04-02 07:00",
        [to_client("03-26 07:00", 5, kind="renewal.notice")],
        toml="[renewals]\noffsets_days = [5, 0]",
    ),
    Case(
        "only an offset of 0",
        [*CAST, NEAR],
        "03-31 06:00",
        [],
        {SUBJECT: ("next_offset", None)},
        toml="[renewals]\noffsets_days = [0]",
    ),
    Case(
        "one offset is the notice",
        [*CAST, NEAR],
        "04-02 07:00",
        [to_client("03-30 07:00", 1, kind="renewal.notice")],
        toml="[renewals]\noffsets_days = [1]",
    ),
    Case(
        "0.13 days are the zone's: 31 December begins at 11 o'clock in Kiritimati's yesterday",
        STORY,
        "2025-12-31 07:00",
        [to_client("2025-12-30 17:00", 90)],
        toml='[daily_run]\ntimezone = "Pacific/Kiritimati"',
    ),
]


@pytest.mark.parametrize("case", [*RUNS, *HEARD_LATE, *MOVED, *SETTINGS], ids=case_id)
def test_renewal(case: Case) -> None:
    case.check()


CLOSED = (*STORY, renewal(z("2025-12-30 12:00"), status="renewed"))
EXPLAINED = [
    ("before", STORY, "2025-12-30 12:00", ("next_offset", DUE)),
    ("a second before the run", STORY, "2025-12-31 06:59:59", ("next_offset", DUE)),
    ("at the run", STORY, DUE, ("next_offset", "2026-01-30 07:00")),
    ("heard late", (*CAST, renewal(z("02-01 12:00"))), "02-01 13:00", ("next_offset", "02-02 07:00")),
    ("heard on its date", (*CAST, renewal(z("03-31 06:00"))), "03-31 06:30", ("next_offset", "03-31 07:00")),
    ("after the last offset", (*CAST, renewal(z("02-25 00:00"))), "03-01 07:00", ("next_offset", None)),
    ("on the date", (*CAST, renewal(z("02-25 00:00"))), "03-31 07:00", ("next_offset", None)),
    ("after the date", (*CAST, renewal(z("03-25 00:00"))), "04-01 07:00", ("renewal_passed", None)),
    ("closed", CLOSED, "2025-12-30 13:00", ("renewal_closed", None)),
    (
        "closed and its company deleted",
        (*CLOSED, event("company.deleted", z("2025-12-30 13:00"), id="K-1")),
        "2025-12-30 14:00",
        ("company_deleted", None),
    ),
    (
        "mendable, not mended: what is foreseen is the next offset",
        (*STORY, switch("2025-12-30 12:00", "renewal.notice", False)),
        "2026-01-01 12:00",
        ("next_offset", "2026-01-30 07:00"),
    ),
    (
        "mendable, and mended",
        (*STORY, *off_and_on("2025-12-30 12:00", "2026-01-01 10:00")),
        "2026-01-01 12:00",
        ("next_offset", "2026-01-02 07:00"),
    ),
    (
        "mendable, its days over",
        (*STORY, switch("2025-12-30 12:00", "renewal.notice", False)),
        "2026-01-07 07:00",
        ("next_offset", "2026-01-30 07:00"),
    ),
    ("unknown", CAST, "2025-12-30 13:00", ("unknown", None)),
]


@pytest.mark.parametrize(("events", "until", "answer"), [each[1:] for each in EXPLAINED], ids=[e[0] for e in EXPLAINED])
def test_explain_renewal(events: tuple[Event, ...], until: str, answer: tuple[str, str | None]) -> None:
    name, next = answer
    assert simulate(events, until, explain=[SUBJECT]).explained == {SUBJECT: (name, next and z(next))}


def test_explain_after_a_swallowed_run_foresees_the_next_one() -> None:
    told = simulate(STORY, "2025-12-31 20:00", explain=[SUBJECT], outages=[("2025-12-31 06:00", "2025-12-31 19:00")])
    assert (told.lines, told.explained) == ([], {SUBJECT: ("next_offset", z("2026-01-01 07:00"))})


def test_explain_what_is_no_lead_and_no_renewal() -> None:
    told = simulate(STORY, DUE, explain=["company/K-1", "renewal/", "nonsense", "lead/L-9"])
    assert set(told.explained.values()) == {("unknown", None)}
