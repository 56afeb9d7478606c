"""The link that `rappel up` and `rappel web` print, and the way out."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from workers.house import real_clock
from workers.web.door import LASTS, SIGN_IN
from workers.web.visits import Anybody, NotSignedInError, local

router = APIRouter(dependencies=[Depends(local)])


@router.get(SIGN_IN)
def sign_in(visit: Anybody, token: Annotated[str, "from the link"] = "") -> Response:
    """Exchange the token for a session, and leave the address that holds it."""
    door = visit.site.door
    if not door.admits(token):
        raise NotSignedInError
    response = RedirectResponse("/", 303)
    ticket = door.ticket(door.open_session(real_clock()))
    # Lax, not Strict: a link to a mail, followed from a ticket, must find the session; these pages change nothing.
    response.set_cookie(door.cookie, ticket, int(LASTS.total_seconds()), httponly=True, samesite="lax")
    return response


@router.post("/sign-out")
def sign_out(visit: Anybody) -> Response:
    """Forget the session in this browser."""
    response = RedirectResponse("/", 303)
    response.delete_cookie(visit.site.door.cookie, httponly=True, samesite="lax")
    return response
