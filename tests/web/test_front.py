"""What every answer carries, what is logged, and how pages say no."""

import pytest
from fastapi import APIRouter
from starlette.responses import Response

from tests.web.site import Served, serving_pages
from workers.web import routers
from workers.web.front import HEADERS
from workers.web.languages import accepted
from workers.web.visits import SignedIn

SECRET = "Frau Geheim"


def test_every_answer_keeps_to_itself(site: Served) -> None:
    for path in ("/", "/nowhere", "/sign-in", "/static/icon.svg", "/static/nothing"):
        headers = site.get(path).headers
        expected = HEADERS if path != "/static/icon.svg" else {k: v for k, v in HEADERS.items() if k != "cache-control"}
        assert {name: headers.get(name) for name in expected} == expected
        assert "server" not in headers
        assert "unsafe" not in headers["content-security-policy"]


def test_there_are_no_pages_about_the_pages(site: Served) -> None:
    assert [site.get(path).status for path in ("/docs", "/redoc", "/openapi.json")] == [404, 404, 404]


def test_what_is_not_there_is_told_in_words(site: Served) -> None:
    answer = site.get("/nowhere", accept_language="de")
    assert (answer.status, "Diese Seite gibt es nicht" in answer.text) == (404, True)
    assert site.get("/", "DELETE").status == 405


def test_a_bug_shows_nothing_of_the_inside(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    router = APIRouter()

    @router.get("/broken")
    def broken(visit: SignedIn) -> Response:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(routers, "SUPPORT", (router,))
    monkeypatch.setattr("workers.web.app.SUPPORT", (router,))
    with serving_pages(sqlite_url) as served:
        answer = served.sign_in().get("/broken?q=Geheim")
    assert (answer.status, answer.headers["content-security-policy"]) == (500, HEADERS["content-security-policy"])
    assert "Something broke on our side" in answer.text
    assert "RuntimeError" not in answer.html + answer.text
    assert SECRET not in answer.html


class TestLanguages:
    @pytest.mark.parametrize(
        ("header", "language"),
        [
            ("", "en"),
            ("de", "de"),
            ("fr-CH, de;q=0.5", "fr"),
            ("it, de;q=0.4, fr;q=0.7", "fr"),
            ("de;q=0, it", "en"),
            ("de;q=x, ;;;,,", "en"),
            ("nl,pl", "en"),
        ],
    )
    def test_the_browser_is_believed(self, header: str, language: str) -> None:
        assert accepted(header) == language

    def test_a_choice_beats_the_browser_and_is_kept(self, site: Served) -> None:
        answer = site.get("/?lang=fr", accept_language="de")
        assert '<html lang="fr">' in answer.html
        assert answer.headers["set-cookie"].startswith("rappel_language=fr; HttpOnly; Max-Age=31536000")
        site.cookies["rappel_language"] = "fr"
        assert '<html lang="fr">' in site.get("/", accept_language="de").html
        site.cookies["rappel_language"] = "xx"
        assert '<html lang="de">' in site.get("/?lang=yy", accept_language="de").html

    def test_the_other_languages_are_a_link_that_keeps_the_question(self, site: Served) -> None:
        assert 'href="/?q=a%26b&amp;lang=de"' in site.get("/?q=a%26b").html
