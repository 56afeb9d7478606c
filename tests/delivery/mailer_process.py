"""A mailer in a process of its own: `python -m tests.delivery.mailer_process URL PORT BEAT DEAD_AFTER`.

It says "ready" once it has a heartbeat, and then sends whatever is due until it is killed.
"""

import sys
import threading
from datetime import timedelta

from tests.delivery.office import POLICY, QUICK, RULES, RUN, VAULT, renderer
from workers.actors.presence import Presence
from workers.house import real_clock
from workers.postbox.parcels import Route
from workers.postbox.postbox import Postbox
from workers.render.renderer import Renderer
from workers.stages import send
from workers.stages.mailroom import Mailroom
from workers.store.database import Database


def main(url: str, port: str, beat: str, dead_after: str) -> None:
    mail(renderer(), url, port, beat, dead_after)


def mail(writes: Renderer, url: str, port: str, beat: str, dead_after: str) -> None:
    database = Database(url)
    life = timedelta(seconds=float(beat)), timedelta(seconds=float(dead_after))
    presence = Presence(database, "worker", *life).start()
    postbox = Postbox([Route("relay", "127.0.0.1", int(port))], clock=real_clock, timeouts=QUICK).start()
    room = Mailroom(
        database=database,
        renderer=writes,
        carrier=postbox,
        policy=POLICY,
        vault=VAULT,
        daily=RULES.daily,
        clock=lambda: RUN,
        routes=("relay",),
        worker=lambda: presence.id,
        still_ours=presence.holds,
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        send.send(room)
        threading.Event().wait(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
