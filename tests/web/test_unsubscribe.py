"""PX-4 on a real server: where the unsubscribe link of a mail leads, and what one click does (RFC 8058)."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from tests.scenarios import event, ndjson
from tests.servers.browser import serious_findings
from tests.web.site import Answer, Served, serving_pages
from workers.house import policy_of, renderer_of, rules_of
from workers.settings import Settings
from workers.stages import links
from workers.stages.incoming import Incoming
from workers.stages.ingest import ingest
from workers.stages.simulate import Simulation
from workers.store import opt_outs, tables
from workers.store.vault import new_key
from workers.web.front import HEADERS
from workers.web.unsubscribe import LONGEST_BODY, fields_of, masked

AT = "2026-06-01T08:00:00Z"
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
CLAIRE, BRUNO = "claire@lumiere.example.com", "bruno@lumiere.example.com"
FORM = "application/x-www-form-urlencoded"
ONE_CLICK = b"List-Unsubscribe=One-Click"
PARTS = (
    b'--frame\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--frame--\r\n',
    b"preamble\r\n--frame\r\nContent-Type: text/plain\r\n"
    b"Content-Disposition: form-data; name=List-Unsubscribe\r\n\r\nOne-Click\r\n--frame--\r\n",
)


def contact(id: str, address: str, **more: Any) -> dict[str, Any]:
    names = {"first_name": id, "last_name": "Fontaine"}
    return event("contact.saved", AT, **{"id": id, "company": "K-1", "email": address} | names | more)


WORLD = [
    event("company.saved", AT, id="K-1", name="Ateliers Lumière"),
    contact("C-1", CLAIRE, language="fr"),
    contact("C-2", BRUNO, language="de"),
    event("invoice.sent", AT, company="K-1", document={"id": "55", "number": "RE-55"}),
]


@pytest.fixture
def mailed(database_url: str) -> Iterator[Served]:
    """Claire (French) and Bruno (German) have had an invoice."""
    brand = {"name": "Nordwind & Töchter"}
    settings = Settings.model_validate({"secrets": {"key": new_key()}, "mail": {"brand": brand}})
    with serving_pages(database_url, settings) as served:
        run = Simulation(served.house.database, rules_of(settings), renderer_of(settings), policy_of(settings))
        run.run(enumerate(ndjson(WORLD).splitlines(), start=1), NOW)
        yield served


def path_to(served: Served, address: str) -> str:
    with served.house.database.read() as connection:
        query = sa.select(tables.deliveries.c.id).where(tables.deliveries.c.address == address)
        return f"/u/{links.token(served.house.vault, connection.execute(query).scalar_one())}"


def post(served: Served, path: str, body: bytes, content_type: str | None = FORM) -> Answer:
    headers = {"content-type": content_type} if content_type else {}
    with closing(HTTPConnection(urlsplit(served.address).netloc, timeout=30)) as connection:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        return Answer(response.status, {name.lower(): v for name, v in response.getheaders()}, response.read())


def standing(served: Served) -> list[tuple[str, str, str]]:
    with served.house.database.read() as connection:
        return [(each.contact, each.toggle, each.source) for each in opt_outs.standing(connection, None, 50)]


def test_the_page_says_which_mails_and_to_whom_in_the_readers_language(mailed: Served) -> None:
    answer = mailed.get(path_to(mailed, CLAIRE), accept_language="en")
    assert answer.status == 200
    assert '<html lang="fr">' in answer.html
    assert "Nordwind & Töchter Ne plus recevoir d’e-mails sur les factures ?" in answer.text.replace("\xa0", " ")
    assert "c…@lumiere.example.com" in answer.text
    assert "claire" not in answer.html.lower()
    assert '<html lang="de">' in mailed.get(path_to(mailed, BRUNO)).html


def test_get_and_head_change_nothing_however_often(mailed: Served) -> None:
    path = path_to(mailed, CLAIRE)
    for method in ("GET", "HEAD", "GET", "HEAD"):
        assert mailed.get(path, method).status == 200
        assert mailed.get(f"{path}?choice=out&List-Unsubscribe=One-Click", method).status == 200
    assert standing(mailed) == []


CLICKS = (
    (ONE_CLICK, FORM),
    (ONE_CLICK, f"{FORM}; charset=utf-8"),
    (ONE_CLICK, None),
    (ONE_CLICK + b"\r\n", FORM),
    (PARTS[0], "multipart/form-data; boundary=frame"),
    (PARTS[1], 'Multipart/Form-Data; boundary="frame"'),
)


def test_rfc_8058_one_click_is_enough(mailed: Served) -> None:
    path = path_to(mailed, CLAIRE)
    for body, content_type in CLICKS:
        for _ in range(2):
            answer = post(mailed, path, body, content_type)
            assert (answer.status, answer.body) == (200, b"Unsubscribed.\n"), content_type
            assert not {"set-cookie", "location"} & answer.headers.keys()
        assert standing(mailed) == [("C-1", "invoice", "one_click")]
        post(mailed, path, b"choice=back")


def test_the_page_unsubscribes_and_takes_it_back(mailed: Served) -> None:
    path = path_to(mailed, BRUNO)
    done = post(mailed, path, b"choice=out")
    assert (done.status, "Sie haben sich abgemeldet" in done.text) == (200, True)
    assert "set-cookie" not in done.headers
    assert standing(mailed) == [("C-2", "invoice", "page")]
    assert "Wieder erhalten" in mailed.get(path).text
    back = post(mailed, path, b"choice=back")
    assert (back.status, "Sie erhalten diese E-Mails wieder" in back.text) == (200, True)
    assert standing(mailed) == []
    assert "Keine E-Mails mehr über Rechnungen?" in mailed.get(path).text


def test_px4_what_the_page_records_holds_against_upstream_and_for_the_next_mail(mailed: Served) -> None:
    post(mailed, path_to(mailed, CLAIRE), b"choice=out")
    every = contact("C-1", CLAIRE, language="fr", notifications={"invoice": True}) | {"time": "2026-06-01T10:00:00Z"}
    house = mailed.house
    said = [every | {"id": "upsert"}, event("invoice.sent", NOW, company="K-1", document={"id": "56"})]
    incoming = [Incoming(number, each, NOW) for number, each in enumerate(said, start=1)]
    assert [a.status for a in ingest(house.database, incoming, house.intake("test")).answers] == ["accepted"] * 2
    assert standing(mailed) == [("C-1", "invoice", "page")]


def forged(path: str) -> list[str]:
    token = path.removeprefix("/u/")
    other = "A" if token[-1] != "A" else "B"
    texts = [token[:-1] + other, "B" + token[1:], token[:-1], token + "A", "A" * 32, "A" * 5000, "x", "1"]
    return [f"/u/{text}" for text in [*texts, "%00" * 32, "%ff%fe", "<script>alert(1)<script>", "..%5c.."]]


def test_a_wrong_link_gets_one_polite_answer_that_tells_nothing(mailed: Served) -> None:
    path = path_to(mailed, CLAIRE)
    gone = event("contact.deleted", "2026-06-01T10:00:00Z", id="C-2")
    of_bruno = path_to(mailed, BRUNO)
    ingest(mailed.house.database, [Incoming(1, gone, NOW)], mailed.house.intake("test"))
    unknown = f"/u/{links.token(mailed.house.vault, 4711)}"
    for wrong in [*forged(path), of_bruno, unknown]:
        seen = mailed.get(wrong, accept_language="de")
        chosen = post(mailed, wrong, ONE_CLICK)
        assert (seen.status, chosen.status) == (404, 404), wrong
        assert "Dieser Link führt nirgendwohin" in seen.text
        assert "This link does not lead anywhere" in chosen.text
        assert "bruno" not in seen.html.lower() + chosen.html.lower()
        assert "<script>" not in seen.html
    assert standing(mailed) == []


NO_CHOICES = (
    *(b"", b"choice=", b"choice=OUT", b"choice=out%00", b"out", b"\xff\xfe", b"List-Unsubscribe=one-click"),
    *(b"a=1&" * 99, b"x" * (LONGEST_BODY + 1), ONE_CLICK + b"&" + b"x" * LONGEST_BODY),
)


def test_what_is_no_choice_changes_nothing(mailed: Served) -> None:
    path = path_to(mailed, CLAIRE)
    for body in NO_CHOICES:
        for content_type in (FORM, "multipart/form-data; boundary=frame", "text/plain"):
            assert post(mailed, path, body, content_type).status == 400, body
    assert standing(mailed) == []


def test_other_methods_are_refused_without_a_way_inside(mailed: Served) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = mailed.get(path_to(mailed, CLAIRE), method)
        assert (answer.status, 'href="/"' in answer.html) == (405, False)
        assert "GET" in answer.headers["allow"]
    assert standing(mailed) == []


def test_every_answer_keeps_to_itself(mailed: Served) -> None:
    path = path_to(mailed, CLAIRE)
    for answer in (mailed.get(path), mailed.get("/u/wrong"), post(mailed, path, ONE_CLICK), post(mailed, path, b"")):
        assert {name: answer.headers.get(name) for name in HEADERS} == dict(HEADERS)
    page = mailed.get(path).html
    assert path.removeprefix("/u/") not in page  # forms and files are relative: what is shown can be shown around
    assert 'href="../static/' in page
    assert 'content="noindex, nofollow"' in page


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/u/wrong", "GET"),
        ("/u/wrong", "DELETE"),
        ("/u/a/b", "GET"),
        ("/u/a%2Fb", "GET"),
        ("/u/", "GET"),
        ("/u/x/", "GET"),
    ],
)
def test_refusals_too_find_their_files_wherever_a_proxy_put_the_page(mailed: Served, path: str, method: str) -> None:
    answer = mailed.get(path, method)
    assert answer.status in (404, 405)
    files = re.findall(r'href="([^"]*static[^"]*)"', answer.html)
    assert len(files) == 2
    assert all(
        urljoin(f"https://example.org/mails{path}", file).startswith("https://example.org/mails/static/")
        for file in files
    )


def test_no_token_stands_in_a_log(mailed: Served, capfd: pytest.CaptureFixture[str]) -> None:
    path = path_to(mailed, CLAIRE)
    mailed.get(path)
    post(mailed, path, ONE_CLICK)
    printed = "".join(capfd.readouterr())
    assert "/u/{token}" in printed
    assert path.removeprefix("/u/") not in printed
    assert "lumiere" not in printed


def test_an_address_is_masked_as_its_owner_knows_it() -> None:
    shown = [
        masked(each) for each in ("claire@lumiere.example.com", "x@example.org", " ödön@bücher.example ", "@b", "")
    ]
    assert shown == ["c…@lumiere.example.com", "x…@example.org", "ö…@bücher.example", "…@b", "…@"]


@pytest.mark.parametrize(
    "body",
    [
        b'--f\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Clicks\r\n--f--',
        b'--f\r\nContent-Disposition: form-data; name="List-Unsubscribe-Post"\r\n\r\nOne-Click\r\n--f--',
        b'--f\r\nContent-Disposition: form-data; name="other"\r\n\r\nOne-Click\r\n--f--',
        b'--f\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\nOne-Click\r\n--f--',
        b'name="List-Unsubscribe"' * 150,
        ONE_CLICK,
    ],
)
def test_a_frame_that_says_something_else_is_no_click(body: bytes) -> None:
    assert fields_of("multipart/form-data; boundary=f", body) is None


@given(st.text(st.characters(max_codepoint=255)) | st.just("multipart/form-data; boundary=f"), st.binary())
def test_no_form_breaks_the_reading(content_type: str, body: bytes) -> None:
    fields_of(content_type, body)


def test_who_hangs_up_in_the_middle_breaks_nothing(mailed: Served, capfd: pytest.CaptureFixture[str]) -> None:
    path = path_to(mailed, CLAIRE)
    with socket.create_connection(("127.0.0.1", urlsplit(mailed.address).port or 0), timeout=30) as client:
        client.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\nList-Unsub".encode())
    assert post(mailed, path, ONE_CLICK).status == 200
    assert standing(mailed) == [("C-1", "invoice", "one_click")]
    assert "broke" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_by_day_and_by_night(browser: Browser, mailed: Served, scheme: Any) -> None:
    """A reader's way through the page without JavaScript, with nothing that axe finds serious."""
    context = browser.new_context(
        base_url=mailed.address, color_scheme=scheme, viewport={"width": 360, "height": 640}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(path_to(mailed, BRUNO))
    for button, heading in [
        ("Abmelden", "Sie haben sich abgemeldet"),
        ("Wieder erhalten", "Sie erhalten diese E-Mails wieder"),
    ]:
        _fits(page)
        page.get_by_role("button", name=button, exact=True).click()
        assert page.get_by_role("heading", level=1).inner_text() == heading
    context.close()
    checked = browser.new_context(base_url=mailed.address, color_scheme=scheme)
    page = checked.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    for path in (path_to(mailed, BRUNO), path_to(mailed, CLAIRE)):
        page.goto(path)
        assert serious_findings(page) == []
        page.get_by_role("button").click()
        assert serious_findings(page) == []
    assert refused == []
    page.goto("/u/wrong")
    assert serious_findings(page) == []
    checked.close()


def _fits(page: Page) -> None:
    """Nothing is wider than the phone, and the button is one for a thumb."""
    box = page.get_by_role("button").bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
