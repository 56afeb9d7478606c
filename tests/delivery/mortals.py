"""Workers that the kernel kills over certain work, as it does with who runs out of memory, and a master that forks.

`python -m tests.delivery.mortals mailer|resolver URL [PORT BEAT DEAD_AFTER]`. It says "died" for each death.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from tests.delivery import mailer_process
from tests.delivery.office import RULES, RUN, renderer
from workers.fleet.orphans import die_with_parent
from workers.render.renderer import Renderer
from workers.stages import resolve
from workers.stages.rules import Rules
from workers.store.database import Database

HEAVY = "Sails of lead"
"""Whoever writes this lead's title dies."""
TOO_MUCH = "renewal.notice"
"""Whoever decides on a letter from this template dies."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def deadly_renderer() -> Renderer:
    """The real one, whose first filter on a lead's title has a title of too much to carry."""
    found = renderer()
    for environment in found._environments.values():
        truncate = environment.filters["truncate"]

        def weigh(environment: Any, text: str, *rest: Any, truncate: Callable[..., str] = truncate, **more: Any) -> str:
            if text == HEAVY:
                die()
            return truncate(environment, text, *rest, **more)

        weigh.jinja_pass_arg = truncate.jinja_pass_arg  # type: ignore[attr-defined]
        environment.filters["truncate"] = weigh
    return found


class DeadlyRules(Rules):
    """The rules, but for one letter that nobody survives to plan."""

    def toggle_of(self, template: str) -> str | None:
        if template == TOO_MUCH:
            die()
        return super().toggle_of(template)


def resolver(url: str) -> None:
    rules = DeadlyRules(**{each.name: getattr(RULES, each.name) for each in fields(RULES)})
    database = Database(url)
    while True:
        resolve.resolve(database, rules, RUN, "example.org")
        threading.Event().wait(0.02)


def mailer(*arguments: str) -> None:
    mailer_process.mail(deadly_renderer(), *arguments)


def master(work: Callable[..., None], *arguments: str) -> None:
    """Forks as dramatiq does; a worker that was killed is followed by another one."""
    parent = os.getpid()
    while True:
        child = os.fork()
        if child == 0:
            die_with_parent(parent)
            work(*arguments)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "it was to be killed, or to live"
        sys.stdout.write("died\n")
        sys.stdout.flush()


if __name__ == "__main__":
    die_with_parent()
    master({"mailer": mailer, "resolver": resolver}[sys.argv[1]], *sys.argv[2:])
