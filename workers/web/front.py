"""What every request passes: headers that keep pages to themselves, an access log without people, a page for bugs."""

import time
import traceback
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workers.watch import reports
from workers.watch.logs import logger

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""The CSP of a page: nothing inline, nothing from elsewhere."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""On every answer, unless it says otherwise itself."""

log = logger("web")


class Front:
    """ASGI middleware. `broken` makes the answer to a request that failed with an error of ours."""

    def __init__(self, app: ASGIApp, broken: Callable[[Request], Response]) -> None:
        self._app = app
        self._broken = broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_guarded)
        except Exception as error:
            # Its words can repeat a row, and rows are about people: its type and its places are enough.
            places = "".join(traceback.format_tb(error.__traceback__))
            log.error("a page broke", route=_route(scope), error=type(error).__name__, exception=places)
            reports.report(error, "web")
            if not status:
                await self._broken(Request(scope))(scope, receive, send_guarded)
        milliseconds = round((time.perf_counter() - began) * 1000, 1)
        log.info("request", method=scope["method"], route=_route(scope), status=status, ms=milliseconds)


def _route(scope: Scope) -> str:
    """The pattern, such as /mail/{id}: an address itself can hold what somebody searched for, or a token."""
    return getattr(scope.get("route"), "path", "-")
