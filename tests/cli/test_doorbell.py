"""A fleet that runs is told at once; one that does not run finds out by itself."""

from collections.abc import Iterator

import pytest
import redis

from workers.cli.ingest import Doorbell
from workers.house import House, build
from workers.settings import load


@pytest.fixture
def house(installation: str) -> Iterator[House]:
    house = build(load())
    yield house
    house.database.close()


def test_notices_are_put_into_the_queue_of_the_resolver(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, installation: str
) -> None:
    monkeypatch.setenv("RAPPEL_REDIS__URL", redis_url)
    house = build(load())
    Doorbell(house).ring(list(range(1, 61)))
    house.database.close()
    with redis.Redis.from_url(redis_url) as client:
        assert client.llen("dramatiq:resolve") == 2  # in messages of 50 ids


def test_a_server_that_is_away_stops_nothing(monkeypatch: pytest.MonkeyPatch, installation: str) -> None:
    monkeypatch.setenv("RAPPEL_REDIS__URL", "redis://127.0.0.1:1/0")
    house = build(load())
    doorbell = Doorbell(house)
    doorbell.ring([1])
    doorbell.ring([2])
    house.database.close()


def test_without_a_fleet_nobody_is_told(house: House) -> None:
    Doorbell(house).ring([1])
