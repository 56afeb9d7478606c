"""Mail addresses as SMTP servers and header parsers read them."""

import re
from dataclasses import dataclass

import idna

_DOT_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u00a1-\U0010ffff]+"
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"'
_LOCAL_PART = re.compile(f"{_DOT_ATOM}|{_QUOTED}")
_DOMAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*")
_LITERAL = re.compile(r"\[[A-Za-z0-9:.]+\]")


class AddressError(ValueError):
    """No mail can be sent to or from this text; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name and its address, as in a To line. An empty name shows the address alone."""

    name: str
    address: str

    @property
    def wire_domain(self) -> str:
        """The domain of the address, in ASCII. Raises AddressError."""
        return wire_address(self.address).rpartition("@")[2]


def wire_address(address: str) -> str:
    """The address as it goes on the wire: the domain in ASCII (IDNA 2008), the local part as it is.

    A non-ASCII local part stays, and needs SMTPUTF8. Raises AddressError.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at:
        raise AddressError(f"{address!r} has no @")
    if not (_LOCAL_PART.fullmatch(local) and local.isprintable()):
        raise AddressError(f"{address!r} has a local part that no mailbox can have")
    return f"{local}@{_wire_domain(domain, address)}"


def domain_of(address: str) -> str | None:
    """The domain of the address, in ASCII and lower case, to compare it; None: no mail can be sent there."""
    try:
        return wire_address(address).rpartition("@")[2].lower()
    except AddressError:
        return None


def is_international(address: str) -> bool:
    """Whether it needs SMTPUTF8 (RFC 6531): its local part is outside ASCII."""
    return not address.rpartition("@")[0].isascii()


def _wire_domain(domain: str, address: str) -> str:
    if _DOMAIN.fullmatch(domain) or _LITERAL.fullmatch(domain):
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise AddressError(f"{address!r} has an impossible domain: {error}") from error
