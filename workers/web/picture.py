"""The picture that tells of an opened mail (PX-12): one transparent pixel, whoever asks and whatever token is shown.

The answer is the same for all, and sent before anything is looked up, so neither its bytes nor its time tell whether a
token is good. Nothing of who asks is kept. HEAD, and what a program fetches for later (Sec-Purpose), opens nothing.
"""

from base64 import b64decode

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.responses import Response

from workers.stages.openings import opened
from workers.web.visits import Anybody, Visit

router = APIRouter()

PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_HEADERS = {"cross-origin-resource-policy": "cross-origin"}  # webmail shows it on a page of its own


@router.api_route("/u/open/{name}", methods=["GET", "HEAD"])
def picture(visit: Anybody, name: str) -> Response:
    """The pixel. `name`: a token and `.gif`."""
    seen = BackgroundTask(_write_down, visit, name.removesuffix(".gif")) if _is_looked_at(visit) else None
    return Response(PIXEL, media_type="image/gif", headers=_HEADERS, background=seen)


def _is_looked_at(visit: Visit) -> bool:
    asked = visit.request
    purposes = (asked.headers.get(name, "") for name in ("sec-purpose", "purpose", "x-purpose", "x-moz"))
    return asked.method == "GET" and not any("prefetch" in purpose.lower() for purpose in purposes)


def _write_down(visit: Visit, token: str) -> None:
    house = visit.house
    opened(house.database, house.vault, token, house.clock())
