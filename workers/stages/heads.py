"""What stands above a letter beside its lines: kept when it is first written, so that every copy says the same.

Until the first of them begins to leave, a setting that was corrected corrects it, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from workers.domain.contents import Reader
from workers.domain.direction import straight
from workers.postbox.addresses import Mailbox
from workers.postbox.mime import Headers
from workers.stages.mailroom import Policy, Sender


@dataclass(frozen=True, slots=True)
class Head:
    """Who signs, and the Message-IDs of the letters that this one continues, the oldest first.

    `unsubscribe_at`: the URL that the token of a copy completes (RFC 8058); None: this letter has no such link.
    `opens_at`: the same of a picture that tells of its opening (PX-12).
    """

    sender: Sender
    references: tuple[str, ...] = ()
    unsubscribe_at: str | None = None
    opens_at: str | None = None


HEAD: TypeAdapter[Head] = TypeAdapter(Head)
"""How a head is kept."""


def head_of(row: Any, reader: Reader, thread: Sequence[str], policy: Policy) -> Head:
    """The head of a letter as it was kept, else as it is written today."""
    if row.head is not None:
        return HEAD.validate_python(row.head)
    return _head(row, reader, thread, policy)


def _head(row: Any, reader: Reader, thread: Sequence[str], policy: Policy) -> Head:
    return Head(
        policy.sender_of(reader.partner),
        tuple(thread),
        policy.unsubscribe_at if row.toggle else None,
        policy.opens_at if row.template in policy.tracked else None,
    )


def corrected(row: Any, reader: Reader, policy: Policy) -> Head | None:
    """The head of a letter of which nothing has left, as it is written today, where that differs from what was kept.

    Its thread stays. None: it is as it should be.
    """
    kept = HEAD.validate_python(row.head)
    today = _head(row, reader, kept.references, policy)
    return today if today != kept else None


def headers(row: Any, head: Head) -> Headers:
    """All headers of a letter that its copies share."""
    sender = head.sender
    domain = sender.mailbox.wire_domain
    return Headers(
        message_id=row.message_id,
        date=row.rendered_at,
        sender=sender.mailbox,
        reply_to=sender.reply_to,
        to=tuple(Mailbox(straight(name), address) for name, address in row.to_line),
        cc=tuple(Mailbox(straight(name), address) for name, address in row.cc_line),
        language=row.language,
        references=head.references,
        extra=(
            ("List-Id", f"<{row.template}.{domain}>"),
            # Google's complaint figures, by template and language; nothing of it tells who the reader is
            ("Feedback-ID", f"{row.template}:{row.language}::rappel"),
        ),
    )
