"""What only the mail catcher took reads so on every page, also once mail goes out for real (DESIGN part 4)."""

from collections.abc import Iterator

import pytest

from tests.stages.support import NOON, TOLD, live
from tests.web.site import Served, serving_pages
from workers.settings import Settings
from workers.stages import captured
from workers.store import tables
from workers.store.clock import lead_clock

CAUGHT = {
    **{"delivery": 1, "at": TOLD, "route": "catcher", "worker": "w", "kind": "accepted", "phase": "body"},
    **{"code": 250, "enhanced": "2.0.0", "reply": "2.0.0 kept", "seconds": 0.1},
}
"""What the mail catcher says to a copy."""

LISTS = ("/mails/captured?today=true", "/contact/C-1", "/company/K-1", "/?q=invoice/55", "/notice/1", "/mail/1")
"""Pages that tell of Anna's copy."""

SENT = 'good">sent</span>'


@pytest.fixture
def caught(database_url: str) -> Iterator[Served]:
    """Anna's invoice went into the catcher; since then mail goes out for real."""
    route = {"name": "main", "host": "127.0.0.1"}
    given = {"clock": {"source": "database"}, "mail": {"mode": "live"}, "smtp": {"routes": [route]}}
    with serving_pages(database_url, Settings.model_validate(given)) as served:
        live(served.house.database)
        with served.house.database.write() as connection:
            connection.execute(tables.attempts.insert().values(CAUGHT))
        lead_clock(served.house.database, NOON, runs=False)
        yield served.sign_in()


def badges(served: Served, word: str) -> dict[str, bool]:
    return {path: f">{word}</span>" in served.get(path).html for path in LISTS}


def test_no_page_calls_it_sent(caught: Served) -> None:
    assert badges(caught, "only captured") == dict.fromkeys(LISTS, True)
    assert [path for path in LISTS if SENT in caught.get(path).html] == []
    home = caught.get("/").text
    assert "1 in the mail catcher" in home
    assert "0 sent" in home
    assert "There are none." in caught.get("/mails/sent?today=true").text
    assert "The mail catcher kept them, and none has left." in caught.get("/mails/captured").text
    assert "the mail catcher kept the mail: it never left this machine." in caught.get("/mail/1").text
    assert "responsible for it now" not in caught.get("/mail/1").text
    answer = caught.get("/notice/1?answer=en").text
    assert "The mail was only captured for a trial and never left." in answer
    assert "cannot be known" not in answer


def test_what_an_operator_counted_as_sent_reads_so(caught: Served) -> None:
    captured.count_as_sent(caught.house.database)
    assert badges(caught, "counts as sent") == dict.fromkeys(LISTS, True)
    assert [path for path in LISTS if SENT in caught.get(path).html] == []
    assert "An operator said that it counts as sent." in caught.get("/mail/1").text
    answer = caught.get("/notice/1?answer=en").text
    assert "was only captured for a trial, and somebody here said that it counts as sent." in answer


def test_what_an_operator_called_sent_reads_so_as_well(caught: Served) -> None:
    """No server answered for it, and the catcher did not, either."""
    with caught.house.database.write() as connection:
        connection.execute(tables.attempts.delete())
        connection.execute(tables.deliveries.update().values(reason="operator"))
    pages = ("/mails/sent?today=true", *LISTS[1:])
    assert [path for path in pages if ">counts as sent</span>" not in caught.get(path).html] == []
    assert [path for path in pages if SENT in caught.get(path).html] == []
    assert "The mail counts as sent: somebody here made sure of it." in caught.get("/notice/1?answer=en").text


def test_what_does_not_count_is_sent_nowhere(caught: Served) -> None:
    captured.forget(caught.house.database, NOON)
    assert [path for path in LISTS if SENT in caught.get(path).html] == []
    assert "An operator said that it does not count as sent." in caught.get("/mail/1").text
    of_copies = ("/mails/captured?today=true", "/?q=invoice/55", "/mail/1")
    shown = badges(caught, "does not count as sent") | badges(caught, "not sent")
    assert {path: path in of_copies for path in LISTS} == badges(caught, "does not count as sent")
    assert {path: path not in of_copies for path in LISTS} == shown
    assert "0 sent" in caught.get("/").text
    assert "The mail was only captured for a trial and never left." in caught.get("/notice/1?answer=en").text


def test_what_truly_left_is_sent(caught: Served) -> None:
    with caught.house.database.write() as connection:
        connection.execute(tables.attempts.update().values(route="main"))
    pages = [path for path in LISTS if "captured" not in path]
    assert [path for path in pages if SENT not in caught.get(path).html] == []
    assert "There are none." in caught.get("/mails/captured").text
    home = caught.get("/").text
    assert "1 sent" in home
    assert "mail catcher" not in home


@pytest.mark.parametrize(
    ("language", "badge", "number"),
    [("de", "nur abgefangen", "im Mailfänger"), ("fr", "seulement intercepté", "dans l’attrape-courrier")],
)
def test_every_language_has_a_word_for_it(caught: Served, language: str, badge: str, number: str) -> None:
    assert f">{badge}</span>" in caught.get(f"/contact/C-1?lang={language}").html
    assert number in caught.get(f"/?lang={language}").text
