"""Lists behind the numbers of the first page: mails by what became of them, and what was not sent on purpose."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from workers.domain.delivery import State
from workers.store import lookup, today
from workers.web.search import PAGE, Before
from workers.web.visits import SignedIn

router = APIRouter()

Group = Literal["sent", "captured", "waiting", "held", "failed", "uncertain"]

_STATES: Mapping[str, tuple[State, ...]] = {
    "sent": (State.SENT,),
    "captured": (State.SENT,),
    "waiting": (State.WAITING, State.PENDING, State.LEASED, State.SENDING),
    "held": (State.HELD,),
    "failed": (State.FAILED,),
    "uncertain": (State.UNCERTAIN,),
}


@router.get("/mails/{group}")
def mails(
    visit: SignedIn, group: Group, day: Annotated[bool, Query(alias="today")] = False, before: Before = None
) -> Response:
    """The newest first; `today`: only those that ended since midnight."""
    midnight = visit.house.rules.daily.midnight(visit.house.clock())
    with visit.house.database.read() as connection:
        since, caught = midnight if day else None, group == "captured" if State.SENT in _STATES[group] else None
        found = lookup.newest(connection, _STATES[group], since, PAGE + 1, before, only_captured=caught)
    shown = found[:PAGE]
    visit.saw(*(f"delivery/{copy.id}" for copy in shown), page="mails")
    return visit.page("mails.html", group=group, today=day, mails=shown, more=len(found) > PAGE)


@router.get("/not-sent")
def not_sent(visit: SignedIn, reason: str | None = None, before: Before = None) -> Response:
    """Notices that came to nothing since midnight, on purpose."""
    midnight = visit.house.rules.daily.midnight(visit.house.clock())
    with visit.house.database.read() as connection:
        reasons = today.numbers(connection, midnight).on_purpose
        found = today.refused(connection, midnight, reason, PAGE + 1, before)
    shown = found[:PAGE]
    visit.saw(*(f"notice/{notice.id}" for notice in shown), page="not-sent")
    more = len(found) > PAGE
    return visit.page("not_sent.html", reasons=reasons, reason=reason, notices=shown, more=more)
