"""How far a mail that came back is looked at (promise 8).

Anybody may write to a return path, and the parsers trust what they read: parameters take them the square of their
length, each line is held against every part that is open, and the forms of informal bounces are tried line by line.
"""

from email.message import Message
from email.policy import Compat32, Policy
from itertools import count

LONGEST = 1024 * 1024
"""Octets that are read of a mail: reports say what they have to say at their beginning."""

MOST_LINES = 20_000
"""Lines that are read of a mail: as many as so many octets have, where somebody writes something on each."""

LONGEST_FIELD = 2_000
"""Characters that are read of a field's value."""

MOST_FIELDS = 500
"""Fields of a mail, of a part, or of what a report says of a recipient; with more a mail is not read."""

MOST_PARTS = 200
"""Parts of a mail, with those of the mail that it encloses, and groups of fields; with more a mail is not read."""

DEEPEST = 20
"""Parts around a part; with more a mail is not read."""


def beginning(raw: bytes) -> bytes:
    """What is read of a mail; the rest is not looked at."""
    return b"".join(raw[:LONGEST].splitlines(keepends=True)[:MOST_LINES])


class TooMuchError(Exception):
    """More than anybody has to say about one copy of a letter."""


class AsWritten(Compat32):
    """Fields as they are written, octets outside ASCII read as UTF-8 (RFC 6532)."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class Part(Message):
    """A mail, or a part of one, which takes in no more than the bounds allow. Raises TooMuchError."""

    def __init__(self, policy: "Policy[Message[str, str]]") -> None:
        super().__init__(policy)
        self._around = 0
        self._parts = count(1)  # one for the whole mail

    def attach(self, payload: Message) -> None:  # type: ignore[override]  # the parser attaches nothing else
        if isinstance(payload, Part):
            payload._around = self._around + 1
            payload._parts = self._parts
        if next(self._parts) > MOST_PARTS or self._around >= DEEPEST:
            raise TooMuchError
        super().attach(payload)

    def set_raw(self, name: str, value: str) -> None:
        if len(self) >= MOST_FIELDS:
            raise TooMuchError
        super().set_raw(name, value[:LONGEST_FIELD])


POLICY = AsWritten(message_factory=Part)
