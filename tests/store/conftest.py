"""A database of its own for each test: what planners know of rows, and what was deleted between them, stays behind."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from workers.store.database import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with closing(Database(database_url)) as own:
        yield own
