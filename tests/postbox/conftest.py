"""A real server, a real postbox, and a ledger that stands for the database."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from tests.servers.authority import Authority
from tests.servers.smtpd import Certificate, Smtpd
from workers.postbox.outcomes import Kind, Outcome
from workers.postbox.parcels import Parcel, Reuse, Route, Timeouts
from workers.postbox.postbox import Postbox
from workers.postbox.rates import Rates

NOON = datetime(2026, 6, 2, 12, 0, tzinfo=UTC)
QUICK = Timeouts(connect=5, command=5, data=5)
REUSE = Reuse()
IMPATIENT = Timeouts(connect=0.7, command=0.7, data=0.7)


@dataclass
class Ledger:
    """Opens the gate for everybody but `closed_to`; keeps what it is told."""

    closed_to: frozenset[str] = frozenset()
    gate_calls: list[list[str]] = field(default_factory=list)
    records: list[list[Outcome]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def gate(self, ids: list[str]) -> set[str]:
        with self.lock:
            self.gate_calls.append(ids)
        return set(ids) - self.closed_to

    def record(self, outcomes: list[Outcome]) -> None:
        with self.lock:
            self.records.append(outcomes)

    @property
    def outcomes(self) -> dict[str, Outcome]:
        return {outcome.delivery_id: outcome for outcomes in self.records for outcome in outcomes}

    @property
    def kinds(self) -> dict[str, Kind]:
        return {delivery_id: outcome.kind for delivery_id, outcome in self.outcomes.items()}

    @property
    def only(self) -> Outcome:
        (outcome,) = (outcome for outcomes in self.records for outcome in outcomes)
        return outcome


def parcel(number: int | str, recipient: str | None = None, message: bytes | None = None) -> Parcel:
    text = f"Subject: {number}\r\n\r\nGuten Tag\r\n".encode()
    return Parcel(
        str(number), f"bounce+{number}@mail.example.org", recipient or f"r{number}@example.net", message or text
    )


def parcels(count: int) -> list[Parcel]:
    return [parcel(number) for number in range(count)]


def route_to(server: Smtpd, **changes: object) -> Route:
    return Route(**({"name": "relay", "host": server.host, "port": server.port} | changes))  # type: ignore[arg-type]


OpenPostbox = Callable[..., Postbox]


@pytest.fixture
def open_postbox() -> Iterator[OpenPostbox]:
    """Open postboxes to servers; they are closed at the end, and so is every thread of theirs."""
    opened: list[Postbox] = []

    def open_one(
        *routes: Route | Smtpd,
        timeouts: Timeouts = QUICK,
        reuse: Reuse = REUSE,
        rates: Rates | None = None,
    ) -> Postbox:
        ways = [route_to(route) if isinstance(route, Smtpd) else route for route in routes]
        postbox = Postbox(
            ways,
            clock=lambda: NOON,
            timeouts=timeouts,
            reuse=reuse,
            hostname="client.example.org",
            rates=rates,
        )
        opened.append(postbox.start())
        return postbox

    yield open_one
    for postbox in opened:
        postbox.close(grace=5)
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("postbox")] == []


@pytest.fixture
def server() -> Iterator[Smtpd]:
    with Smtpd() as running:
        yield running


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Authority(tmp_path_factory.mktemp("certificate")).issue_self_signed()
