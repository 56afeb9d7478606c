"""The comparison finds what it is there to find."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.chaos.chaos import Fault, Plan
from tests.chaos.report import page
from tests.chaos.sink import Sink
from tests.chaos.verdict import Verdict, compare
from tests.delivery.office import CLAIRE, Office, company, contact, route_to, said
from tests.servers.smtpd import Smtpd
from workers.house import real_clock
from workers.postbox.postbox import Postbox
from workers.store.database import Database


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink("no moods")
    yield sink
    sink.close()


@pytest.fixture
def office(database: Database, sink: Sink) -> Iterator[Office]:
    """Claire was sent an invoice, and the sink knows what the server accepted."""
    with Smtpd() as server, Postbox([route_to(server)], clock=real_clock) as postbox:
        office = Office(database, server, postbox)
        of = {"company": "K-1", "document": {"id": "55"}, "mode": "manual", "contacts": ["C-1"]}
        office.ingest(company(), contact("C-1", CLAIRE), said("invoice.sent", office.now, **of))
        office.finish()
        sink.mails += server.mails
        yield office


def verdict(office: Office, sink: Sink) -> Verdict:
    return compare(office.database, sink, 1, 12)


def test_a_mail_that_arrived_once_is_neither_lost_nor_doubled(office: Office, sink: Sink) -> None:
    found = verdict(office, sink)
    assert (found.accepted_events, found.arrived, found.states, found.holds) == (1, 1, {"sent": 1}, True)


def test_a_sent_copy_that_never_arrived_is_lost(office: Office, sink: Sink) -> None:
    sink.mails.clear()
    found = verdict(office, sink)
    assert (found.lost, found.holds) == (["copy 1 is called sent"], False)


def test_an_event_that_led_to_no_mail_is_lost(office: Office, sink: Sink) -> None:
    of = {"company": "K-1", "document": {"id": "56"}, "mode": "manual", "contacts": ["C-1"]}
    office.ingest(said("invoice.sent", office.now, **of))
    found = verdict(office, sink)
    assert [words.rpartition(" led ")[2] for words in found.lost] == ["to no mail"]


def test_a_mail_that_arrived_twice_without_a_flag_is_named(office: Office, sink: Sink) -> None:
    sink.mails += sink.mails
    found = verdict(office, sink)
    assert (found.unflagged_duplicates, found.holds) == ([CLAIRE], False)


def test_the_page_names_runs_and_faults() -> None:
    plan = Plan(7, mails=10, kills=7, database="sqlite")
    found = Verdict(10, {"sent": 9, "uncertain": 1}, 10, [], [], [], 0, 84)
    told = page([(plan, found)], "abc1234", datetime(2026, 6, 1, tzinfo=UTC))
    assert "| sqlite | 7 | 10 of 10 | 7 | 0 | 0 | 1 | 84 |" in told
    assert "| Valkey is killed and loses its data | 1 |" in told


def test_a_seed_makes_the_same_choices_again(sink: Sink) -> None:
    plan, other = Plan(7, 150, 8, "postgresql"), Plan(8, 150, 8, "postgresql")
    assert plan.strikes() == Plan(7, 150, 8, "postgresql").strikes() != other.strikes()
    assert {strike.fault for strike in plan.strikes()} == set(Fault)
    again = Sink("no moods")
    moods = [[each.mood("dot", "", f"{n}@example.com") for n in range(50)] for each in (sink, again)]
    again.close()
    assert moods[0] == moods[1]
