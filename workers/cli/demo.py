"""`rappel demo`: the main job once, for real, its clock led through a fortnight; then who got what, and who did not."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from workers.actors.declare import declare
from workers.cli import example
from workers.cli.example import Story
from workers.cli.options import Config
from workers.fleet import premises
from workers.fleet.tour import Tour, set_out
from workers.house import House, build, rules_of, simulation
from workers.settings import Settings, load
from workers.stages.timeline import Run, Timeline
from workers.store import export
from workers.store.database import Database

Lines = list[dict[str, Any]]
OnRun = Callable[[Run, Lines], None]

WIDTH = 110
"""Columns where there is no terminal that says."""

READY_WITHIN = 60.0
"""Seconds that the fleet gets to start."""


class FleetDidNotStartError(RuntimeError):
    """The fleet of the demo ended, or was not ready in time; its log says why."""


def demo(config: Config = None) -> None:
    """Lead a real fleet through a fortnight of example data, then tell who got what and why. Ends by itself.

    Everything is real but the clock: server, workers and SMTP. Mails go to the catcher; nothing leaves the machine.

    Example: rappel demo
    """
    began = time.monotonic()
    out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    settings = example.settings_for(load(config), "demo")
    story = example.story(example.today_utc())
    prepare(settings, story)
    with fleet(settings, config) as house:
        _tell(out, settings, story)
        printed = lead(house, settings, story, lambda run, lines: _progress(out, run, lines))
    _summary(out, printed, settings)
    same = printed == simulate(settings, story)
    out.print(_parity(len(printed), same))
    out.print(f"[dim]{time.monotonic() - began:.0f} seconds in all.[/dim]")
    if not same:
        sys.exit(1)


def prepare(settings: Settings, story: Story) -> None:
    """An empty installation whose clock stands at the beginning of the story."""
    with premises.claim(settings.data_dir):
        example.begin_anew(settings)
    database = Database(settings.database_url)
    set_out(database, rules_of(settings).daily, story.start)
    database.close()


@contextmanager
def fleet(settings: Settings, config: Path | None = None, **overrides: str) -> Iterator[House]:
    """`rappel up` on these settings, in processes of its own, seen from beside; ended with the block."""
    apart = {**example.ENVIRONMENT, "RAPPEL_DATA_DIR": str(settings.data_dir), "RAPPEL_FLEET__WEB": "false"}
    environment = {**os.environ, **apart, **overrides}
    if config:
        environment["RAPPEL_CONFIG"] = str(config.absolute())
    log = settings.data_dir / "fleet.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "workers.cli", "up"]
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        _wait_until_ready(settings, process, log)
        house = build(settings)
        try:
            yield house
        finally:
            house.database.close()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def lead(house: House, settings: Settings, story: Story, on_run: OnRun = lambda run, lines: None) -> Lines:
    """Through a story, run by run; all notices at its end. `on_run` gets each run with its notices."""
    socket = premises.socket_of_running_fleet(settings.data_dir)
    with closing(house.broker(url=settings.redis_url or f"unix://{socket}")) as broker:
        tour = Tour(house, broker, declare(broker, house), Timeline(house.rules.daily, story.outages))
        tour.lead(story.arrivals, story.until, lambda run: on_run(run, notices(house, run)))
    with house.database.read() as connection:
        return [*export.lines(connection), *export.held_lines(connection, story.until)]


def notices(house: House, run: Run) -> Lines:
    """What the fleet's ledger says of a run, as `simulate --json` prints it."""
    stamp = export.stamp(run.at)
    with house.database.read() as connection:
        return [line for line in export.lines(connection) if line["at"] == stamp]


def simulate(settings: Settings, story: Story) -> Lines:
    """What `rappel simulate` says of the same story."""
    virtual = simulation(settings, story.outages)
    texts = (json.dumps(arrival.event) for arrival in story.arrivals)
    with closing(virtual.database):
        virtual.run(enumerate(texts, start=1), story.until)
        return list(virtual.lines())


def _wait_until_ready(settings: Settings, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        if b"all is ready" in log.read_bytes():
            return
        time.sleep(0.05)
    raise FleetDidNotStartError(f"the fleet is not ready; the last lines of {log}:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def _tell(out: Console, settings: Settings, story: Story) -> None:
    out.print("[bold]rappel demo[/bold]: an agency, its ten clients, thirty leads; a fortnight in a minute")
    out.print(
        f"[dim]real server, {settings.fleet.schedulers} scheduler, {settings.fleet.processes} worker processes, "
        f"SMTP to the mail catcher; only the clock is led, from {story.start:%d %B %Y} on[/dim]\n"
    )


def _progress(out: Console, run: Run, lines: Lines) -> None:
    outcomes = Counter(line["outcome"] for line in lines)
    reasons = Counter(line["reason"] for line in lines if line["outcome"] != "sent")
    told = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
    sent = outcomes["sent"]
    out.print(
        f"{run.at:%a %d %b %H:%M} UTC  [green]{sent:3d} sent[/green]  {sum(outcomes.values()) - sent:3d} not"
        + (f"  [dim]{told}[/dim]" if told else "")
    )


def _summary(out: Console, lines: Lines, settings: Settings) -> None:
    out.print()
    out.print(_who_got_what(lines))
    out.print(_who_did_not(lines))
    mails = settings.catcher_dir
    out.print(f"The mails: {len(list(mails.glob('*.eml')))} files in {mails}")
    out.print("To look at it again, with the example's data directory:")
    for verb in ("deliveries", "explain lead/L-101"):
        out.print(f"  {_command(settings)} {verb}", soft_wrap=True)
    out.print()


def _command(settings: Settings) -> str:
    """`rappel` on the data of the demo, as a person can type it here."""
    here = Path(sys.executable).with_name("rappel")
    rappel = "rappel" if shutil.which("rappel") or not here.exists() else os.path.relpath(here)
    data = f"RAPPEL_DATA_DIR={shlex.quote(os.path.relpath(settings.data_dir))}"
    return f"{data} RAPPEL_CLOCK__SOURCE=database {rappel}"


def _who_got_what(lines: Lines) -> Table:
    table = Table("reader", "copies", "about", title="Who got mail", title_justify="left", title_style="bold")
    got: dict[str, Counter[str]] = {}
    for line in lines:
        for mail in line["mails"]:
            for address in (*mail["to"], *mail["cc"]):
                got.setdefault(address, Counter())[line["notice"]] += 1
    for address, kinds in sorted(got.items(), key=lambda item: -item[1].total()):
        table.add_row(address, str(kinds.total()), ", ".join(f"{kind} {n}" for kind, n in kinds.items()))
    return table


def _who_did_not(lines: Lines) -> Table:
    table = Table(
        "reason", "notices", "for example", title="What was not sent", title_justify="left", title_style="bold"
    )
    refused: dict[str, list[str]] = {}
    for line in lines:
        if line["outcome"] != "sent":
            refused.setdefault(line["reason"], []).append(line["subject"])
    for reason, subjects in sorted(refused.items()):
        table.add_row(reason, str(len(subjects)), ", ".join(dict.fromkeys(subjects[:3])))
    return table


def _parity(count: int, same: bool) -> str:
    if same:
        return f"[green]`rappel simulate` on the same events prints the same {count} lines.[/green]"
    return "[red]`rappel simulate` on the same events prints something else: this is a bug, please report it.[/red]"
