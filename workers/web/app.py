"""The pages as an ASGI application: which parts, in which order."""

from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from workers.house import House
from workers.web import refusals
from workers.web.door import Door
from workers.web.front import Front
from workers.web.rendering import STATIC, Pages
from workers.web.routers import PUBLIC, SUPPORT
from workers.web.visits import Site, signed_in


class _Kept(StaticFiles):
    """Files whose address changes with their content."""

    def file_response(self, *args: object, **kwargs: object):  # type: ignore[no-untyped-def]
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def build(house: House, token: str) -> FastAPI:
    """The application. `token` is that of the sign-in link."""
    # A redirect to the address without its last slash would name a host and a path that a proxy may have changed.
    app = FastAPI(title="rappel", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.site = Site(house, pages_of(house), Door(token))
    refusals.install(app)
    for router in PUBLIC:
        app.include_router(router)
    for router in SUPPORT:
        app.include_router(router, dependencies=[Depends(signed_in)])
    app.mount("/static", _Kept(directory=STATIC), name="static")
    app.add_middleware(Front, broken=refusals.broken)
    return app


def pages_of(house: House) -> Pages:
    """The pages in the zone of the daily run, whose days are the rules' days."""
    settings = house.settings
    return Pages(settings.daily_run.timezone.key, {"mail_mode": settings.mail.mode})
