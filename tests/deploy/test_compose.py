"""The compose file and what its image is built from."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from workers.fleet import redis_server

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


@pytest.fixture
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(DEPLOY / "compose.yaml")
    return loaded


def test_it_follows_the_compose_specification() -> None:
    argv = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    result = subprocess.run([*argv, str(DEPLOY / "compose.yaml")], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_specification_would_notice_a_misspelt_key(tmp_path: Path) -> None:
    broken = tmp_path / "compose.yaml"
    broken.write_text((DEPLOY / "compose.yaml").read_text().replace("healthcheck:", "healthchek:"))
    argv = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(broken)]
    assert subprocess.run(argv, capture_output=True, timeout=60).returncode != 0


def test_its_queue_keeps_what_the_embedded_one_keeps(compose: dict[str, Any]) -> None:
    embedded = redis_server.command(Path("valkey-server"), Path("/data"), Path("/run"))
    for option in ("--appendonly", "--appendfsync", "--maxmemory-policy", "--save"):
        queue = compose["services"]["valkey"]["command"]
        assert queue[queue.index(option) + 1] == embedded[embedded.index(option) + 1]


def test_nobody_works_before_the_database_is_migrated(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"postgres", "valkey", "migrate", "scheduler", "workers"}
    for name in ("scheduler", "workers"):
        assert services[name]["command"] == [name]
        assert services[name]["restart"] == "unless-stopped"
        assert {need: how["condition"] for need, how in services[name]["depends_on"].items()} == {
            "postgres": "service_healthy",
            "valkey": "service_healthy",
            "migrate": "service_completed_successfully",
        }


def test_no_password_is_shipped_and_none_is_guessed(compose: dict[str, Any]) -> None:
    assert re.findall(r"PASSWORD[^}\n]*", (DEPLOY / "compose.yaml").read_text()) == [
        "PASSWORD:?set it in deploy/rappel.env",
        "PASSWORD: ${POSTGRES_PASSWORD:?set it in deploy/rappel.env",
    ]
    assert "POSTGRES_PASSWORD=\n" in (DEPLOY / "rappel.env.example").read_text()


def test_images_are_plain_names_with_a_version(compose: dict[str, Any]) -> None:
    images = [service["image"] for service in compose["services"].values() if "build" not in service]
    images += re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert [image for image in images if not re.fullmatch(r"[a-z]+(/[a-z]+)?:\d[\w.-]+", image)] == []


def test_the_image_runs_as_nobody_in_particular() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    *_, final = dockerfile.split("FROM ")
    assert re.findall(r"^USER (.+)", final, re.MULTILINE) == ["10001"]
    assert "--require-hashes" in dockerfile


def test_the_image_is_built_from_the_wheels_sources_only() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    allowed = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    assert rules[0] == "*"
    assert allowed == {
        "CHANGELOG.md",
        "README.md",
        "config",
        "locales",
        "pyproject.toml",
        "requirements",
        "templates",
        "workers",
    }
