"""What became of a delivery: SMTP answers as values (promise 5)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from workers.domain.bounces import nobody_reads_there

LONGEST_TEXT = 2_000
"""Characters of a server's words that are kept."""

_ENHANCED = re.compile(r"([245])\.\d{1,3}\.\d{1,3}(?!\S)")


class Phase(StrEnum):
    """How far a delivery had come. From `BODY` on, at least one byte of the letter has left us."""

    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    GATE = "gate"
    DATA = "data"
    BODY = "body"


class Kind(StrEnum):
    """The ends of an attempt.

    - `ACCEPTED`: the server took the letter.
    - `DEFERRED`: not now: a 4xx from MAIL on, or the connection was lost before a byte of the body left.
    - `REFUSED`: never: a 5xx after MAIL.
    - `SENDER_REFUSED`: a 5xx at MAIL, which says nothing about the recipient.
    - `GATED`: the gate said no; no body left.
    - `LIMITED`: our own rate is used up; the server was not asked.
    - `UNREACHABLE`: no session came about. The route's fault; consumes no attempt.
    - `UNCERTAIN`: the body began to leave and no definite answer came back.
    """

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    SENDER_REFUSED = "sender_refused"
    GATED = "gated"
    LIMITED = "limited"
    UNREACHABLE = "unreachable"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Reply:
    """The last word on an attempt. Without `code` nobody answered, and `text` is ours."""

    phase: Phase
    code: int | None
    enhanced: str | None
    text: str

    @property
    def is_positive(self) -> bool:
        return self.code is not None and 200 <= self.code < 300

    @property
    def is_negative(self) -> bool:
        return self.code is not None and 400 <= self.code < 600


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one attempt on `route`, answered at `answered_at` (aware) after `seconds` of work.

    `goes_on`: the attempt failed through no fault of the letter's, and the next route is tried at once. `wait`: how
    long until the turn of a delivery that is `LIMITED`.
    """

    delivery_id: str
    route: str
    kind: Kind
    reply: Reply
    answered_at: datetime
    seconds: float
    goes_on: bool = False
    wait: timedelta = timedelta(0)

    @property
    def suppresses_address(self) -> bool:
        """Whether the server said that nobody will ever read mail there (promise 5: 5.1.x and 5.2.1)."""
        return self.kind is Kind.REFUSED and nobody_reads_there(self.reply.enhanced)


def answer(phase: Phase, code: int, text: str) -> Reply:
    """A server's answer: its words made storable and cut, its enhanced code (RFC 3463) if it agrees with `code`."""
    found = _ENHANCED.match(text)
    enhanced = found[0] if found and found[1] == str(code)[0] else None
    return Reply(phase, code, enhanced, _storable(text))


def silence(phase: Phase, why: str) -> Reply:
    """No answer, or none that can be understood: `why` is for people."""
    return Reply(phase, None, None, _storable(why))


GATE_SAID_NO = Reply(Phase.GATE, None, None, "the gate said no")
"""The word of a `GATED` delivery."""

NOT_ITS_TURN = Reply(Phase.GATE, None, None, "the rate of the route or of the domain is used up")
"""The word of a `LIMITED` delivery."""

_UNREACHABLE = frozenset({Phase.CONNECT, Phase.EHLO, Phase.STARTTLS, Phase.AUTH})
_AFTER_BODY = {2: Kind.ACCEPTED, 4: Kind.DEFERRED, 5: Kind.REFUSED}


def classify(reply: Reply) -> Kind:
    """What a last word means: by its phase first, then by the first digit of its code.

    An answer that makes no sense where it stands counts as none. `GATED` and `LIMITED` are no words of the server's.
    """
    digit = reply.code // 100 if reply.code else None
    if reply.phase in _UNREACHABLE:
        return Kind.UNREACHABLE
    if reply.phase is Phase.BODY:
        return _AFTER_BODY.get(digit, Kind.UNCERTAIN) if digit else Kind.UNCERTAIN
    if digit == 5:
        return Kind.SENDER_REFUSED if reply.phase is Phase.MAIL else Kind.REFUSED
    return Kind.DEFERRED


def _storable(text: str) -> str:
    """Text that every database takes: octets that are no UTF-8 and NUL become replacement characters."""
    clean = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return clean.replace("\x00", "\ufffd")[:LONGEST_TEXT]
