"""In which language a page speaks: as asked for, as chosen before, as the browser says."""

from starlette.requests import Request

from workers.domain.notices import LANGUAGES

COOKIE = "rappel_language"
PARAMETER = "lang"


def language_of(request: Request) -> str:
    """One of LANGUAGES; English where nothing else is understood."""
    wishes = (request.query_params.get(PARAMETER), request.cookies.get(COOKIE))
    asked = next((wish for wish in wishes if wish in LANGUAGES), None)
    return asked or accepted(request.headers.get("accept-language", ""))


def chosen(request: Request) -> str | None:
    """The language that this very request chooses, to be remembered."""
    wish = request.query_params.get(PARAMETER)
    return wish if wish in LANGUAGES else None


def accepted(header: str) -> str:
    """The best of our languages for an Accept-Language header."""
    wishes = [_wish(part) for part in header[:500].split(",")]
    ours = [(quality, language) for quality, language in wishes if language in LANGUAGES and quality > 0]
    return max(ours, key=lambda wish: wish[0])[1] if ours else LANGUAGES[0]


def _wish(part: str) -> tuple[float, str]:
    tag, _, quality = part.partition(";")
    try:
        weight = float(quality.strip().removeprefix("q=") or 1)
    except ValueError:
        weight = 0.0
    return weight, tag.strip().lower().partition("-")[0]
