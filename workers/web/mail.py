"""One mail: did it arrive, and what did it say."""

from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Path
from starlette.responses import PlainTextResponse, Response

from workers.stages.mail import Mail, headers, mail, source
from workers.web.harmless import Scheme, frame, redacted
from workers.web.visits import SignedIn, Visit

router = APIRouter()

Id = Annotated[int, Path(ge=1, le=2**63 - 1)]


@dataclass(frozen=True, slots=True)
class Look:
    """How the letter is looked at. Each choice is a part of the address, so that it works without JavaScript."""

    view: Literal["letter", "text", "headers", "source"] = "letter"
    width: Literal["full", "tablet", "phone"] = "full"
    scheme: Scheme = "light"
    images: bool = False

    def with_(self, **changed: str | bool) -> str:
        """The query of a look that differs in this; what is as usual is left out."""
        wanted = {"view": self.view, "width": self.width, "scheme": self.scheme, "images": self.images, **changed}
        usual = {"view": "letter", "width": "full", "scheme": "light", "images": False}
        return "?" + urlencode({name: str(value).lower() for name, value in wanted.items() if value != usual[name]})


@router.get("/mail/{id}")
def page(visit: SignedIn, id: Id, look: Annotated[Look, Depends()]) -> Response:
    """What is known of a copy, and its letter."""
    found = _seen(visit, id, "mail")
    eml = source(found, visit.house.policy) if look.view in ("headers", "source") else None
    return visit.page(
        "mail.html",
        mail=found,
        look=look,
        letter=found.shown.letter,
        headers=[(name, redacted(value)) for name, value in headers(eml)] if eml else [],
        source=_readable(eml) if eml else "",
        redirect=visit.house.policy.redirect,
    )


@router.get("/mail/{id}/letter")
def letter(visit: SignedIn, id: Id, scheme: Scheme = "light", images: bool = False) -> Response:
    """The HTML part as it was sent, for the frame alone: nothing in it can act, load or lead anywhere."""
    found = _seen(visit, id, "letter")
    if found.shown.letter is None:
        raise HTTPException(404)
    return frame(found.shown.letter.html, scheme, images=images)


@router.get("/mail/{id}/source")
def whole_source(visit: SignedIn, id: Id) -> Response:
    """The whole mail, as text."""
    return PlainTextResponse(_readable(_eml(visit, id)))


@router.get("/mail/{id}/eml")
def download(visit: SignedIn, id: Id) -> Response:
    """The whole mail, as a file that mail programs open."""
    disposition = {"content-disposition": f'attachment; filename="mail-{id}.eml"'}
    body = _readable(_eml(visit, id)).encode("utf-8", "surrogateescape")
    return Response(body, media_type="message/rfc822", headers=disposition)


def _seen(visit: Visit, id: int, page: str) -> Mail:
    with visit.house.database.read() as connection:
        found = mail(connection, id)
    if found is None:
        raise HTTPException(404)
    visit.saw(f"delivery/{id}", page=page)
    return found


def _eml(visit: Visit, id: int) -> bytes:
    eml = source(_seen(visit, id, "source"), visit.house.policy)
    if eml is None:
        raise HTTPException(404)
    return eml


def _readable(eml: bytes) -> str:
    """The mail with what its head holds of secret links redacted; its body was stored without any."""
    head, blank, body = eml.decode("utf-8", "surrogateescape").partition("\r\n\r\n")
    return redacted(head) + blank + body
