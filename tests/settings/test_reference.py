"""docs/settings.md is made from the settings themselves: `rappel config reference > docs/settings.md`."""

import tomllib
from pathlib import Path

from workers.settings import Settings, reference
from workers.settings.reference import literal


def test_the_document_is_the_reference() -> None:
    document = Path(__file__).parents[2] / "docs" / "settings.md"
    assert document.read_text(encoding="utf-8") == reference()


def test_names_with_a_dot_are_written_as_toml_reads_them() -> None:
    defaults = Settings().model_dump(mode="json")["mail"]["on_uncertain"]
    assert tomllib.loads(f"on_uncertain = {literal(defaults)}") == {"on_uncertain": defaults}
