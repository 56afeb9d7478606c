"""Secrets at rest: sealed with a key that is not in the database (PX-10). Other keys are derived from it."""

import hmac
import os
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken


class SecretLostError(Exception):
    """A secret cannot be read: it is gone, or was sealed with another key."""


class Vault:
    """Seals secrets and opens them again. `key` is asked once, when it is first needed."""

    def __init__(self, key: Callable[[], str]) -> None:
        self._key = key

    def seal(self, secret: str) -> bytes:
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes | None) -> str:
        """Raises SecretLostError."""
        if sealed is None:
            raise SecretLostError("its secret is gone")
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise SecretLostError("its secret was sealed with another key (secrets.key)") from None

    def derived(self, purpose: str) -> bytes:
        """A key of 32 octets for one other purpose. It tells nothing of ours, nor of those for other purposes."""
        return hmac.digest(urlsafe_b64decode(self._secret), f"rappel/{purpose}".encode(), "sha256")

    @cached_property
    def _fernet(self) -> Fernet:
        return Fernet(self._secret)

    @cached_property
    def _secret(self) -> str:
        return self._key()


def new_key() -> str:
    return Fernet.generate_key().decode()


def key_in(file: Path) -> str:
    """The key that a file keeps, for its owner alone; made if there is none. Processes that do so at once share one."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(new_key())
        try:
            os.link(draft, file)  # unlike a rename, it leaves alone what somebody else was quicker to put there
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text().strip()
