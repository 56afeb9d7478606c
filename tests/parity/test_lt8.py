"""The seed's worked example (LT-8) through a real fleet: Monday overdue, Tuesday first mail, then every Tuesday."""

import json
from datetime import datetime
from pathlib import Path

from tests.example.replay import VECTORS, lines_of
from workers.cli import demo, example
from workers.cli.example import Story
from workers.fleet.tour import arrivals
from workers.settings import Settings


def test_lt8_the_worked_example_of_the_seed_in_a_real_fleet(tmp_path: Path) -> None:
    vector = next(each for each in json.loads((VECTORS / "index.json").read_text()) if each["name"] == "lt8-weekly")
    until = datetime.fromisoformat(vector["until"])
    story = Story(tuple(arrivals(lines_of(VECTORS / "lt8-weekly.ndjson"))), until)
    expected = [json.loads(line) for line in lines_of(VECTORS / "lt8-weekly.expected.ndjson")]
    settings = example.settings_for(Settings(data_dir=tmp_path), "lt8")
    settings.data_dir.mkdir()

    demo.prepare(settings, story)
    with demo.fleet(settings, RAPPEL_FLEET__PROCESSES="1", RAPPEL_FLEET__THREADS="2") as house:
        printed = demo.lead(house, settings, story)

    assert [line["at"] for line in printed] == [line["at"] for line in expected]
    assert [(line["reason"], line["sequence"]) for line in printed] == [
        (line["reason"], line["sequence"]) for line in expected
    ]
    assert len(list(settings.catcher_dir.glob("*.eml"))) == len(expected)
