"""Feedback reports: a reader called a mail of ours spam, and the mailbox provider tells us (RFC 5965)."""

from email.message import Message

from workers.domain.bounces import Action, Fate
from workers.domain.recipients import fold
from workers.postbox.returned.mails import blocks, own_parts, text_of

_COMPLAINTS = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})
"""What a reader can mean. `virus`, `auth-failure`, `not-spam` and `other` say nothing about wanting our mails."""


def is_one(message: Message) -> bool:
    return _fields(message) is not None


def fate(message: Message) -> Fate:
    """What it says of the mail that it encloses."""
    fields = _fields(message) or Message()
    kind = text_of(fields["Feedback-Type"]).lower()
    named = (fold(text_of(value).strip("<>")) for value in fields.get_all("Original-Rcpt-To") or ())
    return Fate(
        Action.COMPLAINED if kind in _COMPLAINTS else Action.REMARKED,
        None,
        f"feedback: {kind or 'other'}",
        frozenset(address for address in named if "@" in address),
    )


def said_by(message: Message) -> str:
    """The provider, by the name that it gives itself."""
    fields = _fields(message) or Message()
    return text_of(fields["Reporting-MTA"]).rpartition(";")[2].strip() or text_of(fields["User-Agent"])


def values(message: Message) -> list[str]:
    """Of all its fields: `Original-Mail-From` is the return path of the mail that it is about."""
    return [text_of(value) for value in (_fields(message) or Message()).values()]


def _fields(message: Message) -> Message | None:
    parts = (part for part in own_parts(message) if part.get_content_type() == "message/feedback-report")
    return next((block for part in parts for block in blocks(part)), None)
