"""Header lines: encoded words, folding, and what may not stand in them (RFC 5322, 2047, 6532).

Written by hand because the writers at hand break long tokens (a one-click unsubscribe link stops working) and lose
blanks between encoded words.
"""

import base64
import re
from collections.abc import Callable, Iterable, Iterator

from workers.postbox.addresses import AddressError, Mailbox, wire_address

LINE = 76
"""Wanted length of a header line: RFC 5322 says 78, RFC 2047 says 76 where encoded words stand."""

LONGEST_LINE = 998
"""Octets of a line that every server must take (RFC 5322 2.1.1)."""

_WORD = 64  # characters of an encoded word: the first one still fits behind the longest of our header names
_ROOM = _WORD - len("=?utf-8?q??=")
_TOKEN_AND_ITS_BLANKS = re.compile(r" *[^ ]+")
_LINE_BREAK = re.compile(r"[\r\n\x00]")
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ATOMS = re.compile(f"{_ATOM}(?: {_ATOM})*")
_NAME = re.compile(r"[!-9;-~]+")
# What stands for itself in a Q word anywhere, also in a display name (RFC 2047 5.3).
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q = [chr(octet) if octet in _Q_SAFE else f"={octet:02X}" for octet in range(256)]
_Q[ord(" ")] = "_"


class LetterError(ValueError):
    """A letter that cannot be written down; `field` names the culprit."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


def header(name: str, value: str) -> str:
    """One header of printable text, folded before blanks and never inside a token: unfolded it is `value` again.

    A token that is itself too long makes a longer line. Raises LetterError for line breaks, NUL, other control
    characters, and where a line would pass 998 octets.
    """
    _refuse_line_breaks(name, value)
    if not _NAME.fullmatch(name) or not value.isprintable():
        raise LetterError(name, "only printable characters can be written here")
    lines = [f"{name}:"]
    for position, token in enumerate(_TOKEN_AND_ITS_BLANKS.findall(" " + value.strip())):
        if position and len(lines[-1]) + len(token) > LINE:
            lines.append(token)
        else:
            lines[-1] += token
    if any(len(line.encode()) > LONGEST_LINE for line in lines):
        raise LetterError(name, f"a part without a blank is longer than {LONGEST_LINE} octets")
    return "\r\n".join(lines) + "\r\n"


def ascii_header(name: str, value: str) -> str:
    """A header whose value is written as it is. Raises LetterError where it is not ASCII."""
    if not value.isascii():
        raise LetterError(name, "only ASCII can be written here")
    return header(name, value)


def text_header(name: str, text: str) -> str:
    """A header of free text, such as Subject, as it is or in encoded words. Raises LetterError."""
    return header(name, text if _stands_for_itself(text) else encoded_words(name, text))


def address_header(name: str, mailboxes: Iterable[Mailbox | str], *, utf8: bool = True) -> str:
    """A list of mailboxes, bare addresses among them. Raises LetterError.

    Without `utf8` the line is ASCII: an address that is not becomes an empty group, named after it (RFC 6857 3.1.4).
    """
    return header(name, ", ".join(_mailbox(name, mailbox, utf8) for mailbox in mailboxes))


def encoded_words(name: str, text: str) -> str:
    """`text` as RFC 2047 words, all of it, in the shorter of the two encodings; no character is cut in two.

    `name` is the header, for the error. Raises LetterError.
    """
    _refuse_line_breaks(name, text)
    encoded = octets(name, text)
    if len(_q(encoded)) <= len(_b(encoded)):
        return " ".join(f"=?utf-8?q?{_q(chunk)}?=" for chunk in _chunks(text, _q))
    return " ".join(f"=?utf-8?b?{_b(chunk)}?=" for chunk in _chunks(text, _b))


def octets(field: str, text: str) -> bytes:
    """`text` in UTF-8. Raises LetterError, naming `field`, for half of a surrogate pair."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise LetterError(field, "half of a surrogate pair is no character") from error


def _mailbox(header_name: str, mailbox: Mailbox | str, utf8: bool) -> str:
    name, address = (mailbox.name, mailbox.address) if isinstance(mailbox, Mailbox) else ("", mailbox)
    try:
        wire = wire_address(address)
    except AddressError as error:
        raise LetterError(header_name, str(error)) from error
    if not (utf8 or wire.isascii()):
        return f"{encoded_words(header_name, f'{name} {address}'.strip())}:;"
    return f"{_phrase(header_name, name)} <{wire}>" if name.strip() else wire


def _phrase(header_name: str, name: str) -> str:
    if not _stands_for_itself(name):
        return encoded_words(header_name, name)
    if _ATOMS.fullmatch(name):
        return name
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'


def _stands_for_itself(text: str) -> bool:
    """Printable, without blanks that a reader would drop, nothing that looks encoded, short enough to be folded."""
    return (
        _PRINTABLE.fullmatch(text) is not None
        and "=?" not in text
        and text == " ".join(text.split())
        and all(len(token) <= _WORD for token in text.split())
    )


def _refuse_line_breaks(name: str, value: str) -> None:
    if _LINE_BREAK.search(value):
        raise LetterError(name, "a header holds no line break and no NUL")


def _q(octets: bytes) -> str:
    return "".join(_Q[octet] for octet in octets)


def _b(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _chunks(text: str, encode: Callable[[bytes], str]) -> Iterator[bytes]:
    chunk = b""
    for character in text:
        octets = character.encode()
        if len(encode(chunk + octets)) > _ROOM:
            yield chunk
            chunk = b""
        chunk += octets
    yield chunk
