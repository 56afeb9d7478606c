"""docs/settings.md is made from the settings themselves: `rappel config reference > docs/settings.md`."""

from pathlib import Path

from workers.settings import reference


def test_the_document_is_the_reference() -> None:
    document = Path(__file__).parents[2] / "docs" / "settings.md"
    assert document.read_text(encoding="utf-8") == reference()
