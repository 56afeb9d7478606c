"""The tokens of a copy: by one its reader unsubscribes (RFC 8058), the other tells that it was opened (PX-12)."""

from workers.access.tokens import delivery_of, token_of
from workers.store.vault import Vault

REDACTED = "only-the-mail-itself-showed-this-token"
"""What stands in the place of a token, in mails as they are shown."""

_PURPOSE = "unsubscribe"
_PICTURE = "opened"


def switches(reader: str | None) -> bool:
    """Whether this reader, a ref, has toggles."""
    return reader is not None and reader.startswith("contact/")


def token(vault: Vault, delivery: int) -> str:
    """What the reader of a copy shows to unsubscribe; not for logs."""
    return token_of(vault.derived(_PURPOSE), delivery)


def read_token(vault: Vault, text: str) -> int | None:
    """The copy whose token this is; None: it is none of ours."""
    return delivery_of(vault.derived(_PURPOSE), text)


def picture_token(vault: Vault, delivery: int) -> str:
    """What the picture of a copy shows when it is fetched; it opens nothing else."""
    return token_of(vault.derived(_PICTURE), delivery)


def read_picture_token(vault: Vault, text: str) -> int | None:
    """The copy whose picture has this token; None: it is none of ours."""
    return delivery_of(vault.derived(_PICTURE), text)
