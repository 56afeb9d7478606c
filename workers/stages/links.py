"""The tokens of a copy: with one of them its reader unsubscribes (RFC 8058)."""

from workers.access.tokens import delivery_of, unsubscribe_token
from workers.store.vault import Vault

REDACTED = "only-the-mail-itself-showed-this-token"
"""What stands in the place of a token, in mails as they are shown."""

_PURPOSE = "unsubscribe"


def switches(reader: str | None) -> bool:
    """Whether this reader, a ref, has toggles."""
    return reader is not None and reader.startswith("contact/")


def token(vault: Vault, delivery: int) -> str:
    """What the reader of a copy shows to unsubscribe; not for logs."""
    return unsubscribe_token(vault.derived(_PURPOSE), delivery)


def read_token(vault: Vault, text: str) -> int | None:
    """The copy whose token this is; None: it is none of ours."""
    return delivery_of(vault.derived(_PURPOSE), text)
