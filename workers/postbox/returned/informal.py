"""Bounces in words of their own: flufl.bounce knows who writes them how."""

import re
from collections.abc import Iterator
from email.message import Message
from email.utils import parseaddr

from flufl.bounce import all_failures

from workers.domain.bounces import Action, Fate
from workers.domain.recipients import fold
from workers.postbox.returned.mails import enhanced, plain_text, text_of, words

_ROBOTS = re.compile(r"(mailer-?daemon|mail-?daemon|postmaster|mdaemon)\b", re.IGNORECASE)
_PARAGRAPH = re.compile(r"\n[ \t]*\r?\n")


def fates(message: Message) -> Iterator[Fate]:
    """What it says of each recipient; nothing, unless a mail server seems to have written it."""
    if not _is_from_a_server(message):
        return
    temporary, permanent = all_failures(message)
    paragraphs = _PARAGRAPH.split(plain_text(message))
    for action, found in ((Action.FAILED, permanent), (Action.DELAYED, temporary - permanent)):
        for address in sorted(octets.decode("ascii", "replace") for octets in found):
            said = _said_of(address, paragraphs)
            yield Fate(action, enhanced(said), words(said), frozenset({fold(address)}))


def _is_from_a_server(message: Message) -> bool:
    if message["X-Failed-Recipients"]:
        return True
    sender = parseaddr(text_of(message["From"]))[1]
    return text_of(message["Return-Path"]) == "<>" or _ROBOTS.match(sender) is not None


def _said_of(address: str, paragraphs: list[str]) -> str:
    """The paragraph about a recipient that gives a code, else the first one about it."""
    about = [text for text in paragraphs if address.lower() in text.lower()]
    return next((text for text in about if enhanced(text)), about[0] if about else "")
