"""Mails whose turn it is not wait in the ledger and lose nothing by it. Redis is real, its clock is the office's."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import redis

from tests.delivery import office as cast
from tests.delivery.office import CLIENTS, HOUR, JONAS, PEOPLE, QUICK, RENEWAL, RUN, Office, route_to, said
from tests.servers.smtpd import Smtpd
from tests.world import utc
from workers.domain.rates import SECOND, Rate
from workers.house import rates_of, real_clock
from workers.postbox.parcels import Parcel
from workers.postbox.postbox import Postbox
from workers.postbox.rates import AWAY, Rates
from workers.settings import Settings
from workers.store import tables
from workers.store.database import Database

GMX = "gmx.de"


@dataclass
class Town:
    """An office, and the rates that its mails keep. They begin rested."""

    client: redis.Redis
    domains: dict[str, Rate] = field(default_factory=dict)
    now: int = 0

    def __post_init__(self) -> None:
        self.rates = Rates(self.client, {}, self.domains, self.clock)

    def clock(self) -> int:
        return self.now or int(self.office.now.timestamp() * SECOND)

    def open(self, office: Office) -> Office:
        self.office = office
        self.now = int((office.now - 2 * HOUR).timestamp()) * SECOND
        self.rates.waits("relay", [Parcel(domain, "", f"x@{domain}", b"") for domain in self.domains])
        self.now = 0
        return office


@pytest.fixture
def town(redis_url: str) -> Iterator[Town]:
    with redis.Redis.from_url(redis_url) as client:
        yield Town(client, {GMX: Rate(60, 60), "lumiere.example.com": Rate(1, 3600)})


@pytest.fixture
def office(database: Database, server: Smtpd, town: Town) -> Iterator[Office]:
    with Postbox([route_to(server)], clock=real_clock, timeouts=QUICK, rates=town.rates) as postbox:
        yield town.open(Office(database, server, postbox))
        postbox.close(grace=0)


def waiting(office: Office) -> list[Any]:
    return [
        (row.state, row.reason, row.next_attempt_at - office.now, row.attempts, row.first_answer_at)
        for row in office.rows(tables.deliveries, tables.deliveries.c.state != "sent")
    ]


def leads(office: Office, *addresses: str) -> None:
    """A follow-up for each of them, decided and due."""
    users = [f"U-{number}" for number in range(10, 10 + len(addresses))]
    office.ingest(*PEOPLE, cast.process())
    office.ingest(*(cast.user(id, address) for id, address in zip(users, addresses, strict=True)))
    office.ingest(*(cast.lead(f"L-{id}", acceptor=id) for id in users))
    office.make_run()


TEN = [f"x{number}@gmx.de" for number in range(8)] + ["anna@example.net", "bert@example.net"]
INTERVAL = timedelta(microseconds=Rate(60, 60).interval)


def test_whose_turn_it_is_not_waits_for_it_and_that_costs_no_attempt(office: Office) -> None:
    leads(office, *TEN)
    assert office.send() == 10
    assert office.recipients == sorted([*TEN[:6], *TEN[8:]]), "one slow domain does not hold up the rest"
    assert waiting(office) == [
        ("pending", "rate_limited", INTERVAL, 0, None),
        ("pending", "rate_limited", 2 * INTERVAL, 0, None),
    ]
    assert {row.kind for row in office.rows(tables.attempts)} == {"accepted"}
    assert (office.alerts(), office.send()) == ([], 0)

    office.now += INTERVAL * 2
    held_back = [row.id for row in office.rows(tables.deliveries, tables.deliveries.c.state == "pending")]
    assert office.wake().deliveries == held_back, "told at once, not ten seconds later"
    office.finish()
    assert office.recipients == sorted(TEN)
    assert {(row.state, row.reason, row.possible_duplicate) for row in office.rows(tables.deliveries)} == {
        ("sent", "accepted", False)
    }


def test_a_changed_fact_stops_a_mail_that_waits_for_its_turn(office: Office) -> None:
    leads(office, *TEN[:7])
    office.send()
    office.ingest(said("lead.task_created", office.now, lead="L-U-16", id="T-1"))
    office.now += HOUR
    office.finish()
    assert office.recipients == sorted(TEN[:6])
    ends = [(row.outcome, row.reason) for row in office.rows(tables.notices)]
    assert ends == [("sent", "follow_up_first")] * 6 + [("suppressed", "stopped_task_created")]


def test_a_notice_that_waits_for_its_turn_until_its_date_has_passed_expires(office: Office, town: Town) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    town.client.flushdb()
    assert (office.send(), office.server.connections) == (3, 0)
    assert {row[:2] for row in waiting(office)} == {("pending", "rate_limited"), ("waiting", None)}
    office.now = utc("2026-09-02T00:00")
    office.review()
    office.finish()
    assert (office.outcome, office.recipients) == (("suppressed", "expired"), [])


def test_hs_8_the_copy_follows_the_first_accepted_to_copy_whoever_else_still_waits(office: Office) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    office.finish()
    assert len(office.recipients) == 2
    assert JONAS in office.recipients
    for _ in range(2):
        office.now += HOUR
        office.finish()
    assert office.recipients == sorted([*CLIENTS, JONAS])
    assert office.outcome == ("sent", "hubspot_owner_default")


def test_while_redis_is_away_what_has_a_rate_waits_and_nothing_is_lost(
    office: Office, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads(office, *TEN)
    lost = redis.Redis(unix_socket_path="/nonexistent/valkey.sock", retry=None)
    town_is_cut_off = Rates(lost, {}, town.domains, town.clock)
    monkeypatch.setattr(office.postbox, "_rates", town_is_cut_off)
    assert office.send() == 10
    assert office.recipients == sorted(TEN[8:])
    assert waiting(office) == [("pending", "rate_limited", AWAY, 0, None)] * 8
    monkeypatch.undo()
    office.now += AWAY
    office.finish()
    office.now += 2 * INTERVAL
    office.finish()
    assert office.recipients == sorted(TEN)
    assert office.now > RUN


LIVE = {"mode": "live"}
ONE_ROUTE: dict[str, Any] = {"routes": [{"name": "main", "host": "smtp.example.com", "rate": "600/m"}]}


def test_the_house_keeps_rates_only_where_there_are_some_and_mail_may_leave(redis_url: str) -> None:
    servers = {"redis": {"url": redis_url}}
    without = {"routes": [{"name": "main", "host": "smtp.example.com"}]}
    assert rates_of(Settings(mail=LIVE, smtp=without, **servers)) is None
    assert rates_of(Settings(smtp=ONE_ROUTE, **servers)) is None, "nothing leaves"
    with pytest.raises(ValueError, match=r"redis\.url is not set"):
        rates_of(Settings(mail=LIVE, smtp=ONE_ROUTE))
    rates = rates_of(Settings(mail=LIVE, smtp=ONE_ROUTE, **servers))
    assert rates is not None
    some = [Parcel(str(number), "", "anna@example.net", b"") for number in range(3)]
    assert set(rates.waits("main", some)) == {"0", "1", "2"}, "it begins used up"
    assert rates.waits("another", some) == {}
