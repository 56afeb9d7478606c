"""The one thing in which the copies of a letter differ: the link by which its reader unsubscribes (RFC 8058)."""

from collections.abc import Collection, Mapping

from workers.access.tokens import delivery_of, unsubscribe_token
from workers.domain.reasons import Reason
from workers.postbox.mime import unsubscribe_lines
from workers.stages.letters import Written
from workers.stages.mailroom import Mailroom
from workers.store import outbox
from workers.store.outbox import Claimed
from workers.store.vault import Vault

REDACTED = "only-the-mail-itself-showed-this-token"
"""What stands in the place of a token, in mails as they are shown."""

_PURPOSE = "unsubscribe"


def unsubscribe_links(
    room: Mailroom, copies: Collection[Claimed], written: Mapping[int, Written | Reason]
) -> dict[int, bytes]:
    """The header lines of each copy whose reader can unsubscribe: a contact, of a letter that a toggle governs (PX-4).

    Who else reads it, such as a point of contact in Cc, has no toggles and gets no link, least of all somebody else's.
    """
    at = {id: letter.unsubscribe_at for id, letter in written.items() if isinstance(letter, Written)}
    linked = {copy.id: url for copy in copies if (url := at.get(copy.letter))}
    if not linked:
        return {}
    with room.database.read() as connection:
        readers = outbox.readers(connection, linked)
    return {id: unsubscribe_lines(url + token(room.vault, id)) for id, url in linked.items() if switches(readers[id])}


def switches(reader: str | None) -> bool:
    """Whether this reader, a ref, has toggles."""
    return reader is not None and reader.startswith("contact/")


def token(vault: Vault, delivery: int) -> str:
    """What the reader of a copy shows to unsubscribe; not for logs."""
    return unsubscribe_token(vault.derived(_PURPOSE), delivery)


def read_token(vault: Vault, text: str) -> int | None:
    """The copy whose token this is; None: it is none of ours."""
    return delivery_of(vault.derived(_PURPOSE), text)
