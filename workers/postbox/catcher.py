"""The mail catcher for development: an SMTP server that keeps every mail as a file and passes none on.

    python -m workers.postbox.catcher --port 1025 --dir mails

A mail is on disk before it is answered with 250. Ends on SIGTERM and SIGINT.
"""

import argparse
import asyncio
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from workers.postbox.maildrop import Maildrop

MAX_MESSAGE = 25 * 2**20
"""Octets of a mail."""

MAX_LINE = 1_000
"""Octets of a line of a mail, line break included (RFC 5321 4.5.3.1.6)."""

MAX_RECIPIENTS = 100
MAX_SESSIONS = 200

_MAX_COMMAND = 2_048  # octets
_PATIENCE = 300.0  # seconds for the next command
_PATIENCE_FOR_BODY = 600.0
_BUFFER = 2**16
_PATH = r':\s?<((?:"[^"]*"|[^<>\s"])*)>(.*)'
_FROM = re.compile("FROM" + _PATH, re.IGNORECASE)
_TO = re.compile("TO" + _PATH, re.IGNORECASE)
_PARAMETER = re.compile(r"SIZE=\d{1,20}|BODY=(?:7BIT|8BITMIME)|SMTPUTF8", re.IGNORECASE)


def run(host: str, port: int, directory: Path, ready: Callable[[int], None]) -> None:
    """Catch mails until SIGTERM or SIGINT. Called from the main thread; `ready` hears the port, chosen if it was 0."""
    asyncio.run(_run(host, port, Maildrop(directory), ready))


async def _run(host: str, port: int, drop: Maildrop, ready: Callable[[int], None]) -> None:
    stopping = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stopping.set)
    sessions: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = asyncio.create_task(_converse(_Session(reader, writer, drop), crowded=len(sessions) >= MAX_SESSIONS))
        sessions.add(session)
        session.add_done_callback(sessions.discard)

    server = await asyncio.start_server(converse, host, port, limit=_BUFFER)
    ready(server.sockets[0].getsockname()[1])
    await stopping.wait()
    server.close()
    for session in sessions:
        session.cancel()
    await asyncio.gather(*sessions, return_exceptions=True)
    await server.wait_closed()


async def _converse(session: "_Session", *, crowded: bool) -> None:
    try:
        await session.turn_away() if crowded else await session.run()
    except TimeoutError:
        await session.say("421 4.4.2 idle for too long")
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        session.close()


class _Session:
    """One conversation. Commands are the methods named `do_*`; each answers once."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, drop: Maildrop) -> None:
        self._reader = reader
        self._writer = writer
        self._drop = drop
        self._greeted = False
        self._sender: str | None = None
        self._utf8 = False
        self._recipients: list[str] = []

    async def turn_away(self) -> None:
        await self.say("421 4.3.2 too many connections")

    async def run(self) -> None:
        await self.say("220 rappel mail catcher ESMTP")
        while await self._obey(await self._command()):
            pass

    async def say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()

    def close(self) -> None:
        self._writer.close()

    async def _obey(self, line: str | None) -> bool:
        """Carry out one command; False where the conversation ends."""
        if line is None:
            await self.say("500 5.5.2 line too long, or not UTF-8")
            return False
        verb, _, rest = line.partition(" ")
        command: Callable[[str], Awaitable[None]] | None = getattr(self, f"do_{verb.lower()}", None)
        if command is None:
            await self.say("500 5.5.1 unknown command")
        else:
            await command(rest)
        return verb.upper() != "QUIT"

    async def do_ehlo(self, rest: str) -> None:
        self._greeted = True
        self._forget()
        await self.say(
            "250-rappel", "250-8BITMIME", "250-SMTPUTF8", "250-ENHANCEDSTATUSCODES", f"250 SIZE {MAX_MESSAGE}"
        )

    async def do_helo(self, rest: str) -> None:
        self._greeted = True
        self._forget()
        await self.say("250 rappel")

    async def do_mail(self, rest: str) -> None:
        path = _FROM.fullmatch(rest)
        if not self._greeted or self._sender is not None:
            return await self.say("503 5.5.1 EHLO first, and one MAIL at a time")
        if path is None:
            return await self.say("501 5.5.4 say MAIL FROM:<address>")
        parameters = path[2].upper().split()
        if not all(_PARAMETER.fullmatch(parameter) for parameter in parameters):
            return await self.say("555 5.5.4 unknown parameter")
        if any(int(size[5:]) > MAX_MESSAGE for size in parameters if size.startswith("SIZE=")):
            return await self.say(f"552 5.3.4 a mail has at most {MAX_MESSAGE} octets")
        self._sender, self._utf8 = path[1], "SMTPUTF8" in parameters
        return await self.say("250 2.1.0 ok")

    async def do_rcpt(self, rest: str) -> None:
        path = _TO.fullmatch(rest)
        if self._sender is None:
            return await self.say("503 5.5.1 MAIL first")
        if path is None or not path[1]:
            return await self.say("501 5.5.4 say RCPT TO:<address>")
        if not (self._utf8 or (path[1].isascii() and self._sender.isascii())):
            return await self.say("553 5.6.7 this address needs SMTPUTF8")
        if len(self._recipients) >= MAX_RECIPIENTS:
            return await self.say(f"452 4.5.3 a mail has at most {MAX_RECIPIENTS} recipients")
        self._recipients.append(path[1])
        return await self.say("250 2.1.5 ok")

    async def do_data(self, rest: str) -> None:
        if self._sender is None or not self._recipients:
            return await self.say("503 5.5.1 MAIL and RCPT first")
        await self.say("354 go ahead, end with a line that holds a dot")
        async with asyncio.timeout(_PATIENCE_FOR_BODY):
            message = await self._body()
        answer = message if isinstance(message, str) else await self._keep(self._sender, message)
        self._forget()
        return await self.say(answer)

    async def do_rset(self, rest: str) -> None:
        self._forget()
        await self.say("250 2.0.0 ok")

    async def do_noop(self, rest: str) -> None:
        await self.say("250 2.0.0 ok")

    async def do_quit(self, rest: str) -> None:
        await self.say("221 2.0.0 goodbye")

    async def _keep(self, sender: str, message: bytes) -> str:
        try:
            path = await asyncio.to_thread(self._drop.keep, sender, self._recipients, message)
        except OSError as error:
            return f"452 4.3.1 cannot be kept: {error.strerror}"
        return f"250 2.0.0 kept as {path.name}"

    async def _command(self) -> str | None:
        """The next command line; None where it cannot be read."""
        async with asyncio.timeout(_PATIENCE):
            line = await self._line()
        try:
            return line.decode().rstrip() if len(line) <= _MAX_COMMAND else None
        except UnicodeDecodeError:
            return None

    async def _body(self) -> bytes | str:
        """The mail without dot-stuffing, or the answer that refuses it. Reads to the final dot either way."""
        message, refusal = bytearray(), ""
        while (line := await self._line()) != b".\r\n":
            line = line.removeprefix(b".")
            if len(line) > MAX_LINE:
                refusal = refusal or f"554 5.6.0 a line has at most {MAX_LINE} octets"
            if len(message) + len(line) > MAX_MESSAGE:
                refusal = refusal or f"552 5.3.4 a mail has at most {MAX_MESSAGE} octets"
            if not refusal:
                message += line
        return refusal or bytes(message)

    async def _line(self) -> bytes:
        """The next line with its CRLF. Of one that is longer than the buffer, the beginning."""
        beginning = b""
        while True:
            try:
                end = await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as overrun:
                skipped = await self._reader.readexactly(overrun.consumed)
                beginning = beginning or skipped
            else:
                return beginning or end

    def _forget(self) -> None:
        self._sender, self._utf8, self._recipients = None, False, []


def main(arguments: list[str] | None = None) -> None:
    """Run the catcher from a command line; says on standard output where it listens."""
    parser = argparse.ArgumentParser(prog="catcher", description="Receives mails over SMTP and keeps them as files.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=1025, help="0 takes a free one (1025)")
    parser.add_argument("--dir", type=Path, required=True, help="where the .eml files go")
    options = parser.parse_args(arguments)

    def ready(port: int) -> None:
        sys.stdout.write(f"listening on {options.host}:{port}\n")
        sys.stdout.flush()

    run(options.host, options.port, options.dir, ready)


if __name__ == "__main__":
    main()
