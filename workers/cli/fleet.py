"""`rappel up`, `scheduler`, `workers`: the fleet's processes."""

import os
import signal
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated

import redis
import typer

from workers.actors.declare import declare
from workers.actors.presence import Presence
from workers.actors.scheduler import Scheduler
from workers.cli import example
from workers.cli.options import Config
from workers.fleet import premises, redis_server
from workers.fleet import up as fleet_up
from workers.fleet.console import Console
from workers.fleet.plan import WORKERS_ENVIRONMENT, Catcher, FleetPlan, Web, free_port, workers_command
from workers.house import build
from workers.settings import ConfigurationError, Settings, load
from workers.stages import captured
from workers.store.database import Database
from workers.store.migrate import migrate
from workers.watch import logs, reports
from workers.web.door import link, new_token
from workers.web.serving import address

Example = Annotated[bool, typer.Option("--example", help="Begin anew with example data, a minute before a daily run.")]


def up(config: Config = None, begin_example: Example = False) -> None:
    """Start the whole fleet on this machine and keep it up, until Ctrl-C.

    That is a Redis of its own (unless redis.url is set), the mail catcher (unless mail leaves), schedulers, workers and
    the pages that support reads, whose sign-in link is printed.

    Example: rappel up --example
    """
    settings = load(config)
    if begin_example:
        settings = example.settings_for(settings, "example")
    if settings.redis_url:
        knock(settings.redis_url)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with premises.claim(settings.data_dir) as owned:
        apart = {}
        if begin_example:
            apart = example.ENVIRONMENT
            example.begin_anew(settings)
            example.bring(settings, example.today_utc())
        migrate(settings.database_url)
        ask_about_captured(settings)
        plan = plan_of(settings, config, owned, apart)
        sys.stderr.write(welcome(settings, plan))
        fleet_up.run(plan, owned, Console(2))


def knock(url: str) -> None:
    """Raise ConnectionError or TimeoutError, of redis, unless a server answers: the children would only log it."""
    with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
        client.ping()


def plan_of(settings: Settings, config: Path | None, owned: premises.Premises, apart: Mapping[str, str]) -> FleetPlan:
    """What `rappel up` starts with these settings; `apart` goes before the environment's own."""
    catcher = None
    if settings.mail.mode.kind == "capture":
        settings.catcher_dir.mkdir(parents=True, exist_ok=True)
        port = settings.catcher.port or free_port()
        catcher = Catcher("127.0.0.1", port, settings.catcher_dir.absolute())
    return FleetPlan(
        python=sys.executable,
        data_dir=owned.data_dir,
        runtime_dir=owned.runtime_dir,
        env={**environment(config), **apart},
        redis_binary=None if settings.redis_url else redis_server.find_binary(),
        catcher=catcher,
        schedulers=settings.fleet.schedulers,
        processes=settings.fleet.processes,
        threads=settings.fleet.threads,
        web=web_of(settings) if settings.fleet.web else None,
    )


def web_of(settings: Settings) -> Web:
    """Where the pages will be, and the token that signs in while this fleet lives."""
    own = settings.web
    return Web(own.host, own.port or free_port(own.host), own.token.get_secret_value() if own.token else new_token())


def environment(config: Path | None) -> dict[str, str]:
    """The environment in which a child reads the same settings as we did."""
    return {**os.environ, "RAPPEL_CONFIG": str(config.absolute())} if config else {**os.environ}


def ask_about_captured(settings: Settings) -> None:
    """Mail is about to leave, but some was only captured: raise ConfigurationError until somebody says if it counts."""
    if settings.mail.mode.kind == "capture":
        return
    with closing(Database(settings.database_url)) as database:
        count = captured.unjudged(database)
    if count:
        words = f'is "{settings.mail.mode}", but {count} deliveries were only captured: say whether they count as sent'
        raise ConfigurationError([("mail.mode", f"{words}, with `rappel captured --count-as-sent` or `--forget`")])


def welcome(settings: Settings, plan: FleetPlan) -> str:
    """What a person who started a fleet needs to know."""
    lines = [f"mail.mode is {settings.mail.mode}", f"data is in {plan.data_dir}"]
    if plan.catcher:
        lines.append(f"mails are kept as .eml files in {plan.catcher.mail_dir}; nothing leaves this machine")
    if plan.web:
        where = address(plan.web.host, plan.web.port)
        lines.append(f"the pages are at {where if settings.web.token else link(where, plan.web.token)}")
    lines.append("`rappel ingest FILE` brings events in, `rappel deliveries` lists what became of them; Ctrl-C ends")
    return "".join(f"rappel: {line}\n" for line in lines)


def scheduler(config: Config = None) -> None:
    """Run one scheduler in the foreground: daily runs, wake-ups, burying the dead. Any number may run at once.

    Example: rappel scheduler --config rappel.toml
    """
    settings = load(config)
    logs.configure(settings.log.level, settings.log.format)
    reports.configure(settings.sentry.dsn.get_secret_value() if settings.sentry.dsn else None)
    ask_about_captured(settings)
    house = build(settings)
    presence = Presence(house.database, "scheduler", settings.fleet.heartbeat, settings.fleet.dead_after).start()
    metronome = Scheduler(house, declare(house.broker(), house), presence)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: metronome.stop())
    metronome.run()
    presence.stop()


def workers(config: Config = None) -> None:
    """Run the dramatiq workers in the foreground: they take events in, decide, and send.

    Processes and threads are those of fleet.processes and fleet.threads; SIGTERM lets them end what they have begun.

    Example: rappel workers --config rappel.toml
    """
    settings = load(config)
    ask_about_captured(settings)
    command = workers_command(settings.fleet.processes, settings.fleet.threads)
    os.execve(sys.executable, [sys.executable, "-m", *command], environment(config) | WORKERS_ENVIRONMENT)  # noqa: S606 (no shell is wanted)
