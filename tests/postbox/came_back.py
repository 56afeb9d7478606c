"""Mails that came back, as mail servers write them: built after the documented formats, in words of our own.

Each is about a copy to `recipient` with the return path `path`, of the letter `message_id`. `raw` is what arrives.
"""

from base64 import encodebytes
from collections.abc import Callable
from dataclasses import dataclass, replace
from quopri import encodestring
from textwrap import dedent

GONE = "gone@lumiere.example.com"
PATH = "bounce+12-abcdefghijklmnop@bounces.example.org"
LETTER = "<1.letter@nordwind.example.org>"


@dataclass(frozen=True)
class Copy:
    """What a report is about. `named`: how it calls the recipient."""

    recipient: str = GONE
    path: str = PATH
    message_id: str = LETTER
    named: str | None = None

    @property
    def name(self) -> str:
        return self.named or self.recipient

    @property
    def headers(self) -> str:
        """What comes back of our mail; the return path is what its last server wrote on top."""
        return dedent(f"""\
            Return-Path: <{self.path}>
            Message-ID: {self.message_id}
            From: Nordwind <post@nordwind.example.org>
            To: {self.recipient}
            Subject: Your renewal
            Date: Wed, 3 Jun 2026 07:00:00 +0000
            """)


def postfix(
    copy: Copy, action: str = "failed", status: str = "5.1.1", said: str = "550 5.1.1 no such user", date: str = ""
) -> bytes:
    """Postfix: multipart/report with the headers of the mail."""
    return raw(f"""\
        Return-Path: <>
        Delivered-To: {copy.path}
        Date: {date or "Wed, 3 Jun 2026 07:05:00 +0000 (UTC)"}
        From: MAILER-DAEMON@relay.example.org (Mail Delivery System)
        Subject: Your mail could not be handed over
        To: {copy.path}
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status;
        \tboundary="A1.1/relay.example.org"
        Message-ID: <{action}.{status}.{copy.name}@relay.example.org>

        This is a MIME-encapsulated message.

        --A1.1/relay.example.org
        Content-Description: Notification
        Content-Type: text/plain; charset=us-ascii

        This is the mail system at host relay.example.org. <{copy.name}>: {said}

        --A1.1/relay.example.org
        Content-Description: Delivery report
        Content-Type: message/delivery-status

        Reporting-MTA: dns; relay.example.org
        X-Postfix-Queue-ID: A1
        X-Postfix-Sender: rfc822; {copy.path}
        Arrival-Date: Wed,  3 Jun 2026 07:00:01 +0000 (UTC)

        Final-Recipient: rfc822; {copy.name}
        Original-Recipient: rfc822;{copy.name}
        Action: {action}
        Status: {status}
        Remote-MTA: dns; mx.lumiere.example.com
        Diagnostic-Code: smtp; {said}

        --A1.1/relay.example.org
        Content-Description: Undelivered Message Headers
        Content-Type: text/rfc822-headers

        """) + raw(copy.headers + "\n--A1.1/relay.example.org--\n")


def global_report(copy: Copy, kind: str = "utf-8", encoding: str = "8bit") -> bytes:
    """An internationalised report (RFC 6533): its parts may be encoded as a whole, those of RFC 3464 may not."""
    status = f"""\
        Reporting-MTA: dns; relay.example.org
        Arrival-Date: Wed, 3 Jun 2026 07:00:01 +0000

        Original-Recipient: {kind}; {copy.name}
        Final-Recipient: {kind}; {copy.name}
        Action: failed
        Status: 5.1.1
        Remote-MTA: dns; mx.lumiere.example.com
        Diagnostic-Code: smtp; 550 5.1.1 niemand heißt hier so
        Localized-Diagnostic: de; 550 5.1.1 Empfänger unbekannt
        """
    return (
        raw(f"""\
        Return-Path: <>
        From: MAILER-DAEMON@relay.example.org
        To: {copy.path}
        Date: Wed, 3 Jun 2026 07:05:00 +0000
        Subject: Zustellung gescheitert: für {copy.name}
        Auto-Submitted: auto-replied
        Message-ID: <global.{encoding}@relay.example.org>
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="global"

        --global
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        {copy.name}: niemand heißt hier so

        --global
        Content-Type: message/global-delivery-status
        Content-Transfer-Encoding: {encoding}

        """)
        + ENCODERS[encoding](raw(status))
        + raw(f"""
        --global
        Content-Type: message/global-headers
        Content-Transfer-Encoding: {encoding}

        """)
        + ENCODERS[encoding](raw(copy.headers))
        + b"\n--global--\n"
    )


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "8bit": bytes,
    "base64": encodebytes,
    "quoted-printable": encodestring,
}


def exim(copy: Copy, said: str = "550-5.1.1 nobody of this name\n    550 5.1.1 works here") -> bytes:
    """Exim: its status is always 5.0.0, the code stands in the diagnosis alone."""
    folded = said.replace("\n", "\n        ")
    return raw(f"""\
        Return-path: <>
        Envelope-to: {copy.path}
        X-Failed-Recipients: {copy.name}
        Auto-Submitted: auto-replied
        From: Mail Delivery System <Mailer-Daemon@mail.example.net>
        To: {copy.path}
        Content-Type: multipart/report; report-type=delivery-status; boundary=1780470300-eximdsn-1
        MIME-Version: 1.0
        Subject: returning the mail to its sender
        Message-Id: <E1exim-{copy.name}@mail.example.net>
        Date: Wed, 03 Jun 2026 09:05:00 +0200

        --1780470300-eximdsn-1
        Content-type: text/plain; charset=us-ascii

          {copy.name}
            {folded}

        --1780470300-eximdsn-1
        Content-type: message/delivery-status

        Reporting-MTA: dns; mail.example.net

        Action: failed
        Final-Recipient: rfc822;{copy.name}
        Status: 5.0.0
        Remote-MTA: dns; mx.lumiere.example.com
        Diagnostic-Code: smtp; {folded}

        --1780470300-eximdsn-1
        Content-type: message/rfc822

        """) + raw(copy.headers + "\nBody of our mail.\n\n--1780470300-eximdsn-1--\n")


def exchange(copy: Copy, status: str = "5.1.10", said: str = "550 5.1.10 RESOLVER; recipient not found") -> bytes:
    """Exchange Online: HTML for people first, then the report, then the whole mail."""
    return raw(f"""\
        From: Microsoft Outlook <postmaster@lumiere.example.com>
        To: {copy.path}
        Date: Wed, 3 Jun 2026 07:05:10 +0000
        Content-Type: multipart/report; report-type=delivery-status;
        \tboundary="8b0f-4c3a"
        X-MS-Exchange-Message-Is-Ndr:
        Content-Language: en-US
        Message-ID: <ndr-{copy.name}@AM0PR01MB1.prod.example.com>
        Subject: Undeliverable: Your renewal
        Auto-Submitted: auto-replied
        MIME-Version: 1.0

        --8b0f-4c3a
        Content-Type: multipart/alternative; differences=Content-Type;
        \tboundary="inner-1"

        --inner-1
        Content-Type: text/plain; charset="us-ascii"
        Content-Transfer-Encoding: quoted-printable

        {copy.name} was not found at lumiere.example.com=2E

        --inner-1
        Content-Type: text/html; charset="us-ascii"

        <p>{copy.name} was not found.</p>

        --inner-1--

        --8b0f-4c3a
        Content-Type: message/delivery-status

        Reporting-MTA: dns;AM0PR01MB1.prod.example.com
        Received-From-MTA: dns;relay.example.org
        Arrival-Date: Wed, 3 Jun 2026 07:05:09 +0000

        Final-Recipient: rfc822;{copy.name}
        Action: failed
        Status: {status}
        Diagnostic-Code: smtp;{said}

        --8b0f-4c3a
        Content-Type: message/rfc822

        """) + raw(copy.headers + "\nBody of our mail.\n\n--8b0f-4c3a--\n")


def gmail(copy: Copy, said: str = "550-5.1.1 The account does not exist.\n 550 5.1.1 Look at its spelling") -> bytes:
    """Gmail: text and HTML, a picture, the report, the whole mail."""
    return raw(f"""\
        Return-Path: <>
        From: Mail Delivery Subsystem <mailer-daemon@googlemail.example.com>
        To: {copy.path}
        Auto-Submitted: auto-replied
        Subject: Delivery Status Notification (Failure)
        Message-ID: <6a1.{copy.name}.GMR@mx.google.example.com>
        Date: Wed, 03 Jun 2026 00:05:10 -0700 (PDT)
        Content-Type: multipart/report; boundary="000000000000aa"; report-type=delivery-status

        --000000000000aa
        Content-Type: multipart/related; boundary="000000000000bb"

        --000000000000bb
        Content-Type: text/plain; charset="UTF-8"

        ** Address not found ** {copy.name}

        --000000000000bb
        Content-Type: image/png; name="icon.png"
        Content-Transfer-Encoding: base64

        iVBORw0KGgo=

        --000000000000bb--

        --000000000000aa
        Content-Type: message/delivery-status

        Reporting-MTA: dns; googlemail.example.com
        Arrival-Date: Wed, 03 Jun 2026 00:05:09 -0700 (PDT)
        X-Original-Message-ID: {copy.message_id}

        Final-Recipient: rfc822; {copy.name}
        Action: failed
        Status: 5.1.1
        Remote-MTA: dns; mx.lumiere.example.com. (192.0.2.7, the server for the domain.)
        Diagnostic-Code: smtp; {said.replace(chr(10), chr(10) + " " * 8)}
        Last-Attempt-Date: Wed, 03 Jun 2026 00:05:10 -0700 (PDT)

        --000000000000aa
        Content-Type: message/rfc822

        """) + raw(copy.headers + "\nBody of our mail.\n\n--000000000000aa--\n")


def qmail(copy: Copy, said: str = "Sorry, there is no mailbox of that name. (#5.1.1)") -> bytes:
    """qmail: text alone, in a form of its own (QSBMF), and no Message-ID."""
    return raw(f"""\
        Return-Path: <>
        Delivered-To: {copy.path}
        Date: 3 Jun 2026 07:05:00 -0000
        From: MAILER-DAEMON@mail.example.net
        To: {copy.path}
        Subject: failure notice

        Hi. This is the qmail-send program at mail.example.net.
        Your mail could not be handed over to these addresses.

        <{copy.name}>:
        {said}

        --- Below this line is a copy of the message.

        """) + raw(copy.headers + "\nBody of our mail.\n")


def complaint(copy: Copy, kind: str = "abuse", rest: str = "") -> bytes:
    """A feedback report (RFC 5965): it comes to the address of the feedback loop, and encloses our mail."""
    return raw(f"""\
        From: <abuse@mailbox.example.net>
        Date: Thu, 4 Jun 2026 08:00:00 +0000
        Subject: FW: Your renewal
        To: <feedback@nordwind.example.org>
        Message-ID: <fbl.{kind}.{copy.name}@mailbox.example.net>
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=feedback-report; boundary="part1"

        --part1
        Content-Type: text/plain; charset="US-ASCII"

        This is a report about a mail from 192.0.2.1.

        --part1
        Content-Type: message/feedback-report

        Feedback-Type: {kind}
        User-Agent: Loop/1.0
        Version: 1
        Original-Rcpt-To: <redacted@mailbox.example.net>
        Reported-Domain: nordwind.example.org

        --part1
        Content-Type: message/rfc822
        Content-Disposition: inline

        """) + raw(copy.headers + f"\nBody of our mail.{rest}\n\n--part1--\n")


def complaint_by_the_book(copy: Copy) -> bytes:
    """With all that RFC 5965 provides for (its example B.2): the return path stands in the report, not in our mail."""
    return raw(f"""\
        From: <abusedesk@mailbox.example.net>
        Date: Thu, 4 Jun 2026 08:00:00 +0000
        Subject: FW: Your renewal
        To: <feedback@nordwind.example.org>
        Message-ID: <book.{copy.name}@mailbox.example.net>
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=feedback-report; boundary="part2"

        --part2
        Content-Type: text/plain; charset="US-ASCII"
        Content-Transfer-Encoding: 7bit

        This is a report about a mail from 192.0.2.1.

        --part2
        Content-Type: message/feedback-report

        Feedback-Type: abuse
        User-Agent: Loop/1.0
        Version: 1
        Original-Mail-From: <{copy.path}>
        Original-Rcpt-To: <{copy.name}>
        Arrival-Date: Wed, 3 Jun 2026 07:00:01 +0000
        Reporting-MTA: dns; mx.mailbox.example.net
        Source-IP: 192.0.2.1
        Authentication-Results: mx.mailbox.example.net;
         spf=pass smtp.mailfrom=nordwind.example.org
        Reported-Domain: nordwind.example.org

        --part2
        Content-Type: message/rfc822
        Content-Disposition: inline

        """) + raw(copy.headers.partition("\n")[2] + "\nBody of our mail.\n\n--part2--\n")


def out_of_office(copy: Copy) -> bytes:
    return raw(f"""\
        Return-Path: <>
        From: {copy.recipient}
        To: {copy.path}
        Subject: Abwesend: Re: Your renewal
        Auto-Submitted: auto-replied (vacation)
        Message-ID: <vacation@lumiere.example.com>
        In-Reply-To: {copy.message_id}

        Ich bin wieder da, wenn 550 5.1.1 vorbei ist.
        """)


def outlook_away(copy: Copy) -> bytes:
    """Without a header that says so."""
    return raw(f"""\
        From: {copy.recipient}
        To: {copy.path}
        Subject: Automatische Antwort: Your renewal
        Message-ID: <away@lumiere.example.com>

        Bis bald.
        """)


def receipt(copy: Copy) -> bytes:
    """A disposition notification (RFC 8098)."""
    return raw(f"""\
        From: {copy.recipient}
        To: {copy.path}
        Subject: Read: Your renewal
        Message-ID: <read@lumiere.example.com>
        Content-Type: multipart/report; report-type=disposition-notification; boundary="mdn"

        --mdn
        Content-Type: text/plain

        It was displayed.

        --mdn
        Content-Type: message/disposition-notification

        Final-Recipient: rfc822;{copy.recipient}
        Original-Message-ID: {copy.message_id}
        Disposition: manual-action/MDN-sent-manually; displayed

        --mdn--
        """)


def list_mail(copy: Copy) -> bytes:
    return raw(f"""\
        From: MAILER-DAEMON@lists.example.net
        To: {copy.path}
        List-Id: <talk.lists.example.net>
        Subject: failure notice
        Message-ID: <talk@lists.example.net>

        Hi. This is the qmail-send program at lists.example.net.

        <{copy.recipient}>:
        no mailbox (#5.1.1)
        """)


def answer(copy: Copy) -> bytes:
    """What a person writes, with the bounce that somebody else got enclosed."""
    return (
        raw(f"""\
        From: Claire <claire@lumiere.example.com>
        To: {copy.path}
        Subject: Re: Your renewal
        Message-ID: <claire@lumiere.example.com>
        Content-Type: multipart/mixed; boundary="mixed"

        --mixed
        Content-Type: text/plain

        Your mail to <{copy.recipient}> came back: 550 5.1.1

        --mixed
        Content-Type: message/rfc822

        """)
        + postfix(copy)
        + b"\n--mixed--\n"
    )


REPORTS: dict[str, Callable[[Copy], bytes]] = {
    "postfix": postfix,
    "exim": exim,
    "exchange": exchange,
    "gmail": gmail,
    "qmail": qmail,
}
"""Hard bounces."""

OTHERS: dict[str, tuple[Callable[[Copy], bytes], str]] = {
    "out of office": (out_of_office, "auto_reply"),
    "outlook away": (outlook_away, "auto_reply"),
    "receipt": (receipt, "receipt"),
    "list mail": (list_mail, "list_mail"),
    "answer": (answer, "other"),
    "nothing": (lambda _: b"", "empty"),
    "blanks": (lambda _: b"\r\n \r\n", "empty"),
    "octets": (lambda _: bytes(range(256)) * 40, "other"),
    "nested without end": (lambda _: _nested(3000), "unreadable"),
}
"""What is left alone, and as what."""


def _nested(depth: int) -> bytes:
    opened = "".join(f'Content-Type: multipart/report; boundary="{n}"\n\n--{n}\n' for n in range(depth))
    return opened.encode()


def raw(text: str) -> bytes:
    return dedent(text).encode()


def renamed(copy: Copy, name: str) -> Copy:
    """The same, about another recipient than that of the copy."""
    return replace(copy, named=name)
