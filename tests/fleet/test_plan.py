"""Which processes `rappel up` starts."""

import socket
from dataclasses import replace
from pathlib import Path

from workers.fleet.children import Child, PortAccepts, RedisAnswers
from workers.fleet.plan import WORKERS_ENVIRONMENT, Catcher, FleetPlan, Web, children_of, free_port

PLAN = FleetPlan(
    python="/venv/bin/python",
    data_dir=Path("/data"),
    runtime_dir=Path("/tmp/rappel-1"),
    env={"RAPPEL_DATABASE__URL": "sqlite:////data/rappel.db"},
    redis_binary=Path("/usr/bin/valkey-server"),
    catcher=Catcher("127.0.0.1", 2525, Path("/data/mails")),
    schedulers=2,
    processes=3,
    threads=4,
    queues=("ingest", "mailer"),
)
ENV = {
    "RAPPEL_DATABASE__URL": "sqlite:////data/rappel.db",
    "RAPPEL_DATA_DIR": "/data",
    "RAPPEL_REDIS__URL": "unix:///tmp/rappel-1/redis.sock",
    "RAPPEL_CATCHER__PORT": "2525",
}


def test_the_embedded_fleet_is_redis_and_catcher_then_those_who_need_them() -> None:
    redis, *others = children_of(PLAN)
    assert (redis.name, redis.argv[0], redis.ready) == (
        "redis",
        "/usr/bin/valkey-server",
        RedisAnswers(Path("/tmp/rappel-1/redis.sock")),
    )
    python = ("/venv/bin/python", "-u", "-m")
    catcher = "workers.postbox.catcher --host 127.0.0.1 --port 2525 --dir /data/mails"
    workers = (
        "dramatiq workers.main:broker --processes 3 --threads 4 --worker-shutdown-timeout 3000 --queues ingest mailer"
    )
    needs = ("redis", "catcher")
    assert others == [
        Child("catcher", (*python, *catcher.split()), ENV, ready=PortAccepts("127.0.0.1", 2525)),
        Child("scheduler-1", (*python, "workers.cli", "scheduler"), ENV, needs=needs),
        Child("scheduler-2", (*python, "workers.cli", "scheduler"), ENV, needs=needs),
        Child("workers", (*python, *workers.split()), {**ENV, **WORKERS_ENVIRONMENT}, needs=needs),
    ]


def test_a_redis_of_ones_own_is_not_started_and_its_address_is_left_alone() -> None:
    env = {"RAPPEL_REDIS__URL": "redis://queue.example.com/0"}
    children = children_of(replace(PLAN, redis_binary=None, catcher=None, schedulers=1, env=env))
    assert [(child.name, child.needs, child.env["RAPPEL_REDIS__URL"]) for child in children] == [
        ("scheduler", (), "redis://queue.example.com/0"),
        ("workers", (), "redis://queue.example.com/0"),
    ]


def test_all_queues_are_worked_on_unless_some_are_named() -> None:
    *_, workers = children_of(replace(PLAN, queues=()))
    assert "--queues" not in workers.argv


def test_the_pages_need_nobody_and_alone_know_the_token_that_signs_in() -> None:
    *others, pages = children_of(replace(PLAN, web=Web("::1", 8025, "secret")))
    own = {"RAPPEL_WEB__HOST": "::1", "RAPPEL_WEB__PORT": "8025", "RAPPEL_WEB__TOKEN": "secret"}
    argv = ("/venv/bin/python", "-u", "-m", "workers.cli", "web")
    assert pages == Child("web", argv, {**ENV, **own}, ready=PortAccepts("::1", 8025))
    assert tuple(others) == children_of(PLAN)


def test_a_free_port_can_be_listened_on() -> None:
    with socket.create_server(("127.0.0.1", free_port())):
        pass
