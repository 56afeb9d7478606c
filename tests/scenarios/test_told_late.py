"""RULES 0.6 from outside: what is told late counts at its own time. Before a mail the mails are the same; after it none
goes out twice in one stay (F17)."""

from collections.abc import Iterable, Sequence
from itertools import islice, permutations

import pytest

from tests.scenarios import Event, event
from tests.scenarios import renewals as clients
from tests.scenarios.leads import CAST, GRETA, STORY, appointment, cancelled, lead, process, sent, task
from tests.scenarios.renewals import bruno, claire, company, odile, renewal
from tests.scenarios.story import Case, Line, case_id, simulate, z

MANY = 12
"""Orders of one story that are simulated."""


def late(made: Event, arrives: str) -> Event:
    return made | {"receivedat": z(arrives)}


def orders(events: Sequence[Event], arrive: str) -> Iterable[tuple[Event, ...]]:
    """The story in order first, then in others, all of it arriving at once."""
    told = permutations([late(each, arrive) for each in events])
    every = max(1, len(list(permutations(events))) // MANY)
    return islice(told, 0, None, every)


def hours(day: str) -> list[str]:
    return [z(f"{day} {hour:02}:00") for hour in range(24)]


AT = hours("2025-12-30")
CLIENTS = (clients.user("U-1"), clients.partner(), company(), company(id="K-2", name="Hafenbau", partner=None))
RENEWALS = (renewal(clients.START), renewal(clients.START, id="R-2", company="K-2"))

WHEREABOUTS = {
    "the heir moved here after the primary was chosen": (
        "contact/C-3",
        [
            bruno(AT[1], company="K-2"),
            odile(AT[2], primary=True),
            bruno(AT[3]),
        ],
    ),
    "back, and no longer the oldest": (
        "contact/C-3",
        [
            claire(AT[1], primary=None, company="K-2"),
            bruno(AT[2], primary=True),
            odile(AT[3]),
            claire(AT[4], primary=None),
            event("contact.deleted", AT[5], id="C-2"),
        ],
    ),
    "deleted and back without a word": (
        "contact/C-2",
        [
            bruno(AT[1]),
            claire(AT[2], primary=True),
            event("contact.deleted", AT[3], id="C-1"),
            claire(AT[4], primary=None),
        ],
    ),
    "asleep when the primary left": (
        "contact/C-3",
        [
            claire(AT[1], primary=None),
            bruno(AT[2], active=False),
            odile(AT[3]),
            event("contact.erased", AT[4], id="C-1"),
            bruno(AT[5]),
        ],
    ),
}


@pytest.mark.parametrize("name", WHEREABOUTS)
def test_px2_the_renewal_goes_to_the_same_people_in_every_order(name: str) -> None:
    main, events = WHEREABOUTS[name]
    known = [*CLIENTS, *RENEWALS]
    told = [_lines([*known, *each], "2025-12-31 07:00") for each in orders(events, "2025-12-30 12:00")]
    assert told == [told[0]] * len(told)
    assert len(told) > 1
    assert [person["ref"] for person in told[0][0]["people"] if "main" in person["roles"]] == [main]


LEADS = {
    "an acceptor of before": [lead(z("06-01 10:00"), acceptor="U-2"), lead(z("06-01 12:00")), lead(z("06-01 13:00"))],
    "acceptors back and forth": [
        lead(z("06-01 10:00")),
        lead(z("06-01 11:00"), acceptor="U-2"),
        lead(z("06-01 12:00")),
        lead(z("06-01 13:00"), title="Three lines"),
    ],
    "stages": [
        lead(z("06-01 10:00"), stage="talks", stage_entered_at=z("06-01 08:00")),
        lead(z("06-01 11:00")),
        lead(z("06-01 12:00"), acceptor="U-2"),
        event("lead.deleted", z("06-01 13:00"), id="L-1"),
        lead(z("06-01 14:00"), acceptor="U-2"),
    ],
    "an appointment that was cancelled, a task that is done": [
        lead(z("06-01 10:00")),
        appointment("06-01 11:00", "06-20 11:00"),
        cancelled("06-01 12:00"),
        task("created", "06-01 13:00"),
        task("completed", "06-01 14:00"),
    ],
}


@pytest.mark.parametrize("name", LEADS)
def test_the_same_reminders_go_out_in_every_order(name: str) -> None:
    known = [*CAST, process(resume="when_clear")]
    told = [_lines([*known, *each], "06-17 07:00") for each in orders(LEADS[name], "06-01 20:00")]
    assert told == [told[0]] * len(told)
    assert len(told) > 1
    assert len(told[0]) >= 2


OUTAGE = [("06-10 06:00", "06-10 20:00")]


def test_f20_a_cadence_that_was_taken_back_is_a_change_in_every_order() -> None:
    """The grid day that the outage swallowed is one of the new cadence, which was not known by its run."""
    saves = [process(z("06-10 11:00"), every="2 weeks"), process(z("06-10 12:00"))]
    told = [_lines([*STORY, *each], "06-17 07:00", OUTAGE) for each in orders(saves, "06-10 13:00")]
    assert told == [[sent("06-03 07:00", 1, "first"), sent("06-17 07:00", 2, "next")]] * 2
    repeated = [*STORY, process(z("06-10 12:00"))]
    assert _lines(repeated, "06-11 07:00", OUTAGE)[1:] == [sent("06-11 07:00", 2, "catch_up")], "no change, so missed"


def _lines(events: Iterable[Event], until: str, outages: Sequence[tuple[str, str]] = ()) -> list[Line]:
    return simulate(events, until, outages=outages).lines


FIRST = sent("06-03 07:00", 1, "first")
MAILED = [
    Case(
        "F17 the stay proves to have begun later: what was mailed in it counts",
        [*CAST, process(), lead(z("06-02 09:00")), late(lead(z("06-01 10:00"), acceptor="U-2"), "06-04 12:00")],
        "06-17 07:00",
        [FIRST, sent("06-10 07:00", 2, "next"), sent("06-17 07:00", 3, "next")],
    ),
    Case(
        "F17 the stay proves to have begun earlier: what was mailed in it counts",
        [
            *CAST,
            process(),
            lead(z("06-01 10:00"), acceptor="U-2"),
            lead(z("06-03 12:00")),
            late(lead(z("06-02 08:00")), "06-06 12:00"),
        ],
        "06-19 07:00",
        [
            sent("06-03 07:00", 1, "first", GRETA),
            sent("06-05 07:00", 1, "first"),
            sent("06-12 07:00", 2, "next"),
            sent("06-19 07:00", 3, "next"),
        ],
    ),
    Case(
        "F17 later, and then earlier again",
        [
            *CAST,
            process(),
            lead(z("06-02 09:00")),
            late(lead(z("06-01 10:00"), acceptor="U-2"), "06-04 12:00"),
            late(lead(z("06-01 11:00")), "06-11 12:00"),
        ],
        "06-17 07:00",
        [FIRST, sent("06-10 07:00", 2, "next"), sent("06-17 07:00", 3, "next")],
    ),
    Case(
        "a stay that began after the mail is another one",
        [
            *CAST,
            process(),
            lead(),
            lead(z("06-04 09:00"), title="Three lines"),
            late(lead(z("06-03 12:00"), acceptor="U-2"), "06-04 12:00"),
        ],
        "06-13 07:00",
        [FIRST, sent("06-06 07:00", 1, "first"), sent("06-13 07:00", 2, "next")],
    ),
]


@pytest.mark.parametrize("case", MAILED, ids=case_id)
def test_mailed_before_it_was_told(case: Case) -> None:
    case.check()
