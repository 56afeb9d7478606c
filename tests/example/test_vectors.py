"""The vectors of RULES, simulated: every line as it stands beside them (tests/cli: byte by byte, as a command)."""

import json
from datetime import datetime

import pytest

from tests.example.replay import VECTORS, lines_of, replay

INDEX = json.loads((VECTORS / "index.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", INDEX, ids=lambda vector: vector["name"])
def test_vector(vector: dict[str, str]) -> None:
    name, until = vector["name"], datetime.fromisoformat(vector["until"])
    printed = replay(lines_of(VECTORS / f"{name}.ndjson"), until)
    expected = lines_of(VECTORS / f"{name}.expected.ndjson")
    assert [json.dumps(line, ensure_ascii=False) for line in printed] == expected
