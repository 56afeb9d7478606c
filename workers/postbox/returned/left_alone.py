"""Mails that come to a return path and report nothing: recognised, so that they can be left alone."""

import re
from email.message import Message
from enum import StrEnum

from workers.postbox.returned.mails import own_parts, text_of


class Other(StrEnum):
    """What a mail is that is no report. `unreadable`: it could not be taken apart."""

    AUTO_REPLY = "auto_reply"
    RECEIPT = "receipt"
    LIST_MAIL = "list_mail"
    OTHER = "other"
    EMPTY = "empty"
    UNREADABLE = "unreadable"


_AUTO_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply-From", "X-AutoReply-From", "X-Vacation")
_AUTO_SUBJECT = re.compile(
    r"(re: *|aw: *)?(auto(matic|matische|mated)?[ -]?(reply|response|antwort)|automatische antwort|out of( the)? office"
    r"|abwesen(d|heit)|r[ée]ponse automatique|absen(t|ce) du bureau|message d'absence)",
    re.IGNORECASE,
)


def is_auto_reply(message: Message) -> bool:
    """Whether a program answered for somebody (RFC 3834), or says so in its subject."""
    submitted = text_of(message["Auto-Submitted"]).lower()
    return (
        submitted.startswith("auto-replied")
        or any(message[name] is not None for name in _AUTO_HEADERS)
        or text_of(message["Precedence"]).lower() in ("auto_reply", "auto-reply")
        or _AUTO_SUBJECT.match(text_of(message["Subject"])) is not None
    )


def is_receipt(message: Message) -> bool:
    """Whether a mail program tells that a mail was opened, or deleted (RFC 8098)."""
    return any(part.get_content_type() == "message/disposition-notification" for part in own_parts(message))


def is_list_mail(message: Message) -> bool:
    listed = message["List-Id"] is not None or message["List-Unsubscribe"] is not None
    return listed or text_of(message["Precedence"]).lower() in ("list", "bulk", "junk")


def kind_of(message: Message) -> Other:
    """Of a mail that was found to report nothing."""
    if is_auto_reply(message) or text_of(message["Auto-Submitted"]).lower().startswith("auto-"):
        return Other.AUTO_REPLY
    return Other.LIST_MAIL if is_list_mail(message) else Other.OTHER
