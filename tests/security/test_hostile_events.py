"""Whatever words upstream sends in whatever field: a mail keeps its shape, its headers and its links."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from itertools import count

import pytest

from tests.contract.mutations import replaced
from tests.render.desk import Page
from tests.security import world
from tests.security.corpus import HOSTILE
from tests.security.world import FIELDS, acceptable, accepted, said, story, wordy
from workers.contract import examples
from workers.contract.registry import TYPES
from workers.contract.templates import TEMPLATES
from workers.domain.notices import LANGUAGES
from workers.store.database import Database

SHARES = 4
"""The corpus in so many parts, which run side by side."""
HARMLESS = [f"Words {n}" for n in range(FIELDS)]
WORDS = [words for words in HOSTILE if acceptable(words)]
assert len(WORDS) >= 200
STEP = -(-len(WORDS) // FIELDS)
HANDFULS = [(WORDS * 2)[first : first + STEP * FIELDS : STEP] for first in range(STEP)]
"""Every word once, as many at a time as an event has places; neighbours, which look alike, in different ones."""

Key = tuple[str, str, int]
"""List-Id (which names the template), who reads it, and which of several such mails."""
Mails = dict[Key, Message]


def mails_of(worlds: dict[int, Sequence[str]]) -> dict[int, Mails]:
    """What goes out when each world says its words wherever there are words, by world."""
    database = Database("sqlite://")
    database.create()
    events = [said(event, words) for number, words in worlds.items() for event in story(number)]
    with closing(database):
        parcels = world.mails_of(database, events)
    found: dict[int, Mails] = {number: {} for number in worlds}
    for parcel in parcels:
        assert parcel.message.count(b"\n") == parcel.message.count(b"\r\n") == parcel.message.count(b"\r")
        mail = message_from_bytes(parcel.message)
        name, number = parcel.recipient.partition("@")[0].split(".")
        mails = found[int(number)]
        mails[next(key for n in count() if (key := (str(mail["List-Id"]), name, n)) not in mails)] = mail
    return found


def shape(mail: Message) -> dict[str, object]:
    """All of a mail that words must not change."""
    page = Page(part(mail, "text/html"))
    return {
        "headers": mail.keys(),
        "defects": mail.defects,
        "from": mail["From"],
        "to": [address.split(".")[0] for _, address in getaddresses([mail["To"].replace("\r\n", "")])],
        "parts": [piece.get_content_type() for piece in mail.walk()],
        "tags": [
            f"{tag} {' '.join(sorted(name for name, _ in attributes))}" for tag, attributes in page.tags if tag != "br"
        ],
        "comments": page.comments,
        "links": [re.sub(r"-\d+\b", "", link) for link in page.links],
    }


def part(mail: Message, type: str) -> str:
    (found,) = (piece for piece in mail.walk() if piece.get_content_type() == type)
    content = found.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n")


def subject(mail: Message) -> str:
    return str(make_header(decode_header(mail["Subject"].replace("\r\n", ""))))


@pytest.mark.parametrize("share", range(SHARES))
def test_words_change_neither_shape_nor_headers_nor_links_of_any_mail(share: int) -> None:
    """Each word once in an event of each type; the fields of an event share four of them."""
    hostile = dict(enumerate(HANDFULS[share::SHARES], start=len(LANGUAGES)))
    found = mails_of(hostile | dict.fromkeys(range(len(LANGUAGES)), HARMLESS))

    assert [change for number in hostile for change in changes(found[number % len(LANGUAGES)], found[number])] == []


def changes(plain: Mails, mails: Mails) -> Iterator[str]:
    """Where mails differ from the harmless ones in what words must not change, in ASCII."""
    if mails.keys() != plain.keys():
        yield f"other mails: {mails.keys() ^ plain.keys()}"
    for key, mail in mails.items():
        before, after = shape(plain[key]), shape(mail)
        yield from (f"{key} {name}: {after[name]!a}" for name in before if before[name] != after[name])
        if re.search(r"[\x00-\x1f\x7f\u2028-\u202e\u2066-\u2069]", subject(mail)):
            yield f"{key} subject: {subject(mail)!a}"


def test_every_template_is_reached_and_shows_the_words() -> None:
    """So that the test above is about something."""
    words = '<b>Nord & "Wind"</b>'
    (mails,) = mails_of({0: [words] * FIELDS}).values()
    silent = {"contact.welcome", "contact.set_password"}  # they name nothing but our own brand and the login

    reached = {
        template: mail for key, mail in mails.items() for template in TEMPLATES if key[0].startswith(f"<{template}.")
    }
    variants = {"renewal.notice.partner", "renewal.reminder", "renewal.reminder.partner"}  # as renewal.notice
    assert set(TEMPLATES) - set(reached) == variants
    for template, mail in reached.items():
        html, text = part(mail, "text/html"), part(mail, "text/plain")
        assert "<b>" not in html
        if template not in silent:
            assert words in Page(html).text, template
            assert words in " ".join(text.split()), template


@pytest.mark.parametrize("type", sorted(TYPES))
def test_hostile_words_are_taken_as_they_are_or_refused_at_their_own_field(type: str) -> None:
    for path in wordy(type):
        for words in HOSTILE:
            event = replaced(examples.full(type), path, words)
            if not accepted(event):
                assert world.pointer(event) == "/" + "/".join(map(str, path)), (path, ascii(words))
