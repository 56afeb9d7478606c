"""A real SMTP server for tests, in a thread of its own on a free port of loopback.

It writes down what it accepts before it says so, and misbehaves on demand:

    with Smtpd() as server:
        server.misbehave("rcpt", Answer(550, "5.1.1 nobody here"), recipient="eve@example.net")
        server.misbehave("dot", DROP, times=1)
        barrier = server.hold("rcpt")
        ...
        barrier.wait_until_reached()
        barrier.release()

Phases: connect, ehlo, starttls, auth, mail, rcpt, data (before 354), body (within it), dot (after the final dot, before
the answer), rset, noop, quit.
"""

import asyncio
import base64
import ssl
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.waiting import WITHIN


@dataclass(frozen=True)
class Answer:
    """The server answers so instead of as it should."""

    code: int
    text: str


@dataclass(frozen=True)
class Greylist:
    """Sender and recipient are turned away when they first come together."""

    seen: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True)
class Whisper:
    """The server says what it should, and in the same breath something more. After STARTTLS that is still in clear."""

    text: str


@dataclass(frozen=True)
class Misbehaviour:
    """What it says on the tin."""

    name: str


DROP = Misbehaviour("drop the connection")
HANG = Misbehaviour("never answer")
PLAIN = Misbehaviour("agree to TLS and go on in clear")
MAILBOX_FULL_FOR_NOW = Answer(452, "4.2.2 mailbox full")
MAILBOX_FULL = Answer(552, "5.2.2 mailbox full")
Action = Answer | Greylist | Misbehaviour | Whisper


@dataclass(frozen=True)
class Mail:
    """A mail that was accepted: its envelope, its bytes without dot-stuffing, the number of its connection."""

    sender: str
    recipients: tuple[str, ...]
    message: bytes
    at: datetime
    connection: int


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, as `tests.servers.authority` issues them."""

    cert: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.cert, self.key)
        return context


class Barrier:
    """Holds the answers of one phase back until released."""

    def __init__(self, phase: str, recipient: str | None) -> None:
        self.phase = phase
        self.recipient = recipient
        self._count = 0
        self._reached = threading.Condition()
        self._released = threading.Event()

    def wait_until_reached(self, sessions: int = 1) -> None:
        """Returns when so many sessions stand here; TimeoutError after the deadline."""
        with self._reached:
            if not self._reached.wait_for(lambda: self._count >= sessions, WITHIN):
                raise TimeoutError(f"{self._count} of {sessions} sessions came to {self.phase}")

    def release(self) -> None:
        self._released.set()

    async def pass_through(self) -> None:
        with self._reached:
            self._count += 1
            self._reached.notify_all()
        while not self._released.is_set():  # noqa: ASYNC110 -- released from another thread
            await asyncio.sleep(0.005)


@dataclass
class _Rule:
    phase: str
    action: Action
    recipient: str | None
    times: int | None


class Smtpd:
    """The server. `tls`: "none" | "starttls" | "implicit"; `users` maps names to passwords and demands a login.

    With "starttls" a login is offered after it only. `clients_of`: PEM file of the authority whose clients it wants.
    """

    def __init__(
        self,
        *,
        tls: str = "none",
        certificate: Certificate | None = None,
        users: dict[str, str] | None = None,
        extensions: tuple[str, ...] = ("8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"),
        max_sessions: int | None = None,
        clients_of: Path | None = None,
    ) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self.tls = tls
        self.users = users or {}
        self.extensions = extensions
        self.max_sessions = max_sessions
        self.tls_context = certificate.context() if certificate else None
        if self.tls_context and clients_of:
            self.tls_context.load_verify_locations(clients_of)
            self.tls_context.verify_mode = ssl.CERT_REQUIRED
        self.mails: list[Mail] = []
        self.commands: list[tuple[int, str]] = []
        """(number of the connection, command line), in order of arrival."""
        self.in_clear: list[str] = []
        """Command lines that anybody on the way could read."""
        self.bodies: list[bytearray] = []
        """Every body of which a byte arrived, accepted or not, as far as it came."""
        self.answers: Counter[str] = Counter()
        """How many answers were written, by phase."""
        self.connections = 0
        self.sessions = 0
        """Connections that are open now."""
        self._writers: set[asyncio.StreamWriter] = set()
        self._rules: list[_Rule] = []
        self._barriers: list[Barrier] = []
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="smtpd")

    def misbehave(self, phase: str, action: Action, *, recipient: str | None = None, times: int | None = None) -> None:
        """From now on, at `phase`: for everybody or one recipient, always or so many times. The latest rule wins."""
        self._rules.insert(0, _Rule(phase, action, recipient, times))

    def behave(self) -> None:
        """Forget all misbehaviour."""
        self._rules.clear()

    def hold(self, phase: str, *, recipient: str | None = None) -> Barrier:
        """Hold answers at `phase` back until the barrier is released; leaving the server releases it too."""
        barrier = Barrier(phase, recipient)
        self._barriers.append(barrier)
        return barrier

    def say_unasked(self, text: str) -> None:
        """Say something now on every connection that is open, whatever its client waits for."""
        self._loop.call_soon_threadsafe(lambda: [writer.write(text.encode()) for writer in list(self._writers)])

    def count(self, verb: str) -> int:
        """How often a command was received."""
        return sum(line.split(":")[0].split(" ")[0].upper() == verb for _, line in list(self.commands))

    def stop(self) -> None:
        """Close the port and every connection."""
        for barrier in self._barriers:
            barrier.release()
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        context = self.tls_context if self.tls == "implicit" else None
        server = await asyncio.start_server(self._converse, self.host, self.port, ssl=context, limit=2**20)
        self.port = server.sockets[0].getsockname()[1]
        self._conversations: set[asyncio.Task[None]] = set()
        self._started.set()
        await self._stopping.wait()
        server.close()
        for conversation in list(self._conversations):
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)
        await server.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = asyncio.current_task()
        assert conversation is not None
        self._conversations.add(conversation)
        self.connections += 1
        self.sessions += 1
        self._writers.add(writer)
        try:
            await _Session(self, self.connections, reader, writer).run()
        except (_Dropped, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            pass
        finally:
            self.sessions -= 1
            self._writers.discard(writer)
            self._conversations.discard(conversation)
            writer.transport.abort()

    async def meet(self, phase: str, sender: str, recipient: str) -> Action | None:
        """What is to be done at this phase, after every barrier that stands there."""
        for barrier in list(self._barriers):
            if barrier.phase == phase and barrier.recipient in (None, recipient):
                await barrier.pass_through()
        for rule in list(self._rules):
            if rule.phase == phase and rule.recipient in (None, recipient) and rule.times != 0:
                if rule.times is not None:
                    rule.times -= 1
                return _greylisted(rule.action, sender, recipient)
        return None


def _greylisted(action: Action, sender: str, recipient: str) -> Action | None:
    if not isinstance(action, Greylist):
        return action
    if (sender, recipient) in action.seen:
        return None
    action.seen.add((sender, recipient))
    return Answer(451, "4.7.1 greylisted, come back later")


class _Dropped(Exception):  # noqa: N818 -- an end of the conversation, not a fault
    pass


class _Session:
    def __init__(self, server: Smtpd, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.number = number
        self.reader = reader
        self.writer = writer
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.is_known = not server.users

    async def run(self) -> None:
        limit = self.server.max_sessions
        if limit is not None and self.server.sessions > limit:
            return await self.say(421, "4.7.0 too many connections")
        if await self.answer("connect", 220, "smtpd.example.org ESMTP"):
            while await self.obey(await self.line()):
                pass
        return None

    async def line(self) -> str:
        line = (await self.reader.readuntil(b"\r\n")).decode().removesuffix("\r\n")
        self.server.commands.append((self.number, line))
        if not self.is_encrypted:
            self.server.in_clear.append(line)
        return line

    async def obey(self, line: str) -> bool:
        """Carry out one command; False: the conversation is over."""
        verb, _, rest = line.partition(" ")
        command: Callable[[str], Awaitable[None]] | None = getattr(self, f"do_{verb.lower()}", None)
        if command is None:
            await self.say(500, "5.5.1 unknown command")
            return True
        await command(rest)
        return verb.upper() != "QUIT"

    async def say(self, code: int, *lines: str, more: str = "") -> None:
        said = [f"{code}{' ' if number == len(lines) else '-'}{text}\r\n" for number, text in enumerate(lines, start=1)]
        self.writer.write("".join([*said, more]).encode())
        await self.writer.drain()

    async def meet(self, phase: str) -> Action | None:
        recipient = self.recipients[-1] if self.recipients else ""
        return await self.server.meet(phase, self.sender or "", recipient)

    async def act(self, action: Action | None, code: int, *lines: str) -> bool:
        """Answer as one should, or misbehave; True if all went as it should."""
        if action is DROP:
            raise _Dropped
        if action is HANG:
            await asyncio.Event().wait()
        if isinstance(action, Answer):
            await self.say(action.code, action.text)
            return False
        await self.say(code, *lines, more=action.text if isinstance(action, Whisper) else "")
        return True

    async def answer(self, phase: str, code: int, *lines: str) -> bool:
        went_well = await self.act(await self.meet(phase), code, *lines)
        self.server.answers[phase] += 1
        return went_well

    async def do_ehlo(self, name: str) -> None:
        offers = list(self.server.extensions)
        if self.server.tls == "starttls" and not self.is_encrypted:
            offers.append("STARTTLS")
        if self.server.users and (self.is_encrypted or self.server.tls == "none"):
            offers.append("AUTH PLAIN")
        await self.answer("ehlo", 250, "smtpd.example.org", *offers)

    @property
    def is_encrypted(self) -> bool:
        return self.writer.get_extra_info("sslcontext") is not None

    async def do_starttls(self, rest: str) -> None:
        action = await self.meet("starttls")
        if not await self.act(action, 220, "2.0.0 go ahead"):
            return
        if action is PLAIN:
            await self.reader.read(1)
            await self.say(250, "2.0.0 as I said")
            raise _Dropped
        assert self.server.tls_context is not None
        await self.writer.start_tls(self.server.tls_context)

    async def do_auth(self, rest: str) -> None:
        method, _, secret = rest.partition(" ")
        _, name, password = base64.b64decode(secret).decode().split("\0")
        if method != "PLAIN" or self.server.users.get(name) != password:
            return await self.say(535, "5.7.8 wrong name or password")
        self.is_known = await self.answer("auth", 235, "2.7.0 welcome")
        return None

    async def do_mail(self, rest: str) -> None:
        if not self.is_known:
            return await self.say(530, "5.7.0 log in first")
        self.sender = _path(rest)
        if not await self.answer("mail", 250, "2.1.0 ok"):
            self.forget()
        return None

    async def do_rcpt(self, rest: str) -> None:
        if self.sender is None:
            return await self.say(503, "5.5.1 MAIL first")
        self.recipients.append(_path(rest))
        if not await self.answer("rcpt", 250, "2.1.5 ok"):
            self.recipients.pop()
        return None

    async def do_data(self, rest: str) -> None:
        if not self.recipients:
            return await self.say(503, "5.5.1 RCPT first")
        if not await self.answer("data", 354, "go ahead"):
            return self.forget()
        message = await self.body()
        action = await self.meet("dot")
        if not isinstance(action, Answer):
            mail = Mail(self.sender or "", tuple(self.recipients), message, datetime.now(UTC), self.number)
            self.server.mails.append(mail)
        await self.act(action, 250, f"2.0.0 accepted as {len(self.server.mails)}")
        return self.forget()

    async def body(self) -> bytes:
        arrived = bytearray(await self.reader.readexactly(1))
        self.server.bodies.append(arrived)
        while not arrived.endswith(b"\r\n"):
            arrived += await self.reader.readexactly(1)
        action = await self.meet("body")
        if action is not None:
            await self.act(action, 0)
            raise _Dropped
        message = arrived.removeprefix(b".")
        line = bytes(arrived)
        while line != b".\r\n":
            line = await self.reader.readuntil(b"\r\n")
            arrived += line
            message += line.removeprefix(b".")
        return bytes(message.removesuffix(b"\r\n"))

    async def do_rset(self, rest: str) -> None:
        await self.answer("rset", 250, "2.0.0 forgotten")
        self.forget()

    async def do_noop(self, rest: str) -> None:
        await self.answer("noop", 250, "2.0.0 ok")

    async def do_quit(self, rest: str) -> None:
        await self.answer("quit", 221, "2.0.0 goodbye")

    def forget(self) -> None:
        self.sender, self.recipients = None, []


def _path(rest: str) -> str:
    return rest[rest.index("<") + 1 : rest.index(">")]
