"""Letters as they go out: rendered once, stored, and composed from what is stored, so that all copies read the same."""

import json
import logging
import zlib
from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import Any

from workers.domain.contents import REDACTED, Reader, SetPasswordContent
from workers.domain.letters import Letter
from workers.domain.reasons import Reason
from workers.postbox.addresses import Mailbox, wire_address
from workers.postbox.mime import Headers, compose
from workers.render.broken import TemplateBroken
from workers.stages.mailroom import Mailroom, Policy
from workers.stages.resolve import CONTENT
from workers.store import outbox, problems

logger = logging.getLogger(__name__)

Broken = dict[int, Exception]


def messages(room: Mailroom, ids: Collection[int]) -> dict[int, bytes | Reason]:
    """The message of each letter, or why it cannot be written: then operators are told (DESIGN promise 9)."""
    broken: Broken = {}
    rows = _rendered(room, ids, broken)
    with room.database.read() as connection:
        sealed = outbox.load_sealed(connection, {row.notice for row in rows.values()})
        threads = outbox.earlier_letters(connection, rows.keys())
    composed = {
        id: _composed(row, room, threads.get(id, ()), sealed.get(row.notice), broken)
        for id, row in rows.items()
        if id not in broken
    }
    if broken:
        _alert(room, rows, broken)
    return {id: _reason(broken[id]) if id in broken else composed[id] for id in rows}


def packed(letter: Letter) -> bytes:
    """A letter's bodies as they are stored."""
    return zlib.compress(json.dumps([letter.text, letter.html], ensure_ascii=False).encode())


def letter_of(row: Any) -> Letter:
    """A stored letter."""
    text, html = json.loads(zlib.decompress(row.body))
    return Letter(row.subject_line, text, html)


def mail_of(row: Any, thread: Sequence[str], policy: Policy) -> bytes:
    """The mail of a stored letter, as a server gets it, but for a secret that it may have shown (PX-10).

    `thread`: the Message-IDs of the letters that it continues.
    """
    return compose(letter_of(row), _headers(row, thread, CONTENT.validate_python(row.content).reader, policy))


def with_link(letter: Letter, url: str) -> Letter:
    """A letter as its reader gets it: with the secret link that is kept out of what is stored."""
    if REDACTED not in letter.text or REDACTED not in letter.html:
        raise ValueError("the template does not show the link")
    text, html = letter.text.replace(REDACTED, url), letter.html.replace(REDACTED, escape(url))
    return Letter(letter.subject, text, html)


def _rendered(room: Mailroom, ids: Collection[int], broken: Broken) -> Mapping[int, Any]:
    """The rows of the letters, rendered by now unless they are broken."""
    with room.database.read() as connection:
        rows = outbox.load_letters(connection, ids)
    missing = [row for row in rows.values() if row.subject_line is None]
    fresh = {row.id: letter for row in missing if (letter := _render(room, row, broken))}
    if not fresh:
        return rows
    now = room.clock()
    with room.database.write() as connection:
        for id, letter in fresh.items():
            outbox.store_rendered(connection, id, letter.subject, packed(letter), now)
        return outbox.load_letters(connection, ids)


def _render(room: Mailroom, row: Any, broken: Broken) -> Letter | None:
    try:
        return room.renderer.render(row.template, CONTENT.validate_python(row.content))
    except Exception as error:  # whatever is wrong with one letter must not stop the others
        broken[row.id] = error
        return None


def _composed(row: Any, room: Mailroom, thread: Sequence[str], sealed: bytes | None, broken: Broken) -> bytes:
    try:
        content = CONTENT.validate_python(row.content)
        if not isinstance(content, SetPasswordContent):
            return mail_of(row, thread, room.policy)
        letter = with_link(letter_of(row), room.vault.open(sealed))
        return compose(letter, _headers(row, thread, content.reader, room.policy))
    except Exception as error:  # as above
        broken[row.id] = error
        return b""


def _headers(row: Any, thread: Sequence[str], reader: Reader, policy: Policy) -> Headers:
    sender = policy.sender_of(reader.partner)
    domain = wire_address(sender.mailbox.address).rpartition("@")[2]
    return Headers(
        message_id=row.message_id,
        date=row.rendered_at,
        sender=sender.mailbox,
        reply_to=sender.reply_to,
        to=tuple(Mailbox(name, address) for name, address in row.to_line),
        cc=tuple(Mailbox(name, address) for name, address in row.cc_line),
        language=row.language,
        references=tuple(thread),
        extra=(
            ("List-Id", f"<{row.template}.{domain}>"),
            # Google's complaint figures, by template and language; nothing of it tells who the reader is
            ("Feedback-ID", f"{row.template}:{row.language}::rappel"),
        ),
    )


def _reason(error: Exception) -> Reason:
    return Reason.TEMPLATE_BROKEN if isinstance(error, TemplateBroken) else Reason.LETTER_BROKEN


def _alert(room: Mailroom, rows: Mapping[int, Any], broken: Broken) -> None:
    now = room.clock()
    with room.database.write() as connection:
        for id, error in broken.items():
            row, reason = rows[id], _reason(error)
            is_template = reason is Reason.TEMPLATE_BROKEN
            if not is_template:
                logger.error("letter %d cannot be written", id, exc_info=error)
            alert = {
                "at": now,
                "kind": "alert",
                "subject": f"template/{row.template}" if is_template else f"notice/{row.notice}",
                "reason": reason,
                "detail": f"{row.template} ({row.language}) cannot be written: {error}. What needs it is held.",
            }
            problems.alert_once(connection, alert)
