"""Anybody may write to a return path: how much of a mail is looked at does not depend on who wrote it (promise 8)."""

from email.message import Message

import pytest

from tests.postbox.came_back import PATH, Copy, complaint, postfix
from workers.postbox.returned.bounded import (
    DEEPEST,
    LONGEST,
    LONGEST_FIELD,
    MOST_FIELDS,
    MOST_LINES,
    MOST_PARTS,
    TooMuchError,
    beginning,
)
from workers.postbox.returned.left_alone import Other
from workers.postbox.returned.mails import blocks, enclosed, own_parts, parse
from workers.postbox.returned.reading import Report, read

COPY = Copy()


def parts(number: int) -> bytes:
    """A mail of so many parts."""
    return b'Content-Type: multipart/mixed; boundary="x"\n\n' + b"--x\n\none\n" * number + b"--x--\n"


def fields(number: int) -> bytes:
    return b"X-Field: one\n" * number + b"\none\n"


def nested(depth: int) -> bytes:
    """A mail with so many parts around its text."""
    opened = (f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(depth))
    return "".join(opened).encode() + b"\none\n"


def groups(number: int, kind: str) -> bytes:
    """A report about so many recipients."""
    return f"Content-Type: message/{kind}\n\n".encode() + b"\n".join([b"Action: failed\nStatus: 5.1.1\n"] * number)


def blank_groups(number: int) -> bytes:
    return b"Content-Type: message/delivery-status\n\n" + b"\n" * 2 * number


def depth(part: Message) -> int:
    inner = enclosed(part)
    return 1 + depth(inner[0]) if inner else 0


def test_a_mail_has_as_many_parts_and_fields_as_are_looked_at_and_not_one_more() -> None:
    assert len(list(own_parts(parse(parts(MOST_PARTS))))) == 1 + MOST_PARTS
    assert len(parse(fields(MOST_FIELDS))) == MOST_FIELDS
    assert depth(parse(nested(DEEPEST))) == DEEPEST
    for raw in (parts(MOST_PARTS + 1), fields(MOST_FIELDS + 1), nested(DEEPEST + 1), blank_groups(MOST_PARTS + 1)):
        with pytest.raises(TooMuchError):
            parse(raw)
        assert read(raw) is Other.UNREADABLE


def test_parts_of_parts_count_together() -> None:
    inner = parts(MOST_PARTS // 2)
    raw = b'Content-Type: multipart/mixed; boundary="y"\n\n' + (b"--y\n" + inner) * 2 + b"--y--\n"
    with pytest.raises(TooMuchError):
        parse(raw)


@pytest.mark.parametrize("kind", ["delivery-status", "global-delivery-status"])
def test_a_report_has_as_many_recipients_as_are_looked_at_and_not_one_more(kind: str) -> None:
    assert len(list(blocks(parse(groups(MOST_PARTS, kind))))) == MOST_PARTS
    with pytest.raises(TooMuchError):
        list(blocks(parse(groups(MOST_PARTS + 1, kind))))
    assert read(groups(MOST_PARTS + 1, kind)) is Other.UNREADABLE


@pytest.mark.parametrize("value", [b';"' * LONGEST_FIELD, b'x="' + b";" * LONGEST_FIELD, b";\n " * LONGEST_FIELD])
def test_of_a_field_its_beginning_is_read(value: bytes) -> None:
    """The parser takes parameters the square of their length."""
    for name in ("Content-Type", "Content-Disposition", "Final-Recipient"):
        found = parse(f"{name}: multipart/report; ".encode() + value + b"\n\none\n")
        assert len(str(found[name])) <= LONGEST_FIELD
        assert found.get_content_type() == ("multipart/report" if name == "Content-Type" else "text/plain")


def test_a_return_path_beyond_the_end_of_a_field_is_not_looked_at() -> None:
    far, near = ("x" * (LONGEST_FIELD - size) + f" {PATH}" for size in (0, len(PATH) + 1))
    seen = [f"X-Path: {path}\n".encode() + complaint(Copy(path="nobody@example.net")) for path in (far, near)]
    assert [PATH in str(read(raw)) for raw in seen] == [False, True]


@pytest.mark.parametrize("line", [b"\n", b"\r\n", b"\r", b"one\n"])
def test_of_many_lines_the_first_ones_are_read(line: bytes) -> None:
    assert beginning(line * (MOST_LINES + 1)) == line * MOST_LINES
    assert beginning(b"x" * LONGEST + line) == b"x" * LONGEST


@pytest.mark.parametrize("rest", ["\n" * 10 * MOST_LINES, "x" * LONGEST, "\n--part1" * MOST_LINES])
def test_a_report_before_all_this_is_read(rest: str) -> None:
    found = read(complaint(COPY, rest=rest))
    assert isinstance(found, Report)
    assert found.fates == getattr(read(complaint(COPY)), "fates", None)


def test_informal_bounces_name_as_many_recipients_as_are_looked_at() -> None:
    named = b"".join(b"<reader%d@example.net>:\nno mailbox (#5.1.1)\n\n" % number for number in range(500))
    head = b"From: MAILER-DAEMON@example.net\n\nHi. This is the qmail-send program at example.net.\n\n"
    found = read(head + named)
    assert isinstance(found, Report)
    assert len(found.fates) == 20


def test_what_a_mail_server_writes_is_far_from_the_bounds() -> None:
    message = parse(postfix(COPY))
    assert len(list(message.walk())) * 10 < MOST_PARTS
    assert len(message) * 10 < MOST_FIELDS
