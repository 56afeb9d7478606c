"""Why X got it and Y did not: people and rules of one notice, and a text to copy into an answer for the customer."""

from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path
from markupsafe import Markup
from starlette.responses import Response

from workers.domain.person_words import SENTENCES
from workers.domain.recipients import letter_language
from workers.stages.why import why
from workers.web.visits import SignedIn

NoticeId = Annotated[int, Path(ge=1, le=2**62)]

router = APIRouter()


@router.get("/notice/{id}")
def notice(visit: SignedIn, id: NoticeId, answer: Literal["en", "de", "fr"] | None = None) -> Response:
    """One notice, explained. `answer`: the language of the text for the customer, else the client's own."""
    with visit.house.database.read() as connection:
        found = why(connection, id)
    if found is None:
        raise HTTPException(404)
    visit.saw(f"notice/{id}", *(person.ref for person in found.record.people if person.ref), page="why")
    language = answer or (letter_language(found.company.language) if found.company else visit.language)
    text = visit.site.pages.render("answer.html", language, why=found, sentences=SENTENCES)
    return visit.page(
        "why.html",
        why=found,
        sentences=SENTENCES,
        answer=Markup(text),  # noqa: S704 - a page of our own, escaped as it was rendered
        answer_language=language,
    )
