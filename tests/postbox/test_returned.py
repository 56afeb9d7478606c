"""What a mail that came back is, and what it says: RFC 3464, RFC 5965, and the forms that follow no standard."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.postbox.came_back import (
    ENCODERS,
    GONE,
    LETTER,
    OTHERS,
    PATH,
    REPORTS,
    Copy,
    complaint,
    complaint_by_the_book,
    exim,
    global_report,
    postfix,
    qmail,
)
from workers.domain.bounces import Action, Fate, Verdict, judge
from workers.domain.recipients import fold
from workers.postbox.returned.bounded import LONGEST
from workers.postbox.returned.mails import LONGEST_WORDS
from workers.postbox.returned.reading import Report, read

COPY = Copy()


def report(raw: bytes) -> Report:
    found = read(raw)
    assert isinstance(found, Report), found
    return found


@pytest.mark.parametrize("server", REPORTS)
def test_a_hard_bounce_names_recipient_code_return_path_and_letter(server: str) -> None:
    found = report(REPORTS[server](COPY))
    (fate,) = found.fates
    assert (fate.action, fate.addresses) == (Action.FAILED, frozenset({GONE}))
    assert fate.status in ("5.1.1", "5.1.10")
    assert any(PATH in text for text in found.texts)
    assert found.message_ids[0] == LETTER
    assert found.date is not None
    assert found.date.replace(second=0) == datetime(2026, 6, 3, 7, 5, tzinfo=UTC)


def test_what_a_real_postfix_wrote_about_a_mail_of_ours_is_read() -> None:
    """Postfix 3.7.11 as Debian has it, set up as the README says, to a mailbox that another server does not have."""
    path = "bounce+5-7wqmtilfyx3h55hw@bounces.example.test"
    found = report((Path(__file__).parent / "postfix-3.7.11.eml").read_bytes())
    (fate,) = found.fates
    assert (fate.action, fate.status, fate.addresses) == (
        Action.FAILED,
        "5.1.1",
        frozenset({"nobody@gone.example.test"}),
    )
    assert (found.said_by, found.message_ids[0]) == (
        "mx.bounces.example.test",
        "<d69a0cd20518443a986033d59d0fab6e@example.test>",
    )
    assert any(path in text for text in found.texts)


@pytest.mark.parametrize(
    ("server", "said_by", "words"),
    [
        ("postfix", "relay.example.org", "550 5.1.1 no such user"),
        ("exim", "mail.example.net", "550-5.1.1 nobody of this name 550 5.1.1 works here"),
        ("exchange", "AM0PR01MB1.prod.example.com", "550 5.1.10 RESOLVER; recipient not found"),
        ("gmail", "googlemail.example.com", "550-5.1.1 The account does not exist. 550 5.1.1 Look at its spelling"),
        ("qmail", "MAILER-DAEMON@mail.example.net", f"<{GONE}>: Sorry, there is no mailbox of that name. (#5.1.1)"),
    ],
)
def test_the_words_of_the_server_are_kept(server: str, said_by: str, words: str) -> None:
    found = report(REPORTS[server](COPY))
    assert (found.said_by, found.fates[0].words) == (said_by, words)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("failed", Action.FAILED),
        ("Failed (permanent)", Action.FAILED),
        ("error", Action.FAILED),
        ("delayed", Action.DELAYED),
        ("delivered", Action.DELIVERED),
        ("relayed", Action.DELIVERED),
        ("expanded", Action.DELIVERED),
    ],
)
def test_an_action_is_known_in_every_form(action: str, expected: Action) -> None:
    assert [fate.action for fate in report(postfix(COPY, action)).fates] == [expected]


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        ("5.1.1", "550 5.7.1 no", "5.1.1"),
        ("5.0.0", "550 5.1.1 no", "5.1.1"),
        ("5.0.0", "550 no such user", "5.0.0"),
        ("5.0.0", "450 4.2.0 greylisted", "5.0.0"),
        ("5.0.0", "550 10.5.1.1 is on a list", "5.0.0"),
        ("what", "550 5.2.2 full", "5.2.2"),
        ("5.2.2 (mailbox full)", "552 too much", "5.2.2"),
        ("", "no", None),
    ],
)
def test_a_code_that_says_nothing_gives_way_to_the_one_of_the_remote_server(
    status: str, said: str, expected: str | None
) -> None:
    assert [fate.status for fate in report(postfix(COPY, status=status, said=said)).fates] == [expected]


def test_the_escapes_of_an_original_recipient_are_undone() -> None:
    found = report(postfix(Copy(named="a+2Bb@EXAMPLE.com")))
    assert found.fates[0].addresses == {"a+2bb@example.com", "a+b@example.com"}


@pytest.mark.parametrize(
    "named",
    [
        "jörg@bücher.example",
        "JÖRG@BÜCHER.EXAMPLE",
        "jörg@xn--bcher-kva.example",
        r"j\x{F6}rg@b\x{FC}cher.example",
        r"j\x{f6}rg@xn--bcher-kva.example",
        r"j\x{00F6}rg@bücher.example",
        "jo\u0308rg@bu\u0308cher.example",
    ],
)
@pytest.mark.parametrize("encoding", ENCODERS)
@pytest.mark.parametrize("kind", ["utf-8", "rfc822"])
def test_an_address_outside_ascii_is_known_in_every_form(named: str, encoding: str, kind: str) -> None:
    found = report(global_report(Copy(named=named), kind, encoding))
    verdict, fate = judge(found.fates, {fold("jörg@bücher.example")})
    assert (verdict, fate.status, fate.words) == (Verdict.HARD, "5.1.1", "550 5.1.1 niemand heißt hier so")
    assert (found.said_by, found.message_ids) == ("relay.example.org", (LETTER,))
    assert judge(found.fates, {fold("jorg@bücher.example"), fold("jörg@bucher.example")})[0] is Verdict.ELSEWHERE


@pytest.mark.parametrize("named", ["jörg@bücher.example", "jorg@bücher.example"])
def test_an_ordinary_report_shows_such_an_address_as_well(named: str) -> None:
    """Servers write it so though RFC 3464 does not let them."""
    assert report(postfix(Copy(named=named))).fates[0].addresses == {fold(named)}


@pytest.mark.parametrize(
    "named", [r"a\x{110000}b@example.org", r"a\x{}b@example.org", r"a\x{2Bb@example.org", r"a\x{2B b}@example.org"]
)
def test_what_is_no_escape_stays(named: str) -> None:
    assert report(postfix(Copy(named=named))).fates[0].addresses == {fold(named)}


def test_octets_that_are_no_utf_8_are_nobodys_address() -> None:
    raw = postfix(Copy(named="jörg@bücher.example")).decode().encode("latin-1")
    assert report(raw).fates[0].addresses == {fold("j\ufffdrg@b\ufffdcher.example")}


@pytest.mark.parametrize("kind", ["delivery-status", "global-delivery-status"])
@pytest.mark.parametrize("encoding", ["base64", "BASE64 ", "quoted-printable"])
def test_an_encoding_that_is_only_said_changes_nothing(kind: str, encoding: str) -> None:
    said = f"message/{kind}\nContent-Transfer-Encoding: {encoding}".encode()
    assert report(postfix(COPY).replace(b"message/delivery-status", said)).fates == report(postfix(COPY)).fates


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_an_ordinary_report_may_be_encoded_as_well(encoding: str) -> None:
    plain = global_report(COPY, "rfc822").replace(b"message/global-", b"message/")
    encoded = global_report(COPY, "rfc822", encoding).replace(b"message/global-", b"message/")
    assert report(encoded).fates == report(plain).fates


def test_an_internationalised_report_is_read_as_well() -> None:
    raw = postfix(COPY).replace(b"message/delivery-status", b"message/global-delivery-status")
    assert report(raw).fates == report(postfix(COPY)).fates


def test_exim_before_it_wrote_reports() -> None:
    head, _, _ = exim(COPY).partition(b"Content-Type: multipart/report")
    raw = head + f"\n  {GONE}\n    550 5.2.1 closed\n\n--- headers ---\n".encode()
    assert report(raw).fates == (Fate(Action.FAILED, "5.2.1", f"{GONE} 550 5.2.1 closed", frozenset({GONE})),)


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("abuse", Action.COMPLAINED),
        ("Fraud", Action.COMPLAINED),
        ("opt-out", Action.COMPLAINED),
        ("not-spam", Action.REMARKED),
        ("auth-failure", Action.REMARKED),
        ("virus", Action.REMARKED),
        ("", Action.REMARKED),
    ],
)
def test_only_what_a_reader_can_mean_is_a_complaint(kind: str, action: Action) -> None:
    found = report(complaint(COPY, kind))
    words = f"feedback: {kind.lower() or 'other'}"
    assert found.fates == (Fate(action, None, words, frozenset({"redacted@mailbox.example.net"})),)
    assert (found.said_by, found.message_ids) == ("Loop/1.0", (LETTER,))
    assert any(PATH in text for text in found.texts)


def test_a_complaint_shows_the_return_path_in_its_own_fields() -> None:
    found = report(complaint_by_the_book(COPY))
    assert found.fates == (Fate(Action.COMPLAINED, None, "feedback: abuse", frozenset({GONE})),)
    assert (found.said_by, found.message_ids) == ("mx.mailbox.example.net", (LETTER,))
    assert [text for text in found.texts if PATH in text] == [f"<{PATH}>"]


@pytest.mark.parametrize("what", OTHERS)
def test_what_reports_nothing_is_recognised_and_left_alone(what: str) -> None:
    mail, kind = OTHERS[what]
    assert read(mail(COPY)) == kind


def test_a_report_is_known_again_whichever_way_it_came() -> None:
    for raw in (postfix(COPY), qmail(COPY)):
        again = b"From MAILER-DAEMON Wed Jun  3 07:05:01 2026\nReceived: from elsewhere\n" + raw
        assert report(again).key == report(raw).key
        assert report(raw.replace(b"\n", b"\r\n")).key == report(raw).key
    keys = {report(raw).key for raw in (postfix(COPY), postfix(COPY, "delayed"), qmail(COPY), exim(COPY))}
    assert len(keys) == 4


def test_of_a_mail_without_end_its_beginning_is_read() -> None:
    raw = complaint(COPY, rest="x" * 3 * LONGEST)
    assert report(raw).fates == report(complaint(COPY)).fates


def test_words_are_cut_and_cleaned() -> None:
    found = report(postfix(COPY, said="550 5.1.1 \x1b[31m\x00no" + "o" * 5000))
    words = found.fates[0].words
    assert words.startswith("550 5.1.1 \ufffd[31m\ufffdnoo")
    assert LONGEST_WORDS - 10 < len(words) <= LONGEST_WORDS


def test_words_outside_ascii_are_kept_unless_they_steer_a_terminal() -> None:
    found = report(postfix(COPY, said="550 5.1.1 für \u202eniemand\u2028 \U00018d09 日本 \x85"))
    assert found.fates[0].words == "550 5.1.1 für \ufffdniemand \ufffd 日本"


@pytest.mark.parametrize("date", ["yesterday", "Wed, 99 Jun 2026 07:05:00 +0000", "Wed, 3 Jun 99999 07:05:00 +9999"])
def test_a_date_that_is_none_is_none(date: str) -> None:
    assert report(postfix(COPY, date=date)).date is None
