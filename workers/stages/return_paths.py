"""Return paths of our own, one a delivery: a bounce that comes to one was caused by that very copy (VERP).

Numbers of deliveries can be guessed, so each carries a mark: whoever was not sent the copy cannot forge its bounce. The
mark binds the address that the copy went to, so that with `mail.mode = "redirect:..."` the bounce of the copy that was
led elsewhere says nothing about the address it was meant for.
"""

import hmac
import re
from base64 import b32encode
from collections.abc import Iterable, Iterator

from workers.domain.recipients import fold
from workers.store.vault import Vault

_PURPOSE = "return path"
_MARK = 10  # bytes: 16 characters, which is far more than a bounce is worth
_ADDRESS = re.compile(r"bounce\+([0-9]{1,18})-([a-z2-7]{16})@", re.IGNORECASE)


def return_path(vault: Vault, delivery: int, recipient: str, domain: str) -> str:
    """`bounce+12-MARK@domain`: in lower case, as some servers write every local part so."""
    return f"bounce+{delivery}-{_mark(vault, delivery, recipient)}@{domain}"


def return_paths_in(texts: Iterable[str]) -> Iterator[tuple[int, str]]:
    """(delivery, mark) of everything in these texts that looks like a return path, each once, as they come."""
    seen = set()
    for text in texts:
        for number, mark in _ADDRESS.findall(text):
            found = int(number), mark.lower()
            if found not in seen:
                seen.add(found)
                yield found


def vouches(vault: Vault, delivery: int, recipient: str, mark: str) -> bool:
    """Whether we wrote this mark ourselves, for a copy that went to this address."""
    return hmac.compare_digest(_mark(vault, delivery, recipient), mark)


def _mark(vault: Vault, delivery: int, recipient: str) -> str:
    text = f"{delivery} {fold(recipient)}".encode("utf-8", "surrogatepass")
    return b32encode(hmac.digest(vault.derived(_PURPOSE), text, "sha256")[:_MARK]).decode().lower()
