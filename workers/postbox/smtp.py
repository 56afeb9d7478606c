"""One SMTP session: how it comes about, and how a parcel goes through it, phase by phase."""

import asyncio
import logging
import re
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from typing import cast

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from workers.postbox.addresses import AddressError, wire_address
from workers.postbox.attention import Attentive, surplus
from workers.postbox.outcomes import GATE_SAID_NO, Kind, Phase, Reply, answer, classify, silence
from workers.postbox.parcels import Parcel, Reuse, Route, StillOurs, Timeouts

logger = logging.getLogger(__name__)

MaySend = Callable[[str], Awaitable[bool]]
"""Asks the gate for one delivery. Raises if the gate does."""

Verdict = tuple[Kind, Reply]

_START_INPUT = 354
_CLOSING = 421
_GOODBYE = b"421"
_LINE_BREAK = re.compile(rb"\r\n|\r|\n")
_FAREWELL = 2.0  # seconds for the answer to QUIT, which nobody needs
_BROKEN = (SMTPException, OSError)


class Connection:
    """A session with a server, ready for MAIL. Belongs to one event loop, carries one parcel at a time."""

    def __init__(self, client: SMTP, timeouts: Timeouts) -> None:
        self._client = client
        self._timeouts = timeouts
        self.carried = 0
        self._body_began = False
        self.idle_since = asyncio.get_running_loop().time()

    @classmethod
    async def open(
        cls, route: Route, timeouts: Timeouts, hostname: str, context: ssl.SSLContext | None
    ) -> "Connection | Reply":
        """A session, or the reason why there is none."""
        client = SMTP(
            hostname=route.host,
            port=route.port,
            local_hostname=hostname,
            timeout=timeouts.command,
            use_tls=route.tls == "implicit",
            start_tls=False,  # done below, where the phase is known
            tls_context=context,
        )
        for phase, step in _steps(client, route, timeouts):
            try:
                await step()
            except Exception as error:
                _abort(client)
                return _failure(phase, error)
            except BaseException:
                _abort(client)
                raise
        Attentive.follow(client)
        if more := surplus(client):
            _abort(client)
            return _out_of_step(phase, more)
        return cls(client, timeouts)

    @property
    def is_usable(self) -> bool:
        return self._client.is_connected

    async def is_alive(self, reuse: Reuse) -> bool:
        """Whether this connection can be used again; one that was idle for a while is asked."""
        if surplus(self._client):
            self.abort()
        if self.is_usable and asyncio.get_running_loop().time() - self.idle_since >= reuse.check_after:
            try:
                await self._reset()
            except BaseException:
                self.abort()
                raise
        return self.is_usable

    async def carry(self, parcel: Parcel, may_send: MaySend, still_ours: StillOurs) -> Verdict:
        """Take a parcel through MAIL, RCPT, the gate, DATA and its body, as far as it gets.

        Afterwards the connection is ready for the next one, or no longer usable. Without an answer to the body, when
        the server says more than it was asked, or when cancelled, it is closed: nobody knows what its next answer would
        belong to.
        """
        self.carried += 1
        self._body_began = False
        try:
            return await self._carry(parcel, may_send, still_ours)
        except Exception as error:
            logger.exception("delivery %s: a fault of ours", parcel.delivery_id)
            self.abort()
            reply = _failure(Phase.BODY if self._body_began else Phase.DATA, error)
            return classify(reply), reply
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        """Drop the connection at once; what was not yet sent is never sent."""
        _abort(self._client)

    async def quit(self) -> None:
        """Say goodbye and close, without waiting for the goodbye of TLS."""
        transport = cast(asyncio.WriteTransport | None, self._client.transport)
        try:
            await self._client.quit(timeout=_FAREWELL)
        except _BROKEN:
            pass  # closed anyway
        finally:
            if transport is not None:
                transport.abort()
            self.abort()

    async def _carry(self, parcel: Parcel, may_send: MaySend, still_ours: StillOurs) -> Verdict:
        refusal = await self._offer(parcel) or await self._ask(parcel, may_send)
        if refusal:
            await self._reset()
            return refusal
        start = await self._say(Phase.DATA, b"DATA")
        if start.code != _START_INPUT:
            await self._reset() if start.is_negative else self.abort()
            return classify(start), start
        if not still_ours():
            self.abort()
            return Kind.DEFERRED, silence(Phase.GATE, "given up before the body: this process may no longer send")
        reply = await self._send_body(parcel.message)
        return classify(reply), reply

    async def _offer(self, parcel: Parcel) -> Verdict | None:
        """MAIL and RCPT. None: the recipient was accepted."""
        commands = self._envelope(parcel)
        if isinstance(commands, Reply):
            return classify(commands), commands
        for phase, command in commands:
            reply = await self._say(phase, *command)
            if not reply.is_positive:
                return classify(reply), reply
        return None

    def _envelope(self, parcel: Parcel) -> list[tuple[Phase, list[bytes]]] | Reply:
        """The two commands; where they cannot be written, what a server would say to them."""
        try:
            sender = wire_address(parcel.sender)
        except AddressError as error:
            return Reply(Phase.MAIL, 553, "5.1.7", str(error))
        try:
            recipient = wire_address(parcel.recipient)
        except AddressError as error:
            return Reply(Phase.RCPT, 553, "5.1.3", str(error))
        mail = [b"MAIL", b"FROM:<%s>" % sender.encode()]
        if parcel.smtputf8:
            if not self._client.supports_extension("smtputf8"):
                return Reply(Phase.RCPT, 553, "5.6.7", "the server takes no address outside ASCII (SMTPUTF8)")
            mail += [b"BODY=8BITMIME"] if self._client.supports_extension("8bitmime") else []
            mail += [b"SMTPUTF8"]
        return [(Phase.MAIL, mail), (Phase.RCPT, [b"RCPT", b"TO:<%s>" % recipient.encode()])]

    async def _ask(self, parcel: Parcel, may_send: MaySend) -> Verdict | None:
        try:
            allowed = await may_send(parcel.delivery_id)
        except Exception as error:
            return Kind.DEFERRED, silence(Phase.GATE, f"the gate failed: {type(error).__name__}")
        return None if allowed else (Kind.GATED, GATE_SAID_NO)

    async def _send_body(self, message: bytes) -> Reply:
        body = _stuffed(message)
        protocol = self._client.protocol
        if protocol is None or not protocol.is_connected:
            return silence(Phase.DATA, "connection lost")
        # From here on nobody can say how much of the body has left.
        self._body_began = True
        protocol.write(body)
        try:
            response = await protocol.read_response(timeout=self._timeouts.data)
        except _BROKEN as error:
            self.abort()
            return _failure(Phase.BODY, error)
        reply = answer(Phase.BODY, response.code, response.message)
        if response.code == _CLOSING or self._has_unsent():
            self.abort()
            if reply.is_positive:
                return silence(Phase.BODY, f"answered before the end of the body: {response.code}")
        return self._in_step(reply)

    def _has_unsent(self) -> bool:
        transport = cast(asyncio.WriteTransport | None, self._client.transport)
        return transport is not None and transport.get_write_buffer_size() > 0

    async def _say(self, phase: Phase, *words: bytes) -> Reply:
        """Say something and hear the answer; when there is none, or more than one, the connection is closed."""
        if more := surplus(self._client):
            self.abort()
            return _out_of_step(phase, more)
        try:
            response = await self._client.execute_command(*words)
        except _BROKEN as error:
            self.abort()
            return _failure(phase, error)
        return self._in_step(answer(phase, response.code, response.message))

    def _in_step(self, reply: Reply) -> Reply:
        """The answer, if it was the only one.

        One may well be followed by a goodbye (421): then what ends the attempt stands, and before the body the goodbye
        does. After anything else it is not known what the server answered to.
        """
        more = surplus(self._client)
        if not more:
            return reply
        self.abort()
        if more.startswith(_GOODBYE) and (reply.is_negative or reply.phase is Phase.BODY):
            return reply
        return _out_of_step(reply.phase, more)

    async def _reset(self) -> None:
        if self.is_usable and not (await self._say(Phase.MAIL, b"RSET")).is_positive:
            self.abort()


def _steps(client: SMTP, route: Route, timeouts: Timeouts) -> list[tuple[Phase, Callable[[], Awaitable[object]]]]:
    steps: list[tuple[Phase, Callable[[], Awaitable[object]]]] = [
        (Phase.CONNECT, partial(client.connect, timeout=timeouts.connect)),
        (Phase.EHLO, client.ehlo),
    ]
    if route.tls == "starttls":
        steps += [(Phase.STARTTLS, client.starttls), (Phase.EHLO, client.ehlo)]
    if route.username:
        steps.append((Phase.AUTH, partial(client.login, route.username, route.password)))
    return steps


def _out_of_step(phase: Phase, more: bytes) -> Reply:
    """What stands for an answer where the server said more than it was asked, of which a goodbye counts as one."""
    words = more.decode("utf-8", "surrogateescape").strip()
    if more.startswith(_GOODBYE):
        return answer(phase, _CLOSING, words[3:].strip())
    return silence(phase, f"out of step: the server said more than it was asked: {words}")


def _failure(phase: Phase, error: Exception) -> Reply:
    if isinstance(error, SMTPResponseException) and error.code > 0:
        return answer(phase, error.code, error.message)
    return silence(phase, getattr(error, "message", "") or str(error) or type(error).__name__)


def _stuffed(message: bytes) -> bytes:
    """The body as it is written after DATA: only CRLF, doubled dots, the final dot (RFC 5321 4.5.2)."""
    lines = _LINE_BREAK.sub(b"\r\n", message).removesuffix(b"\r\n").split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n.\r\n"


def _abort(client: SMTP) -> None:
    transport = cast(asyncio.WriteTransport | None, client.transport)
    if transport is not None:
        transport.abort()
    client.close()
