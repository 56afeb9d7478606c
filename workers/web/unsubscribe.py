"""The page that the unsubscribe link of a mail leads to (PX-4), and the one click of mail programs (RFC 8058).

The token is the capability: whoever holds it may choose, without signing in. No cookie speaks for anybody here, so no
page elsewhere can abuse one, and a form needs no second token: who could forge a request holds the first one already.
Only POST changes anything: programs that scan mails for bad links follow every GET.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from workers.stages import unsubscribe
from workers.stages.unsubscribe import Source
from workers.store.opt_outs import Reader
from workers.web.visits import Anybody, Visit

router = APIRouter()

LONGEST_BODY = 4096
"""Octets of a form: ours has 10, that of a mail program 26, or a few hundred with its multipart frame."""

ROOT = ".."
"""From /u/TOKEN to where the files are: addresses are relative, as a proxy may put the page under a path."""

_CHOICES = {"out": True, "back": False}

Fields = Mapping[str, str]


_IN_A_FRAME = re.compile(rb'\bname="?List-Unsubscribe"?[ \t;\r]*\n(?:[^\r\n]+\r?\n)*\r?\nOne-Click\r?\n--')
"""The one field that comes as multipart/form-data, from mail programs: RFC 8058 leaves them the choice."""


async def form(request: Request) -> Fields | None:
    """The fields of the form that was sent; None: it is too long, was broken off, or is none at all."""
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > LONGEST_BODY:
                return None
    except ClientDisconnect:
        return None
    return fields_of(request.headers.get("content-type", ""), body)


def fields_of(content_type: str, body: bytes) -> Fields | None:
    """What a form says; None: nothing that can be read."""
    if content_type.lower().startswith("multipart/form-data"):
        return {"List-Unsubscribe": "One-Click"} if _IN_A_FRAME.search(body) else None
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=8))
    except ValueError:
        return None


@router.api_route("/u/{token}", methods=["GET", "HEAD"])
def ask(visit: Anybody, token: str) -> Response:
    """Which mails, to which address, and a button; or, for who has unsubscribed, the way back."""
    house = visit.house
    reader = unsubscribe.reader(house.database, house.vault, token)
    if reader is None:
        return _nowhere(visit)
    return _page(visit, reader, "out" if reader.opted_out else "ask")


@router.post("/u/{token}")
def choose(visit: Anybody, token: str, fields: Annotated[Fields | None, Depends(form)]) -> Response:
    """Unsubscribe, or take that back. The sweep has the resolver look at what is on its way, a second later at most."""
    one_click = fields is not None and fields.get("List-Unsubscribe", "").strip() == "One-Click"
    choice = "out" if one_click else (fields or {}).get("choice", "")
    if choice not in _CHOICES:
        return visit.page("unsubscribe.html", 400, state="unclear", brand=_brand(visit), root=ROOT)
    house = visit.house
    source = Source.ONE_CLICK if one_click else Source.PAGE
    heard = unsubscribe.by_link(
        house.database, house.vault, token, opted_out=_CHOICES[choice], source=source, now=house.clock()
    )
    if heard is None:
        return _nowhere(visit)
    return PlainTextResponse("Unsubscribed.\n") if one_click else _page(visit, heard[0], choice)


def _page(visit: Visit, reader: Reader, state: str) -> Response:
    """The page in the reader's language, which is that of the mail that led here."""
    theirs = replace(visit, language=reader.language)
    brand, address = _brand(visit), masked(reader.address)
    return theirs.page("unsubscribe.html", state=state, brand=brand, toggle=reader.toggle, address=address, root=ROOT)


def _nowhere(visit: Visit) -> Response:
    """One answer for a forged link, one cut off, one too old, and a reader who is gone: it does not tell which."""
    return visit.page("unsubscribe.html", 404, state="nowhere", brand=_brand(visit), root=ROOT)


def _brand(visit: Visit) -> str:
    return visit.house.settings.mail.brand.name


def masked(address: str) -> str:
    """Enough of an address for its owner to know it: a forwarded mail must not tell it to others."""
    local, _, domain = address.strip().rpartition("@")
    return f"{local[:1]}…@{domain}"
