"""The pages that say no: in words, and without anything of the inside."""

import sqlalchemy.exc
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from workers.web.languages import language_of
from workers.web.visits import MisdirectedError, NotSignedInError, Visit

_KNOWN = frozenset({400, 401, 404, 405, 500, 503})


def install(app: FastAPI) -> None:
    """Answer every expected refusal with a page."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        answer = refusal(request, error.status_code)
        answer.headers.update(error.headers or {})  # 405: what is allowed
        return answer

    @app.exception_handler(RequestValidationError)
    async def not_understood(request: Request, error: RequestValidationError) -> Response:
        in_path = any(fault["loc"][0] == "path" for fault in error.errors())
        return refusal(request, 404 if in_path else 400)

    @app.exception_handler(NotSignedInError)
    async def stranger(request: Request, _error: NotSignedInError) -> Response:
        return refusal(request, 401)

    @app.exception_handler(MisdirectedError)
    async def misdirected(_request: Request, _error: MisdirectedError) -> Response:
        return PlainTextResponse("These pages are not served under this name.\n", 421)

    @app.exception_handler(sqlalchemy.exc.OperationalError)
    async def away(request: Request, _error: sqlalchemy.exc.OperationalError) -> Response:
        return refusal(request, 503)


def refusal(request: Request, status: int) -> Response:
    """The page for a status; an unusual one is told as the caller's mistake or ours."""
    known = status if status in _KNOWN else 500 if status >= 500 else 400
    visit = Visit(request, request.app.state.site, language_of(request))
    inside = not request.url.path.startswith("/u/")  # who reads mails has no business with the search
    root = "" if inside else _root(request)
    return visit.page("refusal.html", status, reason=known, inside=inside, root=root)


def _root(request: Request) -> str:
    """From this address to the top, by relative steps. As a browser counts them: an encoded slash is none."""
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return "/".join([".."] * (path.count(b"/") - 1))


def broken(request: Request) -> Response:
    """The page for a bug."""
    return refusal(request, 500)
