"""What travels: the wheel, installed where no checkout is in reach."""

import json
import signal
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.waiting import until
from workers import assets

CHECKOUT = Path(__file__).parents[2]
TRAVEL = ("workers", "templates", "locales", "config")
EXAMPLES = CHECKOUT / "config" / "example" / "vectors"
VECTORS = json.loads((EXAMPLES / "index.json").read_text(encoding="utf-8"))


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run([*map(str, command)], cwd=cwd, env=env or None, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built offline, by the locked build backend."""
    target = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", target, CHECKOUT, cwd=target)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel; our requirements are lent to it, the checkout is not."""
    place = tmp_path_factory.mktemp("installed") / "with blank"
    venv.create(place, with_pip=False, symlinks=True)
    packages = sysconfig.get_path("purelib", "venv", vars={"base": str(place), "platbase": str(place)})
    Path(packages, "requirements.pth").write_text(sysconfig.get_path("purelib") + "\n")
    installer = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        place / "bin" / "python",
        "install",
        "--no-deps",
        "--no-index",
    ]
    run(*installer, "--quiet", "--disable-pip-version-check", wheel, cwd=place)
    return place / "bin" / "python"


def travelling() -> list[str]:
    """Every file of ours under the directories that travel."""
    files = (file for directory in TRAVEL for file in (CHECKOUT / directory).rglob("*") if file.is_file())
    return [file.relative_to(CHECKOUT).as_posix() for file in files if "__pycache__" not in file.parts]


def place_in_wheel(name: str) -> str:
    return name if name.startswith("workers/") else f"workers/_assets/{name}"


def test_every_file_travels_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]

    assert sorted(names) == sorted(map(place_in_wheel, travelling()))


def test_what_is_installed_finds_its_files(python: Path, tmp_path: Path) -> None:
    """With -I, an empty working directory and an empty home, as on a server."""
    show = "import workers.assets as assets; print(assets.path('config', 'rappel.toml').read_text(), end='')"

    shown = run(python, "-I", "-c", show, cwd=tmp_path, HOME=str(tmp_path))

    assert shown == (CHECKOUT / "config" / "rappel.toml").read_text(encoding="utf-8")


def test_the_checkout_is_not_in_reach(python: Path, tmp_path: Path) -> None:
    show = "import json, sys, workers; print(json.dumps([workers.__file__, *sys.path]))"

    module, *search_path = json.loads(run(python, "-I", "-c", show, cwd=tmp_path))

    assert Path(module).is_relative_to(python.parents[1])
    assert str(CHECKOUT) not in search_path


def rappel(python: Path, directory: Path, *arguments: str) -> str:
    """The installed command, with an empty home and nothing of ours in its environment."""
    return run(python, "-I", "-m", "workers.cli", *arguments, cwd=directory, HOME=str(directory))


SIMULATE_ALL = """
import contextlib, json, sys
from workers.cli import main

for vector in json.loads(sys.argv[1]):
    name = vector["name"]
    with open(f"{name}.out", "w", encoding="utf-8") as out, contextlib.redirect_stdout(out):
        with contextlib.suppress(SystemExit):
            main(["simulate", f"{name}.ndjson", "--until", vector["until"], "--json"])
"""


def test_the_vectors_are_simulated_byte_for_byte(python: Path, tmp_path: Path) -> None:
    for vector in VECTORS:
        events = f"{vector['name']}.ndjson"
        (tmp_path / events).write_bytes((EXAMPLES / events).read_bytes())

    run(python, "-I", "-c", SIMULATE_ALL, json.dumps(VECTORS), cwd=tmp_path, HOME=str(tmp_path))

    printed = {vector["name"]: (tmp_path / f"{vector['name']}.out").read_text(encoding="utf-8") for vector in VECTORS}
    expected = {name: (EXAMPLES / f"{name}.expected.ndjson").read_text(encoding="utf-8") for name in printed}
    assert len(VECTORS) >= 9
    assert printed == expected


def test_a_new_installation_is_set_up_and_looked_at(python: Path, tmp_path: Path) -> None:
    assert "Usage" in rappel(python, tmp_path, "--help")
    assert json.loads(rappel(python, tmp_path, "schema", "lead.saved"))["$id"] == "urn:rappel:schema:lead.saved"
    rappel(python, tmp_path, "config", "check")
    rappel(python, tmp_path, "migrate")
    assert (tmp_path / ".rappel" / "rappel.db").is_file()
    assert rappel(python, tmp_path, "deliveries", "--json") == ""


def test_the_installed_fleet_comes_up(python: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as told:
        fleet = subprocess.Popen(
            [python, "-I", "-m", "workers.cli", "up"],
            cwd=tmp_path,
            env={"HOME": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
        )
    try:
        until(lambda: "worker process is ready" in log.read_text(), seconds=60)
    finally:
        fleet.send_signal(signal.SIGINT)
        assert fleet.wait(60) == 0


def test_an_incomplete_installation_says_so() -> None:
    with pytest.raises(FileNotFoundError, match="nowhere is missing: this installation of rappel is incomplete"):
        assets.path("nowhere")
