"""The writer of mails: a letter and its headers become the bytes that a server is given.

Two parts, text and then HTML, in the shorter of quoted-printable and base64. The bytes are ASCII unless an address has
a non-ASCII local part, and depend on nothing but the arguments.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import blake2b

from workers.domain.letters import Letter
from workers.postbox.addresses import Mailbox
from workers.postbox.headers import LetterError, address_header, ascii_header, octets, text_header

_LINE_BREAK = re.compile(rb"\r\n|\r|\n")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]+")
_BASE64_LINE = 57  # octets, which make 76 characters

# Answers of machines are not wanted (RFC 3834; the second is Exchange's own).
_FIXED = (("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All"))
_OUR_OWN = frozenset(
    (
        *("message-id", "date", "from", "sender", "reply-to", "to", "cc", "bcc", "subject"),
        *("in-reply-to", "references"),
        *("content-language", "mime-version", "content-type", "content-transfer-encoding"),
        *("auto-submitted", "x-auto-response-suppress", "list-unsubscribe", "list-unsubscribe-post"),
    )
)

ONE_CLICK = "List-Unsubscribe=One-Click"
"""What a mail program posts to that URL, to the letter (RFC 8058)."""


@dataclass(frozen=True, slots=True)
class Headers:
    """What stands above a letter.

    `message_id` and `references` carry their angle brackets, `date` is aware, `language` is a tag such as "de".
    The letter answers the last of the references, as mail programs see it.
    `extra` are further headers in ASCII, (name, value), written as they are: List-Id for instance.
    """

    message_id: str
    date: datetime
    sender: Mailbox
    to: tuple[Mailbox | str, ...]
    language: str
    cc: tuple[Mailbox | str, ...] = ()
    reply_to: Mailbox | None = None
    references: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()


def compose(letter: Letter, head: Headers, *, utf8: bool = True) -> bytes:
    """The mail as it goes on the wire, with CRLF, before dot-stuffing.

    `utf8`: whether its reader's server takes addresses outside ASCII; else who has one stands in To and Cc by name.

    Raises LetterError, which names the header: a line break or NUL in a value, an impossible address, a naive
    date, a malformed Message-ID, an extra header that the writer itself writes.
    """
    about = _about(letter, head, utf8)
    # Neither encoding can write "=_", so no part can contain the boundary.
    boundary = "=_" + blake2b(head.message_id.encode(), digest_size=12).hexdigest()
    lines = [
        *about,
        ascii_header("MIME-Version", "1.0"),
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n',
        _part(boundary, "plain", octets("text", letter.text)),
        _part(boundary, "html", octets("html", letter.html)),
        f"--{boundary}--\r\n",
    ]
    return "".join(lines).encode()


def unsubscribe_lines(url: str) -> bytes:
    """What stands above a composed mail so that its reader can unsubscribe with one click (RFC 8058).

    Each copy has a URL of its own, the rest is shared. Raises LetterError where the URL cannot stand in a header.
    """
    lines = ascii_header("List-Unsubscribe", f"<{url}>"), ascii_header("List-Unsubscribe-Post", ONE_CLICK)
    return "".join(lines).encode()


def _about(letter: Letter, head: Headers, with_utf8: bool) -> list[str]:
    lines = [
        ascii_header("Message-ID", _message_id("Message-ID", head.message_id)),
        ascii_header("Date", _date(head.date)),
        address_header("From", (head.sender,)),
    ]
    if head.reply_to:
        lines.append(address_header("Reply-To", (head.reply_to,)))
    if head.to:
        lines.append(address_header("To", head.to, utf8=with_utf8))
    if head.cc:
        lines.append(address_header("Cc", head.cc, utf8=with_utf8))
    lines.append(text_header("Subject", letter.subject))
    if head.references:
        references = [_message_id("References", reference) for reference in head.references]
        lines += [ascii_header("In-Reply-To", references[-1]), ascii_header("References", " ".join(references))]
    lines.append(ascii_header("Content-Language", _language(head.language)))
    lines += (ascii_header(name, value) for name, value in _FIXED)
    lines += (ascii_header(_foreign(name), value) for name, value in head.extra)
    return lines


def _part(boundary: str, subtype: str, content: bytes) -> str:
    encoding, body = _encoded(_LINE_BREAK.sub(b"\r\n", content))
    return (
        f"--{boundary}\r\n"
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
        f"{body}\r\n"
    )


def _encoded(content: bytes) -> tuple[str, str]:
    # The encoder takes its own line breaks from the first one it meets, and hides a blank only before one.
    quoted = binascii.b2a_qp(b"\r\n" + content + b"\r\n")[2:-2]
    if len(quoted) <= len(content) * 4 // 3:
        return "quoted-printable", quoted.decode("ascii")
    lines = (content[start : start + _BASE64_LINE] for start in range(0, len(content), _BASE64_LINE))
    return "base64", "\r\n".join(base64.b64encode(line).decode("ascii") for line in lines)


def _date(date: datetime) -> str:
    if date.tzinfo is None:
        raise LetterError("Date", "a time without offset is no time")
    return format_datetime(date)


def _message_id(name: str, value: str) -> str:
    if not _MESSAGE_ID.fullmatch(value):
        raise LetterError(name, f"{value!r} is not of the form <left@right>")
    return value


def _language(tag: str) -> str:
    if not _LANGUAGE.fullmatch(tag):
        raise LetterError("Content-Language", f"{tag!r} is no language tag")
    return tag


def _foreign(name: str) -> str:
    if name.lower() in _OUR_OWN:
        raise LetterError(name, "the writer writes this header itself")
    return name
