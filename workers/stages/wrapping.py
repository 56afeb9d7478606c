"""What makes a letter the copy of one reader: a picture that tells of its opening, where that was asked for; the link
by which that reader unsubscribes; and a signature on it all.
"""

from collections.abc import Collection, Mapping

from workers.domain.reasons import Reason
from workers.postbox.dkim import signatures, signers_of
from workers.postbox.mime import unsubscribe_lines
from workers.stages import links
from workers.stages.letters import Written
from workers.stages.mailroom import Mailroom
from workers.store import texts
from workers.store.outbox import Claimed
from workers.store.texts import Recipient

Readers = Mapping[int, Recipient]


def wrapped(
    room: Mailroom, copies: Collection[Claimed], written: Mapping[int, Written | Reason]
) -> dict[int, bytes | Reason]:
    """What a server is given for each copy, or why its letter cannot be written."""
    readers = _readers(room, copies, written)
    own: dict[int, bytes | Reason] = {}
    for copy in copies:
        letter = written[copy.letter]
        own[copy.id] = (
            letter if isinstance(letter, Reason) else _signed(room, _linked(room, copy, letter, readers), letter)
        )
    return own


def _readers(room: Mailroom, copies: Collection[Claimed], written: Mapping[int, Written | Reason]) -> Readers:
    """Who reads the copies of letters that have a link for it."""
    if room.policy.redirect:
        return {}
    linked = {id for id, letter in written.items() if isinstance(letter, Written) and letter.head.unsubscribe_at}
    ids = [copy.id for copy in copies if copy.letter in linked]
    if not ids:
        return {}
    with room.database.read() as connection:
        return texts.recipients(connection, ids)


def _linked(room: Mailroom, copy: Claimed, letter: Written, readers: Readers) -> bytes:
    """With the header lines by which a contact unsubscribes, where a toggle governs the letter (PX-4).

    Who else reads it, such as a point of contact in Cc, has no toggles and gets no link, least of all somebody else's:
    nor does whoever gets what is led elsewhere (`mail.mode`).
    """
    message = letter.copy_for(room.policy.recipient(copy.address), _picture(room, copy, letter))
    if not (letter.head.unsubscribe_at and _switches(readers.get(copy.id))):
        return message
    return unsubscribe_lines(letter.head.unsubscribe_at + links.token(room.vault, copy.id)) + message


def _switches(reader: Recipient | None) -> bool:
    return reader is not None and links.switches(reader.ref)


def _picture(room: Mailroom, copy: Claimed, letter: Written) -> str | None:
    """Its URL, where the letter's template is tracked: it was when the letter was written, and still is (PX-12)."""
    is_tracked = letter.template in room.policy.tracked and not room.policy.redirect
    if letter.head.opens_at is None or not is_tracked:
        return None
    return f"{letter.head.opens_at}{links.picture_token(room.vault, copy.id)}.gif"


def _signed(room: Mailroom, message: bytes, letter: Written) -> bytes:
    """Signed last: a signature covers the link (RFC 8058)."""
    domain = letter.headers.sender.wire_domain
    return signatures(message, signers_of(room.signers, domain)) + message
