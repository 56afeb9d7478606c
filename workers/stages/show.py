"""A letter as it was sent, for people who look."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from workers.domain.letters import Letter
from workers.postbox.mime import unsubscribe_lines
from workers.stages import links
from workers.stages.heads import HEAD
from workers.stages.letters import letter_of, mail_of
from workers.stages.mailroom import Policy
from workers.store import openings, texts
from workers.store.openings import Opening


@dataclass(frozen=True, slots=True)
class Shown:
    """One text, its To and Cc lines as (name, address) pairs, and its Message-ID.

    `reader`: who the copy that is shown went to, as a reference; None: an address of nobody we know.
    `switches`: the copy that is shown went to somebody who can unsubscribe, where the letter has a link for it.
    `address`: where that copy went; None: what is shown is what the copies share. `opening`: what its picture told.
    """

    message_id: str
    to: tuple[tuple[str, str], ...]
    cc: tuple[tuple[str, str], ...]
    row: Any
    thread: tuple[str, ...]
    reader: str | None = None
    switches: bool = False
    address: str | None = None
    opening: Opening | None = None

    @property
    def letter(self) -> Letter | None:
        """None: not written yet, forgotten, or erased."""
        return letter_of(self.row) if self.row.body is not None else None

    @property
    def is_tracked(self) -> bool:
        """Whether its copies carry a picture that tells of their opening (PX-12)."""
        return self.row.head is not None and HEAD.validate_python(self.row.head).opens_at is not None

    @property
    def is_erased(self) -> bool:
        """Its text was deleted with somebody on its lines who was erased."""
        return self.row.subject_line == ""  # type: ignore[no-any-return]

    @property
    def is_forgotten(self) -> bool:
        """The letter was sent, and its text was kept for its time (promise 6)."""
        return self.row.body is None and self.row.rendered_at is not None

    def eml(self, policy: Policy) -> bytes:
        """The mail as a server got it, but for secrets: what stands in their place says so. Only of a written letter.

        Signatures (DKIM) are left out, they would not fit any more, and so is the picture that tells of an opening:
        who looks here opens nothing. `policy` signs what a release wrote that did not keep who signed.
        """
        written = mail_of(self.row, self.thread, policy)
        message = written.copy_for(policy.recipient(self.address)) if self.address else written.message
        if not (written.head.unsubscribe_at and self.switches) or policy.redirect:
            return message
        return unsubscribe_lines(written.head.unsubscribe_at + links.REDACTED) + message


def show(connection: Connection, id: int, delivery: int | None = None) -> Shown:
    """The letter with this id, which must exist; as one of its copies, or what they share."""
    row = texts.load_letters(connection, [id])[id]
    copy = texts.recipients(connection, [delivery]).get(delivery) if delivery is not None else None
    reader = copy.ref if copy else None
    return Shown(
        message_id=row.message_id,
        to=tuple((name, address) for name, address in row.to_line),
        cc=tuple((name, address) for name, address in row.cc_line),
        row=row,
        thread=texts.earlier_letters(connection, [id]).get(id, ()) if row.head is None else (),
        reader=reader,
        switches=links.switches(reader),
        address=copy.address if copy else None,
        opening=openings.of_delivery(connection, delivery) if delivery is not None else None,
    )
