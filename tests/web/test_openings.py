"""PX-12 on a real server: the picture that tells of an opened mail, and what it does not tell."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from tests.scenarios import ndjson
from tests.stages.fleet import KEPT
from tests.waiting import until
from tests.web.site import Served, serving_pages
from tests.web.test_unsubscribe import BRUNO, CLAIRE, WORLD
from workers.house import policy_of, renderer_of, rules_of
from workers.settings import Settings
from workers.stages import links, sweep
from workers.stages.simulate import Simulation
from workers.store import openings, tables
from workers.store.openings import Opening
from workers.store.vault import new_key
from workers.web.picture import PIXEL

SENT = datetime(2026, 6, 1, 9, tzinfo=UTC)
LIVE = {
    "secrets": {"key": new_key()},
    "mail": {"mode": "live", "track_opens": ["invoice.sent"]},
    "smtp": {"routes": [{"name": "main", "host": "smtp.example.com"}]},
    "web": {"public_url": "https://notices.example.org"},
}


@pytest.fixture
def mailed(database_url: str) -> Iterator[Served]:
    """Claire and Bruno have had an invoice, whose opening is tracked."""
    settings = Settings.model_validate(LIVE)
    with serving_pages(database_url, settings) as served:
        run = Simulation(served.house.database, rules_of(settings), renderer_of(settings), policy_of(settings))
        run.run(enumerate(ndjson(WORLD).splitlines(), start=1), SENT)
        yield served


def copy_for(served: Served, address: str) -> int:
    with served.house.database.read() as connection:
        query = sa.select(tables.deliveries.c.id).where(tables.deliveries.c.address == address)
        id: int = connection.execute(query).scalar_one()
        return id


def picture_of(served: Served, address: str) -> str:
    return f"/u/open/{links.picture_token(served.house.vault, copy_for(served, address))}.gif"


def opening(served: Served, address: str) -> Opening | None:
    id = copy_for(served, address)
    with served.house.database.read() as connection:
        return openings.of_delivery(connection, id)


def states(served: Served) -> list[tuple[object, ...]]:
    with served.house.database.read() as connection:
        return [tuple(row) for row in connection.execute(sa.select(tables.deliveries).order_by(tables.deliveries.c.id))]


def test_px12_the_first_opening_and_their_number_are_kept_and_nothing_else_changes(mailed: Served) -> None:
    before, path = states(mailed), picture_of(mailed, CLAIRE)
    assert opening(mailed, CLAIRE) is None
    for times in (1, 2):
        answer = mailed.get(path)
        assert (answer.status, answer.headers["content-type"], answer.body) == (200, "image/gif", PIXEL)
        until(partial(_were_opened, mailed, CLAIRE, times))
    first = opening(mailed, CLAIRE)
    assert first is not None
    assert first.times == 2
    assert opening(mailed, BRUNO) is None
    assert states(mailed) == before
    with mailed.house.database.read() as connection:
        assert {column.name for column in tables.openings.c} == {"delivery", "first_at", "times"}
        assert connection.execute(sa.select(tables.openings.c.delivery)).scalars().all() == [copy_for(mailed, CLAIRE)]


def _were_opened(served: Served, address: str, times: int) -> bool:
    return opened_times(served, address) == times


def opened_times(served: Served, address: str) -> int:
    found = opening(served, address)
    return found.times if found else 0


NAMES: list[Callable[[Served], str]] = [
    lambda served: f"/u/open/{links.picture_token(served.house.vault, 4711)}.gif",
    lambda served: f"/u/open/{links.token(served.house.vault, copy_for(served, CLAIRE))}.gif",
    lambda served: picture_of(served, CLAIRE)[:-5] + "!.gif",
    lambda served: "/u/open/nothing",
    lambda served: "/u/open/%00.gif",
]


def test_px12_an_unknown_token_gets_the_same_answer_and_counts_nowhere(mailed: Served) -> None:
    good = mailed.get(picture_of(mailed, CLAIRE))
    headers = {name: value for name, value in good.headers.items() if name != "date"}
    until(lambda: opened_times(mailed, CLAIRE) == 1)
    for path in NAMES:
        other = mailed.get(path(mailed))
        assert (other.status, other.body) == (good.status, good.body)
        assert {name: value for name, value in other.headers.items() if name != "date"} == headers
    mailed.get(picture_of(mailed, BRUNO))
    until(lambda: opened_times(mailed, BRUNO) == 1)  # by then all that came before is written down
    assert opened_times(mailed, CLAIRE) == 1
    assert "no-store" in headers["cache-control"]
    assert "set-cookie" not in headers


def test_px12_asking_for_its_head_or_fetching_it_for_later_opens_nothing(mailed: Served) -> None:
    path = picture_of(mailed, CLAIRE)
    assert (mailed.get(path, "HEAD").status, mailed.get(path, "HEAD").body) == (200, b"")
    assert mailed.get(path, sec_purpose="prefetch;prerender").body == PIXEL
    assert mailed.get(path, x_moz="prefetch").body == PIXEL
    mailed.get(picture_of(mailed, BRUNO))
    until(lambda: opened_times(mailed, BRUNO) == 1)
    assert opening(mailed, CLAIRE) is None


def test_px12_the_picture_switches_nothing_and_the_unsubscribe_link_opens_nothing(mailed: Served) -> None:
    token = links.picture_token(mailed.house.vault, copy_for(mailed, CLAIRE))
    assert mailed.get(f"/u/{token}").status == 404


def test_px12_support_sees_it_and_looking_opens_nothing(mailed: Served) -> None:
    mailed.sign_in()
    id, path = copy_for(mailed, CLAIRE), picture_of(mailed, CLAIRE)
    never = mailed.get(f"/mail/{id}").text
    assert "Not opened as far as its picture tells" in never
    for part in ("/letter?images=true", "/source", "/eml", "?view=source"):
        assert "/u/open/" not in mailed.get(f"/mail/{id}{part}").html
    mailed.get(path)
    until(lambda: opened_times(mailed, CLAIRE) == 1)
    told = mailed.get(f"/mail/{id}").text
    assert "at least: its picture was fetched 1 time." in told
    assert "That says nothing about reading" in told


def test_px12_it_is_forgotten_with_its_delivery(mailed: Served) -> None:
    mailed.get(picture_of(mailed, CLAIRE))
    until(lambda: opened_times(mailed, CLAIRE) == 1)
    sweep.purge(mailed.house.database, SENT + timedelta(days=800), KEPT)
    with mailed.house.database.read() as connection:
        assert connection.execute(sa.select(tables.openings)).all() == []
