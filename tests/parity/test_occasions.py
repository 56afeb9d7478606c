"""Two days of activities and documents through a real fleet, on both databases, as the simulation tells them.

Among them an occasion that waits until its object comes, one that waits for nothing, and a link to set a password,
which stands in the mail and nowhere else.
"""

import email.policy
import json
import zlib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.scenarios import event
from tests.scenarios.office import (
    COLLEAGUES,
    START,
    activity,
    company,
    contact,
    deal,
    document,
    project,
    ticket,
    toggles,
)
from tests.scenarios.story import instant, z
from workers.cli import demo, example
from workers.cli.example import Story
from workers.fleet.tour import arrivals
from workers.house import House
from workers.settings import Settings
from workers.settings.installation import Database
from workers.store import tables

LINK = "https://portal.example.com/set-password/T0KEN?for=anna&once=1"
CREATED = {
    "type": "contact.created",
    "id": "created",
}
EVENTS = [
    *COLLEAGUES,
    company(START, "U-1", "U-2"),
    contact("C-2", notifications=toggles("invoice")),
    project("U-1", "U-3"),
    ticket(contact="C-2", responsible="U-2"),
    event("renewal.saved", START, id="R-1", company="K-1", product="Hub", renews_on="2026-08-31"),
    activity("company/K-1", actor="U-3", summary="Called about the offer."),
    activity("deal/D-1", "won", "06-01 09:10"),
    activity("deal/D-2", "lost", "06-01 09:20"),
    contact("C-1", z("06-01 09:30"), set_password={"url": LINK, "issued_at": z("06-01 09:29")}) | CREATED,
    document(at="06-01 10:00"),
    document("ticket.replied", at="06-01 10:30", ticket="T-1", text="It opens again."),
    deal("U-1") | {"time": z("06-01 11:00"), "id": "the deal that was waited for"},
    activity("project/J-1", "closed", "06-01 12:00"),
    document("contract.commented", at="06-01 12:00", mode="manual", contacts=["C-2", "C-9"]),
    activity("ticket/T-1", "reopened", "06-01 13:00"),
    document("estimate.sent", at="05-20 10:00") | {"receivedat": z("06-02 10:00")},
    document("invoice.due", at="06-02 11:00", company="K-2"),
]
STORY = Story(tuple(arrivals(map(json.dumps, EVENTS))), instant("06-02 12:00"))
EXPECTED = [
    ("activity", "company/K-1", "sent", "company_account_manager"),
    ("contact.welcome", "contact/C-1", "sent", "welcome"),
    ("contact.set_password", "contact/C-1", "sent", "set_password"),
    ("invoice.sent", "invoice/55", "sent", "toggle_on"),
    ("ticket.replied", "ticket/55", "sent", "toggle_on"),
    ("activity", "deal/D-1", "sent", "deal_responsible"),
    ("activity", "project/J-1", "sent", "project_responsible"),
    ("contract.commented", "contract/55", "sent", "manual_selection"),
    ("activity", "ticket/T-1", "suppressed", "action_not_notifiable"),
    ("renewal.notice", "renewal/R-1", "sent", "hubspot_owner_default"),
    ("activity", "deal/D-2", "suppressed", "reference_missing"),
    ("estimate.sent", "estimate/55", "suppressed", "stale_occasion"),
    ("invoice.due", "invoice/55", "held", "reference_missing"),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    found = example.settings_for(Settings(data_dir=tmp_path), "occasions")
    found.data_dir.mkdir()
    if request.param == "sqlite":
        return found
    url = request.getfixturevalue("postgres_url")
    return found.model_copy(update={"database": Database(url=url)})


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    demo.prepare(settings, STORY)
    sizes = {"RAPPEL_FLEET__PROCESSES": "2", "RAPPEL_FLEET__THREADS": "2"}
    with demo.fleet(settings, RAPPEL_DATABASE__URL=settings.database_url, **sizes) as house:
        yield house


def test_the_fleet_and_the_simulation_tell_the_same_of_occasions(settings: Settings, house: House) -> None:
    of_fleet = demo.lead(house, settings, STORY)

    assert [tuple(line[name] for name in ("notice", "subject", "outcome", "reason")) for line in of_fleet] == EXPECTED
    assert of_fleet == demo.simulate(settings, STORY)
    assert _mails_with(settings.catcher_dir, "T0KEN") == ["anna@lumiere.example.com"]
    assert not _kept_with(house, "T0KEN")


def _mails_with(directory: Path, words: str) -> list[str]:
    """Who was sent a mail that says this, in both of its parts."""
    found = []
    for path in directory.glob("*.eml"):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
        if any(words in part for part in parts):
            assert all(words in part for part in parts)
            found.append(str(message["To"].addresses[0].addr_spec))
    return found


def _kept_with(house: House, words: str) -> list[str]:
    """The tables in which something says this; letters as they are stored are compressed."""
    with house.database.read() as connection:
        return [
            table.name
            for table in tables.metadata.sorted_tables
            if words in repr([_readable(row) for row in connection.execute(sa.select(table))])
        ]


def _readable(row: sa.Row[tuple[object, ...]]) -> list[object]:
    return [
        zlib.decompress(value) if name == "body" and isinstance(value, bytes) else value
        for name, value in row._mapping.items()
    ]
