"""`rappel web` as a process, and what it refuses."""

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.cli.terminal import ROOT, rappel
from tests.waiting import until
from workers.cli.fleet import plan_of, welcome
from workers.fleet.premises import Premises
from workers.settings import load

TOKEN = "a-token-that-was-set-by-somebody"
LINK = r"the pages are at (http://127\.0\.0\.1:\d+/sign-in\?token=\S+)\n"


@contextmanager
def pages(place: Path, **env: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A process of its own; its log."""
    log = place / "log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "workers.cli", "web"]
        process = subprocess.Popen(command, cwd=place, env={**env, "PYTHONPATH": str(ROOT)}, stdout=out, stderr=out)
    try:
        yield process, log
    finally:
        process.kill()
        process.wait(60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_a_link_that_signs_in_and_ends_in_good_order(place: Path, number: signal.Signals) -> None:
    assert rappel("migrate").code == 0
    with pages(place) as (process, log):
        link = until(
            lambda: re.search(r"the pages are at (http://127\.0\.0\.1:\d+/sign-in\?token=\S+)\n", log.read_text()), 60
        )
        client = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        with closing(client.open(link[1], timeout=30)) as answer:
            assert b"What are you looking for?" in answer.read()
        process.send_signal(number)
        assert process.wait(60) == 0
        told = log.read_text()
    assert "Traceback" not in told
    _, token = link[1].split("token=")
    assert told.count(token) == 1
    assert re.search(r"request +method=GET ms=[\d.]+ route=/sign-in status=303", told)


def test_a_token_that_was_set_is_not_told(place: Path) -> None:
    assert rappel("migrate").code == 0
    with pages(place, RAPPEL_WEB__TOKEN=TOKEN) as (_, log):
        until(lambda: re.search(r"the pages are at http://127\.0\.0\.1:\d+\n", log.read_text()), 60)
        assert TOKEN not in log.read_text()


@pytest.mark.parametrize("host", ["192.0.2.1", "::", "pages.example.com"])
def test_it_listens_on_this_machine_alone(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("RAPPEL_WEB__HOST", host)
    done = rappel("web")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("configuration: web.host must be a loopback address, 127.0.0.1 or ::1")


def test_a_short_token_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPEL_WEB__TOKEN", "hunter2")
    done = rappel("web")
    assert (done.code, done.err) == (3, "configuration: web.token must have 24 characters or more\n")


def test_a_port_that_is_taken_is_told(installation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("RAPPEL_WEB__PORT", str(other.getsockname()[1]))
        done = rappel("web")
    assert (done.code, done.out) == (1, "")
    assert "ddress already in use" in done.err


def test_up_prints_the_link_and_its_pages_go_by_the_same_token(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owned = Premises(place, place, 0)
    plan = plan_of(load(), None, owned, {})
    assert plan.web
    assert f"the pages are at http://127.0.0.1:{plan.web.port}/sign-in?token={plan.web.token}\n" in welcome(
        load(), plan
    )
    monkeypatch.setenv("RAPPEL_WEB__TOKEN", TOKEN)
    monkeypatch.setenv("RAPPEL_WEB__HOST", "localhost")
    plan = plan_of(load(), None, owned, {})
    assert plan.web
    assert (plan.web.host, plan.web.token) == ("127.0.0.1", TOKEN)
    assert TOKEN not in welcome(load(), plan)
    monkeypatch.setenv("RAPPEL_FLEET__WEB", "false")
    assert plan_of(load(), None, owned, {}).web is None
