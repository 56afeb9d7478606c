"""Rows F1 to F20 and LT-1 to LT-10, one lead at a time: what is printed, and what `--explain` answers."""

import pytest

from tests.scenarios import event
from tests.scenarios.leads import (
    CAST,
    GRETA,
    JONAS,
    START,
    STORY,
    appointment,
    cancelled,
    closed,
    deleted,
    jonas,
    lead,
    process,
    sent,
    suppressed,
    switched_off,
    task,
)
from tests.scenarios.story import Case, answers_to, case_id, z

L1 = "lead/L-1"
FIRST = sent("06-03 07:00", 1, "first")
SECOND = sent("06-10 07:00", 2, "next")
NORDWIND_ENDED = event("partner.saved", START, id="P-1", name="Nordwind", status="ended")
WHEN_CLEAR = (*CAST, process(resume="when_clear"), lead())

ROWS = [
    Case(
        "F1 off by default", [*CAST, process(every=None), lead()], "06-18 00:00", [], {L1: ("follow_up_disabled", None)}
    ),
    Case(
        "F1 switched off",
        [*CAST, process(enabled=False), lead()],
        "06-18 00:00",
        [],
        {L1: ("follow_up_disabled", None)},
    ),
    Case(
        "F1 switched off after the first mail, and on again: the grid stays, what was missed is past",
        [*STORY, process(z("06-09 12:00"), enabled=False), process(z("06-11 12:00"))],
        "06-17 07:00",
        [FIRST, sent("06-17 07:00", 2, "next")],
    ),
    Case("F2", [*CAST, process(), lead(stage="idle")], "06-18 00:00", [], {L1: ("stage_without_duration", None)}),
    Case(
        "F5 F6 the first mail, and one a week", STORY, "06-24 06:59:59", [FIRST, SECOND, sent("06-17 07:00", 3, "next")]
    ),
    Case(
        "LT-8 interval 1 week, overdue on Monday: Tuesday, and the following Tuesday",
        [*CAST, process(), lead(stage_entered_at=z("05-31 15:00"))],
        "06-09 07:00",
        [sent("06-02 07:00", 1, "first"), sent("06-09 07:00", 2, "next")],
    ),
    Case(
        "F5 overdue for long when first heard of, in the morning of a run",
        [*CAST, process(), lead(z("06-05 06:30"), stage_entered_at=z("05-01 00:00"))],
        "06-12 07:00",
        [sent("06-05 07:00", 1, "first"), sent("06-12 07:00", 2, "next")],
    ),
    Case(
        "F5 overdue for long when first heard of, at the very instant of a run",
        [*CAST, process(), lead(z("06-05 07:00"), stage_entered_at=z("05-01 00:00"))],
        "06-05 07:00",
        [sent("06-05 07:00", 1, "first")],
    ),
    Case(
        "F5 overdue for long when first heard of, a second after the run",
        [*CAST, process(), lead(z("06-05 07:00:01"), stage_entered_at=z("05-01 00:00"))],
        "06-06 07:00",
        [sent("06-06 07:00", 1, "first")],
    ),
    Case(
        "F7 an interval of two days",
        [*CAST, process(every="2 days"), lead()],
        "06-08 06:59",
        [FIRST, sent("06-05 07:00", 2, "next"), sent("06-07 07:00", 3, "next")],
        {L1: ("between_intervals", "06-09 07:00")},
    ),
    Case(
        "F8 a grid day's run fell out: one catch-up, the anchor stays",
        STORY,
        "06-17 07:00",
        [FIRST, sent("06-11 07:00", 2, "catch_up"), sent("06-17 07:00", 3, "next")],
        outages=[("06-10 06:00", "06-10 19:00")],
    ),
    Case(
        "F8 an outage that ends at `latest` swallows the run",
        STORY,
        "06-11 07:00",
        [FIRST, sent("06-11 07:00", 2, "catch_up")],
        outages=[("06-10 07:00", "06-10 18:00")],
    ),
    Case(
        "F8 back a second before `latest`: the grid day's run takes place",
        STORY,
        "06-17 07:00",
        [FIRST, sent("06-10 17:59:59", 2, "next"), sent("06-17 07:00", 3, "next")],
        outages=[("06-10 07:00", "06-10 17:59:59")],
    ),
    Case(
        "F8 an outage that ends at the run's minute swallows nothing",
        STORY,
        "06-10 07:00",
        [FIRST, SECOND],
        outages=[("06-10 06:00", "06-10 07:00")],
    ),
    Case(
        "F8 never a burst: two grid days fell out, back on a later day before `latest`",
        STORY,
        "06-24 07:00",
        [FIRST, sent("06-18 12:00", 2, "catch_up"), sent("06-24 07:00", 3, "next")],
        outages=[("06-09 12:00", "06-18 12:00")],
    ),
    Case(
        "F8 the first mail made late on its day: the anchor is that day",
        STORY,
        "06-10 07:00",
        [sent("06-03 12:34:56", 1, "first"), SECOND],
        outages=[("06-03 00:00", "06-03 12:34:56")],
    ),
    Case(
        "F8 the first mail's run fell out: the anchor is the day on which it was sent",
        STORY,
        "06-11 07:00",
        [sent("06-04 07:00", 1, "first"), sent("06-11 07:00", 2, "next")],
        outages=[("06-03 00:00", "06-03 20:00")],
    ),
    Case(
        "F8 two outages that touch are one",
        STORY,
        "06-11 07:00",
        [FIRST, sent("06-10 10:00", 2, "next")],
        outages=[("06-10 06:00", "06-10 08:00"), ("06-10 08:00", "06-10 10:00")],
    ),
    Case(
        "F8 a catch-up that is suppressed is past, too: mended, it waits for the grid",
        [*STORY, event("user.deactivated", z("06-08 12:00"), id="U-1"), jonas(z("06-12 12:00"))],
        "06-17 07:00",
        [FIRST, suppressed("06-11 07:00", 2, "user_inactive"), sent("06-17 07:00", 2, "next")],
        outages=[("06-10 00:00", "06-10 20:00")],
    ),
    Case(
        "F8 overlapping outages, in any order",
        STORY,
        "06-10 07:00",
        [sent("06-03 10:00", 1, "first"), SECOND],
        outages=[("06-03 08:00", "06-03 10:00"), ("06-03 06:00", "06-03 09:00")],
    ),
    Case(
        "F8 F10 what arrives during the outage counts for the late run",
        [*STORY, appointment("06-03 09:00", "06-05 10:00")],
        "06-20 00:00",
        [],
        {L1: ("stopped_future_appointment", None)},
        outages=[("06-03 06:00", "06-03 12:00")],
    ),
    Case(
        "F8 what arrives at the outage's end, too",
        [*STORY, closed("06-03 12:00")],
        "06-20 00:00",
        [],
        {L1: ("lead_closed", None)},
        outages=[("06-03 06:00", "06-03 12:00")],
    ),
    Case(
        "F9 a stage change begins a new visit",
        [*STORY, lead(z("06-08 12:00"), stage="talks", stage_entered_at=z("06-08 12:00"))],
        "06-12 07:00",
        [FIRST, sent("06-12 07:00", 1, "first")],
    ),
    Case(
        "F9 F15 into a closed stage",
        [*STORY, lead(z("06-08 12:00"), stage="won", stage_entered_at=z("06-08 12:00"))],
        "06-18 00:00",
        [FIRST],
        {L1: ("lead_closed", None)},
    ),
    Case(
        "F10",
        [*STORY, appointment("06-02 12:00", "06-20 10:00")],
        "06-10 07:00",
        [],
        {L1: ("stopped_future_appointment", None)},
    ),
    Case(
        "F10 after the first mail, at the very instant of the next run",
        [*STORY, appointment("06-10 07:00", "06-10 07:00:01")],
        "06-18 00:00",
        [FIRST],
        {L1: ("stopped_future_appointment", None)},
    ),
    Case(
        "F10 entered before the visit, starts within it",
        [appointment("05-28 12:00", "06-02 10:00"), *STORY],
        "06-10 00:00",
        [],
        {L1: ("stopped_future_appointment", None)},
    ),
    Case(
        "F10 starts at the visit's first instant: not after it",
        [appointment("05-28 12:00", "06-01 09:00"), *STORY],
        "06-03 07:00",
        [FIRST],
    ),
    Case("F10 over before the visit", [appointment("05-28 12:00", "05-30 10:00"), *STORY], "06-03 07:00", [FIRST]),
    Case(
        "F10 cancelled before the visit",
        [appointment("05-28 12:00", "06-20 10:00"), cancelled("05-30 12:00"), *STORY],
        "06-03 07:00",
        [FIRST],
    ),
    Case(
        "F10 cancelled within the visit: once stopped, stopped",
        [*STORY, appointment("06-01 12:00", "06-20 10:00"), cancelled("06-01 13:00")],
        "06-20 00:00",
        [],
        {L1: ("stopped_future_appointment", None)},
    ),
    Case(
        "F10 moved into the past within the visit: once stopped, stopped",
        [*STORY, appointment("06-01 12:00", "06-20 10:00"), appointment("06-02 13:00", "06-01 10:00")],
        "06-20 00:00",
        [],
        {L1: ("stopped_future_appointment", None)},
    ),
    Case("F11 in the past", [*STORY, appointment("06-02 12:00", "06-02 11:59:59")], "06-03 07:00", [FIRST]),
    Case(
        "F11 at the instant of its entry",
        [*STORY, appointment("06-02 12:00", "06-02 12:00", "06-20 10:00")],
        "06-03 07:00",
        [FIRST],
    ),
    Case(
        "F11 entered for the past, then moved to the future: stops from then on",
        [*STORY, appointment("06-02 12:00", "06-02 11:00"), appointment("06-05 12:00", "06-06 11:00")],
        "06-18 00:00",
        [FIRST],
        {L1: ("stopped_future_appointment", None)},
    ),
    Case(
        "F12 never",
        [*STORY, appointment("06-02 12:00", "06-02 13:00")],
        "06-18 00:00",
        [],
        {L1: ("stopped_future_appointment", None)},
    ),
    Case(
        "F12 when_clear: a first mail the day after its end, with its own anchor",
        [*WHEN_CLEAR, appointment("06-04 12:00", "06-08 22:00", "06-08 23:30")],
        "06-16 07:00",
        [FIRST, sent("06-09 07:00", 2, "first"), sent("06-16 07:00", 3, "next")],
    ),
    Case(
        "F12 when_clear: an end at midnight is the next day's",
        [*WHEN_CLEAR, appointment("06-04 12:00", "06-08 22:00", "06-09 00:00")],
        "06-10 07:00",
        [FIRST, sent("06-10 07:00", 2, "first")],
    ),
    Case(
        "F12 when_clear: without end it ends at its start",
        [*WHEN_CLEAR, appointment("06-02 12:00", "06-08 22:00")],
        "06-09 07:00",
        [sent("06-09 07:00", 1, "first")],
    ),
    Case(
        "F12 when_clear: a clearing on the day of overdueness changes nothing about the first mail",
        [*WHEN_CLEAR, appointment("06-01 12:00", "06-02 08:00")],
        "06-03 07:00",
        [FIRST],
    ),
    Case(
        "F12 when_clear: cleared before it is overdue, it waits for that",
        [*WHEN_CLEAR, appointment("06-01 12:00", "06-01 13:00")],
        "06-03 07:00",
        [FIRST],
    ),
    Case(
        "F12 when_clear as a setting",
        [*STORY, appointment("06-04 12:00", "06-08 22:00")],
        "06-09 07:00",
        [FIRST, sent("06-09 07:00", 2, "first")],
        toml='[follow_up]\nresume = "when_clear"',
    ),
    Case(
        "F12 the process overrides the setting",
        [*CAST, process(resume="never"), lead(), appointment("06-04 12:00", "06-08 22:00")],
        "06-18 00:00",
        [FIRST],
        {L1: ("stopped_future_appointment", None)},
        toml='[follow_up]\nresume = "when_clear"',
    ),
    Case(
        "F12 when_clear: the last of several appointments and tasks counts",
        [
            *WHEN_CLEAR,
            appointment("06-04 12:00", "06-06 10:00", id="A-1"),
            appointment("06-04 12:00", "06-11 10:00", id="A-2"),
            task("created", "06-05 12:00", "T-1"),
            task("created", "06-05 12:00", "T-2"),
            task("completed", "06-06 12:00", "T-1"),
            task("deleted", "06-13 12:00", "T-2"),
        ],
        "06-14 07:00",
        [FIRST, sent("06-14 07:00", 2, "first")],
    ),
    Case(
        "F12 when_clear: cancelled clears on the day of the cancellation",
        [*WHEN_CLEAR, appointment("06-04 12:00", "06-25 10:00"), cancelled("06-08 06:00")],
        "06-09 07:00",
        [FIRST, sent("06-09 07:00", 2, "first")],
    ),
    Case(
        "F12 when_clear: moved later",
        [*WHEN_CLEAR, appointment("06-04 12:00", "06-06 10:00"), appointment("06-05 12:00", "06-10 10:00")],
        "06-11 07:00",
        [FIRST, sent("06-11 07:00", 2, "first")],
    ),
    Case(
        "F12 when_clear: moved earlier",
        [*WHEN_CLEAR, appointment("06-04 12:00", "06-25 10:00"), appointment("06-05 12:00", "06-06 10:00")],
        "06-07 07:00",
        [FIRST, sent("06-07 07:00", 2, "first")],
    ),
    Case(
        "F12 when_clear: stopped between two mails and again",
        [
            *WHEN_CLEAR,
            appointment("06-04 12:00", "06-05 10:00", id="A-1"),
            appointment("06-06 12:00", "06-08 10:00", id="A-2"),
        ],
        "06-16 07:00",
        [FIRST, sent("06-06 07:00", 2, "first"), sent("06-09 07:00", 3, "first"), sent("06-16 07:00", 4, "next")],
    ),
    Case(
        "F12 when_clear: the day after clearing fell out, the next one does",
        [*WHEN_CLEAR, appointment("06-04 12:00", "06-08 22:00")],
        "06-17 07:00",
        [FIRST, sent("06-10 07:00", 2, "first"), sent("06-17 07:00", 3, "next")],
        outages=[("06-09 00:00", "06-09 20:00")],
    ),
    Case(
        "LT-10 when_clear: a clearing that is heard of late, before the last mail, changes nothing",
        [
            *WHEN_CLEAR,
            appointment("06-01 10:00", "06-01 20:00") | {"receivedat": z("06-04 12:00")},
        ],
        "06-10 07:00",
        [FIRST, SECOND],
    ),
    Case("F13", [*STORY, task("created", "06-02 12:00")], "06-18 00:00", [], {L1: ("stopped_task_created", None)}),
    Case(
        "F13 created before the visit does not stop it",
        [task("created", "06-01 08:59:59"), *STORY],
        "06-03 07:00",
        [FIRST],
    ),
    Case(
        "F14 never",
        [*STORY, task("created", "06-02 12:00"), task("completed", "06-02 13:00")],
        "06-18 00:00",
        [],
        {L1: ("stopped_task_created", None)},
    ),
    Case(
        "F14 never, deleted",
        [*STORY, task("created", "06-02 12:00"), task("deleted", "06-02 13:00")],
        "06-18 00:00",
        [],
        {L1: ("stopped_task_created", None)},
    ),
    Case(
        "F14 when_clear: as F5, the day after completion",
        [*WHEN_CLEAR, task("created", "06-04 12:00"), task("completed", "06-12 00:00")],
        "06-20 07:00",
        [FIRST, sent("06-13 07:00", 2, "first"), sent("06-20 07:00", 3, "next")],
    ),
    Case("F15 closed", [*STORY, closed("06-02 12:00")], "06-18 00:00", [], {L1: ("lead_closed", None)}),
    Case(
        "F15 closed, and saved again in the same visit",
        [*STORY, closed("06-02 12:00"), lead(z("06-04 12:00"), title="Three packaging lines")],
        "06-18 00:00",
        [],
        {L1: ("lead_closed", None)},
    ),
    Case(
        "F15 reopened by a newer visit",
        [*STORY, closed("06-02 12:00"), lead(z("06-04 12:00"), stage_entered_at=z("06-04 12:00"))],
        "06-06 07:00",
        [sent("06-06 07:00", 1, "first")],
    ),
    Case(
        "F15 the closing is heard of after the newer visit",
        [
            *STORY,
            lead(z("06-04 12:00"), stage_entered_at=z("06-04 12:00")),
            closed("06-02 12:00") | {"receivedat": z("06-04 13:00")},
        ],
        "06-06 07:00",
        [FIRST, sent("06-06 07:00", 1, "first")],
    ),
    Case("F15 deleted", [*STORY, deleted("06-02 12:00")], "06-18 00:00", [], {L1: ("lead_deleted", None)}),
    Case(
        "F15 deleted and saved again: the visit goes on",
        [*STORY, deleted("06-04 12:00"), lead(z("06-08 12:00"))],
        "06-10 07:00",
        [FIRST, SECOND],
    ),
    Case(
        "F15 deleted and closed, saved again: still closed",
        [*STORY, closed("06-04 12:00"), deleted("06-05 12:00"), lead(z("06-08 12:00"))],
        "06-18 00:00",
        [FIRST],
        {L1: ("lead_closed", None)},
    ),
    Case(
        "F15 an older save does not bring a deleted lead back",
        [*STORY, deleted("06-04 12:00"), lead(z("06-03 12:00"), title="Old") | {"receivedat": z("06-05 12:00")}],
        "06-18 00:00",
        [FIRST],
        {L1: ("lead_deleted", None)},
    ),
    Case(
        "F16 no acceptor: recorded once, and decided again",
        [*CAST, process(), lead(acceptor=None)],
        "06-08 07:00",
        [suppressed("06-03 07:00", 1, "no_lead_acceptor", None, None)],
    ),
    Case(
        "F16 an acceptor taken on later begins a visit",
        [*CAST, process(), lead(acceptor=None), lead(z("06-05 12:00"), acceptor="U-2")],
        "06-07 07:00",
        [suppressed("06-03 07:00", 1, "no_lead_acceptor", None, None), sent("06-07 07:00", 1, "first", GRETA)],
    ),
    Case(
        "F16 an acceptor nobody has sent yet: the mail goes out once they are known",
        [process(), lead(), jonas(z("06-05 06:59"))],
        "06-12 07:00",
        [
            suppressed("06-03 07:00", 1, "no_lead_acceptor", "user/U-1", None),
            sent("06-05 07:00", 1, "first"),
            sent("06-12 07:00", 2, "next"),
        ],
    ),
    Case(
        "F16 inactive; then without address; then mended: one line a reason",
        [*STORY, jonas(z("05-31 12:00"), active=False), jonas(z("06-05 12:00"), email=""), jonas(z("06-08 12:00"))],
        "06-09 07:00",
        [
            suppressed("06-03 07:00", 1, "user_inactive"),
            suppressed("06-06 07:00", 1, "no_address", address=None),
            sent("06-09 07:00", 1, "first"),
        ],
    ),
    Case(
        "F16 a reason that comes back is not recorded again",
        [
            *STORY,
            jonas(z("05-31 12:00"), active=False),
            jonas(z("06-03 12:00"), email=""),
            jonas(z("06-04 12:00"), active=False),
        ],
        "06-09 07:00",
        [suppressed("06-03 07:00", 1, "user_inactive"), suppressed("06-04 07:00", 1, "no_address", address=None)],
    ),
    Case(
        "F16 deactivated before a later mail: decided again at the next grid day, which counts as past",
        [*STORY, event("user.deactivated", z("06-08 12:00"), id="U-1"), jonas(z("06-11 12:00"))],
        "06-17 07:00",
        [FIRST, suppressed("06-10 07:00", 2, "user_inactive"), sent("06-17 07:00", 2, "next")],
    ),
    Case(
        "F16 0.5 one line for a reason, at however many grid days",
        [*STORY, event("user.deactivated", z("06-08 12:00"), id="U-1")],
        "06-18 07:00",
        [FIRST, suppressed("06-10 07:00", 2, "user_inactive")],
        {L1: ("user_inactive", None)},
    ),
    Case(
        "F16 0.5 when_clear: the mail after clearing is a first one, decided again at every run",
        [
            *WHEN_CLEAR,
            appointment("06-04 12:00", "06-08 22:00"),
            jonas(z("06-08 12:00"), active=False),
            jonas(z("06-11 12:00")),
        ],
        "06-19 07:00",
        [
            FIRST,
            suppressed("06-09 07:00", 2, "user_inactive"),
            sent("06-12 07:00", 2, "first"),
            sent("06-19 07:00", 3, "next"),
        ],
    ),
    Case(
        "F16 partner ended, and active again",
        [
            jonas(partner="P-1"),
            process(),
            lead(),
            event("partner.saved", START, id="P-1", name="Nordwind", status="ended"),
            event("partner.saved", z("06-05 12:00"), id="P-1", name="Nordwind"),
        ],
        "06-06 07:00",
        [suppressed("06-03 07:00", 1, "partner_ended"), sent("06-06 07:00", 1, "first")],
    ),
    Case(
        "F16 0.10 inactive beats a partner that ended",
        [jonas(partner="P-1", active=False, email=""), process(), lead(), NORDWIND_ENDED],
        "06-03 07:00",
        [suppressed("06-03 07:00", 1, "user_inactive", address=None)],
    ),
    Case(
        "F16 a partner that ended beats no address",
        [jonas(partner="P-1", email=""), process(), lead(), NORDWIND_ENDED],
        "06-03 07:00",
        [suppressed("06-03 07:00", 1, "partner_ended", address=None)],
    ),
    Case(
        "F16 F19 no address beats a language that is off",
        [
            jonas(email=""),
            process(),
            lead(),
            event("template.switched", START, template="lead.follow_up", enabled=False, language="de"),
        ],
        "06-03 07:00",
        [suppressed("06-03 07:00", 1, "no_address", address=None)],
    ),
    Case(
        "F16 0.9 a complaint suppresses the address until it is released",
        [
            *STORY,
            event("address.bounced", z("06-02 00:00"), address=" Jonas@Nordwind.example.ORG".strip(), kind="complaint"),
            event("address.released", z("06-05 12:00"), address="jonas@nordwind.example.org"),
        ],
        "06-06 07:00",
        [suppressed("06-03 07:00", 1, "address_suppressed"), sent("06-06 07:00", 1, "first")],
    ),
    Case(
        "F16 0.9 a soft bounce is only counted",
        [*STORY, event("address.bounced", z("06-02 00:00"), address=JONAS[1], kind="soft")],
        "06-03 07:00",
        [FIRST],
    ),
    Case(
        "F16 0.12 an erased acceptor counts as never known, until saved again",
        [*STORY, event("user.erased", z("06-02 00:00"), id="U-1"), jonas(z("06-05 12:00"))],
        "06-06 07:00",
        [suppressed("06-03 07:00", 1, "no_lead_acceptor", "user/U-1", None), sent("06-06 07:00", 1, "first")],
    ),
    Case("F17 a repeated event changes nothing", [*STORY, *STORY, lead()], "06-10 06:59", [FIRST]),
    Case(
        "F18 a stopper at the very instant of the run",
        [*STORY, task("created", "06-03 07:00")],
        "06-03 07:00",
        [],
        {L1: ("stopped_task_created", None)},
    ),
    Case(
        "F19 off for all, on again",
        [
            *STORY,
            event("template.switched", z("06-01 00:00"), template="lead.follow_up", enabled=False),
            event("template.switched", z("06-05 12:00"), template="lead.follow_up", enabled=True),
        ],
        "06-06 07:00",
        [switched_off("06-03 07:00", 1), sent("06-06 07:00", 1, "first")],
    ),
    Case(
        "F19 off in the acceptor's language, no fallback to another",
        [*STORY, event("template.switched", z("06-01 00:00"), template="lead.follow_up", enabled=False, language="de")],
        "06-10 07:00",
        [suppressed("06-03 07:00", 1, "template_disabled")],
    ),
    Case(
        "F19 off in another language",
        [*STORY, event("template.switched", z("06-01 00:00"), template="lead.follow_up", enabled=False, language="en")],
        "06-03 07:00",
        [FIRST],
    ),
    Case(
        "F19 the newest switch that covers the language decides: off for all, on for de",
        [
            *STORY,
            lead(id="L-2", acceptor="U-2"),
            event("template.switched", z("06-01 00:00"), template="lead.follow_up", enabled=False),
            event("template.switched", z("06-01 01:00"), template="lead.follow_up", enabled=True, language="de"),
        ],
        "06-03 07:00",
        [FIRST, suppressed("06-03 07:00", 1, "template_disabled", "user/U-2", GRETA[1], lead="L-2")],
    ),
    Case(
        "F19 off for de, then on for all",
        [
            *STORY,
            event("template.switched", z("06-01 00:00"), template="lead.follow_up", enabled=False, language="de"),
            event("template.switched", z("06-01 01:00"), template="lead.follow_up", enabled=True),
        ],
        "06-03 07:00",
        [FIRST],
    ),
    Case(
        "F19 a switch that arrives late does not beat a newer one",
        [
            *STORY,
            event("template.switched", z("06-01 01:00"), template="lead.follow_up", enabled=True),
            event("template.switched", z("06-01 00:00"), template="lead.follow_up", enabled=False, language="de")
            | {"receivedat": z("06-02 00:00")},
        ],
        "06-03 07:00",
        [FIRST],
    ),
    Case(
        "F19 on a grid day: again at the next one",
        [
            *STORY,
            event("template.switched", z("06-08 00:00"), template="lead.follow_up", enabled=False),
            event("template.switched", z("06-11 00:00"), template="lead.follow_up", enabled=True),
        ],
        "06-17 07:00",
        [FIRST, switched_off("06-10 07:00", 2), sent("06-17 07:00", 2, "next")],
    ),
    Case(
        "F19 goes before F16",
        [
            *CAST,
            process(),
            lead(acceptor=None),
            event("template.switched", z("06-01 00:00"), template="lead.follow_up", enabled=False),
        ],
        "06-03 07:00",
        [switched_off("06-03 07:00", 1)],
    ),
    Case(
        "F20 a shorter interval: the first grid day after the change",
        [*STORY, process(z("06-07 12:00"), every="2 days")],
        "06-11 07:00",
        [FIRST, sent("06-09 07:00", 2, "next"), sent("06-11 07:00", 3, "next")],
    ),
    Case(
        "F20 changed on a grid day of the new interval, after its run",
        [*STORY, process(z("06-07 07:00:01"), every="2 days")],
        "06-09 07:00",
        [FIRST, sent("06-09 07:00", 2, "next")],
    ),
    Case(
        "F20 changed on a grid day of the new interval, before its run",
        [*STORY, process(z("06-07 06:00"), every="2 days")],
        "06-09 07:00",
        [FIRST, sent("06-07 07:00", 2, "next"), sent("06-09 07:00", 3, "next")],
    ),
    Case(
        "F20 a longer interval",
        [*STORY, process(z("06-09 12:00"), every="2 weeks")],
        "07-01 07:00",
        [FIRST, sent("06-17 07:00", 2, "next"), sent("07-01 07:00", 3, "next")],
    ),
    Case(
        "F20 an interval changed during an outage that swallowed a grid day: earlier ones were not missed",
        [*STORY, process(z("06-10 12:00"), every="5 days")],
        "06-13 07:00",
        [FIRST, sent("06-13 07:00", 2, "next")],
        outages=[("06-08 00:00", "06-10 20:00")],
    ),
    Case(
        "F20 a longer duration: no longer overdue, nothing goes out; later the grid is that of the same anchor",
        [*STORY, process(z("06-05 12:00"), new="10 days")],
        "06-17 07:00",
        [FIRST, sent("06-17 07:00", 2, "next")],
    ),
    Case(
        "F20 a shorter duration makes a lead overdue that was not",
        [*CAST, process(new="20 days"), lead(), process(z("06-08 12:00"), new="1 days")],
        "06-09 07:00",
        [sent("06-09 07:00", 1, "first")],
    ),
    Case(
        "F20 a duration taken away",
        [*STORY, process(z("06-05 12:00")), lead(z("06-06 12:00"), stage="idle")],
        "06-18 00:00",
        [FIRST],
        {L1: ("stage_without_duration", None)},
    ),
    Case(
        "F20 a duration changed during an outage that swallowed a grid day",
        [*STORY, process(z("06-10 12:00"), new="2 days")],
        "06-17 07:00",
        [FIRST, sent("06-17 07:00", 2, "next")],
        outages=[("06-08 00:00", "06-10 20:00")],
    ),
    Case(
        "F20 the process saved again, unchanged, changes nothing about what was missed",
        [*STORY, process(z("06-10 20:00"))],
        "06-11 07:00",
        [FIRST, sent("06-11 07:00", 2, "catch_up")],
        outages=[("06-10 00:00", "06-10 19:00")],
    ),
    Case(
        "LT-10 max_reminders counts every mail of the visit",
        STORY,
        "06-18 00:00",
        [FIRST, SECOND],
        {L1: ("max_reminders", None)},
        toml="[follow_up]\nmax_reminders = 2",
    ),
    Case(
        "LT-10 max_reminders counts first mails after a stop, too",
        [*WHEN_CLEAR, appointment("06-04 12:00", "06-08 22:00")],
        "06-18 00:00",
        [FIRST, sent("06-09 07:00", 2, "first")],
        {L1: ("max_reminders", None)},
        toml="[follow_up]\nmax_reminders = 2",
    ),
]


@pytest.mark.parametrize("case", ROWS, ids=case_id)
def test_follow_up(case: Case) -> None:
    case.check()


EXPLAINED = [
    ("F3 before it is overdue", STORY, "06-02 08:59:59", ("not_overdue", "06-03 07:00")),
    ("F4 from the instant on", STORY, "06-02 09:00", ("first_mail_next_day", "06-03 07:00")),
    ("F4 until the run", STORY, "06-03 06:59:59", ("first_mail_next_day", "06-03 07:00")),
    ("F7 from the run on", STORY, "06-03 07:00", ("between_intervals", "06-10 07:00")),
    ("F7 until the next run", STORY, "06-10 06:59:59", ("between_intervals", "06-10 07:00")),
    ("F7 after the next run", STORY, "06-10 07:01", ("between_intervals", "06-17 07:00")),
    (
        "F4 overdue in the morning before the run",
        (*CAST, process(), lead(stage_entered_at=z("06-01 03:00"))),
        "06-02 06:59",
        ("first_mail_next_day", "06-03 07:00"),
    ),
    (
        "F10 when_clear: foreseen after its end",
        (*WHEN_CLEAR, appointment("06-04 12:00", "06-08 22:00")),
        "06-05 12:00",
        ("stopped_future_appointment", "06-09 07:00"),
    ),
    (
        "F13 when_clear: nothing is foreseen",
        (*WHEN_CLEAR, task("created", "06-04 12:00")),
        "06-05 12:00",
        ("stopped_task_created", None),
    ),
    ("F16 nothing is foreseen", (*CAST, process(), lead(acceptor=None)), "06-03 12:00", ("no_lead_acceptor", None)),
    (
        "F16 of a later mail, before F7",
        (*STORY, event("user.deactivated", z("06-05 12:00"), id="U-1")),
        "06-06 12:00",
        ("user_inactive", None),
    ),
    (
        "F19 before F7",
        (*STORY, event("template.switched", z("06-05 12:00"), template="lead.follow_up", enabled=False)),
        "06-06 12:00",
        ("template_disabled", None),
    ),
    ("F1 before F2", (*CAST, process(enabled=False), lead(stage="idle")), "06-06 12:00", ("follow_up_disabled", None)),
    (
        "F15 before F1",
        (*CAST, process(enabled=False), lead(), closed("06-02 00:00")),
        "06-06 12:00",
        ("lead_closed", None),
    ),
    (
        "F2 before F10",
        (*CAST, process(), lead(stage="idle"), appointment("06-04 12:00", "06-08 22:00")),
        "06-06 12:00",
        ("stage_without_duration", None),
    ),
    (
        "F10 before F13",
        (*STORY, task("created", "06-02 12:00"), appointment("06-04 12:00", "06-08 22:00")),
        "06-06 12:00",
        ("stopped_future_appointment", None),
    ),
    ("F13 before F3", (*STORY, task("created", "06-01 12:00")), "06-01 13:00", ("stopped_task_created", None)),
    (
        "F20 a longer duration",
        (*STORY, process(z("06-05 12:00"), new="10 days")),
        "06-08 00:00",
        ("not_overdue", "06-17 07:00"),
    ),
    ("nobody has sent this lead", CAST, "06-01 00:00", ("unknown", None)),
    ("only its appointment is known", (appointment("06-04 12:00", "06-08 22:00"),), "06-06 00:00", ("unknown", None)),
]


@pytest.mark.parametrize(("events", "until", "answer"), [each[1:] for each in EXPLAINED], ids=[e[0] for e in EXPLAINED])
def test_explain_lead(events: tuple[dict[str, object], ...], until: str, answer: tuple[str, str | None]) -> None:
    name, next = answer
    assert Case("", events, until, answers={L1: (name, next)}).told().explained == {L1: (name, next and z(next))}


def test_explain_after_a_swallowed_run_foresees_the_catch_up() -> None:
    outages = [("06-10 06:00", "06-10 19:00")]
    told = Case("", STORY, "06-10 20:00", answers={L1: ("", None)}, outages=outages).told()
    assert (told.lines, told.explained) == ([FIRST], {L1: ("between_intervals", z("06-11 07:00"))})


def test_lt3_an_open_stage_without_duration_is_warned_of_by_name() -> None:
    (answer,) = answers_to([process()])
    assert answer.status == "accepted"
    assert [(warning.pointer, "Idle" in warning.detail or "idle" in warning.detail) for warning in answer.warnings] == [
        ("/data/stages/2", True)
    ]


def test_lt3_no_warning_while_follow_up_is_off() -> None:
    (answer,) = answers_to([process(enabled=False)])
    assert (answer.status, answer.warnings) == ("accepted", ())


def test_lt4_an_interval_of_nothing_is_refused_with_the_place() -> None:
    (answer,) = answers_to([process(every="0 days")])
    assert (answer.status, answer.pointer) == ("rejected", "/data/follow_up/interval/value")
