"""When a visit of a lead begins, goes on and ends (part 3 of RULES), also where saves arrive late or out of order."""

import pytest

from tests.scenarios import event
from tests.scenarios.leads import (
    CAST,
    GRETA,
    STORY,
    appointment,
    cancelled,
    closed,
    deleted,
    jonas,
    lead,
    process,
    sent,
    task,
)
from tests.scenarios.story import Case, case_id, z

L1 = "lead/L-1"
FIRST = sent("06-03 07:00", 1, "first")
SECOND = sent("06-10 07:00", 2, "next")
WHEN_CLEAR = (*CAST, process(resume="when_clear"), lead())


def late(made: dict[str, object], arrives: str) -> dict[str, object]:
    """The event arrives later than it happened."""
    return made | {"receivedat": z(arrives)}


VISITS = [
    Case(
        "a new title continues the visit",
        [*STORY, lead(z("06-05 12:00"), title="Three lines", link="https://leads.example.com/1")],
        "06-10 07:00",
        [FIRST, SECOND],
    ),
    Case(
        "a new acceptor begins one at the event's time",
        [*STORY, lead(z("06-05 12:00"), acceptor="U-2")],
        "06-14 07:00",
        [FIRST, sent("06-07 07:00", 1, "first", GRETA), sent("06-14 07:00", 2, "next", GRETA)],
    ),
    Case(
        "acceptors back and forth: each time a new clock, a new sequence",
        [*STORY, lead(z("06-05 12:00"), acceptor="U-2"), lead(z("06-08 12:00"))],
        "06-17 07:00",
        [
            FIRST,
            sent("06-07 07:00", 1, "first", GRETA),
            sent("06-10 07:00", 1, "first"),
            sent("06-17 07:00", 2, "next"),
        ],
    ),
    Case(
        "the acceptor gone and back within an hour: a new clock",
        [*STORY, lead(z("06-08 12:00"), acceptor="U-2"), lead(z("06-08 13:00"))],
        "06-11 07:00",
        [FIRST, sent("06-10 07:00", 1, "first")],
    ),
    Case(
        "the entry corrected to later",
        [*STORY, lead(z("06-05 12:00"), stage_entered_at=z("06-04 12:00"))],
        "06-13 07:00",
        [FIRST, sent("06-06 07:00", 1, "first"), sent("06-13 07:00", 2, "next")],
    ),
    Case(
        "the entry corrected to earlier",
        [*STORY, lead(z("06-05 12:00"), stage_entered_at=z("05-30 12:00"))],
        "06-13 07:00",
        [FIRST, sent("06-06 07:00", 1, "first"), sent("06-13 07:00", 2, "next")],
    ),
    Case(
        "F17 the entry corrected, and corrected back: the first visit again, with its anchor and sequence",
        [*STORY, lead(z("06-05 12:00"), stage_entered_at=z("06-04 12:00")), lead(z("06-08 12:00"))],
        "06-17 07:00",
        [FIRST, sent("06-06 07:00", 1, "first"), SECOND, sent("06-17 07:00", 3, "next")],
    ),
    Case(
        "another stage with the same entry is another visit",
        [*STORY, lead(z("06-05 12:00"), stage="talks")],
        "06-13 07:00",
        [FIRST, sent("06-06 07:00", 1, "first"), sent("06-13 07:00", 2, "next")],
    ),
    Case(
        "stage and acceptor in one save: from the entry on",
        [*STORY, lead(z("06-05 12:00"), stage="talks", stage_entered_at=z("06-05 09:00"), acceptor="U-2")],
        "06-09 07:00",
        [FIRST, sent("06-09 07:00", 1, "first", GRETA)],
    ),
    Case(
        "a stage entered in the future is not overdue",
        [*STORY, lead(z("06-05 12:00"), stage="talks", stage_entered_at=z("06-08 09:00"))],
        "06-10 07:00",
        [FIRST],
        {L1: ("not_overdue", "06-12 07:00")},
    ),
    Case(
        "another process, same name of the stage",
        [
            *STORY,
            event(
                "process.saved",
                z("06-04 00:00"),
                id="other",
                name="Other",
                stages=[{"id": "new", "name": "New", "duration": {"value": 1, "unit": "days"}}],
                follow_up={"enabled": True, "interval": {"value": 3, "unit": "days"}},
            ),
            lead(z("06-05 12:00"), process="other"),
        ],
        "06-09 07:00",
        [FIRST, sent("06-06 07:00", 1, "first"), sent("06-09 07:00", 2, "next")],
    ),
    Case(
        "a stopper of the old visit does not stop the new one",
        [
            *STORY,
            task("created", "06-04 12:00"),
            lead(z("06-05 12:00"), stage="talks", stage_entered_at=z("06-05 12:00")),
        ],
        "06-09 07:00",
        [FIRST, sent("06-09 07:00", 1, "first")],
    ),
    Case(
        "F13 a task of the old visit that is created again in the new one stops that",
        [
            *STORY,
            task("created", "06-04 12:00"),
            lead(z("06-05 12:00"), stage="talks", stage_entered_at=z("06-05 12:00")),
            task("created", "06-06 12:00"),
        ],
        "06-18 00:00",
        [FIRST],
        {L1: ("stopped_task_created", None)},
    ),
    Case(
        "an appointment of the old visit that starts in the new one stops that, too",
        [
            *STORY,
            appointment("06-04 12:00", "06-06 12:00"),
            lead(z("06-05 12:00"), stage="talks", stage_entered_at=z("06-05 12:00")),
        ],
        "06-20 00:00",
        [FIRST],
        {L1: ("stopped_future_appointment", None)},
    ),
    Case(
        "an appointment of the old visit that is cancelled before the new one does not stop that",
        [
            *STORY,
            appointment("06-04 12:00", "06-06 12:00"),
            cancelled("06-05 11:00"),
            lead(z("06-05 12:00"), stage="talks", stage_entered_at=z("06-05 12:00")),
        ],
        "06-09 07:00",
        [FIRST, sent("06-09 07:00", 1, "first")],
    ),
    Case(
        "closed, then handed to somebody else: a newer visit",
        [*STORY, closed("06-04 12:00"), lead(z("06-05 12:00"), acceptor="U-2")],
        "06-07 07:00",
        [FIRST, sent("06-07 07:00", 1, "first", GRETA)],
    ),
    Case(
        "moved out of a closed stage",
        [*CAST, process(), lead(stage="won"), lead(z("06-05 12:00"), stage="new", stage_entered_at=z("06-05 12:00"))],
        "06-07 07:00",
        [sent("06-07 07:00", 1, "first")],
    ),
    Case(
        "deleted, and saved again in another stage",
        [*STORY, deleted("06-04 12:00"), lead(z("06-05 12:00"), stage="talks", stage_entered_at=z("06-05 12:00"))],
        "06-09 07:00",
        [FIRST, sent("06-09 07:00", 1, "first")],
    ),
    Case(
        "0.6 equal times: the later arrival wins",
        [*STORY, lead(z("06-05 12:00"), acceptor="U-2"), lead(z("06-05 12:00"), acceptor="U-1", title="Same time")],
        "06-07 07:00",
        [FIRST, sent("06-07 07:00", 1, "first")],
    ),
]

LATE = [
    Case(
        "an older save that arrives late overwrites nothing",
        [
            *STORY,
            lead(z("06-05 12:00"), acceptor="U-2"),
            late(lead(z("06-04 12:00"), title="Old"), "06-06 06:00"),
        ],
        "06-07 07:00",
        [FIRST, sent("06-07 07:00", 1, "first", GRETA)],
    ),
    Case(
        "as if they had come in time: Greta had the lead between two saves that name Jonas",
        [
            *STORY,
            lead(z("06-05 12:00"), title="New"),
            late(lead(z("06-04 12:00"), acceptor="U-2", title="Old"), "06-06 12:00"),
        ],
        "06-14 07:00",
        [FIRST, sent("06-07 07:00", 1, "first"), sent("06-14 07:00", 2, "next")],
    ),
    Case(
        "arrives in the wrong order before the first run: the newest state counts",
        [
            *CAST,
            process(),
            lead(z("06-02 12:00"), stage="talks", stage_entered_at=z("06-02 12:00")),
            late(lead(z("06-01 09:00")), "06-02 13:00"),
        ],
        "06-06 07:00",
        [sent("06-06 07:00", 1, "first")],
    ),
    Case(
        "an arrival before that of the line above counts as at its instant",
        [
            *CAST,
            process(),
            lead(z("06-05 07:00:01"), stage_entered_at=z("06-01 09:00")),
            lead(z("06-04 00:00"), id="L-2", stage_entered_at=z("06-01 09:00")),
        ],
        "06-06 07:00",
        [sent("06-06 07:00", 1, "first"), sent("06-06 07:00", 1, "first", lead="L-2")],
    ),
    Case(
        "receivedat: a save of Tuesday that arrives on Friday is acted on from Friday on",
        [*CAST, process(), late(lead(z("06-01 09:00")), "06-05 12:00")],
        "06-13 07:00",
        [sent("06-06 07:00", 1, "first"), sent("06-13 07:00", 2, "next")],
    ),
    Case(
        "a stopper that arrives after the mail it would have stopped",
        [*STORY, late(appointment("06-02 12:00", "06-02 18:00"), "06-05 12:00")],
        "06-18 00:00",
        [FIRST],
        {L1: ("stopped_future_appointment", None)},
    ),
    Case(
        "whether an appointment was future is told by its time, not its arrival",
        [*STORY, late(appointment("06-02 12:00", "06-02 13:00"), "06-02 15:00")],
        "06-18 00:00",
        [],
        {L1: ("stopped_future_appointment", None)},
    ),
    Case(
        "the task is completed before it is heard of, when_clear",
        [
            *WHEN_CLEAR,
            late(task("completed", "06-05 12:00"), "06-05 12:00"),
            late(task("created", "06-04 12:00"), "06-05 13:00"),
        ],
        "06-06 07:00",
        [FIRST, sent("06-06 07:00", 2, "first")],
    ),
    Case(
        "the task is completed before it is heard of, never",
        [*STORY, task("completed", "06-02 12:00"), late(task("created", "06-01 12:00"), "06-02 13:00")],
        "06-18 00:00",
        [],
        {L1: ("stopped_task_created", None)},
    ),
    Case(
        "the appointment is cancelled before it is heard of, when_clear",
        [*WHEN_CLEAR, cancelled("06-05 12:00"), late(appointment("06-04 12:00", "06-20 12:00"), "06-05 13:00")],
        "06-06 07:00",
        [FIRST, sent("06-06 07:00", 2, "first")],
    ),
    Case(
        "the closing comes before the lead",
        [*CAST, process(), closed("06-02 12:00"), late(lead(z("06-01 09:00")), "06-02 13:00")],
        "06-18 00:00",
        [],
        {L1: ("lead_closed", None)},
    ),
    Case(
        "the deletion comes before the lead",
        [*CAST, process(), deleted("06-02 12:00"), late(lead(z("06-01 09:00")), "06-02 13:00")],
        "06-18 00:00",
        [],
        {L1: ("lead_deleted", None)},
    ),
    Case(
        "the deletion comes before the lead, which is saved again later",
        [*CAST, process(), deleted("06-01 08:00"), lead(z("06-01 09:00"))],
        "06-03 07:00",
        [FIRST],
    ),
    Case(
        "stoppers come before the lead",
        [*CAST, process(), task("created", "06-01 10:00"), late(lead(z("06-01 09:00")), "06-02 13:00")],
        "06-18 00:00",
        [],
        {L1: ("stopped_task_created", None)},
    ),
    Case(
        "the process comes after the lead",
        [*CAST, lead(), process(z("06-05 12:00"))],
        "06-13 07:00",
        [sent("06-06 07:00", 1, "first"), sent("06-13 07:00", 2, "next")],
    ),
    Case(
        "an older process that arrives late changes nothing",
        [*STORY, late(process(z("05-20 00:00"), every="1 days"), "06-05 12:00")],
        "06-10 07:00",
        [FIRST, SECOND],
    ),
    Case(
        "an older user that arrives late changes nothing",
        [*STORY, late(jonas(z("05-20 00:00"), active=False), "06-02 12:00")],
        "06-03 07:00",
        [FIRST],
    ),
    Case(
        "everything arrives during an outage, out of order",
        [
            *CAST,
            process(),
            lead(),
            late(closed("06-03 12:00"), "06-04 10:00"),
            late(lead(z("06-04 09:00"), stage_entered_at=z("06-04 09:00")), "06-04 09:30"),
        ],
        "06-06 07:00",
        [sent("06-06 07:00", 1, "first")],
        outages=[("06-03 06:00", "06-04 20:00")],
    ),
]

LANGUAGES = [
    Case(
        "0.8 a letter to a user is in their language, else in English",
        [jonas(language="it"), process(), lead()],
        "06-03 07:00",
        [sent("06-03 07:00", 1, "first", ("U-1", "jonas@nordwind.example.org", "en"))],
    ),
    Case(
        "0.8 a regional language",
        [jonas(language="fr-CH"), process(), lead()],
        "06-03 07:00",
        [sent("06-03 07:00", 1, "first", ("U-1", "jonas@nordwind.example.org", "fr"))],
    ),
]


@pytest.mark.parametrize("case", [*VISITS, *LATE, *LANGUAGES], ids=case_id)
def test_visit(case: Case) -> None:
    case.check()
