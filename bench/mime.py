"""CPU of our MIME writer, and of signing, against the standard library's writer, on the same mails: `make bench`.

Ratios, because seconds say more about the machine than about us. Goal: 0.15 of `EmailMessage.as_bytes(policy.SMTP)`.
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import partial

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from workers import assets
from workers.domain.letters import Letter
from workers.domain.notices import LANGUAGES, WRITTEN_FOR
from workers.postbox.addresses import Mailbox
from workers.postbox.dkim import Signer, signatures
from workers.postbox.mime import Headers, compose
from workers.render.brand import Brand
from workers.render.examples import example
from workers.render.renderer import Renderer

ROUNDS = 9
SIGNERS = (
    Signer("example.org", "rsa", rsa.generate_private_key(65537, 2048)),
    Signer("example.org", "ed", ed25519.Ed25519PrivateKey.generate()),
)
SENT = datetime(2026, 6, 1, 7, tzinfo=UTC)
EXTRA = (("List-Id", "<lead.follow_up.example.org>"), ("Feedback-ID", "lead.follow_up:de::rappel"))


def main() -> None:
    """Print the CPU time a mail of both and their ratio: medians of several rounds over every kind and language."""
    mails = [*_mails()]
    _composed.update((head.message_id, compose(letter, head)) for letter, head in mails)
    ours, theirs, signed = [], [], {signer.algorithm: list[float]() for signer in SIGNERS}
    for _ in range(ROUNDS):  # alternating, so that a busy moment hits both
        ours.append(_cpu(_ours, mails))
        theirs.append(_cpu(_theirs, mails))
        for signer in SIGNERS:
            signed[signer.algorithm].append(_cpu(partial(_signing, signer), mails))
    ratio = statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))
    for name, seconds in (("rappel", ours), ("EmailMessage", theirs), *signed.items()):
        print(f"{name:14}{statistics.median(seconds) / len(mails) * 1e6:8.0f} µs a mail")  # noqa: T201
    for name, seconds in signed.items():
        share = statistics.median(mine / other for mine, other in zip(seconds, theirs, strict=True))
        print(f"{name:14}{share:8.3f} of EmailMessage")  # noqa: T201
    print(f"{'ratio':14}{ratio:8.3f} (goal: at most 0.15; {len(mails)} mails, {ROUNDS} rounds)")  # noqa: T201


def _mails() -> list[tuple[Letter, Headers]]:
    brand = Brand("Nordwind", "#0b5c7a", "Ihr Team von Nordwind", "Hafenstraße 1, 20457 Hamburg")
    renderer = Renderer(assets.path("templates"), assets.path("locales"), brand)
    found = []
    for number, (template, language) in enumerate((kind, tongue) for kind in WRITTEN_FOR for tongue in LANGUAGES):
        letter = renderer.render(template, example(template, language))
        to = (Mailbox("Zoë Großmann-Łukasiewicz", "zoe@example.com"), Mailbox("Jonas Weiß", "jonas@example.com"))
        sender = Mailbox("Nordwind Segelmacherei", "post@example.org")
        found.append((letter, Headers(f"<{number}@example.org>", SENT, sender, to, language, extra=EXTRA)))
    return found


def _cpu(write: Callable[[Letter, Headers], bytes], mails: list[tuple[Letter, Headers]]) -> float:
    began = time.process_time()
    for letter, head in mails:
        write(letter, head)
    return time.process_time() - began


def _ours(letter: Letter, head: Headers) -> bytes:
    return compose(letter, head)


def _signing(signer: Signer, letter: Letter, head: Headers) -> bytes:
    """One signature (DKIM) on a mail that was composed before."""
    return signatures(_composed[head.message_id], (signer,))


_composed: dict[str, bytes] = {}


def _theirs(letter: Letter, head: Headers) -> bytes:
    mail = EmailMessage()
    mail["Message-ID"], mail["Date"] = head.message_id, format_datetime(head.date)
    mail["From"], mail["Subject"] = _shown(head.sender), letter.subject
    mail["To"] = ", ".join(_shown(box) for box in head.to if isinstance(box, Mailbox))
    mail["Content-Language"], mail["Auto-Submitted"] = head.language, "auto-generated"
    for name, value in head.extra:
        mail[name] = value
    mail.set_content(letter.text)
    mail.add_alternative(letter.html, subtype="html")
    return mail.as_bytes(policy=SMTP)


def _shown(box: Mailbox) -> str:
    return f'"{box.name}" <{box.address}>'


if __name__ == "__main__":
    main()
