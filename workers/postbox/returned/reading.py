"""What came back: reports are told apart from everything else that finds its way to a return path."""

import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from itertools import chain, islice

from workers.domain.bounces import Fate
from workers.postbox.returned import delivery_status, feedback, informal, left_alone
from workers.postbox.returned.left_alone import Other
from workers.postbox.returned.mails import decoded, own_parts, parse, plain_text, returned_headers, text_of

logger = logging.getLogger(__name__)

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_ID_LINE = re.compile(r"^message-id:\s*(<[^<>\s]{1,900}>)", re.IGNORECASE | re.MULTILINE)
_MOST = 20
"""Fates, and Message-IDs, that are looked at: our copies have one recipient each."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail reports; every word of it may be made up.

    `key`: the same for the same report, whichever way it came; `date`: when it was written, if it says so; `texts`:
    where its return path may stand, the likeliest place first; `message_ids`: of the mails that it is about.
    """

    key: str
    date: datetime | None
    said_by: str
    fates: tuple[Fate, ...]
    texts: tuple[str, ...]
    message_ids: tuple[str, ...]


def read(raw: bytes) -> Report | Other:
    """What this mail reports, or what it is instead. Never raises, whatever the mail is."""
    if not raw.strip():
        return Other.EMPTY
    try:
        return _read(raw)
    except (Exception, RecursionError) as error:  # the parsers were not written for what enemies and accidents write
        logger.info("a returned mail cannot be read: %s", type(error).__name__)
        return Other.UNREADABLE


def _read(raw: bytes) -> Report | Other:
    message = parse(raw)
    if feedback.is_one(message):
        return _report(raw, message, (feedback.fate(message),), feedback.said_by(message))
    if delivery_status.is_one(message) and (found := tuple(islice(delivery_status.fates(message), _MOST))):
        return _report(raw, message, found, delivery_status.said_by(message))
    if left_alone.is_receipt(message):
        return Other.RECEIPT
    is_answer = left_alone.is_auto_reply(message) and not message["X-Failed-Recipients"]
    if is_answer or left_alone.is_list_mail(message):
        return left_alone.kind_of(message)
    if found := tuple(islice(informal.fates(message), _MOST)):
        return _report(raw, message, found, "")
    return left_alone.kind_of(message)


def _report(raw: bytes, message: Message, fates: tuple[Fate, ...], said_by: str) -> Report:
    returned = list(returned_headers(message))
    values = chain(message.values(), feedback.values(message), *(each.values() for each in returned))
    bodies = (decoded(part) for part in own_parts(message) if part.get_content_maintype() == "text")
    return Report(
        key=_key(raw, message),
        date=_date(message),
        said_by=said_by or parseaddr(text_of(message["From"]))[1],
        fates=fates,
        texts=tuple(chain(map(str, values), bodies)),
        message_ids=tuple(dict.fromkeys(_message_ids(message, returned)))[:_MOST],
    )


def _message_ids(message: Message, returned: list[Message]) -> Iterator[str]:
    for each in returned:
        yield from _MESSAGE_ID.findall(str(each["Message-ID"] or ""))
    yield from _ID_LINE.findall(plain_text(message))
    for name in ("In-Reply-To", "References"):
        yield from _MESSAGE_ID.findall(str(message[name] or ""))


def _key(raw: bytes, message: Message) -> str:
    """By its Message-ID; one without it by its date and body, as the headers above them tell the way it came."""
    own = _MESSAGE_ID.search(str(message["Message-ID"] or ""))
    if own:
        return hashlib.sha256(own[0].encode("utf-8", "replace")).hexdigest()
    body = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[-1]
    octets = body.replace(b"\r", b"").strip() + str(message["Date"] or "").encode("utf-8", "replace")
    return hashlib.sha256(octets).hexdigest()


def _date(message: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(message["Date"]))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
