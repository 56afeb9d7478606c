"""A mail server in a bad mood: it writes down what it accepts, then answers late, "not now", or not at all.

What it does to a mail follows from the seed, the mail and how often it came: not from the order in which mails come.
"""

import asyncio
import random
import re
import socket
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser

from tests.servers.smtpd import DROP, Action, Answer, Mail, Smtpd

SLOWEST = 0.06
"""Seconds that an answer may take."""

NOT_NOW = Answer(451, "4.3.0 come back later")

_ODDS: dict[str, tuple[float, float]] = {
    "connect": (0.01, 0.0),
    "mail": (0.005, 0.0),
    "rcpt": (0.005, 0.03),
    "data": (0.005, 0.01),
    "body": (0.01, 0.0),
    "dot": (0.01, 0.02),
}
"""How likely a phase ends in a dropped connection, and in an answer that says "not now"."""


@dataclass
class Begun:
    """How often its recipient was accepted, so that its body might come, and was not taken back; in which chapter last.

    `dropped`: the last time it was this server that broke the connection.
    """

    times: int = 0
    chapter: int = 0
    dropped: bool = False


@dataclass
class Sink:
    """What was accepted, over all restarts of the server. Its port is kept while the server is down."""

    seed: str
    mails: list[Mail] = field(default_factory=list)
    begun: dict[int, Begun] = field(default_factory=lambda: defaultdict(Begun))
    """By the delivery's id: what is known of its bodies."""
    chapter: int = 0
    """What comes now comes in this chapter of the story."""
    dropped_bodies: int = 0
    """Connections that were dropped by this server where the sender cannot know what became of the body."""
    bodies: int = 0
    _visits: Counter[tuple[str, str]] = field(default_factory=Counter)
    _server: Smtpd | None = None

    def __post_init__(self) -> None:
        self._reservation = socket.socket()
        self._reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._reservation.bind(("127.0.0.1", 0))
        self.port: int = self._reservation.getsockname()[1]

    def start(self) -> None:
        self._server = _Moody(self)
        self._server.__enter__()

    def stop(self) -> None:
        """The port refuses from now on, open connections break; what was accepted stays known."""
        if self._server:
            self._server.stop()
            self._server = None

    def close(self) -> None:
        self.stop()
        self._reservation.close()

    def mood(self, phase: str, sender: str, recipient: str) -> tuple[float, Action | None]:
        """Seconds to wait, and what to do instead of what one should."""
        visit = (phase, recipient or sender)
        self._visits[visit] += 1
        chance = random.Random(f"{self.seed}/{visit}/{self._visits[visit]}")
        drop, not_now = _ODDS.get(phase, (0.0, 0.0))
        delay, dice = chance.uniform(0, SLOWEST), chance.random()
        action: Action | None = DROP if dice < drop else NOT_NOW if dice < drop + not_now else None
        return (delay if phase in ("rcpt", "dot") else 0.0), action

    def note(self, phase: str, delivery: int, action: Action | None) -> None:
        """How far the transaction of a delivery came."""
        begun = self.begun[delivery]
        if phase == "rcpt" and action is None:
            begun.times, begun.chapter, begun.dropped = begun.times + 1, self.chapter, False
        elif phase == "rset":
            begun.times -= 1
        elif action is DROP:
            begun.dropped = True
            self.dropped_bodies += 1

    def accepted(self) -> Counter[tuple[str, str]]:
        """How often each (Message-ID, recipient) was accepted."""
        read = BytesHeaderParser().parsebytes
        return Counter((str(read(mail.message)["Message-ID"]), to) for mail in self.mails for to in mail.recipients)


class _Moody(Smtpd):
    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self.port = sink.port
        self.mails = sink.mails
        self._sink = sink

    async def meet(self, phase: str, sender: str, recipient: str) -> Action | None:
        if phase == "body":
            self._sink.bodies += 1
        delay, action = self._sink.mood(phase, sender, recipient)
        if delay:
            await asyncio.sleep(delay)
        if phase in ("rcpt", "rset", "body", "dot") and recipient:
            self._sink.note(phase, delivery_of(sender), action)
        return action


def delivery_of(return_path: str) -> int:
    """The delivery's id, which its return path names."""
    found = re.fullmatch(r"bounce\+(\d+)-.*@.*", return_path)
    return int(found[1]) if found else 0
