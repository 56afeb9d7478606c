"""A fleet from its plan, in the foreground."""

from workers.fleet import redis_server
from workers.fleet.console import Console
from workers.fleet.plan import FleetPlan, children_of
from workers.fleet.premises import Premises
from workers.fleet.supervisor import Supervisor


def run(plan: FleetPlan, premises: Premises, console: Console) -> None:
    """Keep the fleet up until SIGINT, SIGTERM or SIGHUP; afterwards nothing of it is left. For the main thread."""
    if plan.redis_binary is not None:
        redis_server.prepare(plan.data_dir, plan.runtime_dir)
    try:
        Supervisor(children_of(plan), premises, console, console.flush).run()
    finally:
        console.close()
