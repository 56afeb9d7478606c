"""What goes into a postbox, and what a postbox needs to know about the way out."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from workers.postbox.addresses import wire_address
from workers.postbox.outcomes import Outcome

Gate = Callable[[list[str]], Collection[str]]
"""Asked with the ids whose recipient was accepted; answers with those that may send their body.

Called in a thread, for everything that waits at that moment. If it raises, none of them sends.
"""

StillOurs = Callable[[], bool]
"""Whether this process may still send; asked, without waiting, right before the first byte of a body."""

Record = Callable[[list[Outcome]], None]
"""Stores outcomes, called in a thread. If it raises, it is called again with the same ones until it does not."""


def way(route: str, sender_domain: str) -> str:
    """A route as the mails of one sender use it: what a server holds against a sender concerns no other."""
    return f"{route}/{sender_domain}"


def is_open(route: str, sender_domain: str, paused: Collection[str]) -> bool:
    """Whether a sender may use a route now; `paused` holds routes, and routes for one sender, as `way` names them."""
    return route not in paused and way(route, sender_domain) not in paused


@dataclass(frozen=True, slots=True)
class Parcel:
    """One copy of a letter for one address. `sender` is the return path, `message` what `compose` wrote.

    `has_waited`: it was held back by a rate before; `is_detour`: another route could not take it just now.
    """

    delivery_id: str
    sender: str
    recipient: str
    message: bytes
    has_waited: bool = False
    is_detour: bool = False

    @property
    def sender_domain(self) -> str:
        return self.sender.rpartition("@")[2]

    @property
    def smtputf8(self) -> bool:
        """Whether the server must take UTF-8 in addresses or headers (RFC 6531). Raises AddressError."""
        return not (
            self.message.isascii() and wire_address(self.sender).isascii() and wire_address(self.recipient).isascii()
        )


@dataclass(frozen=True, slots=True)
class Route:
    """A way out. `starttls` is required where it is set, never skipped.

    `ca_file` replaces the system's authorities; `client_cert` holds our own certificate and its key, for servers that
    ask for one; a login happens where `username` is set; `pool_size` is the number of connections at a time.
    """

    name: str
    host: str
    port: int
    tls: Literal["none", "starttls", "implicit"] = "none"
    username: str = ""
    password: str = field(default="", repr=False)
    pool_size: int = 4
    ca_file: Path | None = None
    client_cert: Path | None = None


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that a server may take: to be connected to, to answer a command, to answer a whole letter."""

    connect: float = 15
    command: float = 60
    data: float = 600


@dataclass(frozen=True, slots=True)
class Reuse:
    """How long a connection is kept: for so many letters, and idle for so many seconds.

    One that was idle for `check_after` seconds is asked for a sign of life before it is used.
    """

    letters: int = 100
    idle: float = 30
    check_after: float = 5


class Carrier(Protocol):
    """Whatever takes parcels: the real postbox, or the one that captures."""

    def deliver(
        self,
        parcels: Sequence[Parcel],
        gate: Gate,
        record: Record,
        *,
        paused: Collection[str] = (),
        still_ours: StillOurs = lambda: True,
    ) -> None:
        """Returns when every parcel has an outcome, recorded. `paused` names routes that are not to be used.

        A route that is paused for one sender is named as `way` does. `still_ours` is asked right before the first
        byte of a body; where it says no, none leaves.
        """
