"""The first page: one box that finds everything; without a question the day in numbers, and what needs a person."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from workers.store import today
from workers.store.search import LONGEST_QUESTION, Found, search
from workers.web.visits import SignedIn, Visit

router = APIRouter()

PAGE = 50
"""Mails on a page."""

SOME = 10
"""Copies among what needs a person."""

RECENT = timedelta(days=7)
"""How long a failed mail stays among what needs a person."""

Before = Annotated[int | None, Query(ge=1, le=2**63 - 1)]


@router.get("/")
def first_page(visit: SignedIn, q: str = "", before: Before = None) -> Response:
    """What was asked for, or the day."""
    question = " ".join(q.replace("\0", "").split())[:LONGEST_QUESTION]
    if not question:
        return _day(visit)
    with visit.house.database.read() as connection:
        found = search(connection, question, PAGE, before)
    visit.saw(*_seen(found), page="search")
    return visit.page("found.html", q=question, found=found, before=before)


def _seen(found: Found) -> list[str]:
    return [thing.ref for thing in found.things] + [f"delivery/{copy.id}" for copy in found.mails]


def _day(visit: Visit) -> Response:
    now = visit.house.clock()
    midnight = visit.house.rules.daily.midnight(now)
    with visit.house.database.read() as connection:
        numbers = today.numbers(connection, midnight)
        trouble = today.trouble(connection, now, now - RECENT, SOME)
    visit.saw(*(f"delivery/{copy.id}" for copy in trouble.copies), page="first")
    return visit.page("search.html", q="", now=now, numbers=numbers, trouble=trouble)
