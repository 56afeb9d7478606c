"""How `make i18n` finds sentences that stand in Python tables, such as those of the reasons (babel.cfg)."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

Found = tuple[int, None, str, list[str]]


def extract(
    file: BinaryIO, keywords: Mapping[str, Any], tags: Sequence[str], options: Mapping[str, Any]
) -> Iterator[Found]:
    """Each text that is a value of a dictionary: line, and the text."""
    tables = (node for node in ast.walk(ast.parse(file.read())) if isinstance(node, ast.Dict))
    for value in (value for table in tables for value in table.values):
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.lineno, None, value.value, []
