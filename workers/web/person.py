"""The pages of a contact, a user and a company: one timeline, and what is known of them that bears on their mails."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from starlette.responses import Response

from workers.stages.history import history
from workers.stages.profiles import (
    CompanyProfile,
    ContactProfile,
    UserProfile,
    company_profile,
    contact_profile,
    user_profile,
)
from workers.store import known
from workers.web.visits import SignedIn

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,128}$")]
"""As EVENTS has ids: whatever else stands in an address names nothing."""

Shown = Annotated[int, Query(ge=1, le=500)]
"""How much of the past is shown."""

router = APIRouter()


@router.get("/contact/{id}")
def contact(visit: SignedIn, id: Id, shown: Shown = 25) -> Response:
    """A contact of a client."""
    return _page(visit, "contact", id, shown)


@router.get("/user/{id}")
def user(visit: SignedIn, id: Id, shown: Shown = 25) -> Response:
    """A colleague, or a partner's employee."""
    return _page(visit, "user", id, shown)


@router.get("/company/{id}")
def company(visit: SignedIn, id: Id, shown: Shown = 25) -> Response:
    """A client."""
    return _page(visit, "company", id, shown)


def _page(visit: SignedIn, kind: str, id: str, shown: int) -> Response:
    """Also of somebody who is only named by others, or was erased: then the timeline is all there is."""
    ref, rules, now = f"{kind}/{id}", visit.house.rules, visit.house.clock()
    profile: ContactProfile | UserProfile | CompanyProfile | None
    with visit.house.database.read() as connection:
        match kind:
            case "contact":
                profile = contact_profile(connection, rules, id)
            case "user":
                profile = user_profile(connection, id)
            case _:
                profile = company_profile(connection, rules, id)
        told = history(connection, rules, ref, now, shown)
        erased = profile is None and kind != "company" and known.is_erased(connection, kind, id)
    if profile is None and not (told.past or erased):
        raise HTTPException(404)
    contacts = profile.contacts if isinstance(profile, CompanyProfile) else ()
    visit.saw(ref, *told.shown, *(contact.ref for contact in contacts), page=kind)
    return visit.page(f"{kind}.html", ref_of=ref, id_of=id, profile=profile, erased=erased, history=told, shown=shown)
