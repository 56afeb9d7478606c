"""Front door of the fleet: `dramatiq workers.main:broker`."""

import multiprocessing
from typing import Any

from dramatiq.broker import Broker
from dramatiq.middleware import Middleware

from workers.actors.breakages import Breakages
from workers.actors.declare import declare
from workers.actors.presence import Presence
from workers.fleet.orphans import die_with_parent
from workers.house import build
from workers.postbox.postbox import Postbox
from workers.settings import load
from workers.stages.mailroom import Mailroom
from workers.watch import logs, reports

settings = load()
logs.configure(settings.log.level, settings.log.format)
log = logs.logger()
reports.configure(settings.sentry.dsn.get_secret_value() if settings.sentry.dsn else None)

if (parent := multiprocessing.parent_process()) is not None:
    die_with_parent(parent.pid)  # a killed master leaves no orphans

house = build(settings)


class Desk(Middleware):
    """What a worker process has besides its actors: a heartbeat and a postbox, made after its fork."""

    presence: Presence
    postbox: Postbox

    def before_worker_boot(self, broker: Broker, worker: Any) -> None:
        fleet = settings.fleet
        self.presence = Presence(house.database, "worker", fleet.heartbeat, fleet.dead_after).start()
        self.postbox = house.postbox().start()

    def after_worker_boot(self, broker: Broker, worker: Any) -> None:
        log.info("worker process is ready", worker=self.presence.id)

    def after_worker_shutdown(self, broker: Broker, worker: Any) -> None:
        self.postbox.close()
        self.presence.stop()

    def mailroom(self) -> Mailroom:
        return house.mailroom(self.postbox, lambda: self.presence.id, self.presence.holds)


desk = Desk()
broker = house.broker(desk, Breakages())
actors = declare(broker, house, desk.mailroom)
