"""The comparison finds what it is there to find."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.chaos.cast import RESENT, address
from tests.chaos.chaos import Run
from tests.chaos.plan import Fault, Plan
from tests.chaos.report import page
from tests.chaos.sink import Sink
from tests.chaos.strikes import Struck
from tests.chaos.verdict import Told, Verdict, compare
from tests.delivery.office import CLAIRE, Office, company, contact, route_to, said
from tests.servers.smtpd import Smtpd
from workers.house import real_clock
from workers.postbox.postbox import Postbox
from workers.store import tables
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


def verdict(office: Office, sink: Sink, *listed: int) -> Verdict:
    return compare(office.database, sink, 1, 12, Told(frozenset(listed)))


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


def test_an_event_that_nobody_took_in_is_lost_unless_the_queue_lost_it(office: Office, sink: Sink) -> None:
    due = {"invoice.sent:0123"}
    assert compare(office.database, sink, 1, 12, Told(), due).wrong == {
        "lost": ["event invoice.sent:0123 was never taken in"]
    }
    assert compare(office.database, sink, 1, 12, Told()).wrong == {}


def test_a_mail_that_arrived_twice_without_a_flag_is_named(office: Office, sink: Sink) -> None:
    sink.mails += sink.mails
    found = verdict(office, sink)
    assert (found.unflagged_duplicates, found.holds) == ([CLAIRE], False)


def test_a_mail_that_arrived_under_two_names_is_named(office: Office, sink: Sink) -> None:
    first = sink.mails[0]
    sink.mails.append(replace(first, message=first.message.replace(b"Message-ID: <", b"Message-ID: <another-")))
    assert verdict(office, sink).renamed == [CLAIRE]


def test_an_uncertain_copy_was_begun_once_more_than_the_ledger_has_answers_for(office: Office, sink: Sink) -> None:
    becomes(office, state="uncertain")
    sink.begun[1].times = 1  # that was the attempt at which it was accepted
    assert verdict(office, sink, 1).wrong == {"never_begun": [1]}
    sink.begun[1].times = 2
    assert verdict(office, sink, 1).wrong == {}


def test_an_uncertain_copy_is_listed_and_nothing_else(office: Office, sink: Sink) -> None:
    becomes(office, state="uncertain")
    sink.begun[1].times = 2
    assert verdict(office, sink).wrong == {"unlisted": [1]}
    assert verdict(office, sink, 1, 2).wrong == {"unlisted": [2]}


def test_more_uncertain_copies_than_can_be_under_way_are_too_many(office: Office, sink: Sink) -> None:
    becomes(office, state="uncertain")
    sink.begun[1].times = 2
    found = compare(office.database, sink, 0, 12, Told(frozenset({1})))
    assert (found.wrong, found.uncertain, found.most_uncertain, found.holds) == ({}, 1, 0, False)


def test_a_held_copy_is_neither_lost_nor_passed_over(office: Office, sink: Sink) -> None:
    becomes(office, state="held", reason="template_broken")
    assert verdict(office, sink).wrong == {"held": ["copy 1 is held: template_broken"]}


def test_what_goes_out_again_by_itself_is_not_given_up_early_nor_without_its_link(office: Office, sink: Sink) -> None:
    becomes(office, state="uncertain", address=address(1))
    sink.begun[1].times = 2
    with office.database.write() as connection:
        connection.execute(tables.letters.update().values(template=RESENT))
    words = ["copy 1 was given up after it was sent again 0 times", "copy 1 came without its link"]
    assert verdict(office, sink, 1).wrong == {"lost": words}


def becomes(office: Office, **values: Any) -> None:
    """The one copy there is."""
    with office.database.write() as connection:
        connection.execute(tables.deliveries.update().values(values))


def test_the_page_names_runs_and_faults() -> None:
    plan = Plan(7, mails=10, database="sqlite", kills=1)
    found = Verdict(10, {"sent": 9, "uncertain": 1}, arrived=10, most_uncertain=84, uncertain_in=Counter({0: 1}))
    struck = Struck(Fault.QUEUE_LOST, 5, "")
    told = page([Run(plan, (struck,), found, 119.0)], "abc1234", datetime(2026, 6, 1, tzinfo=UTC))
    assert "on 2026-06-01, at commit abc1234, seed 7." in told
    assert "| uncertain | 1 |" in told
    assert "| minutes | 2 |" in told
    assert "| Valkey is killed and loses its data | sqlite | 1 | 5 | 0 | 0 | 1 |" in told
    assert "PostgreSQL is shut down" not in told


def test_a_seed_makes_the_same_choices_again(sink: Sink) -> None:
    plan, other = Plan(7, 150, "postgresql", 18), Plan(8, 150, "postgresql", 18)
    assert plan.strikes() == Plan(7, 150, "postgresql", 18).strikes() != other.strikes()
    assert Counter(strike.fault for strike in plan.strikes()) == dict.fromkeys(Fault, 2)
    assert [n for chunk in plan.chunks() for n in chunk] == list(range(150))
    again = Sink("no moods")
    moods = [[each.mood("dot", "", f"{n}@example.com") for n in range(50)] for each in (sink, again)]
    again.close()
    assert moods[0] == moods[1]
