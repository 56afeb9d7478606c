"""The example of an environment file is one that the settings take, once its places are filled in."""

from pathlib import Path

import pytest

from workers.settings import load

EXAMPLE = Path(__file__).parents[2] / "deploy" / "rappel.env.example"


def test_the_example_environment_is_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = [line for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if line.startswith("RAPPEL_")]
    for line in lines:
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    settings = load()

    assert len(lines) >= 4
    assert str(settings.mail.mode) == "redirect:you@example.com"
    assert [route.host for route in settings.smtp.routes] == ["smtp.example.com"]
    assert settings.database_url.startswith("postgresql+psycopg://rappel:")
