"""One request to a page: who asks, in which language, and how it is answered."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from workers.house import House, real_clock
from workers.store import views
from workers.web.door import Door, Session
from workers.web.languages import COOKIE, chosen, language_of
from workers.web.rendering import Pages

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names by which a browser on this machine calls us."""

_A_YEAR = 365 * 86_400


class NotSignedInError(Exception):
    """The request has no valid session."""


class MisdirectedError(Exception):
    """The request names a host that is not ours: perhaps a foreign page that rebound its name to this machine."""


@dataclass(frozen=True, slots=True)
class Site:
    """What all pages of a process share."""

    house: House
    pages: Pages
    door: Door


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. `session` is None on public pages."""

    request: Request
    site: Site
    language: str
    session: Session | None = None

    @property
    def house(self) -> House:
        return self.site.house

    def page(self, template: str, status: int = 200, **names: Any) -> Response:
        """The page; it remembers a language that was chosen with `?lang=`."""
        html = self.site.pages.render(template, self.language, visit=self, here=self.request.url, **names)
        response = HTMLResponse(html, status)
        if choice := chosen(self.request):
            response.set_cookie(COOKIE, choice, max_age=_A_YEAR, httponly=True, samesite="lax")
        return response

    def saw(self, *refs: str, page: str) -> None:
        """Record that personal data about `refs` (contact/K-1, delivery/12) is shown, each once; before answering."""
        if self.session is None:
            raise NotSignedInError
        if refs:
            with self.house.database.write() as connection:
                views.record(connection, self.session.id, page, tuple(dict.fromkeys(refs)))

    def in_language(self, language: str) -> str:
        """This address in another language."""
        url = self.request.url.include_query_params(lang=language)
        return f"{url.path}?{url.query}"


async def anybody(request: Request) -> Visit:
    """A visit of whoever comes."""
    return Visit(request, request.app.state.site, language_of(request))


async def local(request: Request) -> None:
    """Refuse foreign host names: a page elsewhere must not read ours by giving its own name our address."""
    try:
        name = urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        name = None
    if name not in LOCAL:
        raise MisdirectedError


async def signed_in(visit: Annotated[Visit, Depends(anybody)], _: Annotated[None, Depends(local)]) -> Visit:
    """A visit with a session. Raises NotSignedInError."""
    door = visit.site.door
    session = door.session(visit.request.cookies.get(door.cookie, ""), real_clock())
    if session is None:
        raise NotSignedInError
    return Visit(visit.request, visit.site, visit.language, session)


Anybody = Annotated[Visit, Depends(anybody)]
SignedIn = Annotated[Visit, Depends(signed_in)]
