"""Who gets in, and what is told to those who do not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.web.site import TOKEN, Served, serving_pages
from workers.settings import Settings
from workers.web.door import BEHIND, LASTS, Door, new_token
from workers.web.routers import PUBLIC, SUPPORT

NOW = datetime(2026, 6, 1, 7, tzinfo=UTC)


class TestSessions:
    door = Door(TOKEN)

    def test_a_ticket_is_its_session_for_twelve_hours(self) -> None:
        session = self.door.open_session(NOW)
        ticket = self.door.ticket(session)
        assert self.door.session(ticket, NOW) == session
        assert self.door.session(ticket, NOW + LASTS - timedelta(seconds=1)) == session
        assert self.door.session(ticket, NOW + LASTS) is None

    def test_it_does_not_last_until_a_clock_that_went_back_is_there_again(self) -> None:
        ticket = self.door.ticket(self.door.open_session(NOW + timedelta(days=30)))
        assert self.door.session(ticket, NOW) is None
        assert self.door.session(ticket, NOW + timedelta(days=30) - BEHIND) is not None, "on a machine that is behind"

    def test_it_outlives_a_restart_with_the_same_token_and_no_other(self) -> None:
        session = self.door.open_session(NOW)
        assert Door(TOKEN).session(self.door.ticket(session), NOW) == session
        assert Door(new_token()).session(self.door.ticket(session), NOW) is None
        assert Door(new_token()).cookie != self.door.cookie

    @pytest.mark.parametrize("ticket", ["", ".", "..", "a.1.b", "é.1.ü", "x" * 5000])
    def test_nonsense_is_no_session(self, ticket: str) -> None:
        assert self.door.session(ticket, NOW) is None

    def test_no_part_can_be_changed(self) -> None:
        id, until, signature = self.door.ticket(self.door.open_session(NOW)).split(".")
        for forged in (
            f"b{id}.{until}.{signature}",
            f"{id}.{int(until) + 1}.{signature}",
            f"{id}.{until}.{signature}x",
        ):
            assert self.door.session(forged, NOW) is None


def addresses() -> Iterator[str]:
    """Of every page behind the sign-in."""
    for router in SUPPORT:
        for route in router.routes:
            yield route.path.replace("{id}", "1").replace("{", "").replace("}", "")  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", list(addresses()))
def test_no_page_of_support_opens_without_a_session(stranger: Served, path: str) -> None:
    for cookie in ("", "rappel_x=1", f"{Door(TOKEN).cookie}=a.9999999999.b"):
        answer = stranger.get(path, cookie=cookie)
        assert (answer.status, answer.headers["cache-control"]) == (401, "no-store")
        assert "Open the link that was printed when the pages were started" in answer.text
    assert PUBLIC


def test_the_link_signs_in_and_leaves_its_own_address(stranger: Served) -> None:
    answer = stranger.get(stranger.link.removeprefix(stranger.address))
    assert (answer.status, answer.headers["location"], answer.body) == (303, "/", b"")
    _, *attributes = answer.headers["set-cookie"].split("; ")
    assert sorted(attributes) == ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=lax"]
    assert TOKEN not in answer.headers["set-cookie"]
    assert stranger.sign_in().get("/").status == 200


def test_another_token_opens_nothing(stranger: Served) -> None:
    for token in ("", "wrong", TOKEN[:-1], TOKEN + "x", "%00", "%ff%fe", "%C3%A9"):
        answer = stranger.get(f"/sign-in?token={token}")
        assert (answer.status, "set-cookie" in answer.headers) == (401, False)


def test_signing_out_forgets_the_session(stranger: Served) -> None:
    answer = stranger.sign_in().get("/sign-out", "POST")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert "Max-Age=0" in answer.headers["set-cookie"]


def test_a_session_goes_on_when_the_server_is_started_again(sqlite_url: str) -> None:
    with serving_pages(sqlite_url) as first:
        cookies = first.sign_in().cookies
    with serving_pages(sqlite_url) as second:
        second.cookies = cookies
        assert second.get("/").status == 200


def test_a_name_that_is_not_ours_reads_nothing(stranger: Served) -> None:
    """A foreign page that lets its own name point to this machine has our cookie's address, not our name."""
    hosts = ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "192.0.2.1", "", "[")
    sign_in = stranger.sign_in().link.removeprefix(stranger.address)
    for host in hosts:
        for path in ("/", sign_in):
            answer = stranger.get(path, host=host)
            assert (answer.status, "set-cookie" in answer.headers) == (421, False)


def test_localhost_is_ours(stranger: Served) -> None:
    port = stranger.address.rpartition(":")[2]
    assert stranger.sign_in().get("/", host=f"localhost:{port}").status == 200


def test_the_mode_of_mail_stands_on_the_page(sqlite_url: str) -> None:
    modes = {
        "capture": "capture: nothing leaves",
        "redirect:me@example.com": "redirect: everything goes to me@example.com",
        "allow:example.org,example.com": "allow: only example.com, example.org",
        "live": "live: mail goes out",
    }
    route = {"name": "main", "host": "127.0.0.1"}
    for mode, words in modes.items():
        settings = Settings.model_validate({"mail": {"mode": mode}, "smtp": {"routes": [route]}})
        with serving_pages(sqlite_url, settings) as served:
            assert words in served.sign_in().get("/").text
