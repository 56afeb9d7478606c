"""Tokens of the links of one copy: that of unsubscribing (RFC 8058) lets its holder switch one kind of mail for one
reader, that of its picture (PX-12) says that it was opened. Each purpose has a key of its own.

A token is the number of a delivery and its signature. Its 24 octets are 32 characters without padding and without a
spare bit, so each token has one spelling. Reader and toggle are those of the delivery: a token cannot name others.
"""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

_ID = 8
_SIGNATURE = 16  # octets: 128 bits
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


def token_of(key: bytes, delivery: int) -> str:
    """The token of a delivery: 32 characters that may stand in a path."""
    id = delivery.to_bytes(_ID, "big")
    return urlsafe_b64encode(id + _signature(key, id)).decode("ascii")


def delivery_of(key: bytes, token: str) -> int | None:
    """The delivery that a token is of; None where it is none of ours, or was touched."""
    if not _TOKEN.fullmatch(token):
        return None
    octets = urlsafe_b64decode(token)
    id, signature = octets[:_ID], octets[_ID:]
    return int.from_bytes(id, "big") if hmac.compare_digest(signature, _signature(key, id)) else None


def _signature(key: bytes, id: bytes) -> bytes:
    return hmac.digest(key, id, "sha256")[:_SIGNATURE]
