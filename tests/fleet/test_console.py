"""One line an event, and never a wait for the reader."""

import os
from collections.abc import Iterator

import pytest

from workers.fleet.console import Console
from workers.fleet.events import AllReady, BecameReady, Ended, Said, Started, Stopping


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_each_event_is_one_line(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    console = Console(writer)
    for event in (
        Started("redis", 12),
        BecameReady("redis"),
        AllReady(),
        Said("redis", "Grüße"),
        Ended("redis", 12, "was killed by SIGKILL", 0.2),
        Stopping(at_once=False),
        Stopping(at_once=True),
        Ended("redis", 13, "ended with code 0", None),
    ):
        console(event)
    assert os.read(reader, 4096).decode().splitlines() == [
        "fleet        redis is started (pid 12)",
        "fleet        redis is ready",
        "fleet        all is ready",
        "redis        Grüße",
        "fleet        redis (pid 12) was killed by SIGKILL; starting it again in 0.2 s",
        "fleet        stopping; once more kills at once",
        "fleet        killing all",
        "fleet        redis (pid 13) ended with code 0",
    ]


def test_on_a_terminal_each_name_has_its_colour_and_deaths_are_red(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    console = Console(writer, colour=True)
    for event in (Said("redis", "a"), Said("workers", "b"), Ended("redis", 1, "was killed by SIGKILL", 0.2)):
        console(event)
    said_by_redis, said_by_workers, death = os.read(reader, 4096).decode().splitlines()
    assert said_by_redis == "\x1b[36mredis        \x1b[0ma"
    assert said_by_workers == "\x1b[33mworkers      \x1b[0mb"
    assert "\x1b[31mredis (pid 1)" in death


def test_a_slow_reader_gets_whole_lines_in_order_and_the_number_of_the_lost(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    console = Console(writer)
    for number in range(20_000):
        console(Said("talker", f"{number} {'x' * 20}"))
    said = b""
    os.set_blocking(reader, False)
    while chunk := _read(reader):
        said += chunk
        console.flush()
    console(Said("talker", "at last"))
    said += _read(reader)
    *kept, notice, last = said.decode().splitlines()
    numbers = [int(line.split()[1]) for line in kept]
    assert numbers == list(range(len(kept)))
    assert notice == f"fleet        {20_000 - len(kept)} lines were not shown"
    assert last == "talker       at last"


def test_a_reader_that_has_gone_is_no_reason_to_end() -> None:
    gone, broken = os.pipe()
    os.close(gone)
    console = Console(broken)
    console(Said("talker", "anybody?"))
    console.close()
    os.close(broken)


def _read(reader: int) -> bytes:
    try:
        return os.read(reader, 4096)
    except BlockingIOError:
        return b""
