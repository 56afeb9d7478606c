"""DKIM: a domain signs a mail, and vouches for it with a key that everybody finds in its DNS (RFC 6376, 8463).

Relaxed canonicalisation of head and body. All headers that a mail has are signed; those that programs show or act upon
once more than they are there, so that none can be added on the way. For List-Unsubscribe and its Post RFC 8058 asks
for that signature.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

PrivateKey = RSAPrivateKey | Ed25519PrivateKey

SHORTEST_RSA = 1024
"""Bits below which no verifier believes a signature (RFC 8301 3.2)."""

_SEALED = (
    *(b"from", b"reply-to", b"to", b"cc", b"subject", b"date", b"message-id", b"mime-version", b"content-type"),
    *(b"sender", b"content-transfer-encoding", b"list-unsubscribe", b"list-unsubscribe-post"),
)
"""Signed also where a mail has none: then it cannot be given one."""

_FIELD_END = re.compile(rb"\r\n(?![ \t])")
_BLANKS = re.compile(rb"[ \t\r\n]+")
_MANY_BLANKS = re.compile(rb"[ \t]{2,}|\t")
_LINE = 72  # octets of a line of the signature


class KeyUnusableError(ValueError):
    """No mail can be signed with this; the message says why, and nothing of the key."""


@dataclass(frozen=True, slots=True)
class Signer:
    """What one domain signs with. `selector`: the name under which verifiers find the public key."""

    domain: str
    selector: str
    key: PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        return "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"

    @property
    def record_name(self) -> str:
        """Where the public key is to be published."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The text of the TXT record there."""
        public = self.key.public_key()
        if isinstance(self.key, RSAPrivateKey):
            return f"v=DKIM1; k=rsa; p={_base64(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))}"
        return f"v=DKIM1; k=ed25519; p={_base64(public.public_bytes(Encoding.Raw, PublicFormat.Raw))}"

    def sign(self, digest_of: bytes) -> bytes:
        """The signature of these octets."""
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(digest_of, PKCS1v15(), SHA256())
        return self.key.sign(sha256(digest_of).digest())  # RFC 8463 3: of the hash


def private_key(pem: bytes) -> PrivateKey:
    """The key of a PEM file, RSA or Ed25519. Raises KeyUnusableError."""
    try:
        key = load_pem_private_key(pem, None)
    except TypeError:
        raise KeyUnusableError("is protected with a password: store it without one, readable by rappel alone") from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyUnusableError("is not a private key in PEM: it begins with -----BEGIN PRIVATE KEY-----") from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise KeyUnusableError("must be an RSA or an Ed25519 key")
    if isinstance(key, RSAPrivateKey) and key.key_size < SHORTEST_RSA:
        raise KeyUnusableError(f"has {key.key_size} bits; verifiers ask for {SHORTEST_RSA}, better 2048")
    return key


def signers_of(signers: Iterable[Signer], domain: str) -> tuple[Signer, ...]:
    """Those that sign for mails from this domain: its own, else those of the nearest domain above it.

    Both count as the sender's own (DMARC, relaxed alignment). Empty: nobody signs for it.
    """
    by_domain: dict[str, list[Signer]] = {}
    for signer in signers:
        by_domain.setdefault(signer.domain, []).append(signer)
    name = domain.lower()
    while name and name not in by_domain:
        name = name.partition(".")[2]
    return tuple(by_domain.get(name, ()))


def signatures(message: bytes, signers: Sequence[Signer]) -> bytes:
    """The header fields to be put above a mail with CRLF line ends, one a signer."""
    if not signers:
        return b""
    head, _, body = message.partition(b"\r\n\r\n")
    fields = [_relaxed_field(each) for each in _FIELD_END.split(head)]
    names = [name for name, _ in fields]
    # Of a name that is there more than once verifiers count from below; once more than there are means none.
    signed = b"".join(line + b"\r\n" for _, line in reversed(fields))
    listed = [*reversed(names), *_SEALED]
    body_hash = _base64(sha256(_relaxed_body(body)).digest())
    return b"".join(_signature(signer, listed, body_hash, signed) for signer in signers)


def _signature(signer: Signer, listed: Sequence[bytes], body_hash: str, signed: bytes) -> bytes:
    lines = [
        f"DKIM-Signature: v=1; a={signer.algorithm}; c=relaxed/relaxed;",
        f" d={signer.domain}; s={signer.selector};",
        *_list_of(listed),
        f" bh={body_hash};",
        " b=",
    ]
    unsigned = "\r\n".join(lines).encode()
    signature = _base64(signer.sign(signed + _relaxed_field(unsigned)[1]))
    return unsigned + "\r\n ".join(_cut(signature)).encode() + b"\r\n"


def _list_of(names: Sequence[bytes]) -> list[str]:
    lines = [" h="]
    for name in names:
        if len(lines[-1]) + len(name) >= _LINE:
            lines.append(" ")
        lines[-1] += name.decode("ascii") + ":"
    lines[-1] = lines[-1].removesuffix(":") + ";"
    return lines


def _relaxed_field(line: bytes) -> tuple[bytes, bytes]:
    """Its name in lower case, and the field in canonical form without its line end (RFC 6376 3.4.2)."""
    name, _, value = line.partition(b":")
    name = name.strip().lower()
    return name, name + b":" + _BLANKS.sub(b" ", value).strip(b" ")


def _relaxed_body(body: bytes) -> bytes:
    """RFC 6376 3.4.4: blanks as one, none at the end of a line, no empty lines at the end."""
    lines = [line.rstrip(b" \t") for line in _MANY_BLANKS.sub(b" ", body).split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def _cut(text: str) -> list[str]:
    return [text[start : start + _LINE] for start in range(0, len(text), _LINE)]


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")
