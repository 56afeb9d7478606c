"""Rates that many processes keep together, on a real Valkey; time is led by hand except where the test says so."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.postbox.conftest import Ledger, OpenPostbox, parcel, parcels, route_to
from tests.servers import valkey
from tests.servers.smtpd import DROP, Smtpd
from workers.domain.rates import SECOND, Rate
from workers.postbox.outcomes import NOT_ITS_TURN, Kind
from workers.postbox.parcels import Parcel
from workers.postbox.rates import AWAY, HORIZON, Rates

ROUTE, GMX = "relay", "gmx.de"
CHECKOUT = Path(__file__).parents[2]
HOUR = 3600 * SECOND
NOON = 1_780_488_000 * SECOND


@dataclass
class Town:
    """Several processes that share a Redis; `now` in microseconds. The rates begin rested."""

    url: str
    routes: dict[str, Rate] = field(default_factory=dict)
    domains: dict[str, Rate] = field(default_factory=dict)
    now: int = NOON - HOUR

    def __post_init__(self) -> None:
        self.clients = [redis.Redis.from_url(self.url) for _ in range(3)]
        self.processes = [Rates(client, self.routes, self.domains, lambda: self.now) for client in self.clients]
        some = [parcel(domain, f"x@{domain}") for domain in self.domains]
        for route in self.routes or [ROUTE]:
            self.processes[0].waits(route, some or [parcel(1)])
        self.now = NOON

    def gone(self, asked: Sequence[Parcel], process: int = 0, route: str = ROUTE) -> set[str]:
        """The ids of those who may go."""
        waits = self.processes[process].waits(route, asked)
        return {each.delivery_id for each in asked} - waits.keys()

    def close(self) -> None:
        for client in self.clients:
            client.close()


@pytest.fixture
def town(redis_url: str) -> Iterator[Town]:
    """A route of 600 a minute, a domain of 60: at once go 60 and 6."""
    made = Town(redis_url, {ROUTE: Rate(600, 60)}, {GMX: Rate(60, 60)})
    yield made
    made.close()


def to_gmx(count: int, start: int = 0) -> list[Parcel]:
    return [parcel(f"gmx-{number}", f"x{number}@gmx.de") for number in range(start, start + count)]


def most_in_a_span(times: Sequence[int], span: int) -> int:
    """The largest number of times in any span [t, t + span)."""
    times = sorted(times)
    first, most = 0, 0
    for last, moment in enumerate(times):
        while times[first] <= moment - span:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_the_arithmetic_of_a_rate() -> None:
    assert (Rate(600, 60).burst, Rate(600, 60).interval) == (60, 110_906)
    assert (Rate(5, 3600).burst, Rate(5, 3600).interval) == (1, 720 * SECOND)
    assert (Rate(1, 1).burst, Rate(1, 1).interval) == (1, SECOND)


@given(st.integers(1, 999_999), st.sampled_from([1, 60, 3600]))
def test_a_burst_and_what_follows_it_fit_into_the_span(count: int, seconds: int) -> None:
    rate = Rate(count, seconds)
    most = rate.burst + -(-seconds * SECOND // rate.interval) - 1
    assert most <= count
    if count <= 10_000:  # else the rounding to microseconds costs more
        assert most >= 0.89 * count


STEP = st.tuples(
    st.integers(0, 20) | st.integers(0, 90_000),  # milliseconds that pass before
    st.integers(0, 2),  # the process that asks
    st.integers(1, 12),  # how many mails it has
    st.booleans(),  # whether they waited before
    st.integers(0, 30),  # 0: Redis was emptied before
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 40), st.sampled_from([1, 60]), st.lists(STEP, min_size=5, max_size=60))
def test_no_span_ever_sees_more_than_the_rate_whoever_asks_and_whatever_redis_forgets(
    redis_url: str, count: int, seconds: int, steps: list[tuple[int, int, int, bool, int]]
) -> None:
    town = Town(redis_url, {ROUTE: Rate(count, seconds)})
    town.clients[0].flushdb()
    went: list[int] = []
    for pause, process, mails, has_waited, lost in steps:
        town.now += pause * 1000
        if not lost:
            town.clients[0].flushdb()
        asked = [replace(each, has_waited=has_waited) for each in parcels(mails)]
        went += [town.now] * len(town.gone(asked, process))
    assert not went or most_in_a_span(went, seconds * SECOND) <= count
    town.close()


def test_who_asks_at_the_same_moment_shares_what_is_left(town: Town) -> None:
    """Processes of their own connections, in threads: no two are told yes for the same turn."""
    batches = [[parcel(f"{batch}-{number}") for number in range(20)] for batch in range(30)]
    with ThreadPoolExecutor(6) as threads:
        gone = list(threads.map(lambda batch: town.gone(batches[batch], batch % 3), range(len(batches))))
    assert sum(map(len, gone)) == Rate(600, 60).burst


_ASKER = """
import sys, time
import redis
from tests.postbox.test_rates import ROUTE, ask_for
from workers.domain.rates import Rate
from workers.postbox.rates import Rates
rates = Rates(redis.Redis.from_url(sys.argv[1]), {ROUTE: Rate(100, 1)}, {})
print("ready", flush=True)
sys.stdin.readline()
print(ask_for(rates, 0.4))
"""


def ask_for(rates: Rates, seconds: float) -> int:
    """How many may go while somebody asks for so long, again and again."""
    until = time.monotonic() + seconds
    gone = 0
    while time.monotonic() < until:
        gone += 10 - len(rates.waits(ROUTE, [replace(each, has_waited=True) for each in parcels(10)]))
    return gone


def test_processes_share_it(redis_url: str) -> None:
    """Real time, by the clock of Redis: each second of it sees at most a hundred."""
    command = [sys.executable, "-c", _ASKER, redis_url]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with (
        subprocess.Popen(command, cwd=CHECKOUT, **pipes) as one,
        subprocess.Popen(command, cwd=CHECKOUT, **pipes) as other,
        redis.Redis.from_url(redis_url) as client,
    ):
        assert [process.stdout.readline() for process in (one, other)] == ["ready\n"] * 2
        began = time.monotonic()
        for process in (one, other):
            process.stdin.write("go\n")
            process.stdin.flush()
        gone = ask_for(Rates(client, {ROUTE: Rate(100, 1)}, {}), 0.4)
        gone += sum(int(process.communicate(timeout=30)[0]) for process in (one, other))
    assert (one.returncode, other.returncode) == (0, 0)
    assert 1 <= gone <= 100 * (1 + int(time.monotonic() - began))


def test_a_batch_is_one_call(town: Town) -> None:
    before = town.clients[1].info("commandstats").get("cmdstat_evalsha", {"calls": 0})["calls"]
    town.gone([*parcels(50), *to_gmx(50)])
    after = town.clients[1].info("commandstats")["cmdstat_evalsha"]["calls"]
    assert after - before == 1


def test_who_has_no_rate_asks_nobody() -> None:
    nowhere = Rates(redis.Redis(unix_socket_path="/nonexistent/valkey.sock"), {}, {GMX: Rate(1, 60)})
    assert nowhere.waits(ROUTE, parcels(3)) == {}


def test_a_slow_domain_does_not_hold_up_the_rest(town: Town) -> None:
    gone = town.gone([*to_gmx(50), *parcels(40)])
    assert gone == {*(f"gmx-{number}" for number in range(6)), *(str(number) for number in range(40))}


def test_the_domain_is_compared_as_it_goes_on_the_wire(redis_url: str) -> None:
    town = Town(redis_url, domains={GMX: Rate(1, 60), "xn--bcher-kva.example": Rate(1, 60)})
    addresses = ["a@GMX.de", "b@gmx.DE", "a@bücher.example", "b@xn--bcher-kva.example", "a@sub.gmx.de", "nobody"]
    asked = [parcel(address, address) for address in addresses]
    assert town.gone(asked) == {"a@GMX.de", "a@bücher.example", "a@sub.gmx.de", "nobody"}
    town.close()


def test_a_mail_that_waits_for_its_domain_takes_no_turn_of_its_route(redis_url: str) -> None:
    town = Town(redis_url, {ROUTE: Rate(50, 60)}, {GMX: Rate(1, 3600)})
    town.gone(to_gmx(90))
    assert len(town.gone(parcels(10))) == 4
    town.close()


def test_a_detour_counts_for_its_domain_once_and_for_each_route(redis_url: str) -> None:
    town = Town(redis_url, {ROUTE: Rate(10, 60), "spare": Rate(10, 60)}, {GMX: Rate(20, 60)})
    town.processes[0].waits("spare", [parcel("rested")])
    town.now += 60 * SECOND
    asked = to_gmx(2)
    assert town.gone(asked[:1]) == {"gmx-0"}
    assert town.gone([replace(asked[0], is_detour=True)], route="spare") == {"gmx-0"}
    assert town.gone([replace(asked[0], is_detour=True)], route="spare") == set()
    assert town.gone(asked[1:], route="third") == {"gmx-1"}, "of two turns of the domain one was left"
    town.close()


def test_turns_are_given_in_order_and_each_comes_to_nothing_but_its_own(town: Town) -> None:
    """What is held back comes at its turn; who comes later, later; nobody asks more than a few times."""
    interval = Rate(60, 60).interval
    queue: list[tuple[int, int, Parcel]] = []
    for number, each in enumerate(to_gmx(150)):
        heappush(queue, (NOON, number, each))
    for number, each in enumerate(to_gmx(30, 150), start=150):
        heappush(queue, (NOON + 60 * SECOND, number, each))
    went: dict[int, int] = {}
    asked = 0
    while queue:
        town.now += SECOND // 2  # the rhythm of the sweep
        due = []
        while queue and queue[0][0] <= town.now and len(due) < 100:
            due.append(heappop(queue))
        waits = town.processes[asked % 3].waits(ROUTE, [each for _, _, each in due])
        asked += len(due)
        for _, number, each in due:
            wait = waits.get(each.delivery_id)
            if wait is None:
                went[number] = town.now
            else:
                turn = town.now + int(wait / timedelta(microseconds=1))
                heappush(queue, (turn, number, replace(each, has_waited=True)))
    assert most_in_a_span(list(went.values()), 60 * SECOND) <= 60
    assert max(went.values()) - NOON <= 180 * interval + 5 * SECOND
    assert asked <= 2 * len(went) + 10
    order = sorted(went, key=went.__getitem__)
    assert max(abs(place - number) for place, number in enumerate(order)) <= 6, "first come, first served"


def test_a_promise_that_nobody_claims_does_not_hold_up_who_comes_later(town: Town) -> None:
    """A thousand were cancelled while they waited."""
    town.gone(to_gmx(1000))
    town.now += 10 * SECOND
    assert len(town.gone(to_gmx(4, 1000))) == 4


def test_no_turn_lies_further_ahead_than_people_can_wait_for_a_change_of_settings(town: Town) -> None:
    waits = town.processes[0].waits(ROUTE, to_gmx(5000))
    assert max(waits.values()) == HORIZON


def test_a_rate_that_redis_does_not_know_begins_used_up(town: Town) -> None:
    town.clients[0].flushdb()
    waits = town.processes[0].waits(ROUTE, parcels(2))
    interval = timedelta(microseconds=Rate(600, 60).interval)
    assert waits == {"0": interval, "1": 2 * interval}
    town.now += 2 * Rate(600, 60).interval
    assert town.gone(parcels(4)) == set(), "the two turns are promised to those who wait"
    assert town.gone([replace(each, has_waited=True) for each in parcels(4)]) == {"0", "1"}


def test_a_clock_that_went_back_costs_no_more_than_a_burst(town: Town) -> None:
    town.gone(parcels(60))
    town.now -= 24 * HOUR
    waits = town.processes[0].waits(ROUTE, [replace(parcel(1), has_waited=True)])
    assert waits["1"] <= HORIZON + timedelta(seconds=1)
    town.now += 7 * SECOND
    assert town.gone([replace(parcel(1), has_waited=True)]) == {"1"}


def test_a_redis_that_never_answers_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        never = Retry(NoBackoff(), 0)
        client = redis.Redis(port=silent.getsockname()[1], socket_timeout=0.2, retry=never)
        assert Rates(client, {}, {GMX: Rate(60, 60)}).waits(ROUTE, to_gmx(1)) == {"gmx-0": AWAY}
        client.close()


# The postbox


def test_the_postbox_carries_whose_turn_it_is_and_says_of_the_rest_how_long(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, town: Town
) -> None:
    postbox = open_postbox(server, rates=town.processes[0])
    postbox.deliver([*to_gmx(9), *parcels(5)], ledger.gate, ledger.record)
    limited = {id: outcome for id, outcome in ledger.outcomes.items() if outcome.kind is Kind.LIMITED}
    interval = timedelta(microseconds=Rate(60, 60).interval)
    waits = {id: outcome.wait for id, outcome in limited.items()}
    assert waits == {f"gmx-{number}": (number - 5) * interval for number in (6, 7, 8)}
    assert {outcome.reply for outcome in limited.values()} == {NOT_ITS_TURN}
    assert (len(server.mails), server.count("MAIL")) == (11, 11)


def test_a_detour_asks_for_a_turn_on_the_next_route(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, redis_url: str
) -> None:
    town = Town(redis_url, {"spare": Rate(20, 60)}, {GMX: Rate(10, 60)})
    server.misbehave("connect", DROP)
    with Smtpd() as spare:
        postbox = open_postbox(route_to(server), route_to(spare, name="spare"), rates=town.processes[0])
        postbox.deliver([*to_gmx(1), *parcels(3)], ledger.gate, ledger.record)
        assert sorted(ledger.kinds.values()) == ["accepted", "accepted", "limited", "limited"]
        assert len(spare.mails) == 2
    first = [(outcome.route, outcome.kind, outcome.goes_on) for outcome in ledger.records[0]]
    assert set(first) == {("relay", Kind.UNREACHABLE, True)}
    town.close()


def test_while_redis_is_away_what_has_a_rate_waits_and_the_rest_goes(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    with valkey.running() as own:
        client = redis.Redis(unix_socket_path=str(own.socket), retry=Retry(NoBackoff(), 1))
    rates = Rates(client, {}, {GMX: Rate(60, 60)})
    open_postbox(server, rates=rates).deliver([*to_gmx(3), *parcels(4)], ledger.gate, ledger.record)
    limited = {id for id, kind in ledger.kinds.items() if kind is Kind.LIMITED}
    assert limited == {"gmx-0", "gmx-1", "gmx-2"}
    assert {ledger.outcomes[id].wait for id in limited} == {AWAY}
    assert len(server.mails) == 4
    assert [record.message for record in caplog.records] == ["Redis is away, mails with a rate wait: ConnectionError"]
