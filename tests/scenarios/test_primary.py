"""Who is a company's main contact, read from who gets its renewal notice: PX-2, C1 to C3, in any order of arrival."""

from dataclasses import dataclass

import pytest

from tests.scenarios import Event, event
from tests.scenarios.renewals import START, bruno, claire, company, odile, partner, renewal, user
from tests.scenarios.story import simulate, z

FRAME = (user("U-1"), partner(), company(), company(id="K-2", name="Hafenbau", partner=None))
NORA = {"id": "C-9", "first_name": "Nora", "last_name": "Brandt", "email": "nora@hafen.example.net"}


@dataclass(frozen=True)
class Story:
    row: str
    events: tuple[Event, ...]
    main: str | None
    """Of Lumière."""
    elsewhere: str | None = None
    """Of the other company."""


def nora(time: str, /, **changes: object) -> Event:
    return event("contact.saved", time, **NORA | {"company": "K-2"} | changes)


def gone(time: str, id: str, how: str = "deleted") -> Event:
    return event(f"contact.{how}", z(time), id=id)


def late(made: Event, arrives: str) -> Event:
    return made | {"receivedat": z(arrives)}


AT = [z(f"2025-12-30 {hour:02}:00") for hour in range(24)]
THREE = (claire(AT[0], primary=None), bruno(AT[1]), odile(AT[2]))

STORIES = [
    Story("C1 the first one", THREE, "C-1"),
    Story(
        "C1 the first by time, not by arrival",
        (bruno(AT[1]), late(claire(AT[0], primary=None), "2025-12-30 02:00")),
        "C-1",
    ),
    Story("C1 an explicit no of the first", (claire(AT[0], primary=False), bruno(AT[1])), "C-1"),
    Story("C1 inactive is first, too", (claire(AT[0], primary=None, active=False), bruno(AT[1])), "C-1"),
    Story("C2", (*THREE, claire(AT[3], primary=False)), "C-1"),
    Story("C3", (*THREE, odile(AT[3], primary=True)), "C-3"),
    Story("C3 and C2 of the new one", (*THREE, odile(AT[3], primary=True), odile(AT[4], primary=False)), "C-3"),
    Story("C3 twice", (*THREE, odile(AT[3], primary=True), bruno(AT[4], primary=True)), "C-2"),
    Story(
        "C3 twice, in the wrong order",
        (*THREE, bruno(AT[4], primary=True), late(odile(AT[3], primary=True), "2025-12-30 05:00")),
        "C-2",
    ),
    Story(
        "C3 at one instant: the later arrival", (*THREE, bruno(AT[4], primary=True), odile(AT[4], primary=True)), "C-3"
    ),
    Story("a later save without the mark keeps it", (*THREE, odile(AT[3], primary=True), odile(AT[4])), "C-3"),
    Story("PX-2 deleted: the oldest", (*THREE, gone("2025-12-30 03:00", "C-1")), "C-2"),
    Story(
        "PX-2 deleted: the oldest who is active",
        (*THREE, bruno(AT[3], active=False), gone("2025-12-30 04:00", "C-1")),
        "C-3",
    ),
    Story("PX-2 erased counts as deleted", (*THREE, gone("2025-12-30 03:00", "C-1", "erased")), "C-2"),
    Story("PX-2 deactivated is not deleted", (*THREE, claire(AT[3], primary=None, active=False)), "C-1"),
    Story("PX-2 nobody left", (*THREE, *(gone("2025-12-30 03:00", id) for id in ("C-1", "C-2", "C-3"))), None),
    Story(
        "PX-2 nobody left, somebody comes",
        (*THREE, *(gone("2025-12-30 03:00", id) for id in ("C-1", "C-2", "C-3")), claire(AT[4], primary=None)),
        "C-1",
    ),
    Story(
        "PX-2 deleted and back: the mark has gone",
        (*THREE, gone("2025-12-30 03:00", "C-1"), claire(AT[4], primary=None)),
        "C-2",
    ),
    Story(
        "PX-2 deleted and back with the mark",
        (*THREE, gone("2025-12-30 03:00", "C-1"), claire(AT[4], primary=True)),
        "C-1",
    ),
    Story("PX-2 another one deleted", (*THREE, gone("2025-12-30 03:00", "C-2")), "C-1"),
    Story("moves away: the oldest who stay", (*THREE, claire(AT[3], primary=None, company="K-2")), "C-2", "C-1"),
    Story(
        "moves to a company that has one, without a word",
        (*THREE, nora(AT[0]), claire(AT[3], primary=None, company="K-2")),
        "C-2",
        "C-9",
    ),
    Story(
        "moves to a company that has one, with the mark",
        (*THREE, nora(AT[0]), claire(AT[3], company="K-2")),
        "C-2",
        "C-1",
    ),
    Story(
        "moves away and back without a word",
        (*THREE, nora(AT[0]), claire(AT[3], primary=None, company="K-2"), claire(AT[4], primary=None)),
        "C-2",
        "C-9",
    ),
    Story("one who is not main moves away", (*THREE, nora(AT[0]), bruno(AT[3], company="K-2")), "C-1", "C-9"),
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.row)
def test_main_contact(story: Story) -> None:
    renewals = (renewal(START), renewal(START, id="R-2", company="K-2"))
    told = simulate([*FRAME, *renewals, *story.events], "2025-12-31 07:00")
    assert [main_of(told.about(f"renewal/{id}")) for id in ("R-1", "R-2")] == [story.main, story.elsewhere]


def main_of(lines: list[dict[str, object]]) -> str | None:
    (line,) = lines
    (ref,) = (person["ref"] for person in line["people"] if "main" in person["roles"])  # type: ignore[attr-defined]
    return ref and ref.removeprefix("contact/")
