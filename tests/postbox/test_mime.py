"""The writer of mails, held against the reader of the standard library."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.domain.letters import Letter
from workers.domain.recipients import fold
from workers.postbox.addresses import AddressError, Mailbox, domain_of, wire_address
from workers.postbox.headers import LetterError
from workers.postbox.mime import ONE_CLICK, Headers, compose, unsubscribe_lines

ANNA = Mailbox("Anna Beispiel", "anna@example.org")
HEAD = Headers(
    message_id="<follow-up.1@mail.example.org>",
    date=datetime(2026, 6, 2, 7, 0, tzinfo=UTC),
    sender=Mailbox("Agentur Nord", "hallo@example.com"),
    to=(ANNA,),
    language="de",
)
LETTER = Letter("Zur Erinnerung", "Guten Tag\n", "<p>Guten Tag</p>\n")

# Half surrogates are no characters, and a line break in a header is refused, which has a test of its own.
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00")
one_line = st.text(characters, max_size=200) | st.text('ab =?_"\\,<>@.()äöß😀', max_size=200)
many_lines = st.text(st.characters(exclude_categories=["Cs"]), max_size=400) | st.text("a .=\t\r\nß", max_size=2000)
domains = st.sampled_from(["example.org", "bücher.example.com", "straße.example.net", "a." * 40 + "example.org"])
local_parts = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}", fullmatch=True)
bare_addresses = st.builds("{}@{}".format, local_parts, domains)
mailboxes = st.builds(Mailbox, one_line, bare_addresses)


def read(message: bytes) -> EmailMessage:
    parsed = message_from_bytes(message, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    octets = found.get_payload(decode=True)
    assert isinstance(octets, bytes)
    return octets.decode("utf-8")


def read_names(message: bytes, header: str) -> list[tuple[str, str]]:
    """Names and addresses by the library's older reader: the newer one puts blanks between encoded words of a name."""
    lines = message_from_bytes(message, policy=policy.compat32).get_all(header, [])
    return [(str(make_header(decode_header(name))), address) for name, address in getaddresses(lines)]


def name_of(mailbox: Mailbox) -> str:
    return mailbox.name if mailbox.name.strip() else ""


def with_crlf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


def test_a_plain_letter_reads_line_by_line() -> None:
    assert compose(LETTER, HEAD).decode().split("\r\n") == [
        "Message-ID: <follow-up.1@mail.example.org>",
        "Date: Tue, 02 Jun 2026 07:00:00 +0000",
        "From: Agentur Nord <hallo@example.com>",
        "To: Anna Beispiel <anna@example.org>",
        "Subject: Zur Erinnerung",
        "Content-Language: de",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "MIME-Version: 1.0",
        "Content-Type: multipart/alternative;",
        ' boundary="=_19288d8afd40a43e16094f79"',
        "",
        "--=_19288d8afd40a43e16094f79",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "Guten Tag",
        "",
        "--=_19288d8afd40a43e16094f79",
        "Content-Type: text/html; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "<p>Guten Tag</p>",
        "",
        "--=_19288d8afd40a43e16094f79--",
        "",
    ]


@given(subject=one_line)
def test_the_subject_comes_back(subject: str) -> None:
    parsed = read(compose(replace(LETTER, subject=subject), HEAD))
    assert str(parsed["Subject"]) == subject
    assert parsed.keys() == read(compose(LETTER, HEAD)).keys()


@given(text=many_lines, html=many_lines)
def test_text_and_html_come_back(text: str, html: str) -> None:
    parsed = read(compose(Letter("Zur Erinnerung", text, html), HEAD))
    assert [kind.get_content_type() for kind in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert (part(parsed, "plain"), part(parsed, "html")) == (with_crlf(text), with_crlf(html))


@given(sender=mailboxes, to=st.lists(mailboxes, min_size=1, max_size=5), cc=st.lists(mailboxes, max_size=3))
def test_names_and_addresses_come_back(sender: Mailbox, to: list[Mailbox], cc: list[Mailbox]) -> None:
    head = replace(HEAD, sender=sender, reply_to=sender, to=tuple(to), cc=tuple(cc))
    message = compose(LETTER, head)
    for header, expected in [("From", [sender]), ("Reply-To", [sender]), ("To", to), ("Cc", cc)]:
        assert read_names(message, header) == [(name_of(each), wire_address(each.address)) for each in expected]


@given(subject=one_line, names=st.lists(mailboxes, min_size=1, max_size=8), text=many_lines)
def test_lines_are_short_and_end_in_crlf(subject: str, names: list[Mailbox], text: str) -> None:
    message = compose(Letter(subject, text, text), replace(HEAD, to=tuple(names)))
    assert message.isascii()
    assert message.replace(b"\r\n", b"").count(b"\n") == message.replace(b"\r\n", b"").count(b"\r") == 0
    head, _, body = message.partition(b"\r\n\r\n")
    assert all(len(line) <= 78 or b" " not in line.removeprefix(b"To:").strip() for line in head.split(b"\r\n"))
    assert all(len(line) <= 76 for line in body.split(b"\r\n"))


def test_a_long_token_is_never_broken() -> None:
    link = "<https://mail.example.org/u/" + "x" * 150 + ">"
    references = tuple(f"<{'r' * 60}.{number}@example.org>" for number in range(4))
    head = replace(HEAD, references=references, extra=(("List-Help", f"<mailto:u@example.org>, {link}"),))
    lines = compose(LETTER, head).decode().split("\r\n")
    assert f" {link}" in lines
    assert [line for line in lines if "rrrr" in line] == [
        f"In-Reply-To: {references[-1]}",
        f"References: {references[0]}",
        *(f" {r}" for r in references[1:]),
    ]


@given(st.from_regex(r"https://[a-z0-9.-]{1,100}(/[A-Za-z0-9._~!$&'()*+,;=:@%-]{0,200}){0,3}", fullmatch=True))
def test_rfc_8058_the_link_comes_back_from_above_a_letter(url: str) -> None:
    message = unsubscribe_lines(url) + compose(LETTER, HEAD)
    for reader in (policy.default, policy.compat32):
        parsed = message_from_bytes(message, policy=reader)
        assert (parsed["List-Unsubscribe"], parsed["List-Unsubscribe-Post"]) == (f"<{url}>", ONE_CLICK)
    assert message.startswith(f"List-Unsubscribe: <{url}>\r\nList-Unsubscribe-Post: ".encode())


@pytest.mark.parametrize("url", ["https://a.example/u/\r\nBcc: x@example.org", "https://bücher.example", "h" * 999])
def test_a_link_that_cannot_stand_in_a_header_is_refused(url: str) -> None:
    with pytest.raises(LetterError, match="List-Unsubscribe"):
        unsubscribe_lines(url)


def test_the_shorter_encoding_is_chosen() -> None:
    parsed = read(compose(Letter("Zur Erinnerung", "Viele Grüße aus dem Norden\n" * 50, "Привет, мир\n" * 50), HEAD))
    encodings = [kind["Content-Transfer-Encoding"] for kind in parsed.iter_parts()]
    assert encodings == ["quoted-printable", "base64"]


def test_a_boundary_in_the_body_ends_nothing() -> None:
    boundary = read(compose(LETTER, HEAD)).get_boundary()
    text = f"--{boundary}--\n--{boundary}\n"
    parsed = read(compose(Letter("Zur Erinnerung", text, text), HEAD))
    assert (part(parsed, "plain"), part(parsed, "html")) == (with_crlf(text), with_crlf(text))


def test_a_non_ascii_local_part_stands_in_utf8() -> None:
    message = compose(LETTER, replace(HEAD, to=(Mailbox("Jürgen", "jürgen@bücher.example.org"),)))
    assert "To: =?utf-8?q?J=C3=BCrgen?= <jürgen@xn--bcher-kva.example.org>\r\n".encode() in message


def test_for_servers_without_smtputf8_such_an_address_is_an_empty_group_named_after_it() -> None:
    juergen = Mailbox("Jürgen", "jürgen@bücher.example.org")
    message = compose(LETTER, replace(HEAD, to=(ANNA, juergen), cc=("jürgen@example.org",)), utf8=False)
    assert message.isascii()
    parsed = read(message)
    said = {
        name: [(group.display_name, len(group.addresses)) for group in parsed[name].groups] for name in ("To", "Cc")
    }
    assert said == {"To": [(None, 1), ("Jürgen jürgen@bücher.example.org", 0)], "Cc": [("jürgen@example.org", 0)]}


@given(
    to=st.lists(st.builds(Mailbox, one_line, st.text("äß漢😀ab", min_size=1).map("{}@example.org".format)), min_size=1)
)
def test_whatever_stands_before_the_at_the_lines_for_such_servers_are_ascii(to: list[Mailbox]) -> None:
    message = compose(LETTER, replace(HEAD, to=tuple(to)), utf8=False)
    assert message.isascii()
    assert max(map(len, message.split(b"\r\n"))) <= 998


INJECTIONS = ["x\r\nBcc: eve@example.net", "x\nBcc: eve@example.net", "x\rBcc: eve@example.net", "x\x00", "ü\r\nBcc: e"]


@pytest.mark.parametrize("evil", INJECTIONS)
def test_line_breaks_are_refused_in_every_value(evil: str) -> None:
    for letter, head, field in [
        (replace(LETTER, subject=evil), HEAD, "Subject"),
        (LETTER, replace(HEAD, message_id=evil), "Message-ID"),
        (LETTER, replace(HEAD, sender=Mailbox(evil, "a@example.org")), "From"),
        (LETTER, replace(HEAD, sender=Mailbox("A", f"{evil}@example.org")), "From"),
        (LETTER, replace(HEAD, reply_to=Mailbox(evil, "a@example.org")), "Reply-To"),
        (LETTER, replace(HEAD, to=(evil,)), "To"),
        (LETTER, replace(HEAD, to=(f"a@{evil}",)), "To"),
        (LETTER, replace(HEAD, cc=(Mailbox(evil, "a@example.org"),)), "Cc"),
        (LETTER, replace(HEAD, references=(evil,)), "References"),
        (LETTER, replace(HEAD, language=evil), "Content-Language"),
        (LETTER, replace(HEAD, extra=(("X-Notice", evil),)), "X-Notice"),
        (LETTER, replace(HEAD, extra=((evil, "x"),)), evil),
    ]:
        with pytest.raises(LetterError) as refused:
            compose(letter, head)
        assert refused.value.field == field


@pytest.mark.parametrize(
    ("head", "field"),
    [
        (replace(HEAD, date=datetime(2026, 6, 2, 7, 0)), "Date"),  # noqa: DTZ001 -- the naive date is the point
        (replace(HEAD, message_id="follow-up.1@example.org"), "Message-ID"),
        (replace(HEAD, extra=(("Bcc", "eve@example.net"),)), "Bcc"),
        (replace(HEAD, extra=(("subject", "twice"),)), "subject"),
        (replace(HEAD, extra=(("X-Notice", "Grüße"),)), "X-Notice"),
        (replace(HEAD, extra=(("X-Notice", "x" * 1000),)), "X-Notice"),
        (replace(HEAD, to=("nobody",)), "To"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(head: Headers, field: str) -> None:
    with pytest.raises(LetterError) as refused:
        compose(LETTER, head)
    assert refused.value.field == field


@pytest.mark.parametrize("field", ["Subject", "text", "html"])
def test_half_a_surrogate_pair_is_refused(field: str) -> None:
    with pytest.raises(LetterError) as refused:
        compose(replace(LETTER, **{field.lower(): "a\ud800"}), HEAD)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("anna@example.org", "anna@example.org"),
        (" anna@Example.ORG ", "anna@Example.ORG"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("anna@straße.example", "anna@xn--strae-oqa.example"),
        ("jürgen@bücher.example", "jürgen@xn--bcher-kva.example"),
        ("anna+tag=x@example.org", "anna+tag=x@example.org"),
        ('"anna b"@example.org', '"anna b"@example.org'),
        ("anna@[192.0.2.1]", "anna@[192.0.2.1]"),
    ],
)
def test_an_address_on_the_wire(address: str, wire: str) -> None:
    assert wire_address(address) == wire
    assert domain_of(address) == wire.rpartition("@")[2].lower()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "@example.org",
        "anna@",
        "anna b@example.org",
        "anna@example.org> SIZE=1",
        "<anna@example.org>",
        "anna@exa mple.org",
        "anna@.example.org",
        "anna@example..org",
        "an\x7fna@example.org",
        "an\u2028na@example.org",
        "anna,bob@example.org",
        "anna@-.example.org",
    ],
)
def test_an_impossible_address_is_refused(address: str) -> None:
    with pytest.raises(AddressError):
        wire_address(address)
    assert domain_of(address) is None


DOMAINS = st.text(st.characters(categories=["Ll", "Lo", "Nd"]), min_size=1, max_size=20)


@given(DOMAINS)
def test_0_3_addresses_are_compared_by_the_domain_that_goes_on_the_wire(name: str) -> None:
    address = f"claire@{name}.example"
    try:
        wire = wire_address(address)
    except AddressError:
        return
    assert fold(address) == fold(wire)
