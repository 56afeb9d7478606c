"""The first page: one box that finds everything."""

from fastapi import APIRouter
from starlette.responses import Response

from workers.web.visits import SignedIn

router = APIRouter()


@router.get("/")
def first_page(visit: SignedIn, q: str = "") -> Response:
    """What was asked for, or the day in numbers."""
    return visit.page("search.html", q=q.strip())
