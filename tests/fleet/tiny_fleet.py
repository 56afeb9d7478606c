"""A fleet of tiny programs: `tiny_fleet.py DATA_DIR CHILDREN_JSON`, told to stderr as `rappel up` tells its own."""

import json
import os
import sys
from pathlib import Path

from workers.fleet import premises, redis_server
from workers.fleet.children import Child, RedisAnswers
from workers.fleet.console import Console
from workers.fleet.errors import FleetError
from workers.fleet.supervisor import Supervisor


def main(data_dir: Path, wanted: list[dict[str, object]]) -> None:
    console = Console(sys.stderr.fileno())
    with premises.claim(data_dir) as owned:
        children = [_child(owned, **entry) for entry in wanted]
        Supervisor(children, owned, console, console.flush).run()
    console.close()


def _child(owned: premises.Premises, name: str, code: str = "", needs: tuple[str, ...] = ()) -> Child:
    env = {**os.environ, "RUNTIME_DIR": str(owned.runtime_dir)}
    if name == "redis":
        redis_server.prepare(owned.data_dir, owned.runtime_dir)
        argv = redis_server.command(redis_server.find_binary(), owned.data_dir, owned.runtime_dir)
        return Child(name, argv, env, ready=RedisAnswers(owned.runtime_dir / premises.SOCKET_NAME))
    if name == "workers":
        sizes = ("--processes", "2", "--threads", "1")
        argv = (sys.executable, "-u", "-m", "dramatiq", "tests.fleet.tiny_broker:broker", *sizes)
        return Child(name, argv, env, needs=tuple(needs))
    return Child(name, (sys.executable, "-u", "-c", code), env, needs=tuple(needs))


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), json.loads(sys.argv[2]))
    except FleetError as error:
        sys.exit(str(error))
