"""The pages of what mails are about: a lead, a renewal, a deal, a ticket, an invoice ..."""

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from workers.stages.history import history
from workers.stages.things import KINDS, thing
from workers.web.person import Id, Shown
from workers.web.visits import SignedIn

router = APIRouter()


def page(visit: SignedIn, request: Request, id: Id, shown: Shown = 25) -> Response:
    """One thing: why it rests, what is planned, and who was told of it."""
    kind = request.url.path.split("/")[1]
    ref, rules, now = f"{kind}/{id}", visit.house.rules, visit.house.clock()
    with visit.house.database.read() as connection:
        found = thing(connection, rules, ref, now)
        told = history(connection, rules, ref, now, shown)
    if found is None and not told.past:
        raise HTTPException(404)
    visit.saw(ref, *told.shown, page="thing")
    return visit.page("thing.html", kind=kind, ref_of=ref, thing=found, history=told, shown=shown)


for kind in KINDS:  # a route each: one for any word would stand in the way of others
    router.add_api_route(f"/{kind}/{{id}}", page, name=kind)
