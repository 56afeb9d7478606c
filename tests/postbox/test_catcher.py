"""The mail catcher, as a process of its own, spoken to over SMTP."""

import re
import signal
import smtplib
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.postbox.conftest import Ledger, OpenPostbox, parcel
from workers.domain.letters import Letter
from workers.postbox.addresses import Mailbox
from workers.postbox.maildrop import Maildrop
from workers.postbox.mime import Headers, compose
from workers.postbox.outcomes import Kind
from workers.postbox.parcels import Route

MESSAGE = b"Subject: Zur Erinnerung\r\n\r\n.Guten Tag\r\n"


@dataclass
class Catcher:
    process: "subprocess.Popen[str]"
    port: int
    directory: Path

    def client(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.example.org", timeout=60)

    def kept(self) -> list[Path]:
        return sorted(self.directory.iterdir())


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    directory = tmp_path / "mails"
    command = [sys.executable, "-m", "workers.postbox.catcher", "--port", "0", "--dir", str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield Catcher(process, int(process.stdout.readline().rpartition(":")[2]), directory)
        finally:
            process.send_signal(signal.SIGTERM)
            output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (0, "", "")


def test_a_letter_from_the_postbox_becomes_a_file(catcher: Catcher, open_postbox: OpenPostbox, ledger: Ledger) -> None:
    head = Headers(
        message_id="<1@mail.example.org>",
        date=datetime(2026, 6, 2, 7, tzinfo=UTC),
        sender=Mailbox("Agentur Nord", "hallo@example.com"),
        to=(Mailbox("Jürgen", "jürgen@bücher.example.org"),),
        language="de",
    )
    message = compose(Letter("Grüße", ".\nGuten Tag\n", "<p>Guten Tag</p>\n"), head)
    postbox = open_postbox(Route("catcher", "127.0.0.1", catcher.port))
    postbox.deliver([parcel(1, "jürgen@bücher.example.org", message)], ledger.gate, ledger.record)
    (path,) = catcher.kept()
    assert (ledger.only.kind, ledger.only.reply.text) == (Kind.ACCEPTED, f"2.0.0 kept as {path.name}")
    envelope = "X-Envelope-From: <bounce+1@mail.example.org>\r\nX-Envelope-To: <jürgen@xn--bcher-kva.example.org>\r\n"
    assert path.read_bytes() == envelope.encode() + message
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["Subject"] == "Grüße"
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{6}Z-000001-j_rgen_xn--bcher-kva\.example\.org\.eml", path.name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_many_parcels_over_many_connections(catcher: Catcher, open_postbox: OpenPostbox, ledger: Ledger) -> None:
    postbox = open_postbox(Route("catcher", "127.0.0.1", catcher.port, pool_size=20))
    postbox.deliver([parcel(number) for number in range(100)], ledger.gate, ledger.record)
    assert set(ledger.kinds.values()) == {Kind.ACCEPTED}
    assert len(catcher.kept()) == 100


def test_two_mails_in_one_session_and_a_reset_between(catcher: Catcher) -> None:
    with catcher.client() as client:
        client.sendmail("a@example.org", ["b@example.org", "c@example.org"], MESSAGE)
        client.mail("eve@example.net")
        client.rcpt("b@example.org")
        client.rset()
        client.sendmail("d@example.org", "e@example.org", MESSAGE)
    first, second = (path.read_bytes() for path in catcher.kept())
    assert first == (
        b"X-Envelope-From: <a@example.org>\r\nX-Envelope-To: <b@example.org>\r\nX-Envelope-To: <c@example.org>\r\n"
        + MESSAGE
    )
    assert second == b"X-Envelope-From: <d@example.org>\r\nX-Envelope-To: <e@example.org>\r\n" + MESSAGE


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        (["MAIL FROM:<a@example.org>"], 503),
        (["HELO x", "MAIL FROM:<a@example.org>"], 250),
        (["EHLO x", "RCPT TO:<b@example.org>"], 503),
        (["EHLO x", "DATA"], 503),
        (["EHLO x", "MAIL FROM:<a@example.org>", "DATA"], 503),
        (["EHLO x", "MAIL FROM:<a@example.org>", "MAIL FROM:<b@example.org>"], 503),
        (["EHLO x", "MAIL TO:<a@example.org>"], 501),
        (["EHLO x", "MAIL FROM:a@example.org"], 501),
        (["EHLO x", "MAIL FROM:<a@example.org> SIZE=99999999"], 552),
        (["EHLO x", "MAIL FROM:<a@example.org> FUNNY=1"], 555),
        (["EHLO x", "MAIL FROM:<a@example.org> BODY=8BITMIME SIZE=12", "RCPT TO:<>"], 501),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<b@example.org>"], 250),
        (["EHLO x", "MAIL FROM:<a@example.org>", "RCPT TO:<ü@example.org>"], 553),
        (["EHLO x", "MAIL FROM:<a@example.org> SMTPUTF8", "RCPT TO:<ü@example.org>"], 250),
        (["EHLO x", "MAIL FROM:<a@example.org>", *["RCPT TO:<b@example.org>"] * 101], 452),
        (["NOOP"], 250),
        (["FUNNY"], 500),
        (["EHLO " + "x" * 3_000], 500),
    ],
)
def test_the_last_of_some_commands_is_answered(catcher: Catcher, commands: list[str], code: int) -> None:
    with (
        socket.create_connection(("127.0.0.1", catcher.port), timeout=60) as connection,
        connection.makefile("rb") as lines,
    ):
        assert lines.readline().startswith(b"220 ")
        for command in commands:
            connection.sendall(f"{command}\r\n".encode())
            while (line := lines.readline())[3:4] == b"-":
                pass
        assert int(line[:3]) == code
    assert catcher.kept() == []


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"x" * 999 + b"\r\n", 554),
        (b"x" * 200_000 + b"\r\n", 554),
        ((b"x" * 998 + b"\r\n") * 26_500, 552),
    ],
)
def test_what_is_too_long_is_refused_and_not_kept(catcher: Catcher, message: bytes, code: int) -> None:
    with catcher.client() as client:
        client.ehlo()
        client.mail("a@example.org")
        client.rcpt("b@example.org")
        assert client.data(message)[0] == code
        client.sendmail("a@example.org", "b@example.org", b"x" * 998 + b"\r\n")
    assert len(catcher.kept()) == 1


def test_a_connection_lost_in_the_body_keeps_nothing(catcher: Catcher) -> None:
    client = catcher.client()
    client.ehlo()
    client.mail("a@example.org")
    client.rcpt("b@example.org")
    client.docmd("DATA")
    client.send(MESSAGE)
    client.close()
    with catcher.client() as other:
        other.sendmail("c@example.org", "d@example.org", MESSAGE)
    (path,) = catcher.kept()
    assert path.name.endswith("-d_example.org.eml")


def test_a_mail_that_cannot_be_kept_is_put_off(catcher: Catcher) -> None:
    catcher.directory.rmdir()
    with catcher.client() as client, pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("a@example.org", "b@example.org", MESSAGE)
    assert refused.value.smtp_code == 452


def test_sigterm_ends_it_with_a_session_open(catcher: Catcher) -> None:
    client = catcher.client()
    client.ehlo()
    catcher.process.send_signal(signal.SIGTERM)
    assert catcher.process.wait(timeout=60) == 0
    client.close()


def test_names_sort_by_time_and_stay_in_their_directory(tmp_path: Path) -> None:
    moments = iter(
        [datetime(2026, 6, 2, 7, tzinfo=UTC), datetime(2026, 6, 2, 7, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)]
    )
    drop = Maildrop(tmp_path, clock=lambda: next(moments))
    kept = [drop.keep("a@example.org", [who], b"x\r\n") for who in ("../../etc/passwd", "b" * 300, "c@example.org")]
    assert kept == sorted(tmp_path.iterdir())
    assert [path.name for path in kept] == [
        "20260602T070000.000000Z-000001-.._.._etc_passwd.eml",
        f"20260602T070000.000000Z-000002-{'b' * 80}.eml",
        "20261002T000000.000000Z-000003-c_example.org.eml",
    ]
