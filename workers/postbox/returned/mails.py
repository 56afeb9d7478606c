"""A mail that came back, taken apart: bounded, and whatever is wrong with it."""

import re
from collections.abc import Iterator
from email.errors import MissingHeaderBodySeparatorDefect
from email.message import Message
from email.parser import BytesParser, HeaderParser

from workers.postbox.returned.bounded import MOST_PARTS, POLICY, TooMuchError, beginning

LONGEST_WORDS = 1_000
"""Characters that are kept of another server's words."""

_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_BLANKS = re.compile(r"\s+")
_RETURNED = ("message/rfc822", "message/global", "message/rfc822-headers", "message/global-headers")


def parse(raw: bytes) -> Message:
    """The mail, without the envelope line that mbox and pipes put before it."""
    if raw.startswith(b"From "):
        raw = raw.partition(b"\n")[2]
    return BytesParser(policy=POLICY).parsebytes(beginning(raw))


def text_of(header: object) -> str:
    """A header's value on one line; empty where there is none."""
    return words(str(header)) if header is not None else ""


def words(text: str) -> str:
    """Somebody else's words, fit for every database and terminal: one line, not too long."""
    kept = _BLANKS.sub(" ", text).strip()[:LONGEST_WORDS]
    return "".join(character if character.isprintable() else "\ufffd" for character in kept)


def enhanced(text: str) -> str | None:
    """The first enhanced status code (RFC 3463) in a text."""
    found = _ENHANCED.search(text)
    return found[1] if found else None


def own_parts(message: Message) -> Iterator[Message]:
    """The mail and its parts, without those of a mail that it encloses: what that one says was said before."""
    yield message
    if message.get_content_maintype() == "multipart":
        for part in enclosed(message):
            yield from own_parts(part)


def enclosed(part: Message) -> list[Message]:
    """What stands directly in a multipart, or in a message part."""
    payload = part.get_payload()
    found = [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []
    encoding = text_of(part["Content-Transfer-Encoding"]).lower()
    if part.get_content_maintype() == "message" and _is_encoded(found, encoding):
        return [headers_in(_undone("\n".join(map(_as_written, found)), encoding))]
    return found


def _is_encoded(found: list[Message], encoding: str) -> bool:
    """Some servers only say so: no line of base64 looks like a field."""
    return encoding == "quoted-printable" or (encoding == "base64" and not any(map(len, found)))


def _as_written(part: Message) -> str:
    """What the parser took for a mail, though it was an encoded one."""
    fields = "".join(f"{name}: {value}\n" for name, value in part.raw_items())
    is_apart = not any(isinstance(defect, MissingHeaderBodySeparatorDefect) for defect in part.defects)
    return fields + "\n" * is_apart + _body(part)


def _undone(text: str, encoding: str) -> str:
    """Without its transfer encoding, which a message part may have only since RFC 6532: the parser leaves it."""
    part = Message()
    part["Content-Transfer-Encoding"] = encoding
    part.set_payload(text)
    return _body(part)


def _body(part: Message) -> str:
    """The text of a part for the parser, which escapes octets outside ASCII."""
    octets = part.get_payload(decode=True)
    return octets.decode("ascii", "surrogateescape") if isinstance(octets, bytes) else ""


def blocks(part: Message) -> Iterator[Message]:
    """The groups of fields of a `message/delivery-status` or `message/feedback-report`. Raises TooMuchError."""
    for number, block in enumerate(_blocks(part), start=1):
        if number > MOST_PARTS:
            raise TooMuchError
        yield block


def _blocks(part: Message) -> Iterator[Message]:
    for block in enclosed(part):
        yield block
        rest = _body(block)  # types the parser does not know come as one group, with the others as its body
        yield from (headers_in(group) for group in re.split(r"\n[ \t]*\r?\n", rest) if group.strip())


def returned_headers(message: Message) -> Iterator[Message]:
    """The headers of the mails that this one encloses, whole or without their bodies."""
    for part in own_parts(message):
        kind = part.get_content_type()
        if kind in _RETURNED:
            yield from enclosed(part)
        elif kind == "text/rfc822-headers":
            yield headers_in(decoded(part))


def headers_in(text: str) -> Message:
    return HeaderParser(policy=POLICY).parsestr(text.lstrip("\r\n"), headersonly=True)


def decoded(part: Message) -> str:
    """The text of a part; octets that its charset does not have are replaced."""
    octets = part.get_payload(decode=True)
    if not isinstance(octets, bytes):
        return ""
    try:
        return octets.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:  # nobody knows that charset
        return octets.decode("utf-8", "replace")


def plain_text(message: Message) -> str:
    """What a reader would see first."""
    parts = (part for part in own_parts(message) if part.get_content_maintype() == "text")
    return next(map(decoded, parts), "")
