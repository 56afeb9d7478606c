"""Who may import what, beyond the layers that import-linter holds."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "workers"
READ_SETTINGS = {"main", "cli", "house", "fleet", "web", "settings"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in PACKAGE.rglob("*.py"):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_domain_imports_only_the_standard_library() -> None:
    strangers = [
        (name, imported)
        for name, tree in modules()
        if name.startswith("domain/")
        for imported in imports(tree)
        if imported.partition(".")[0] not in sys.stdlib_module_names and not imported.startswith("workers.domain")
    ]
    assert strangers == []


def test_the_domain_reads_no_clock() -> None:
    readings = [
        (name, node.lineno)
        for name, tree in modules()
        if name.startswith("domain/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"} and is_a_clock(node.value)
    ]
    assert readings == []


def is_a_clock(value: ast.expr) -> bool:
    return isinstance(value, ast.Name | ast.Attribute) and ast.unparse(value).rpartition(".")[2] in {"datetime", "date"}


def test_settings_are_read_at_the_front_doors_and_by_the_house_only() -> None:
    readers = {
        name.partition("/")[0].removesuffix(".py")
        for name, tree in modules()
        for imported in imports(tree)
        if f"{imported}.".startswith("workers.settings.")
    }
    assert readers <= READ_SETTINGS


def test_only_the_store_speaks_sql() -> None:
    """Others hand connections and rows on, and know by its errors that a database is away."""
    allowed = ("sqlalchemy.engine.", "sqlalchemy.exc")
    speakers = [
        (name, imported)
        for name, tree in modules()
        if not name.startswith("store/")
        for imported in imports(tree)
        if imported.partition(".")[0] == "sqlalchemy" and not imported.startswith(allowed)
    ]
    assert speakers == []


def test_nobody_logs_but_by_the_logger_that_is_discreet_from_its_import_on() -> None:
    users = {
        name for name, tree in modules() for imported in imports(tree) if imported.partition(".")[0] == "structlog"
    }
    assert users == {"watch/logs.py"}
