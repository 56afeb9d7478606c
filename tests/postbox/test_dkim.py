"""Signatures (RFC 6376, 8463), held against dkimpy: what one of ours says, another's must find true."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from tests.postbox.test_mime import HEAD, LETTER, mailboxes, many_lines, one_line
from tests.servers.dkimpy import Verifier, verifying
from workers.domain.letters import Letter
from workers.postbox.addresses import Mailbox
from workers.postbox.dkim import KeyUnusableError, PrivateKey, Signer, private_key, signatures, signers_of
from workers.postbox.mime import Headers, compose, unsubscribe_lines

RSA = Signer("example.org", "rsa-2026", rsa.generate_private_key(65537, 2048))
ED25519 = Signer("example.org", "ed-2026", ed25519.Ed25519PrivateKey.generate())
BOTH = (RSA, ED25519)
PLAIN = forms.NoEncryption()


@pytest.fixture(scope="module")
def dkimpy() -> Iterator[Verifier]:
    with verifying(BOTH) as verifier:
        yield verifier


def signed(message: bytes) -> bytes:
    return signatures(message, BOTH) + message


def verdicts(dkimpy: Verifier, message: bytes) -> list[bool]:
    return [seen.good for seen in dkimpy.look_at(message)]


def pem(key: PrivateKey | ec.EllipticCurvePrivateKey, lock: forms.KeySerializationEncryption = PLAIN) -> bytes:
    return key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, lock)


def test_both_algorithms_are_found_true(dkimpy: Verifier) -> None:
    seen = dkimpy.look_at(signed(compose(LETTER, HEAD)))
    assert [(each.algorithm, each.domain, each.good) for each in seen] == [
        ("rsa-sha256", "example.org", True),
        ("ed25519-sha256", "example.org", True),
    ]


def test_without_a_key_nothing_is_put_above_a_mail() -> None:
    assert signatures(compose(LETTER, HEAD), ()) == b""


@given(
    subject=one_line,
    text=many_lines,
    html=many_lines,
    to=st.lists(mailboxes, min_size=1, max_size=12),
    references=st.lists(st.from_regex(r"<[a-z0-9.]{1,60}@[a-z0-9.]{1,20}>", fullmatch=True), max_size=10),
)
def test_whatever_is_written_its_signatures_are_true(
    dkimpy: Verifier, subject: str, text: str, html: str, to: list[Mailbox], references: list[str]
) -> None:
    head = replace(HEAD, to=tuple(to), references=tuple(references))
    assert verdicts(dkimpy, signed(compose(Letter(subject, text, html), head))) == [True, True]


@given(
    body=st.text("a. \t=", max_size=12).map(str.encode)
    | st.lists(st.sampled_from([b"", b" ", b".", b"a  b\t"])).map(b"\r\n".join)
)
def test_blanks_dots_and_empty_lines_anywhere_in_a_body(dkimpy: Verifier, body: bytes) -> None:
    message = b"From: a@example.org\r\nSubject:  two  \r\n  lines \r\n\r\n" + body + b"\r\n"
    assert verdicts(dkimpy, signed(message)) == [True, True]


def test_what_a_relay_may_do_leaves_them_true_and_what_it_may_not_does_not(dkimpy: Verifier) -> None:
    link = unsubscribe_lines("https://notices.example.org/u/token")
    mail = signed(link + compose(LETTER, HEAD))
    received = b"Received: from a by b; Tue, 2 Jun 2026 07:00:01 +0000\r\n"
    unfolded = mail.replace(b"alternative;\r\n ", b"alternative; ")
    for touched in (received + mail, mail + b"\r\n\r\n", unfolded, mail.replace(b"\r\nSubject: ", b"\r\nSUBJECT:  ")):
        assert verdicts(dkimpy, touched) == [True, True]
    changes = [
        (b"Guten", b"Boten"),
        (b"/u/token", b"/u/other"),
        (b"=One-Click", b"=Two-Click"),
        (b"To: Anna", b"To: Emma"),
    ]
    for old, new in changes:
        assert old in mail
        assert verdicts(dkimpy, mail.replace(old, new)) == [False, False]


@pytest.mark.parametrize(
    "added",
    [
        "From: a@b.example",
        "Cc: a@b.example",
        "Reply-To: a@b.example",
        "Subject: x",
        "List-Unsubscribe: <https://b.example>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Content-Type: text/plain",
        "Date: Tue, 2 Jun 2026 07:00:01 +0000",
    ],
)
@pytest.mark.parametrize("place", ["top", "bottom"])
def test_no_header_that_is_shown_or_acted_upon_can_be_added(dkimpy: Verifier, added: str, place: str) -> None:
    line, (head, empty, body) = f"{added}\r\n".encode(), signed(compose(LETTER, HEAD)).partition(b"\r\n\r\n")
    mail = line + head + empty + body if place == "top" else head + b"\r\n" + line.removesuffix(b"\r\n") + empty + body
    assert verdicts(dkimpy, mail) == [False, False]


def test_rfc_8058_the_signature_covers_the_unsubscribe_link_and_its_post(dkimpy: Verifier) -> None:
    for seen in dkimpy.look_at(
        signed(unsubscribe_lines("https://notices.example.org/u/token") + compose(LETTER, HEAD))
    ):
        assert seen.good
        assert {"from", "list-unsubscribe", "list-unsubscribe-post"} <= set(seen.signed)
        assert {name: seen.signed.count(name) for name in ("from", "to", "subject", "date")} == dict.fromkeys(
            ("from", "to", "subject", "date"), 2
        )


def test_no_line_of_a_signature_is_long() -> None:
    head: Headers = replace(HEAD, extra=tuple((f"X-Header-Number-{number}", "x") for number in range(40)))
    lines = signatures(compose(LETTER, head), BOTH).split(b"\r\n")
    assert max(map(len, lines)) <= 78


def test_a_domain_signs_for_those_below_it_unless_they_have_a_key_of_their_own() -> None:
    above, own = RSA, replace(ED25519, domain="mail.example.org")
    assert signers_of([above, own], "mail.example.org") == (own,)
    assert signers_of([above, own], "News.Example.org") == (above,)
    assert signers_of([above, ED25519], "example.org") == (above, ED25519)
    assert signers_of([above, own], "example.com") == ()
    assert signers_of([above, own], "notexample.org") == ()


def test_a_key_is_read_from_pem_and_tells_nothing_of_itself() -> None:
    for signer in BOTH:
        again = Signer("example.org", signer.selector, private_key(pem(signer.key)))
        assert again.record == signer.record
        assert "key" not in repr(again)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"", "not a private key"),
        (b"-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----\n", "not a private key"),
        (pem(rsa.generate_private_key(65537, 2048), forms.BestAvailableEncryption(b"hush")), "password"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "RSA or an Ed25519"),
    ],
)
def test_what_cannot_sign_is_refused(given: bytes, said: str) -> None:
    with pytest.raises(KeyUnusableError, match=said) as refused:
        private_key(given)
    assert "hush" not in str(refused.value)
