"""PX-10: what is kept of a refused event holds no link for setting a password, wherever it stands."""

import json
from typing import Any

import pytest

from tests.contract.speech import event, verdict
from workers.contract.redaction import redacted

LINK = "https://portal.example.com/set/TOKEN"
ASKED = event("contact.password_requested", data__url=LINK)
TEXT = json.dumps(ASKED)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TEXT, id="where it belongs"),
        pytest.param(TEXT.replace('"url"', '"URL"'), id="another key"),
        pytest.param(TEXT.replace('"url"', '"link"'), id="yet another key"),
        pytest.param(TEXT.replace('"url"', '"\\u0075rl"'), id="an escaped key"),
        pytest.param(TEXT.replace("https://", "\\u0068ttps:\\/\\/"), id="an escaped link"),
        pytest.param(TEXT.replace("https", "HTTPS"), id="capitals"),
        pytest.param(TEXT.replace(f'"{LINK}"', f'["a", ["{LINK}"]]'), id="within lists"),
        pytest.param(TEXT.replace(LINK, f"Dear Jonas, here: {LINK}"), id="within a text"),
        pytest.param(TEXT.replace('"url"', f'"{LINK}"'), id="a key"),
        pytest.param(TEXT.replace(LINK, "portal.example.com/TOKEN"), id="no scheme"),
        pytest.param(json.dumps(event("contact.created", data__set_password="x/TOKEN")), id="in place of an object"),
        pytest.param(json.dumps(event("contact.created", data__phone=LINK)), id="in a field that holds texts"),
        pytest.param(json.dumps([ASKED]), id="a list of events"),
        pytest.param(json.dumps(TEXT), id="a text that holds an event"),
        pytest.param(TEXT.replace("password_requested", "password_request"), id="a misspelt type"),
        pytest.param(TEXT.replace('"type"', '"kind"'), id="no type"),
        pytest.param(TEXT.replace('"type": ', '"type": "lead.saved", "type": '), id="two types"),
        pytest.param(TEXT.replace('"type"', '"\\u0074ype"').replace('"data": {', '"data": {"type": "lead.saved", '),
                     id="an escaped type"),
        pytest.param(TEXT[:-20], id="cut off"),
        pytest.param(TEXT[: TEXT.index("TOKEN") + 5], id="cut off within the link"),
        pytest.param(TEXT.replace('"url"', '"link').replace('": "2', '"'), id="a quote too few"),
        pytest.param(TEXT.replace('"', "'"), id="Python's quotes"),
        pytest.param(TEXT.encode("utf-16").decode(errors="replace"), id="UTF-16"),
    ],
)  # fmt: skip
def test_no_link_is_kept(text: str) -> None:
    assert "TOKEN" in text.replace("\0", "")
    assert "TOKEN" not in redacted(text).replace("\0", "")


def test_all_else_stays_as_it_came() -> None:
    text = TEXT.replace('"data": {', '"data" : {"name": "J\\u00f6rg \\"Jo\\" ", "n": 1e2, ')
    assert redacted(text) == text.replace(f'"{LINK}"', '"(redacted)"')
    assert json.loads(redacted(text))["source"] == "https://crm.example.com"
    assert verdict(redacted(TEXT)) == ("invalid_value", "/data/url")


@pytest.mark.parametrize(
    "raw",
    [
        event("lead.saved", data__title=5, data__link=LINK),
        event("invoice.sent", data__document__link=LINK, data__text=f"Look: {LINK}"),
        event("contact.saved", data__phone=LINK, data__id=None),
        event("user.saved", data__name=""),
    ],
)
def test_links_of_events_that_can_hold_no_secret_are_kept_for_another_try(raw: Any) -> None:
    assert redacted(json.dumps(raw)) == json.dumps(raw)


@pytest.mark.parametrize("text", ["", '"', "{", "\\", '"\\', '{"url": "x\\', "null", "\0", '{"url": "', "[" * 100_000])
def test_anything_at_all_can_be_redacted(text: str) -> None:
    assert LINK not in redacted(text + LINK)
