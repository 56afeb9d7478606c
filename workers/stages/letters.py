"""Letters as they go out: rendered once, stored, and composed from what is stored, so that all copies read the same."""

import json
import logging
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from workers.domain.contents import REDACTED, SetPasswordContent
from workers.domain.letters import Letter
from workers.domain.reasons import Reason
from workers.postbox.addresses import is_international
from workers.postbox.mime import Headers, compose
from workers.render.broken import TemplateBroken
from workers.stages.heads import HEAD, Head, corrected, head_of, headers
from workers.stages.mailroom import Mailroom, Policy
from workers.stages.resolve import CONTENT
from workers.store import problems, texts
from workers.store.outbox import Claimed

logger = logging.getLogger(__name__)

Broken = dict[int, Exception]


@dataclass(frozen=True, slots=True)
class Written:
    """A letter and what stands above it; `message` is what most of its copies read."""

    template: str
    letter: Letter
    headers: Headers
    head: Head
    message: bytes

    def copy_for(self, address: str, picture: str | None = None) -> bytes:
        """As it reads at this address. `picture`: the URL of one that tells when it is opened.

        Addresses outside ASCII stand there as they are only for those who have one themselves: nobody else's mail may
        fail because of them (ADR 15).
        """
        international = is_international(address)
        if not (picture or international):
            return self.message
        letter = with_picture(self.letter, picture) if picture else self.letter
        return compose(letter, self.headers, utf8=international)


def messages(room: Mailroom, copies: Collection[Claimed]) -> dict[int, Written | Reason]:
    """The message of each letter of these copies, or why it cannot be written: then operators are told (promise 9)."""
    broken: Broken = {}
    rows = _kept(room, copies, broken)
    with room.database.read() as connection:
        sealed = texts.load_sealed(connection, {row.notice for row in rows.values()})
    written = {
        id: _reason(broken[id]) if id in broken else _composed(row, room, sealed.get(row.notice), broken)
        for id, row in rows.items()
    }
    if broken:
        _alert(room, rows, broken)
    return written


def packed(letter: Letter) -> bytes:
    """A letter's bodies as they are stored."""
    return zlib.compress(json.dumps([letter.text, letter.html], ensure_ascii=False).encode())


def letter_of(row: Any) -> Letter:
    """A stored letter."""
    text, html = json.loads(zlib.decompress(row.body))
    return Letter(row.subject_line, text, html)


def mail_of(row: Any, thread: Sequence[str], policy: Policy) -> Written:
    """The mail of a stored letter, as a server gets it, but for a secret that it may have shown (PX-10).

    `thread`: the Message-IDs of the letters that it continues, for a letter whose head was not kept.
    """
    head = head_of(row, CONTENT.validate_python(row.content).reader, thread, policy)
    return _written(letter_of(row), row, head)


def with_link(letter: Letter, url: str) -> Letter:
    """A letter as its reader gets it: with the secret link that is kept out of what is stored."""
    if REDACTED not in letter.text or REDACTED not in letter.html:
        raise ValueError("the template does not show the link")
    text, html = letter.text.replace(REDACTED, url), letter.html.replace(REDACTED, escape(url))
    return Letter(letter.subject, text, html)


def with_picture(letter: Letter, url: str) -> Letter:
    """A letter with a picture that nobody sees, at the end of its HTML."""
    picture = f'<img src="{escape(url)}" alt="" width="1" height="1" style="display:block;border:0">'
    html, end, rest = letter.html.rpartition("</body>")
    return Letter(letter.subject, letter.text, f"{html}{picture}{end}{rest}" if end else letter.html + picture)


def _kept(room: Mailroom, copies: Collection[Claimed], broken: Broken) -> Mapping[int, Any]:
    """The rows of the letters, with their texts and heads by now unless they are broken."""
    ids = {copy.letter for copy in copies}
    with room.database.read() as connection:
        rows = texts.load_letters(connection, ids)
        bare = [row for row in rows.values() if row.head is None]
        threads = texts.earlier_letters(connection, [row.id for row in bare]) if bare else {}
    fresh = {row.id: new for row in bare if (new := _fresh(room, row, threads.get(row.id, ()), broken))}
    stale = {row.id: head for row in rows.values() if (head := _stale(room, row))}
    if not (fresh or stale):
        return rows
    rendered = [_text(id, letter) for id, (letter, _) in fresh.items() if letter]
    heads = [{"key": id, "head": head} for id, (_, head) in fresh.items()]
    corrections = [(rows[id], head) for id, head in stale.items()]
    now = room.clock()
    with room.database.write() as connection:
        if corrections:
            texts.correct_heads(connection, corrections, {copy.id for copy in copies})
        texts.store_rendered(connection, rendered, now)
        texts.store_heads(connection, heads)
        return texts.load_letters(connection, ids)


def _text(id: int, letter: Letter) -> dict[str, Any]:
    return {"key": id, "subject_line": letter.subject, "body": packed(letter)}


def _stale(room: Mailroom, row: Any) -> Any:
    """The head that a letter should have by now, where the kept one is another."""
    if row.head is None or row.frozen:
        return None
    head = corrected(row, CONTENT.validate_python(row.content).reader, room.policy)
    return HEAD.dump_python(head, mode="json") if head else None


def _fresh(room: Mailroom, row: Any, thread: Sequence[str], broken: Broken) -> tuple[Letter | None, Any] | None:
    """What a letter lacks: its head, and its text, unless a worker of the release before has rendered that."""
    try:
        content = CONTENT.validate_python(row.content)
        head = HEAD.dump_python(head_of(row, content.reader, thread, room.policy), mode="json")
        return (room.renderer.render(row.template, content) if row.subject_line is None else None), head
    except Exception as error:  # whatever is wrong with one letter must not stop the others
        broken[row.id] = error
        return None


def _composed(row: Any, room: Mailroom, sealed: bytes | None, broken: Broken) -> Written | Reason:
    try:
        content = CONTENT.validate_python(row.content)
        if not isinstance(content, SetPasswordContent):
            return mail_of(row, (), room.policy)
        letter = with_link(letter_of(row), room.vault.open(sealed))
        return _written(letter, row, head_of(row, content.reader, (), room.policy))
    except Exception as error:  # as above
        broken[row.id] = error
        return _reason(error)


def _written(letter: Letter, row: Any, head: Head) -> Written:
    shared = headers(row, head)
    return Written(row.template, letter, shared, head, compose(letter, shared, utf8=False))


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
