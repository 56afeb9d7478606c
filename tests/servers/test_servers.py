"""The servers that other tests stand on."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser
from sqlalchemy import create_engine, make_url, text

from tests.servers.browser import serious_findings
from tests.servers.need import need

CHECKOUT = Path(__file__).parents[2]


def test_each_test_has_its_own_redis_database(redis_url: str, valkey_server: object) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.keys() == []
        client.set("left", "behind")
        assert client.get("left") == b"behind"


@pytest.mark.parametrize("round_", [1, 2])
def test_what_one_test_writes_the_next_does_not_find(round_: int, database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE written_by_a_test (id integer)"))
    engine.dispose()
    assert make_url(database_url).get_backend_name() in {"sqlite", "postgresql"}


def test_a_fresh_database_of_each_kind_can_be_empty(empty_database_url: str) -> None:
    engine = create_engine(empty_database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    engine.dispose()


_RUN = """
import time
from tests.servers import postgres, valkey
with valkey.running() as redis, postgres.running() as database:
    print(redis.socket.parent, database.directory, flush=True)
    time.sleep(60)
"""


def test_servers_die_with_a_killed_run() -> None:
    need("initdb")
    run = subprocess.Popen([sys.executable, "-c", _RUN], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    directories = run.stdout.readline().split()
    assert len(directories) == 2
    assert processes_in(directories)

    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()

    deadline = time.monotonic() + 60
    while processes_in(directories) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert processes_in(directories) == []
    for directory in directories:
        shutil.rmtree(directory)


def processes_in(directories: list[str]) -> list[str]:
    """The processes whose working directory is inside one of the directories."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            where = str((process / "cwd").readlink())
        except OSError:
            continue
        if where.startswith(tuple(directories)):
            found.append(process.name)
    return found


def test_a_browser_shows_a_page_and_axe_judges_it(browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content('<html lang="en"><title>A page</title><main><h1>A page</h1></main></html>')
        assert serious_findings(page) == []
        page.set_content('<html lang="en"><title>A page</title><main><h1>A page</h1><img src="x"></main></html>')
        assert [finding.split(":")[0] for finding in serious_findings(page)] == ["image-alt"]
