"""Who may come in: a link with a token opens a session, a signed cookie carries it."""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from hmac import compare_digest
from urllib.parse import urlencode

SIGN_IN = "/sign-in"
LASTS = timedelta(hours=12)
BEHIND = timedelta(minutes=5)
"""So far the clocks of two machines may differ."""


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. `id` is random and names nobody; views of personal data are recorded with it."""

    id: str
    until: datetime


def new_token() -> str:
    """A token that cannot be guessed."""
    return secrets.token_urlsafe(32)


def link(address: str, token: str) -> str:
    """The sign-in link of pages at `address` ("http://127.0.0.1:8025")."""
    return f"{address}{SIGN_IN}?{urlencode({'token': token})}"


class Door:
    """Opens to whoever shows the token. Sessions hold no state here: they outlive a restart with the same token."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._key = blake2b(self._token, person=b"rappel-session").digest()
        # Cookies do not tell ports apart: two installations on one machine must not sign each other out.
        self.cookie = f"rappel_{blake2b(self._token, digest_size=4, person=b'rappel-cookie').hexdigest()}"

    def admits(self, token: str) -> bool:
        return compare_digest(token.encode(), self._token)

    def open_session(self, now: datetime) -> Session:
        return Session(secrets.token_urlsafe(12), (now + LASTS).replace(microsecond=0))

    def ticket(self, session: Session) -> str:
        """What the cookie holds."""
        claim = f"{session.id}.{int(session.until.timestamp())}"
        return f"{claim}.{self._signature(claim)}"

    def session(self, ticket: str, now: datetime) -> Session | None:
        """The session of a cookie; None for a forged, a foreign or an old one.

        One that would last longer than any was opened before the clock went back: nobody knows when.
        """
        claim, _, signature = ticket.rpartition(".")
        if not compare_digest(signature.encode(), self._signature(claim).encode()):
            return None
        id, _, until = claim.partition(".")
        session = Session(id, datetime.fromtimestamp(int(until), UTC))
        return session if now < session.until <= now + LASTS + BEHIND else None

    def _signature(self, claim: str) -> str:
        return urlsafe_b64encode(blake2b(claim.encode(), key=self._key, digest_size=24).digest()).decode()
