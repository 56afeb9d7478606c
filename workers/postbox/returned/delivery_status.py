"""Delivery status notifications: the standard form of a bounce (RFC 3464, RFC 6533)."""

import re
from collections.abc import Iterator
from email.message import Message

from workers.domain.bounces import Action, Fate
from workers.domain.recipients import fold
from workers.postbox.returned.mails import blocks, enhanced, own_parts, text_of

_ACTIONS = {
    "failed": Action.FAILED,
    "failure": Action.FAILED,
    "error": Action.FAILED,  # OpenSMTPD
    "delayed": Action.DELAYED,
    "delivered": Action.DELIVERED,
    "relayed": Action.DELIVERED,
    "expanded": Action.DELIVERED,
}
_TYPES = ("message/delivery-status", "message/global-delivery-status")
_ESCAPED = re.compile(
    r"\+([0-9A-F]{2})"  # xtext, RFC 3461 4
    r"|\\x\{((?:10|[0-9A-Fa-f])?[0-9A-Fa-f]{2,4})\}"  # utf-8-addr-xtext, RFC 6533 3
)


def is_one(message: Message) -> bool:
    return any(part.get_content_type() in _TYPES for part in own_parts(message))


def fates(message: Message) -> Iterator[Fate]:
    """What it says of each recipient."""
    for block in _blocks(message):
        action = _ACTIONS.get((text_of(block["Action"]).split() or [""])[0].lower().rstrip(";,."))
        if action is not None:
            said = text_of(block["Diagnostic-Code"])
            named = [_addresses(text_of(value)) for value in _recipients(block)]
            yield Fate(action, _status(text_of(block["Status"]), said), _unprefixed(said), frozenset().union(*named))


def said_by(message: Message) -> str:
    """The server that reports."""
    return next(
        (_unprefixed(text_of(block["Reporting-MTA"])) for block in _blocks(message) if block["Reporting-MTA"]), ""
    )


def _blocks(message: Message) -> Iterator[Message]:
    for part in own_parts(message):
        if part.get_content_type() in _TYPES:
            yield from blocks(part)


def _recipients(block: Message) -> list[object]:
    return [*(block.get_all("Original-Recipient") or ()), *(block.get_all("Final-Recipient") or ())]


def _addresses(value: str) -> frozenset[str]:
    """A recipient, as it is written and with its escapes undone; nobody knows which of them a server means."""
    address = _unprefixed(value).strip("<>")
    plain = _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), address)
    return frozenset(fold(each) for each in (address, plain) if "@" in each)


def _status(status: str, diagnostic: str) -> str | None:
    """The code of the report or, where that one says nothing (5.0.0), the one that the remote server gave."""
    code = enhanced(status)
    if code is not None and not code.endswith(".0.0"):
        return code
    closer = enhanced(diagnostic)
    return closer if closer and (code is None or closer[0] == code[0]) else code


def _unprefixed(value: str) -> str:
    """Without the type that stands before the first semicolon: `rfc822;`, `dns;`, `smtp;`."""
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and re.fullmatch(r"[A-Za-z0-9-]+", kind.strip()) else value
