"""The locked requirements: complete, hashed, and silent about where packages come from."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parents[2]
LOCKS = ["run", "dev"]


def locked(name: str) -> dict[str, str]:
    """Pinned versions by package."""
    lines = (CHECKOUT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line.removesuffix("\\")) for line in lines if line[:1].isalnum()]
    return {canonicalize_name(pin.name): str(pin.specifier) for pin in pins}


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_and_hashed(name: str) -> None:
    text = (CHECKOUT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    entries = [block for block in text.replace("\\\n", " ").splitlines() if block[:1].isalnum()]

    assert entries
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", LOCKS)
def test_no_registry_or_host_is_named(name: str) -> None:
    text = (CHECKOUT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")

    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_development_stands_on_the_same_versions() -> None:
    run, dev = locked("run"), locked("dev")

    assert {name: dev.get(name) for name in run} == run


def test_the_locks_satisfy_what_the_project_asks_for() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    run = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["embedded"]

    assert unsatisfied(run, locked("run")) == []
    assert unsatisfied(run + project["dependency-groups"]["dev"], locked("dev")) == []


def unsatisfied(wanted: list[str], pins: dict[str, str]) -> list[str]:
    requirements = map(Requirement, wanted)
    return [
        str(asked)
        for asked in requirements
        if not asked.specifier.contains(pins.get(canonicalize_name(asked.name), "==0").removeprefix("=="))
    ]
