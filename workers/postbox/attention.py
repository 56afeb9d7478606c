"""What a server says beside its answers: from then on nobody can tell which answer belongs to what."""

from aiosmtplib import SMTP
from aiosmtplib.protocol import SMTPProtocol

_KEPT = 512
"""Octets of it, for people."""


class Attentive(SMTPProtocol):
    """Remembers what nobody asked for, which aiosmtplib passes over."""

    _unasked = b""

    @classmethod
    def follow(cls, client: SMTP) -> None:
        """From now on this session is listened to."""
        if client.protocol is not None:
            client.protocol.__class__ = cls  # aiosmtplib makes its protocol itself, and gives no other way in

    def data_received(self, data: bytes) -> None:
        if not self._response_pending or self._response_waiter is None or self._response_waiter.done():
            self._unasked = (self._unasked + data)[:_KEPT]
        super().data_received(data)

    @property
    def surplus(self) -> bytes:
        """What was said beyond the last answer, in the same breath or later; empty: the session is in step."""
        return bytes(self._buffer[:_KEPT]) or self._unasked


def surplus(client: SMTP) -> bytes:
    """That of a session that is listened to; empty where there is none any more."""
    protocol = client.protocol
    return protocol.surplus if isinstance(protocol, Attentive) else b""
