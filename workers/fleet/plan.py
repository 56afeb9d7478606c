"""Which processes make a fleet."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workers.fleet import redis_server
from workers.fleet.children import Child, PortAccepts, RedisAnswers
from workers.fleet.premises import SOCKET_NAME

# Shorter than the supervisor's grace, so that a worker busy with a mail ends by itself.
_WORKER_SHUTDOWN_MS = 3000
WORKERS_ENVIRONMENT = {
    "dramatiq_queue_prefetch": "64",  # measured: the default halves the throughput
    "dramatiq_worker_timeout": "200",  # ms between looks at an empty queue; the default makes stopping take 3 s
}
"""What dramatiq reads beside its arguments."""


@dataclass(frozen=True, slots=True)
class Catcher:
    """The development mail catcher. The port stays the same over its restarts: the workers know it by number."""

    host: str
    port: int
    mail_dir: Path


@dataclass(frozen=True, slots=True)
class Web:
    """The pages that support reads. Port and token stay the same over their restarts: people hold links and sessions.

    `token` is that of the sign-in link; no other child gets it.
    """

    host: str
    port: int
    token: str


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """The wishes behind `rappel up`.

    redis_binary: the server to embed; None when `env` names another one in RAPPEL_REDIS__URL.
    catcher: None when mail does not go to the catcher.
    queues: of the workers; empty for all.
    web: None when the pages are not served.
    env: the whole environment that every child gets (RAPPEL_* settings included); where data, Redis and catcher are is
        added.
    """

    python: str
    data_dir: Path
    runtime_dir: Path
    env: Mapping[str, str]
    redis_binary: Path | None
    catcher: Catcher | None
    schedulers: int = 1
    processes: int = 2
    threads: int = 8
    queues: tuple[str, ...] = ()
    web: Web | None = None


def children_of(plan: FleetPlan) -> tuple[Child, ...]:
    """The fleet's children in the order in which they are started."""
    env = _environment(plan)
    first = _redis(plan, env) + _catcher(plan, env)
    needs = tuple(child.name for child in first)
    return first + _schedulers(plan, env, needs) + (_workers(plan, env, needs),) + _web(plan, env)


def _environment(plan: FleetPlan) -> dict[str, str]:
    """What was only decided at boot reaches the children as settings."""
    env = {**plan.env, "RAPPEL_DATA_DIR": str(plan.data_dir)}
    if plan.redis_binary is not None:
        env["RAPPEL_REDIS__URL"] = redis_server.url_of(plan.runtime_dir)
    if plan.catcher is not None:
        env["RAPPEL_CATCHER__PORT"] = str(plan.catcher.port)
    return env


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port on which nothing listens now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _redis(plan: FleetPlan, env: Mapping[str, str]) -> tuple[Child, ...]:
    if plan.redis_binary is None:
        return ()
    argv = redis_server.command(plan.redis_binary, plan.data_dir, plan.runtime_dir)
    return (Child("redis", argv, env, ready=RedisAnswers(plan.runtime_dir / SOCKET_NAME)),)


def _catcher(plan: FleetPlan, env: Mapping[str, str]) -> tuple[Child, ...]:
    if plan.catcher is None:
        return ()
    host, port, mail_dir = plan.catcher.host, plan.catcher.port, plan.catcher.mail_dir
    options = ("--host", host, "--port", str(port), "--dir", str(mail_dir))
    argv = (plan.python, "-u", "-m", "workers.postbox.catcher", *options)
    return (Child("catcher", argv, env, ready=PortAccepts(host, port)),)


def _schedulers(plan: FleetPlan, env: Mapping[str, str], needs: tuple[str, ...]) -> tuple[Child, ...]:
    argv = (plan.python, "-u", "-m", "workers.cli", "scheduler")
    names = ["scheduler"] if plan.schedulers == 1 else [f"scheduler-{n}" for n in range(1, plan.schedulers + 1)]
    return tuple(Child(name, argv, env, needs=needs) for name in names)


def _workers(plan: FleetPlan, env: Mapping[str, str], needs: tuple[str, ...]) -> Child:
    argv = (plan.python, "-u", "-m", *workers_command(plan.processes, plan.threads, plan.queues))
    return Child("workers", argv, {**env, **WORKERS_ENVIRONMENT}, needs=needs)


def _web(plan: FleetPlan, env: Mapping[str, str]) -> tuple[Child, ...]:
    if plan.web is None:
        return ()
    own = {
        "RAPPEL_WEB__HOST": plan.web.host,
        "RAPPEL_WEB__PORT": str(plan.web.port),
        "RAPPEL_WEB__TOKEN": plan.web.token,
    }
    argv = (plan.python, "-u", "-m", "workers.cli", "web")
    return (Child("web", argv, {**env, **own}, ready=PortAccepts(plan.web.host, plan.web.port)),)


def workers_command(processes: int, threads: int, queues: tuple[str, ...] = ()) -> tuple[str, ...]:
    """dramatiq's master with our broker, as module and arguments. No file watching: code changes with a release."""
    sizes = ("--processes", str(processes), "--threads", str(threads))
    patience = ("--worker-shutdown-timeout", str(_WORKER_SHUTDOWN_MS))
    return ("dramatiq", "workers.main:broker", *sizes, *patience, *(("--queues", *queues) if queues else ()))
