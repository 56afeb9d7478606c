"""One mail, whole: what is known of it, as the page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import default

from sqlalchemy.engine import Connection

from workers.domain.bounces import Verdict
from workers.domain.delivery import State, Verb
from workers.domain.reasons import Reason
from workers.postbox.headers import LetterError
from workers.postbox.outcomes import Kind
from workers.stages.mailroom import Policy
from workers.stages.show import Shown, show
from workers.store import interventions, lookup, reports
from workers.store.interventions import Record
from workers.store.lookup import Attempt, Copy
from workers.store.reports import Reported

_UNTIL_NEXT: Mapping[str, str] = {Kind.DEFERRED: "put_off", Kind.UNCERTAIN: "unanswered"}
"""What is known of a copy that is tried again, by what its last attempt came to."""

_RETURNS = frozenset({Verdict.HARD, Verdict.SOFT, Verdict.COMPLAINT})


@dataclass(frozen=True, slots=True)
class Mail:
    """A copy, its letter and all copies of it; of this one what servers said, what came back, and what was decided."""

    copy: Copy
    shown: Shown
    copies: Sequence[Copy]
    attempts: Sequence[Attempt]
    reports: Sequence[Reported]
    decided: Sequence[Record] = ()

    @property
    def notice(self) -> int:
        """The id of the notice whose letter it is."""
        id: int = self.shown.row.notice
        return id

    @property
    def accepted(self) -> Attempt | None:
        """The attempt at which a server took it."""
        return next((attempt for attempt in reversed(self.attempts) if attempt.kind == Kind.ACCEPTED), None)

    @property
    def returned(self) -> Reported | None:
        """What surely came back after it was accepted: a bounce or a complaint."""
        return next((report for report in self.reports if report.verified and report.kind in _RETURNS), None)

    @property
    def called_sent(self) -> Record | None:
        """Who said that it was sent, where no server did."""
        if self.copy.state != State.SENT or self.accepted:
            return None
        return next((record for record in reversed(self.decided) if record.verb == Verb.MARK_SENT), None)

    @property
    def known(self) -> str:
        """What can be said of it, in a word: its state, but for what came back, or what only the catcher took."""
        returned = self.returned
        if self.copy.state == State.SENT and returned:
            return "complained" if returned.kind == Verdict.COMPLAINT else "returned"
        if self.copy.capture:
            return self.copy.capture
        if self.called_sent:
            return "called_sent"
        if self.copy.state == State.FAILED and self.copy.reason == Reason.OPERATOR:
            return "dropped"
        if self.copy.state == State.PENDING and self.attempts:
            return _UNTIL_NEXT.get(self.attempts[-1].kind, self.copy.state)
        return self.copy.state

    @property
    def at(self) -> datetime:
        """The moment that `known` is about."""
        if self.called_sent:
            return self.called_sent.at
        return self.accepted.at if self.accepted and self.copy.state == State.SENT else self.copy.at


def mail(connection: Connection, id: int) -> Mail | None:
    """The mail that a delivery is about; None if there is none. Its queries are as many for every mail."""
    copy = lookup.copy_of(connection, id)
    if copy is None:
        return None
    copies = lookup.copies_of_letter(connection, copy.letter)
    return Mail(
        copy,
        show(connection, copy.letter, id),
        copies,
        lookup.attempts_of(connection, id),
        reports.of_delivery(connection, id),
        interventions.of_copy(connection, id),
    )


def source(found: Mail, policy: Policy) -> bytes | None:
    """The mail as a server got it, but for secrets; None if it is not written, was forgotten, or cannot be composed."""
    if found.shown.letter is None:
        return None
    try:
        return found.shown.eml(policy)
    except LetterError:  # then it was never sent either
        return None


def headers(eml: bytes) -> list[tuple[str, str]]:
    """What stands above the body, decoded, in its order."""
    return [(name, str(value)) for name, value in message_from_bytes(eml, policy=default).items()]
