"""What readers see: one text and its To and Cc lines."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered mail: subject line, plain text and HTML, all in one language."""

    subject: str
    text: str
    html: str
