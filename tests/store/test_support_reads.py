"""What support looks at costs what there is about it, not what there is in all."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tests.stages.fleet import RULES, SALES, lead, take
from tests.stages.support import NOON, STATE, live
from tests.store.crowd import gather
from tests.store.statements import analyse, counted, full_scans
from tests.store.test_due import LARGE
from workers.stages.history import history
from workers.stages.profiles import company_profile, contact_profile, user_profile
from workers.stages.things import thing
from workers.stages.why import why
from workers.store.database import Database

LOOKS: dict[str, Callable[[Connection], object]] = {
    "contact": lambda c: (history(c, RULES, "contact/C-1", NOON, 25), contact_profile(c, RULES, "C-1")),
    "user": lambda c: (history(c, RULES, "user/U-1", NOON, 25), user_profile(c, "U-1")),
    "company": lambda c: (history(c, RULES, "company/K-1", NOON, 25), company_profile(c, RULES, "K-1")),
    "renewal": lambda c: (history(c, RULES, "renewal/R-1", NOON, 25), thing(c, RULES, "renewal/R-1", NOON)),
    "notice": lambda c: why(c, 1),
}


@pytest.fixture
def crowded(database: Database) -> Database:
    """Ten of our leads and renewals among twenty thousand, all of other companies and users."""
    live(database, [*STATE, SALES])
    take(database, *(lead(f"L-{n}", company="K-1") for n in range(10)))
    gather(database, 20_000)
    apart = {"leads": ("company", "acceptor"), "renewals": ("company",)}
    with database.write() as connection:
        for table, columns in apart.items():
            values = ", ".join(f"{column} = 'Z-' || id" for column in columns)
            connection.execute(sa.text(f"UPDATE {table} SET {values} WHERE id LIKE 'X-%'"))  # noqa: S608
        connection.execute(sa.text("UPDATE people SET ref = 'user/Z' || notice WHERE ref IS NULL"))
    analyse(database)
    return database


def test_nobody_is_looked_up_by_reading_a_large_table(crowded: Database) -> None:
    read: dict[str, set[str]] = {}
    for name, look in LOOKS.items():
        with counted(crowded) as statements, crowded.read() as connection:
            assert look(connection)
        read[name] = full_scans(crowded, statements) & LARGE
    assert read == {name: set() for name in LOOKS}
