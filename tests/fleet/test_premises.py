"""One fleet a data directory, and a private, short runtime directory."""

import os
import stat
from pathlib import Path

import pytest

from workers.fleet import premises, redis_server
from workers.fleet.errors import FleetAlreadyRunning


def test_the_runtime_directory_is_private_short_and_gone_afterwards(tmp_path: Path) -> None:
    with premises.claim(tmp_path) as owned:
        assert stat.S_IMODE(owned.runtime_dir.stat().st_mode) == 0o700
        assert (owned.runtime_dir / "fleet.pid").read_text() == f"{os.getpid()}\n"
    assert not owned.runtime_dir.exists()
    assert (tmp_path / "fleet.lock").read_text() == ""


def test_a_temporary_directory_too_deep_for_a_socket_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 110)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with premises.claim(tmp_path / "data") as owned:
        assert owned.runtime_dir.parent == Path("/tmp")
    assert list(deep.iterdir()) == []


def test_a_second_claim_is_refused_and_names_the_owner(tmp_path: Path) -> None:
    with premises.claim(tmp_path), pytest.raises(FleetAlreadyRunning) as caught, premises.claim(tmp_path):
        pass
    assert caught.value.pid == os.getpid()
    with premises.claim(tmp_path):
        pass


def test_what_a_dead_fleet_left_is_removed_its_server_first(tmp_path: Path) -> None:
    with premises.claim(tmp_path) as owned:
        left_behind = owned.runtime_dir.with_name(owned.runtime_dir.name + "-dead")
        left_behind.mkdir(mode=0o700)
        server = redis_server.start(redis_server.find_binary(), tmp_path, left_behind)
    (tmp_path / "fleet.lock").write_text(str(left_behind))
    with premises.claim(tmp_path) as owned:
        assert owned.runtime_dir != left_behind
        assert not left_behind.exists()
        assert server.process.wait(60) == 0


def test_a_lock_file_that_points_elsewhere_removes_nothing(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (tmp_path / "fleet.lock").write_text(str(precious))
    with premises.claim(tmp_path):
        assert precious.is_dir()


def test_commands_beside_a_running_fleet_find_its_server(tmp_path: Path) -> None:
    assert premises.socket_of_running_fleet(tmp_path) is None
    with premises.claim(tmp_path) as owned:
        assert premises.socket_of_running_fleet(tmp_path) is None
        with redis_server.start(redis_server.find_binary(), tmp_path, owned.runtime_dir, aof=False):
            assert premises.socket_of_running_fleet(tmp_path) == owned.runtime_dir / "redis.sock"
    assert premises.socket_of_running_fleet(tmp_path) is None
