"""A broker whose one actor writes what it gets to a file, for dramatiq's real master."""

import multiprocessing
import os
from pathlib import Path

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from workers.fleet.orphans import die_with_parent
from workers.fleet.premises import SOCKET_NAME

if (parent := multiprocessing.parent_process()) is not None:
    die_with_parent(parent.pid)

broker = RedisBroker(url=f"unix://{Path(os.environ['RUNTIME_DIR']) / SOCKET_NAME}", middleware=[])


@dramatiq.actor(broker=broker)
def note(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
