"""Whatever a client's contacts have switched off: who is mailed by a document, through store, rules and letters."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenarios import Event, event
from tests.scenarios.office import START, company, document
from tests.scenarios.story import Line, simulate, z
from workers.domain.facts import TOGGLES

ADDRESSES = st.sampled_from(["a@example.com", "A@example.com", "b@example.com", "c@example.com", None])
PERSON = st.fixed_dictionaries(
    {
        "active": st.booleans(),
        "off": st.sets(st.sampled_from(TOGGLES)),
        "address": ADDRESSES,
        "company": st.sampled_from(["K-1", "K-1", "K-1", "K-2"]),
        "deleted": st.booleans(),
    }
)
PEOPLE = st.lists(PERSON, max_size=5)
KINDS = st.sampled_from(["invoice.sent", "estimate.expiring", "contract.commented", "project.discussed"])


def said(people: list[dict[str, Any]]) -> list[Event]:
    events = [company(), event("company.saved", START, id="K-2", name="Hafenbau")]
    for number, person in enumerate(people):
        id, email = f"C-{number}", {"email": person["address"]} if person["address"] else {}
        notifications = dict.fromkeys(person["off"], False)
        names = {"id": id, "company": person["company"], "first_name": "X", "last_name": str(number)}
        more = {"active": person["active"], "notifications": notifications}
        events.append(event("contact.saved", START, **names, **more, **email))
        if person["deleted"]:
            events.append(event("contact.deleted", z("06-01 08:30"), id=id))
    return events


def the_line(people: list[dict[str, Any]], occasion: Event) -> Line:
    (line,) = simulate([*said(people), occasion], "06-01 12:00").lines
    return line


def check(line: Line) -> set[str]:
    """What holds for every notice; the refs of those who are mailed."""
    addresses = [address for mail in line["mails"] for address in mail["to"]]
    kept = [person for person in line["people"] if person["kept"]]
    refs = [person["ref"] for person in line["people"]]
    assert len({address.casefold() for address in addresses}) == len(addresses), "one copy an address"
    assert addresses == [person["address"] for person in kept]
    assert len(set(refs)) == len(refs), "one entry a person"
    assert all(isinstance(person["reason"], str) for person in line["people"])
    assert (line["outcome"] == "sent") == bool(kept)
    return {person["ref"] for person in kept}


@settings(max_examples=30, deadline=None)
@given(people=PEOPLE, kind=KINDS)
def test_nobody_with_the_toggle_off_gets_an_automatic_mail_and_everybody_else_does(
    people: list[dict[str, Any]], kind: str
) -> None:
    mailed = check(the_line(people, document(kind)))
    wanted = [
        (f"contact/C-{number}", person["address"])
        for number, person in enumerate(people)
        if person["company"] == "K-1" and not person["deleted"] and person["active"] and person["address"]
        if kind.partition(".")[0] not in person["off"]
    ]
    assert mailed <= {ref for ref, _ in wanted}
    assert len(mailed) == len({address.casefold() for _, address in wanted})


@settings(max_examples=30, deadline=None)
@given(people=PEOPLE, chosen=st.lists(st.integers(0, 6), min_size=1, unique=True), kind=KINDS)
def test_px7_a_manual_selection_reaches_exactly_the_selected(
    people: list[dict[str, Any]], chosen: list[int], kind: str
) -> None:
    line = the_line(people, document(kind, mode="manual", contacts=[f"C-{number}" for number in chosen]))
    mailed = check(line)
    reachable = [
        person
        for number, person in enumerate(people)
        if number in chosen and person["company"] == "K-1" and not person["deleted"] and person["address"]
    ]
    assert {person["ref"] for person in line["people"]} == {f"contact/C-{number}" for number in chosen}
    assert len(mailed) == len({person["address"].casefold() for person in reachable})
    assert all(person["reason"] == "manual_selection" for person in line["people"] if person["kept"])
